using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Operations.Contracts;
using Busbar.Pricing.Contracts;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Operations;

/// <summary>What a look found.</summary>
/// <param name="Absorbed">Alerts of stations that are part of a site's.</param>
internal sealed record Findings(IReadOnlyList<Finding> All, IReadOnlySet<AlertId> Absorbed)
{
    /// <summary>Rules that were not looked at this time: their alerts stay as they are.</summary>
    public required IReadOnlySet<AlertRule> Skipped { get; init; }
}

/// <summary>Looks at all stations, sessions, curves and what is kept of one tenant, page by page, and says what is wrong.</summary>
internal sealed class TenantLook(IStationStates stations, ISessionWatch sessions, ICurveWatch curves, IKeepingTroubles keeping, Noticed noticed)
{
    /// <summary>What was noticed so far is of no use any more.</summary>
    public void Forget() => noticed.Forget();

    /// <param name="open">All open alerts of the tenant.</param>
    /// <param name="withUnused">Also for connectors that nobody uses, which costs more.</param>
    public async Task<Findings> LookAsync(TenantId tenant, RuleSet rules, IReadOnlyList<OpenAlert> open, bool withUnused, Instant watchedSince, Instant now, CancellationToken ct)
    {
        var found = new List<Finding>();
        var away = new List<(Finding Finding, StationState Station)>();
        var known = new Dictionary<LocationId, int>();
        var told = open.Where(alert => alert.Rule == AlertRule.ConnectorUnused).ToDictionary(alert => alert.Thing, alert => alert.Since);
        var seen = noticed.Of(tenant);
        seen.Begin(now);
        await foreach (var page in stations.ReadAsync(tenant, ct))
        {
            foreach (var station in page)
            {
                if (station is { Location: { } site, FirstSeen: not null }) known[site] = known.GetValueOrDefault(site) + 1;
                if (AlertRules.Offline(station, rules[AlertRule.StationOffline], watchedSince, now) is { } gone) away.Add((gone, station));
                found.AddRange(AlertRules.Faulted(station, rules[AlertRule.ConnectorFaulted], seen.First, now));
            }
            if (withUnused) found.AddRange(await UnusedAsync(tenant, page, rules[AlertRule.ConnectorUnused], told, now, ct));
        }
        if (rules[AlertRule.PricesMissing] is { Enabled: true } prices)
            found.AddRange((await curves.ReadAsync(tenant, now, ct)).Select(curve => AlertRules.Unpriced(curve, prices, seen.First, now)).OfType<Finding>());
        seen.End();
        found.AddRange((await keeping.OfAsync(tenant, ct)).Select(trouble => AlertRules.Kept(trouble, rules[AlertRules.Of(trouble.Fault)], now)).OfType<Finding>());

        var sites = AlertRules.Sites(away, known, rules[AlertRule.SiteOffline]).ToList();
        found.AddRange(sites);
        var siteAlerts = open.Where(alert => alert.Rule == AlertRule.SiteOffline).Select(alert => alert.Thing).ToHashSet();
        var absorbing = sites.Where(site => site.IsDue || siteAlerts.Contains(site.Thing)).Select(site => site.Thing).Concat(siteAlerts).ToHashSet();
        var inSites = away.Where(pair => pair.Station.Location is { } site && absorbing.Contains(site.ToString())).Select(pair => pair.Finding.Thing).ToHashSet();
        var toCome = sites.Where(site => !absorbing.Contains(site.Thing)).SelectMany(site => site.Away).Select(station => station.Id).ToHashSet();
        found.AddRange(away.Where(pair => !inSites.Contains(pair.Finding.Thing)).Select(pair =>
            toCome.Contains(pair.Station.Id) ? AlertRules.WithItsSite(pair.Finding, rules[AlertRule.StationOffline], watchedSince, now) : pair.Finding));

        await AddStuckAsync(tenant, rules[AlertRule.SessionStuck], [.. away.Select(pair => pair.Station.Id)], found, now, ct);
        return new Findings(found, open.Where(alert => alert.Rule == AlertRule.StationOffline && inSites.Contains(alert.Thing)).Select(alert => alert.Id).ToHashSet())
        {
            Skipped = withUnused ? new HashSet<AlertRule>() : new HashSet<AlertRule> { AlertRule.ConnectorUnused },
        };
    }

    private async Task AddStuckAsync(TenantId tenant, RuleSettings rule, HashSet<StationId> away, List<Finding> found, Instant now, CancellationToken ct)
    {
        if (!rule.Enabled) return;
        await foreach (var page in sessions.GoingOnAsync(tenant, now - Duration.Min(rule.After, Duration.FromHours(rule.Amount)), ct))
            found.AddRange(page.Select(session => AlertRules.Stuck(session, rule, away.Contains(session.StationId), now)).OfType<Finding>());
    }

    private async Task<List<Finding>> UnusedAsync(
        TenantId tenant, IReadOnlyList<StationState> page, RuleSettings rule, Dictionary<string, Instant> told, Instant now, CancellationToken ct)
    {
        var free = rule.Enabled ? page.Where(station => station.FirstSeen is not null && station.Connectors.Any(AlertRules.IsFree)).ToList() : [];
        if (free.Count == 0) return [];
        var usage = (await sessions.UsageAsync(tenant, free.ToDictionary(station => station.Id, station => station.Identity), now - AlertRules.History, ct))
            .ToDictionary(place => (place.Station, place.Evse, place.Connector));
        var found = from station in free
                    from connector in station.Connectors
                    let thing = AlertRules.Thing(station.Id, connector.Evse, connector.Connector)
                    let finding = AlertRules.Unused(
                        station, connector, usage.GetValueOrDefault((station.Id, connector.Evse, connector.Connector)), rule, told.TryGetValue(thing, out var since) ? since : null, now)
                    where finding is not null
                    select finding;
        return [.. found];
    }
}

/// <summary>When this process first saw a thing as it is now; what is well again is forgotten.</summary>
internal sealed class Noticed
{
    private readonly Dictionary<TenantId, OfTenant> _tenants = [];

    public void Forget() => _tenants.Clear();

    public OfTenant Of(TenantId tenant)
    {
        if (!_tenants.TryGetValue(tenant, out var known)) _tenants[tenant] = known = new OfTenant();
        return known;
    }

    public sealed class OfTenant
    {
        private Dictionary<string, Instant> _before = [];
        private Dictionary<string, Instant> _now = [];
        private Instant _at;

        public void Begin(Instant now) => (_at, _now) = (now, []);

        public Instant First(string thing) => _now[thing] = _before.GetValueOrDefault(thing, _at);

        public void End() => _before = _now;
    }
}
