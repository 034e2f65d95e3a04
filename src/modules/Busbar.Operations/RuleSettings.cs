using NodaTime;

namespace Busbar.Operations;

/// <summary>What is looked for.</summary>
internal enum AlertRule
{
    /// <summary>A station that had connected is away.</summary>
    StationOffline,

    /// <summary>A connector says that it is faulted.</summary>
    ConnectorFaulted,

    /// <summary>A session says nothing any more, or lasts for too long.</summary>
    SessionStuck,

    /// <summary>A connector says that it is available, and nobody uses it.</summary>
    ConnectorUnused,

    /// <summary>Many stations of one site are away: told once instead of many times. It has the settings of <see cref="StationOffline"/>.</summary>
    SiteOffline,

    /// <summary>Prices of the market that somebody counts on are not there.</summary>
    PricesMissing,

    /// <summary>A rule of retention fails: what should be gone is kept.</summary>
    RetentionFails,

    /// <summary>An erasure of somebody's data was begun and has not finished.</summary>
    ErasureOpen,
}

/// <summary>A rule as a tenant has it.</summary>
/// <param name="After">How long it must be so before it is an alert.</param>
/// <param name="Recover">How long it must be well again before the alert is over.</param>
/// <param name="Amount">Of offline stations: how many of a site are one alert (0: never). Of stuck sessions: the hours that one may be open. Of unused connectors: the sessions it should have had. Of missing prices: the hour of the market's day by which tomorrow's should be there.</param>
internal sealed record RuleSettings(AlertRule Rule, bool Enabled, Duration After, Duration Recover, int Amount)
{
    public static IReadOnlyList<RuleSettings> Defaults { get; } =
    [
        new(AlertRule.StationOffline, true, Duration.FromMinutes(10), Duration.FromMinutes(2), 3),
        new(AlertRule.ConnectorFaulted, true, Duration.FromMinutes(5), Duration.FromMinutes(2), 0),
        new(AlertRule.SessionStuck, true, Duration.FromMinutes(60), Duration.Zero, 24),
        new(AlertRule.ConnectorUnused, true, Duration.FromHours(24), Duration.Zero, 5),
        new(AlertRule.PricesMissing, true, Duration.FromMinutes(10), Duration.Zero, 15),
        new(AlertRule.RetentionFails, true, Duration.Zero, Duration.Zero, 0),
        new(AlertRule.ErasureOpen, true, Duration.FromMinutes(60), Duration.Zero, 0),
    ];

    public static RuleSettings Default(AlertRule rule) => Defaults.Single(settings => settings.Rule == rule);
}

/// <summary>All rules of one tenant.</summary>
internal sealed class RuleSet(IEnumerable<RuleSettings> changed)
{
    private readonly Dictionary<AlertRule, RuleSettings> _rules = RuleSettings.Defaults.Where(rule => !changed.Any(own => own.Rule == rule.Rule)).Concat(changed).ToDictionary(rule => rule.Rule);

    public RuleSettings this[AlertRule rule] => _rules[rule == AlertRule.SiteOffline ? AlertRule.StationOffline : rule];

    /// <summary>In the order of the rules.</summary>
    public IEnumerable<RuleSettings> All => _rules.Values.OrderBy(rule => rule.Rule);
}
