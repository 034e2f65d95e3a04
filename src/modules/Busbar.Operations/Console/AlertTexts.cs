using Busbar.Egress.Contracts;
using Busbar.Kernel;
using Busbar.Operations.Storage;
using Busbar.Shell;

namespace Busbar.Operations.Console;

/// <summary>The room's texts, and what its states mean to who looks at them.</summary>
internal static class AlertTexts
{
    private static readonly Texts All = new("Busbar.Operations.Console.AlertTexts", typeof(AlertTexts).Assembly);

    public static string Say(string name, params ReadOnlySpan<object?> values) => All.Say(name, values);

    public static string SayOr(string name, string otherwise) => All.SayOr(name, otherwise);

    /// <summary>What the thing is called: a station's, a site's or a curve's name; a rule of retention's, an erasure's id.</summary>
    public static string Thing(AlertRow row) => row.CurveName ?? (row.IsOfKeeping ? row.Thing : null) ?? row.Station ?? row.Location ?? "–";

    /// <summary>What is wrong with it, without its name.</summary>
    public static string Trouble(AlertRow row) => row.Rule switch
    {
        AlertRule.SiteOffline => Say("trouble-SiteOffline", Spoken.Count(row.Stations ?? 0)),
        AlertRule.ConnectorFaulted => Say("trouble-ConnectorFaulted", row.Evse, row.Connector) + (row.Error is { } error ? $" ({error})" : ""),
        AlertRule.ConnectorUnused => Say("trouble-ConnectorUnused", row.Evse, row.Connector),
        _ => Say("trouble-" + row.Rule),
    };

    /// <summary>As a title: a trouble that is a predicate follows its thing.</summary>
    public static string What(AlertRow row) => $"{Thing(row)}{(row.Rule == AlertRule.StationOffline ? "" : ":")} {Trouble(row)}";

    public static string Rule(AlertRule rule) => Say("rule-" + rule);

    /// <summary>What to try first.</summary>
    public static string Action(AlertRule rule) => Say("do-" + rule);

    /// <summary>The same for programs.</summary>
    public static string ActionKey(AlertRule rule) => rule switch
    {
        AlertRule.StationOffline => "checkPowerAndNetwork",
        AlertRule.ConnectorFaulted => "restartThenSendSomeone",
        AlertRule.SessionStuck => "stopOrAskDriver",
        AlertRule.ConnectorUnused => "tryACharge",
        AlertRule.PricesMissing => "tellPrices",
        AlertRule.RetentionFails => "readTheLog",
        AlertRule.ErasureOpen => "eraseAgain",
        _ => "checkSite",
    };

    public static (string Text, Tone Tone) State(AlertRow row) => row switch
    {
        { Merged: true } => (Say("state-merged"), Tone.Neutral),
        { State: AlertState.Resolved } => (Say("state-Resolved"), Tone.Good),
        { ClearedAt: not null } => (Say("state-clearing"), Tone.Busy),
        { State: AlertState.Acknowledged } => (Say("state-Acknowledged"), Tone.Warning),
        _ => (Say("state-Open"), Tone.Bad),
    };

    /// <summary>What it costs in an hour, or in all; null where nothing is known.</summary>
    public static string? Risk(AlertRow row) => !Currency.TryParse(row.Currency, out var currency) ? null
        : row.RiskPerHour is { } perHour ? Say("perHour", Spoken.Of(Money.FromMicros(perHour, currency)))
        : row.RiskFixed is { } amount ? Spoken.Of(Money.FromMicros(amount, currency)) : null;

    public static (string Text, Tone Tone) State(Delivery delivery) => (Say("delivery-" + delivery.State), delivery.State switch
    {
        DeliveryState.Sent => Tone.Good,
        DeliveryState.Dead => Tone.Bad,
        _ => delivery.Attempts > 0 ? Tone.Warning : Tone.Busy,
    });

    /// <summary>Why an attempt failed, in words where it is one that we know.</summary>
    public static string Why(string? reason) => reason is null ? "" : reason.StartsWith("http", StringComparison.Ordinal) ? Say("why-http", reason[4..])
        : reason.StartsWith("smtp", StringComparison.Ordinal) ? Say("why-smtp", reason[4..]) : SayOr("why-" + reason, reason);

    public static string EventName(string type) => SayOr("event-" + type, type);
}
