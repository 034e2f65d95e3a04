using Busbar.Egress.Contracts;
using Microsoft.Extensions.Logging;

namespace Busbar.Egress;

internal static partial class Log
{
    // The host alone: a peer's URL may hold a secret.
    [LoggerMessage(150, LogLevel.Warning, "A request of {Purpose} to {Host} was refused ({Refusal})")]
    public static partial void Refused(ILogger log, string purpose, string host, EgressRefusal refusal);
}
