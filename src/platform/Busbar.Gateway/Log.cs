using Busbar.Ocpp.Rpc;
using Microsoft.Extensions.Logging;

namespace Busbar.Gateway;

internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Error, "{Station}: {Action} was not handled; the connection ends and the station keeps its copy")]
    public static partial void HandlerFailed(ILogger log, Exception error, string station, string action);

    [LoggerMessage(201, LogLevel.Information, "{Station}: a frame could not be read ({Verdict})")]
    public static partial void MalformedFrame(ILogger log, string station, RpcVerdict verdict);
}
