using Microsoft.Extensions.Logging;

namespace Busbar.Shell;

internal static partial class Log
{
    [LoggerMessage(Level = LogLevel.Error, Message = "The page {Page} could not be read.")]
    public static partial void PageFailed(ILogger logger, Exception error, string page);
}
