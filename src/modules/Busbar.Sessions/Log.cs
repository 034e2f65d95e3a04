using Microsoft.Extensions.Logging;

namespace Busbar.Sessions;

internal static partial class Log
{
    [LoggerMessage(600, LogLevel.Warning, "Session rows of station {Station} could not be written; the journal has them")]
    public static partial void TidyFailed(ILogger log, Exception error, Guid station);
}
