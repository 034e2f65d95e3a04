using System.Runtime.CompilerServices;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Storage.Audit;

/// <summary>What a list of the audit is narrowed to; null: not by that.</summary>
/// <param name="Action">In full, or its beginning up to the dot (<c>tariff.</c>).</param>
/// <param name="To">Not included.</param>
public sealed record AuditFilter(string? Actor = null, string? Action = null, string? Kind = null, string? Thing = null, Instant? From = null, Instant? To = null)
{
    /// <summary>A word in the name or the id of the thing.</summary>
    public string? Word { get; init; }
}

/// <summary>Reads the audit, and writes what no unit of work carries. What was written before a question is in its answer: it is sealed first.</summary>
public sealed class AuditLog
{
    private const int Step = 1_000;

    private readonly RoomDbFactory<AuditDb> _rooms;
    private readonly RowWriter _rows;
    private readonly AuditSealer _sealer;

    internal AuditLog(RoomDbFactory<AuditDb> rooms, RowWriter rows, AuditSealer sealer) => (_rooms, _rows, _sealer) = (rooms, rows, sealer);

    /// <summary>Returns when they are durable.</summary>
    public Task WriteAsync(IReadOnlyList<AuditEntry> entries) => Task.WhenAll(_rows.WriteAll(entries.Select(entry => entry.ToWrite())));

    /// <summary>The newest first.</summary>
    /// <param name="before">From before this place on.</param>
    public async Task<IReadOnlyList<SealedEntry>> ListAsync(TenantScope scope, AuditFilter filter, long? before, int count, CancellationToken ct)
    {
        await _sealer.SealAsync(ct);
        return await ReadAsync(scope, filter, before, count, ct);
    }

    /// <summary>A stretch of the list, the newest first, and how many there are.</summary>
    public async Task<(IReadOnlyList<SealedEntry> Entries, int Total)> PageAsync(TenantScope scope, AuditFilter filter, int from, int count, CancellationToken ct)
    {
        await _sealer.SealAsync(ct);
        await using var db = await _rooms.OpenAsync(scope, ct);
        var total = await Narrowed(db, filter).CountAsync(ct);
        var rows = await Narrowed(db, filter).OrderByDescending(row => row.Sequence).Skip(from).Take(count).ToListAsync(ct);
        return (rows.ConvertAll(row => row.ToSealed()), total);
    }

    public async Task<SealedEntry?> FindAsync(TenantScope scope, long sequence, CancellationToken ct)
    {
        await _sealer.SealAsync(ct);
        await using var db = await _rooms.OpenAsync(scope, ct);
        return (await db.Chain.AsNoTracking().SingleOrDefaultAsync(row => row.Sequence == sequence, ct))?.ToSealed();
    }

    public async Task<long> CountAsync(TenantScope scope, AuditFilter filter, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(scope, ct);
        return await Narrowed(db, filter).LongCountAsync(ct);
    }

    /// <summary>All that the filter leaves, the newest first, read in steps.</summary>
    public async IAsyncEnumerable<SealedEntry> AllAsync(TenantScope scope, AuditFilter filter, [EnumeratorCancellation] CancellationToken ct)
    {
        await _sealer.SealAsync(ct);
        long? last = null;
        IReadOnlyList<SealedEntry> some;
        do
        {
            some = await ReadAsync(scope, filter, last, Step, ct);
            foreach (var entry in some) yield return entry;
            if (some.Count > 0) last = some[^1].Sequence;
        }
        while (some.Count == Step);
    }

    /// <summary>The chain from a place on, the oldest first, read in steps.</summary>
    public async IAsyncEnumerable<SealedEntry> ChainAsync(TenantScope scope, long from, [EnumeratorCancellation] CancellationToken ct)
    {
        await _sealer.SealAsync(ct);
        List<AuditRow> some;
        do
        {
            await using (var db = await _rooms.OpenAsync(scope, ct)) some = await db.Chain.AsNoTracking().Where(row => row.Sequence >= from).OrderBy(row => row.Sequence).Take(Step).ToListAsync(ct);
            foreach (var row in some) yield return row.ToSealed();
            if (some.Count > 0) from = some[^1].Sequence + 1;
        }
        while (some.Count == Step);
    }

    /// <summary>The last place of each tenant's chain and its hash.</summary>
    public async Task<IReadOnlyList<SealedEntry>> HeadsAsync(IEnumerable<TenantId> tenants, CancellationToken ct)
    {
        await _sealer.SealAsync(ct);
        var heads = new List<SealedEntry>();
        foreach (var tenant in tenants)
            heads.AddRange(await ReadAsync(TenantScope.Of(tenant), new AuditFilter(), null, 1, ct));
        return heads;
    }

    private async Task<IReadOnlyList<SealedEntry>> ReadAsync(TenantScope scope, AuditFilter filter, long? before, int count, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(scope, ct);
        var rows = Narrowed(db, filter);
        if (before is { } last) rows = rows.Where(row => row.Sequence < last);
        return (await rows.OrderByDescending(row => row.Sequence).Take(count).ToListAsync(ct)).ConvertAll(row => row.ToSealed());
    }

    private static IQueryable<AuditRow> Narrowed(AuditDb db, AuditFilter filter)
    {
        var rows = db.Chain.AsNoTracking();
        if (filter.Actor is { } actor) rows = rows.Where(row => row.Actor == actor);
        if (filter.Action is { } action) rows = action.EndsWith('.') ? rows.Where(row => row.Action.StartsWith(action)) : rows.Where(row => row.Action == action);
        if (filter.Kind is { } kind) rows = rows.Where(row => row.Kind == kind);
        if (filter.Thing is { } thing) rows = rows.Where(row => row.Thing == thing);
        if (filter.From is { } from) rows = rows.Where(row => row.At >= from);
        if (filter.To is { } to) rows = rows.Where(row => row.At < to);
        if (filter.Word is { } word) rows = rows.Where(row => row.Thing.Contains(word) || row.Name!.Contains(word) || row.Action.Contains(word) || row.Actor.Contains(word) || row.Source!.Contains(word));
        return rows;
    }
}
