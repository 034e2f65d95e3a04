using System.Net;
using Busbar.Ocpp.Rpc;
using Microsoft.Extensions.Logging;

namespace Busbar.Gateway;

internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Error, "{Station}: {Action} was not handled; the connection ends and the station keeps its copy")]
    public static partial void HandlerFailed(ILogger log, Exception error, string station, string action);

    [LoggerMessage(301, LogLevel.Information, "{Station}: a frame could not be read ({Verdict})")]
    public static partial void MalformedFrame(ILogger log, string station, RpcVerdict verdict);

    [LoggerMessage(302, LogLevel.Information, "{Station}: refused from {Source}: {Reason} ({Untold} refusals before it were not told)")]
    public static partial void StationRefused(ILogger log, string station, IPAddress source, string reason, long untold);

    [LoggerMessage(303, LogLevel.Error, "{Station}: the connection ends, by a fault of ours")]
    public static partial void ConnectionFailed(ILogger log, Exception error, string station);
}
