using System.Runtime.CompilerServices;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Shell;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Operations.Console;

/// <summary>What the list is narrowed to.</summary>
/// <param name="State">Null: open.</param>
internal sealed record AlertFilter(AlertState? State, AlertRule? Rule, string? Search)
{
    public static IReadOnlyList<(string Name, AlertState State)> States { get; } = [("", AlertState.Open), ("acknowledged", AlertState.Acknowledged), ("resolved", AlertState.Resolved)];

    /// <summary>Those that the list can be narrowed to; null: all.</summary>
    public static IReadOnlyList<AlertRule?> Rules { get; } =
        [null, AlertRule.StationOffline, AlertRule.SiteOffline, AlertRule.ConnectorFaulted, AlertRule.SessionStuck, AlertRule.ConnectorUnused, AlertRule.PricesMissing, AlertRule.RetentionFails, AlertRule.ErasureOpen];

    /// <summary>As it stands in an address: for the page, and for its file.</summary>
    public static AlertFilter Of(string? state, string? rule, string? search) =>
        new(States.FirstOrDefault(known => known.Name == state).State, Rules.FirstOrDefault(known => known?.ToString() == rule), search);
}

/// <param name="Rows">The most costly first; who is taken care of comes after.</param>
/// <param name="Total">How many are open in all.</param>
internal sealed record BrokenNow(IReadOnlyList<AlertRow> Rows, int Total);

/// <summary>Reads and changes what the pages show of alerts, each within the reach of who looks.</summary>
internal sealed class AlertReading(RoomDbFactory<OperationsDb> rooms, AlertReach within, TimeProvider clock)
{
    private const int Step = 1_000;

    /// <summary>What one may take up and write notes at.</summary>
    public ValueTask<AlertPlaces> WritableAsync(Caller caller, CancellationToken ct) => within.OfAsync(caller.Tenant, caller.Within(Scope.AlertsWrite), ct);

    public async Task<BrokenNow> NowAsync(Caller caller, Reach reach, int count, CancellationToken ct)
    {
        var places = await within.OfAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var open = places.Of(db.Alerts.AsNoTracking()).Where(row => row.State != AlertState.Resolved);
        return new BrokenNow(await MostCostlyFirst(open).Take(count).ToListAsync(ct), await open.CountAsync(ct));
    }

    public async Task<GridRows<AlertRow>> ListAsync(Caller caller, Reach reach, AlertFilter filter, int from, int count, CancellationToken ct)
    {
        var places = await within.OfAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = Narrowed(places.Of(db.Alerts.AsNoTracking()), filter);
        var total = await rows.CountAsync(ct);
        var ordered = filter.State == AlertState.Resolved ? rows.OrderByDescending(row => row.ResolvedAt).ThenByDescending(row => row.Id)
            : MostCostlyFirst(rows);
        return new GridRows<AlertRow>(await ordered.Skip(from).Take(count).ToListAsync(ct), total);
    }

    public async Task<long> CountAsync(Caller caller, Reach reach, AlertFilter filter, CancellationToken ct)
    {
        var places = await within.OfAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await Narrowed(places.Of(db.Alerts.AsNoTracking()), filter).LongCountAsync(ct);
    }

    /// <summary>All of them, newest first. A step goes on after the last row of the one before: what is raised meanwhile moves nothing.</summary>
    public async IAsyncEnumerable<AlertRow> AllAsync(Caller caller, Reach reach, AlertFilter filter, [EnumeratorCancellation] CancellationToken ct)
    {
        var places = await within.OfAsync(caller.Tenant, reach, ct);
        AlertRow? last = null;
        List<AlertRow> some;
        do
        {
            await using (var db = await rooms.OpenAsync(caller.Rows, ct))
            {
                var rows = Narrowed(places.Of(db.Alerts.AsNoTracking()), filter);
                if (last is { Id: var id }) rows = rows.Where(row => row.Id < id);
                some = await rows.OrderByDescending(row => row.Id).Take(Step).ToListAsync(ct);
            }
            foreach (var row in some) yield return last = row;
        }
        while (some.Count == Step);
    }

    /// <summary>How many there are of each state.</summary>
    public async Task<IReadOnlyDictionary<AlertState, int>> CountsAsync(Caller caller, Reach reach, CancellationToken ct)
    {
        var places = await within.OfAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await places.Of(db.Alerts.AsNoTracking()).GroupBy(row => row.State).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(pair => pair.Key, pair => pair.Count, ct);
    }

    /// <summary>Null: there is no such alert within the reach.</summary>
    public async Task<AlertRow?> FindAsync(Caller caller, Reach reach, string id, CancellationToken ct)
    {
        if (!TypedId.TryParse<AlertId>(id, out var known)) return null;
        var places = await within.OfAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await db.Alerts.AsNoTracking().SingleOrDefaultAsync(row => row.Id == known, ct) is { } row && places.Covers(row) ? row : null;
    }

    /// <returns>The alert as it is then; null: it is gone, or one may not take it up any more.</returns>
    public async Task<AlertRow?> AcknowledgeAsync(Caller caller, AlertId id, CancellationToken ct)
    {
        var places = await WritableAsync(caller, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Alerts.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row || !places.Covers(row)) return null;
        if (!row.TryAcknowledge(caller.Actor, clock.GetInstant())) return row;
        db.TellAs("acknowledged", row);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException)
        {
            // The watch changed it at this moment: the page shows what is true, and the button is there again.
            return await FindAsync(caller, caller.Within(Scope.AlertsWrite), id.ToString(), ct);
        }
        return row;
    }

    /// <param name="seen">The note that the person saw: over another one nothing is written. The watch, which changes the rest of the alert, keeps nobody from writing.</param>
    /// <returns>The alert as it is then, and whether the note was written; null: it is gone, or one may not write there any more.</returns>
    public async Task<(AlertRow Row, bool IsWritten)?> NoteAsync(Caller caller, AlertId id, string? seen, string? note, CancellationToken ct)
    {
        var places = await WritableAsync(caller, ct);
        while (true)
        {
            await using var db = await rooms.OpenAsync(caller.Rows, ct);
            if (await db.Alerts.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row || !places.Covers(row)) return null;
            if ((row.Note ?? "") != (seen ?? "")) return (row, false);
            row.Note = note;
            try { await db.CommitAsync(ct); }
            catch (DbUpdateConcurrencyException)
            {
                // Somebody, or the watch, changed it at this moment: whether it was the note, the next reading tells.
                continue;
            }
            return (row, true);
        }
    }

    private static IQueryable<AlertRow> Narrowed(IQueryable<AlertRow> rows, AlertFilter filter)
    {
        var state = filter.State ?? AlertState.Open;
        rows = rows.Where(row => row.State == state);
        if (filter.Rule is { } rule) rows = rows.Where(row => row.Rule == rule);
        // PostgreSQL takes no U+0000 in a text, and nothing is called so.
        if (filter.Search is { } search) rows = search.Contains('\0', StringComparison.Ordinal) ? rows.Where(row => false) : rows.Where(row => row.Station == search || row.Location == search || (row.Rule == AlertRule.PricesMissing && row.Error == search) || ((row.Rule == AlertRule.RetentionFails || row.Rule == AlertRule.ErasureOpen) && row.Thing == search));
        return rows;
    }

    // By what an hour costs, an unbilled session like an hour; who is taken care of comes after.
    private static IOrderedQueryable<AlertRow> MostCostlyFirst(IQueryable<AlertRow> rows) =>
        rows.OrderBy(row => row.State).ThenByDescending(row => row.RiskPerHour ?? row.RiskFixed ?? 0).ThenBy(row => row.Since).ThenBy(row => row.Id);
}
