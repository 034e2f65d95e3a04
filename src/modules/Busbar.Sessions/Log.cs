using Busbar.Sessions.Contracts;
using Microsoft.Extensions.Logging;

namespace Busbar.Sessions;

internal static partial class Log
{
    [LoggerMessage(600, LogLevel.Warning, "Session rows of station {Station} could not be written; the journal has them")]
    public static partial void TidyFailed(ILogger log, Exception error, Guid station);

    [LoggerMessage(601, LogLevel.Error, "Session {Session} was changed last at {Epoch}/{N}, which the journal does not have; it is not closed for its silence")]
    public static partial void PlaceMissing(ILogger log, SessionId session, long epoch, long n);
}
