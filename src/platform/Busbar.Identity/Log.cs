using Microsoft.Extensions.Logging;

namespace Busbar.Identity;

internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Error, "{Method} at {Route} failed")]
    public static partial void RequestFailed(ILogger log, Exception error, string method, string route);

    [LoggerMessage(201, LogLevel.Warning, "Tenants and clients could not be read; the last known ones are used")]
    public static partial void DirectoryStale(ILogger log, Exception error);
}
