using System.Net;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Stations;

internal static partial class Log
{
    [LoggerMessage(400, LogLevel.Warning, "{Station}: nobody can be let in now; the credentials cannot be read")]
    public static partial void DoorClosed(ILogger log, Exception error, string station);

    [LoggerMessage(424, LogLevel.Warning, "{Stations} stations were disconnected: their tenant is closed")]
    public static partial void TenantClosed(ILogger log, int stations);

    [LoggerMessage(401, LogLevel.Warning, "The presence of {Stations} stations could not be stored; it is tried again")]
    public static partial void PresenceNotStored(ILogger log, Exception error, int stations);

    [LoggerMessage(402, LogLevel.Warning, "{Connections} connections could not be stored; it is tried again")]
    public static partial void ConnectionsNotStored(ILogger log, Exception error, int connections);

    [LoggerMessage(403, LogLevel.Error, "The outcome of command {Command} could not be stored")]
    public static partial void OutcomeNotStored(ILogger log, Exception error, string command);

    [LoggerMessage(404, LogLevel.Warning, "Commands of an ended process could not be looked for")]
    public static partial void SweepFailed(ILogger log, Exception error);

    [LoggerMessage(405, LogLevel.Warning, "Whether the transaction of command {Command} has begun could not be read")]
    public static partial void OutcomeNotRead(ILogger log, Exception error, string command);

    [LoggerMessage(406, LogLevel.Warning, "The process {Node} does not answer; its stations are shown as offline")]
    public static partial void NodeSilent(ILogger log, Exception error, string node);

    [LoggerMessage(407, LogLevel.Warning, "A command was not sent: which process holds the station {Station} could not be read")]
    public static partial void OwnerNotRead(ILogger log, Exception error, Guid station);

    [LoggerMessage(408, LogLevel.Warning, "Nobody knows what became of a command to the station {Station} of another process")]
    public static partial void ForwardLost(ILogger log, Exception error, Guid station);

    [LoggerMessage(409, LogLevel.Information, "The process {Node} left {Connections} connections open; they ended when it was last known to live")]
    public static partial void ConnectionsLost(ILogger log, string node, int connections);

    [LoggerMessage(410, LogLevel.Warning, "{Station}: let in from {From} without any proof (security profile 0, until {Until})")]
    public static partial void CameInsecurely(ILogger log, string station, IPAddress from, Instant until);

    [LoggerMessage(411, LogLevel.Warning, "{Station}: three connections within ten minutes took over from one that was still open, the last from {Now}, before it {Before}; a second device may know its password")]
    public static partial void TakenOver(ILogger log, string station, IPAddress before, IPAddress now);

    [LoggerMessage(412, LogLevel.Warning, "Station {Station} showed {Tags} tags that nobody knows within ten minutes; until they are over, new ones are refused without being looked up")]
    public static partial void TagsTried(ILogger log, Guid station, int tags);

    [LoggerMessage(413, LogLevel.Warning, "The history of connections could not be kept; it is tried again")]
    public static partial void ConnectionsNotKept(ILogger log, Exception error);

    [LoggerMessage(414, LogLevel.Warning, "A price could not be told to station {Station}; the next one is tried")]
    public static partial void CostNotTold(ILogger log, Exception error, Guid station);

    [LoggerMessage(415, LogLevel.Information, "{Station}: did not take a price by {Action}; it is not told prices this way until it boots again")]
    public static partial void NotShown(ILogger log, string station, string action);

    [LoggerMessage(416, LogLevel.Warning, "Prices on stations' screens could not be looked after; it is tried again")]
    public static partial void ScreensFailed(ILogger log, Exception error);

    [LoggerMessage(417, LogLevel.Warning, "{Station}: the price for its screen could not be found; it is answered without one")]
    public static partial void PriceNotFound(ILogger log, Exception error, string station);

    [LoggerMessage(420, LogLevel.Information, "{Station}: transaction {Transaction}, of which nothing came: {Outcome}")]
    public static partial void Reconciled(ILogger log, string station, string transaction, string outcome);

    [LoggerMessage(421, LogLevel.Information, "{Station}: does not do {What}; it is not asked for it again over this connection")]
    public static partial void NotDone(ILogger log, string station, string what);

    [LoggerMessage(422, LogLevel.Warning, "Transaction {Transaction} of station {Station} was given up: nothing was told of it for too long")]
    public static partial void GivenUp(ILogger log, string transaction, Guid station);

    [LoggerMessage(423, LogLevel.Warning, "Open sessions could not be reconciled; it is tried again")]
    public static partial void ReconciliationFailed(ILogger log, Exception error);
}
