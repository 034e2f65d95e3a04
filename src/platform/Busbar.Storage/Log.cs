using Microsoft.Extensions.Logging;

namespace Busbar.Storage;

internal static partial class Log
{
    [LoggerMessage(100, LogLevel.Error, "{Units} units were not committed; their stations keep their copies")]
    public static partial void CommitFailed(ILogger log, Exception error, int units);

    [LoggerMessage(101, LogLevel.Warning, "A batch of {Units} units failed; each is tried alone")]
    public static partial void BatchReplayed(ILogger log, Exception error, int units);

    [LoggerMessage(102, LogLevel.Error, "{Claims} stations could not be claimed")]
    public static partial void ClaimFailed(ILogger log, Exception error, int claims);

    [LoggerMessage(103, LogLevel.Warning, "The wire log could not be written; {Frames} frames are missing from it")]
    public static partial void WireLogFailed(ILogger log, Exception error, int frames);

    [LoggerMessage(104, LogLevel.Warning, "The embedded store's log could not be brought into its file; it is tried again")]
    public static partial void CheckpointFailed(ILogger log, Exception error);

    [LoggerMessage(105, LogLevel.Warning, "The embedded store could not be tidied; it is tried again")]
    public static partial void TidyFailed(ILogger log, Exception error);

    [LoggerMessage(106, LogLevel.Error, "Entries of the audit could not be sealed; they wait, and it is tried again")]
    public static partial void NotSealed(ILogger log, Exception error);
}
