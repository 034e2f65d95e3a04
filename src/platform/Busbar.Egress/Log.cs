using Busbar.Egress.Contracts;
using Microsoft.Extensions.Logging;

namespace Busbar.Egress;

internal static partial class Log
{
    // The host alone: a peer's URL may hold a secret.
    [LoggerMessage(150, LogLevel.Warning, "A request of {Purpose} to {Host} was refused ({Refusal})")]
    public static partial void Refused(ILogger log, string purpose, string host, EgressRefusal refusal);

    [LoggerMessage(151, LogLevel.Warning, "The outbox could not be read or written; it is tried again")]
    public static partial void OutboxFailed(ILogger log, Exception error);

    [LoggerMessage(152, LogLevel.Information, "Delivery {Delivery} to {Lane} failed; it is tried again")]
    public static partial void DeliveryFailed(ILogger log, Exception error, DeliveryId delivery, string lane);

    [LoggerMessage(153, LogLevel.Warning, "Delivery {Delivery} to {Lane} is given up ({Reason}); it waits for a replay")]
    public static partial void DeliveryDead(ILogger log, DeliveryId delivery, string lane, string reason);

    [LoggerMessage(154, LogLevel.Warning, "{Count} deliveries to {Lane} are given up: they waited for more than {Hours} hours; each waits for a replay")]
    public static partial void DeliveriesExpired(ILogger log, long count, string lane, int hours);
}
