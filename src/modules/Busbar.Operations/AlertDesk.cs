using Busbar.Kernel;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Operations;

/// <summary>Turns what was found into alerts, and into what is told of them: only what changes is written, each change with its messages in one transaction.</summary>
internal sealed class AlertDesk(
    RoomDbFactory<OperationsDb> rooms, ISessionWatch sessions, IStationCatalog catalog, Notices notices, IdSource ids, AlertMetrics metrics, ILogger<AlertDesk> log)
{
    private const int ChangesAtOnce = 200;
    private const int LongestError = 100;

    /// <param name="Finding">Of an alert that is raised.</param>
    /// <param name="Id">Of one that is there.</param>
    private sealed record Change(AlertStep Step, Finding? Finding, AlertId Id)
    {
        public bool IsMerge { get; init; }
    }

    public async Task<RuleSet> RulesAsync(TenantId tenant, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return new RuleSet((await db.Rules.AsNoTracking().ToListAsync(ct)).ConvertAll(row => row.ToSettings()));
    }

    public async Task<IReadOnlyList<OpenAlert>> OpenAsync(TenantId tenant, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.Alerts.AsNoTracking().Where(row => row.ResolvedAt == null).Select(row => new OpenAlert(row.Id, row.Rule, row.Thing, row.Since, row.ClearedAt)).ToListAsync(ct);
    }

    /// <summary>Writes what changed since the last look.</summary>
    public async Task SettleAsync(TenantId tenant, RuleSet rules, IReadOnlyList<OpenAlert> open, Findings findings, Instant now, CancellationToken ct)
    {
        var changes = ChangesOf(rules, open, findings, now);
        foreach (var some in changes.Chunk(ChangesAtOnce))
        {
            if (await TryWriteAsync(tenant, some, now, ct) || some.Length == 1) continue;
            // One that cannot be written keeps no other from being told.
            foreach (var one in some) await TryWriteAsync(tenant, [one], now, ct);
        }
    }

    /// <summary>Counts what is open, by rule, over all tenants.</summary>
    public async Task CountAsync(CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        metrics.Open(await db.Alerts.AsNoTracking().Where(row => row.ResolvedAt == null).GroupBy(row => row.Rule).Select(group => new { group.Key, Count = group.Count() })
            .ToDictionaryAsync(pair => pair.Key, pair => pair.Count, ct));
    }

    private static List<Change> ChangesOf(RuleSet rules, IReadOnlyList<OpenAlert> open, Findings findings, Instant now)
    {
        var known = open.ToDictionary(alert => (alert.Rule, alert.Thing));
        var present = findings.All.Where(finding => finding.IsDue || known.ContainsKey((finding.Rule, finding.Thing))).ToDictionary(finding => (finding.Rule, finding.Thing));
        var changes = new List<Change>();
        foreach (var (key, finding) in present)
        {
            var alert = known.GetValueOrDefault(key);
            if (AlertSteps.Next(alert, true, finding.IsDue, Duration.Zero, now) is var step and not AlertStep.None) changes.Add(new Change(step, finding, alert?.Id ?? default));
        }
        foreach (var alert in open)
        {
            if (present.ContainsKey((alert.Rule, alert.Thing)) || findings.Skipped.Contains(alert.Rule)) continue;
            var rule = rules[alert.Rule];
            if (findings.Absorbed.Contains(alert.Id)) changes.Add(new Change(AlertStep.Resolve, null, alert.Id) { IsMerge = true });
            // Of a rule that is switched off nothing is expected any more.
            else if (AlertSteps.Next(alert, false, false, rule.Enabled ? rule.Recover : Duration.Zero, now) is var step and not AlertStep.None) changes.Add(new Change(step, null, alert.Id));
        }
        return changes;
    }

    private async Task<bool> TryWriteAsync(TenantId tenant, Change[] changes, Instant now, CancellationToken ct)
    {
        try
        {
            await WriteAsync(tenant, changes, now, ct);
            return true;
        }
        catch (DbUpdateException error)
        {
            // Somebody acknowledged one of them at this moment, or another process was first: the next look decides anew.
            Log.AlertsNotWritten(log, error, changes.Length);
            return false;
        }
    }

    private async Task WriteAsync(TenantId tenant, Change[] changes, Instant now, CancellationToken ct)
    {
        var raised = changes.Where(change => change.Step == AlertStep.Raise).Select(change => change.Finding!).ToList();
        var stations = raised.SelectMany(StationsOf).DistinctBy(station => station.Id).ToDictionary(station => station.Id, station => station.Name);
        var earned = await sessions.RevenueAsync(tenant, stations, now - AlertRules.History, ct);
        var others = changes.Where(change => change.Step != AlertStep.Raise).ToDictionary(change => change.Id);
        var otherIds = others.Keys.ToList();

        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var teller = await notices.ForAsync(db, tenant, ct);
        foreach (var finding in raised)
        {
            var row = await RowOfAsync(tenant, finding, earned, now, ct);
            db.Add(row);
            teller.Tell(row, Telling.Raised, now);
        }
        foreach (var row in otherIds.Count == 0 ? [] : await db.Alerts.Where(row => otherIds.Contains(row.Id) && row.ResolvedAt == null).ToListAsync(ct))
        {
            var change = others[row.Id];
            if (change.Step == AlertStep.Return) row.ClearedAt = null;
            else row.ClearedAt ??= now;
            if (change.Step != AlertStep.Resolve) continue;
            (row.State, row.ResolvedAt, row.Merged) = (AlertState.Resolved, now, change.IsMerge);
            teller.Tell(row, change.IsMerge ? Telling.Merged : Telling.Resolved, now);
        }
        await db.CommitAsync(ct);
        foreach (var finding in raised) metrics.Raised(finding.Rule);
    }

    private async Task<AlertRow> RowOfAsync(TenantId tenant, Finding finding, IReadOnlyDictionary<StationId, StationRevenue> earned, Instant now, CancellationToken ct)
    {
        var risk = MoneyAtRisk.Of(finding, earned, now);
        return new AlertRow
        {
            TenantId = tenant, Id = ids.New<AlertId>(), Rule = finding.Rule, Thing = finding.Thing, StationId = finding.Station, Station = finding.Identity, LocationId = finding.Location,
            Location = finding.Location is { } site ? (await catalog.FindAsync(tenant, site, ct))?.Name : null, Evse = finding.Evse, Connector = finding.Connector, SessionId = finding.Session,
            Stations = finding.Away.Count > 0 ? finding.Away.Count : null, Error = (finding.Curve ?? finding.Error) is { } error ? Clean(error) : null, Since = finding.Since, RaisedAt = now,
            RiskPerHour = risk?.PerHour?.ToMicros(), RiskFixed = risk?.Fixed?.ToMicros(), Currency = (risk?.PerHour ?? risk?.Fixed)?.Currency.Code,
        };
    }

    /// <summary>A station's words as one line that every database can hold.</summary>
    internal static string Clean(string text)
    {
        var line = MailTexts.Line(text);
        return line.Length <= LongestError ? line : line[..(char.IsHighSurrogate(line[LongestError - 1]) ? LongestError - 1 : LongestError)] + "…";
    }

    private static IEnumerable<(StationId Id, string Name)> StationsOf(Finding finding) =>
        finding.Away.Count > 0 ? finding.Away.Select(station => (station.Id, station.Identity)) : finding is { Station: { } id, Identity: { } name } ? [(id, name)] : [];
}
