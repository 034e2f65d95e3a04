using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;

namespace Busbar.Operations.Console;

internal static class Links
{
    public const string Alerts = "/console/alerts";
    public const string Notifications = "/console/notifications";

    public static string To(AlertId id) => $"{Alerts}/{id}";

    /// <summary>The page of the thing that it is about: its curve or its session, else its station; a site's is the list of stations that are away.</summary>
    public static string ToThing(AlertRow row) => row switch
    {
        { Rule: AlertRule.PricesMissing } => $"/console/price-curves/{row.Thing}",
        { Rule: AlertRule.RetentionFails } => $"/console/retention#rule-{row.Thing}",
        { Rule: AlertRule.ErasureOpen } => "/console/personal-data",
        { SessionId: { } session } => $"/console/sessions/{session}",
        { Station: { } station } => $"/console/stations/{Uri.EscapeDataString(station)}",
        _ => "/console/stations?state=offline",
    };
}
