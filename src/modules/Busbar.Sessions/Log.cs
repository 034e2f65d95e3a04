using Busbar.Sessions.Contracts;
using Microsoft.Extensions.Logging;

namespace Busbar.Sessions;

internal static partial class Log
{
    [LoggerMessage(600, LogLevel.Warning, "Session rows of station {Station} could not be written; the journal has them")]
    public static partial void TidyFailed(ILogger log, Exception error, Guid station);

    [LoggerMessage(601, LogLevel.Error, "Session {Session} was changed last at {Epoch}/{N}, which the journal does not have; it is not closed for its silence")]
    public static partial void PlaceMissing(ILogger log, SessionId session, long epoch, long n);

    [LoggerMessage(603, LogLevel.Error, "The price so far of session {Session} could not be made, and nobody was told of it")]
    public static partial void PriceNotTold(ILogger log, Exception error, SessionId session);

    [LoggerMessage(602, LogLevel.Error, "{Listener} failed when it was told of a price; the next price is told all the same")]
    public static partial void ListenerFailed(ILogger log, Exception error, string listener);
}
