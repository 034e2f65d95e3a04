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
internal sealed record AlertFilter(AlertState? State, AlertRule? Rule, string? Search);

/// <param name="Rows">The most costly first; who is taken care of comes after.</param>
/// <param name="Total">How many are open in all.</param>
internal sealed record BrokenNow(IReadOnlyList<AlertRow> Rows, int Total);

/// <summary>Reads and changes what the pages show of alerts.</summary>
internal sealed class AlertReading(RoomDbFactory<OperationsDb> rooms, TimeProvider clock)
{
    public async Task<BrokenNow> NowAsync(Caller caller, int count, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var open = db.Alerts.AsNoTracking().Where(row => row.State != AlertState.Resolved);
        return new BrokenNow(await MostCostlyFirst(open).Take(count).ToListAsync(ct), await open.CountAsync(ct));
    }

    public async Task<GridRows<AlertRow>> ListAsync(Caller caller, AlertFilter filter, int from, int count, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var state = filter.State ?? AlertState.Open;
        var rows = db.Alerts.AsNoTracking().Where(row => row.State == state);
        if (filter.Rule is { } rule) rows = rows.Where(row => row.Rule == rule);
        // PostgreSQL takes no U+0000 in a text, and nothing is called so.
        if (filter.Search is { } search) rows = search.Contains('\0', StringComparison.Ordinal) ? rows.Where(row => false) : rows.Where(row => row.Station == search || row.Location == search || (row.Rule == AlertRule.PricesMissing && row.Error == search));
        var total = await rows.CountAsync(ct);
        var ordered = state == AlertState.Resolved ? rows.OrderByDescending(row => row.ResolvedAt).ThenByDescending(row => row.Id)
            : MostCostlyFirst(rows);
        return new GridRows<AlertRow>(await ordered.Skip(from).Take(count).ToListAsync(ct), total);
    }

    /// <summary>How many there are of each state.</summary>
    public async Task<IReadOnlyDictionary<AlertState, int>> CountsAsync(Caller caller, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await db.Alerts.AsNoTracking().GroupBy(row => row.State).Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(pair => pair.Key, pair => pair.Count, ct);
    }

    /// <summary>Null: there is no such alert in the tenant.</summary>
    public async Task<AlertRow?> FindAsync(Caller caller, string id, CancellationToken ct)
    {
        if (!TypedId.TryParse<AlertId>(id, out var known)) return null;
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await db.Alerts.AsNoTracking().SingleOrDefaultAsync(row => row.Id == known, ct);
    }

    /// <returns>The alert as it is then; null: it is gone.</returns>
    public async Task<AlertRow?> AcknowledgeAsync(Caller caller, AlertId id, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Alerts.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row) return null;
        if (!row.TryAcknowledge(caller.Actor, clock.GetInstant())) return row;
        db.TellAs("acknowledged", row);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException)
        {
            // The watch changed it at this moment: the page shows what is true, and the button is there again.
            return await FindAsync(caller, id.ToString(), ct);
        }
        return row;
    }

    /// <param name="seen">The note that the person saw: over another one nothing is written. The watch, which changes the rest of the alert, keeps nobody from writing.</param>
    /// <returns>The alert as it is then, and whether the note was written; null: it is gone.</returns>
    public async Task<(AlertRow Row, bool IsWritten)?> NoteAsync(Caller caller, AlertId id, string? seen, string? note, CancellationToken ct)
    {
        while (true)
        {
            await using var db = await rooms.OpenAsync(caller.Rows, ct);
            if (await db.Alerts.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row) return null;
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

    // By what an hour costs, an unbilled session like an hour; who is taken care of comes after.
    private static IOrderedQueryable<AlertRow> MostCostlyFirst(IQueryable<AlertRow> rows) =>
        rows.OrderBy(row => row.State).ThenByDescending(row => row.RiskPerHour ?? row.RiskFixed ?? 0).ThenBy(row => row.Since).ThenBy(row => row.Id);
}
