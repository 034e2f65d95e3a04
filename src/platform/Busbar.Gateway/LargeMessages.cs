using System.Text;

namespace Busbar.Gateway;

/// <summary>The messages that are reports by nature, and may be as long as <see cref="GatewayOptions.ReportBytes"/>.</summary>
internal static class LargeMessages
{
    // 2.0.1/2.1 part 2, blocks B, N, O, M: what a station reports about itself in one message.
    private static readonly string[] Calls =
        ["NotifyReport", "NotifyMonitoringReport", "NotifyEvent", "NotifyDisplayMessages", "NotifyCustomerInformation", "ReportChargingProfiles",
         "NotifyEVChargingNeeds", "NotifyEVChargingSchedule", "TransactionEvent", "StopTransaction", "MeterValues"];

    private static readonly string[] Answers =
        ["GetConfiguration", "GetVariables", "SetVariables", "GetCompositeSchedule", "GetInstalledCertificateIds", "GetTariffs", "DataTransfer"];

    /// <summary>Judges by the first bytes of a message; it is not parsed before it is whole.</summary>
    public static bool Allows(ReadOnlySpan<byte> start, string? actionInFlight)
    {
        var head = Encoding.UTF8.GetString(start[..Math.Min(start.Length, 512)]).TrimStart();
        if (!head.StartsWith('[')) return false;
        head = head[1..].TrimStart();
        return head.StartsWith('3')
            ? actionInFlight is not null && Answers.Contains(actionInFlight)
            : Calls.Any(action => head.Contains($"\"{action}\"", StringComparison.Ordinal));
    }
}
