using Busbar.Egress.Contracts;
using Busbar.Operations.Contracts;
using Microsoft.Extensions.Logging;

namespace Busbar.Operations;

internal static partial class Log
{
    [LoggerMessage(950, LogLevel.Warning, "It could not be looked for alerts; it is tried again")]
    public static partial void LookFailed(ILogger log, Exception error);

    [LoggerMessage(951, LogLevel.Warning, "It could not be looked for alerts of the tenant {Tenant}; it is tried again")]
    public static partial void TenantNotLookedAt(ILogger log, Exception error, string tenant);

    [LoggerMessage(952, LogLevel.Information, "{Changes} changes of alerts were not written; the next look decides anew")]
    public static partial void AlertsNotWritten(ILogger log, Exception error, int changes);

    [LoggerMessage(953, LogLevel.Information, "{Actor} sends a test to {Channel} ({Delivery})")]
    public static partial void TestSent(ILogger log, string actor, ChannelId channel, DeliveryId delivery);

    [LoggerMessage(954, LogLevel.Warning, "{Actor} asked for more tests of {Channel} than may leave")]
    public static partial void TooManyTests(ILogger log, string actor, ChannelId channel);
}
