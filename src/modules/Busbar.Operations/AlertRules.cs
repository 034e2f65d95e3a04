using Busbar.Identity;
using Busbar.Pricing.Contracts;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Operations;

/// <summary>The rules: what is wrong with a station, a connector, a session, the market's prices. They look at nothing but what they are given.</summary>
internal static class AlertRules
{
    private const string Fault = "Faulted";
    private const int MostFaults = 8;
    private const string Free = "Available";

    /// <summary>Whose sessions a usual rate is reckoned from, and earnings too.</summary>
    public static readonly Duration History = Duration.FromDays(28);

    /// <summary>A rate from less than this is none.</summary>
    public static readonly Duration LeastHistory = Duration.FromDays(7);

    /// <summary>A station that had connected once is away.</summary>
    /// <param name="watchedSince">Since when this process looks: what was before it may have been our own absence.</param>
    public static Finding? Offline(StationState station, RuleSettings rule, Instant watchedSince, Instant now)
    {
        if (!rule.Enabled || station.Online || station.FirstSeen is not { } first) return null;
        var since = station.LastSeen ?? first;
        return Of(AlertRule.StationOffline, station.Id.ToString(), since, now - Instant.Max(since, watchedSince) >= rule.After, station);
    }

    /// <summary>Connectors that say that they are faulted.</summary>
    /// <param name="noticed">When a thing was first seen like this: a station's own clock may be wrong, and a fault that comes and goes is told with a new time each time.</param>
    public static IEnumerable<Finding> Faulted(StationState station, RuleSettings rule, Func<string, Instant> noticed, Instant now)
    {
        if (!rule.Enabled) yield break;
        // A station may invent connectors: of many that are faulted at once, the first few are enough to send someone.
        foreach (var connector in station.Connectors.Where(connector => connector.Status == Fault).OrderBy(connector => (connector.Evse, connector.Connector)).Take(MostFaults))
        {
            var thing = Thing(station.Id, connector.Evse, connector.Connector);
            var first = noticed(thing);
            yield return Of(AlertRule.ConnectorFaulted, thing, connector.Since is { } told && told <= first ? told : first, now - first >= rule.After, station) with
            {
                Evse = connector.Evse, Connector = connector.Connector, Error = connector.Error, Share = 1m / station.Connectors.Count,
            };
        }
    }

    /// <summary>A session that charges or is suspended, and says nothing for too long or is open for too long.</summary>
    /// <param name="isAway">Its station is known to be away: that is told already.</param>
    public static Finding? Stuck(WatchedSession session, RuleSettings rule, bool isAway, Instant now)
    {
        if (!rule.Enabled) return null;
        var isSilent = now - session.LastReading >= rule.After;
        var isLong = now - session.StartedAt >= Duration.FromHours(rule.Amount);
        if (!isSilent && !isLong) return null;
        return new Finding(AlertRule.SessionStuck, session.Id.ToString(), isSilent ? session.LastReading : session.StartedAt, !isAway)
        {
            Station = session.StationId, Identity = session.Station, Evse = session.Evse > 0 ? session.Evse : null, Connector = session.Connector > 0 ? session.Connector : null, Session = session.Id,
            Unbilled = session.Cost,
        };
    }

    /// <summary>
    /// A connector of a station that is online says that it is available, and had no session for a time in which its usual rate would have brought
    /// <see cref="RuleSettings.Amount"/>. The rate is the number of its sessions of the past 28 days by the time since the first of them, which is at least a week.
    /// </summary>
    /// <param name="usage">Of this connector; null: no session in that time.</param>
    /// <param name="open">Since when it has been told already: then it stays so until somebody charges or it says something else, however its rate has fallen meanwhile.</param>
    public static Finding? Unused(StationState station, ConnectorState connector, ConnectorUsage? usage, RuleSettings rule, Instant? open, Instant now)
    {
        if (!rule.Enabled || connector.Status != Free) return null;
        var thing = Thing(station.Id, connector.Evse, connector.Connector);
        if (open is { } told) return usage?.LastEnd > told ? null : Found(told);
        if (!station.Online || usage is null) return null;
        var since = usage.LastEnd;
        var (idle, history) = (now - since, now - usage.First);
        if (idle < rule.After || history < LeastHistory) return null;
        return usage.Sessions * (idle / history) >= rule.Amount ? Found(since) : null;

        Finding Found(Instant since) => Of(AlertRule.ConnectorUnused, thing, since, true, station) with
        {
            Evse = connector.Evse, Connector = connector.Connector, Share = 1m / station.Connectors.Count,
        };
    }

    /// <summary>
    /// Sites of which at least <see cref="RuleSettings.Amount"/> stations, and at least half of those that ever connected, are away at once: so many of them for long enough. One that
    /// has been dead for weeks makes nothing of two others that are only gone for a moment.
    /// </summary>
    /// <param name="away">All that are away, due or not.</param>
    /// <param name="known">How many stations of a site have ever connected.</param>
    public static IEnumerable<Finding> Sites(IEnumerable<(Finding Finding, StationState Station)> away, IReadOnlyDictionary<LocationId, int> known, RuleSettings rule)
    {
        if (!rule.Enabled || rule.Amount == 0) yield break;
        foreach (var site in away.Where(pair => pair.Station.Location is not null).GroupBy(pair => pair.Station.Location!.Value))
        {
            var stations = site.OrderBy(pair => pair.Finding.Since).ToList();
            var least = Math.Max(rule.Amount, (known.GetValueOrDefault(site.Key) + 1) / 2);
            if (stations.Count < least) continue;
            // The last of as many as it takes: since when so many are away.
            var last = stations[least - 1].Finding;
            yield return new Finding(AlertRule.SiteOffline, site.Key.ToString(), last.Since, last.IsDue)
            {
                Location = site.Key, Away = stations.ConvertAll(pair => pair.Station),
            };
        }
    }

    /// <summary>
    /// A station of a site that is about to be an alert is not told before it by itself: those that lost their power together were not heard last at the same moment. It waits for as long
    /// again as a station does and no longer, whatever becomes of the site.
    /// </summary>
    public static Finding WithItsSite(Finding gone, RuleSettings rule, Instant watchedSince, Instant now) =>
        now - Instant.Max(gone.Since, watchedSince) < rule.After + rule.After ? gone with { IsDue = false } : gone;

    /// <summary>
    /// A curve that has no prices of its market's today, or from <see cref="RuleSettings.Amount"/> o'clock on none of tomorrow: of every interval of the day one is expected. After midnight
    /// what was tomorrow is today, so that nothing is well because a day has passed.
    /// </summary>
    /// <param name="noticed">When it was first seen like this: a curve that was made this minute is asked for in the next.</param>
    public static Finding? Unpriced(WatchedCurve curve, RuleSettings rule, Func<string, Instant> noticed, Instant now)
    {
        if (!rule.Enabled) return null;
        var expected = curve.Zone.AtLeniently(curve.Today.InZone(curve.Zone).Date.At(new LocalTime(rule.Amount, 0))).ToInstant();
        if (curve.HasToday && (curve.HasTomorrow || now < expected)) return null;
        var thing = curve.Id.ToString();
        return new Finding(AlertRule.PricesMissing, thing, curve.HasToday ? expected : curve.Today, now - noticed(thing) >= rule.After) { Curve = curve.Name };
    }

    /// <summary>What is kept though it should be gone. A rule that failed is tried again after an hour; an erasure of much takes its time.</summary>
    public static Finding? Kept(KeepingTrouble trouble, RuleSettings rule, Instant now) =>
        rule.Enabled ? new Finding(rule.Rule, trouble.Thing, trouble.Since, now - trouble.Since >= rule.After) : null;

    /// <summary>The rule that tells of such a trouble.</summary>
    public static AlertRule Of(KeepingFault fault) => fault == KeepingFault.RetentionFails ? AlertRule.RetentionFails : AlertRule.ErasureOpen;

    public static string Thing(StationId station, int evse, int connector) => $"{station}/{evse}/{connector}";

    public static bool IsFree(ConnectorState connector) => connector.Status == Free;

    private static Finding Of(AlertRule rule, string thing, Instant since, bool isDue, StationState station) =>
        new(rule, thing, since, isDue) { Station = station.Id, Identity = station.Identity, Location = station.Location };
}
