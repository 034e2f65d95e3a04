using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Market;
using Busbar.Pricing.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>What came of telling a curve's prices.</summary>
internal abstract record CurveOutcome
{
    private CurveOutcome()
    {
    }

    /// <param name="Count">How many prices are new or differ from what was told before.</param>
    public sealed record Written(int Count) : CurveOutcome;

    public sealed record Gone : CurveOutcome;

    /// <summary>Somebody else told prices of it at the same moment; nothing is kept.</summary>
    public sealed record Stale : CurveOutcome;
}

/// <summary>Takes what was told of a curve's prices, by hand or by a provider.</summary>
internal sealed class CurveDesk(RoomDbFactory<PricingDb> rooms, CurveBook book, TimeProvider clock)
{
    /// <summary>Keeps what is new, and as a correction what differs from what was told before; what is the same writes nothing.</summary>
    /// <param name="prices">Per interval, in billionths; each interval once.</param>
    /// <param name="source">Who tells them; where the curve has another by now, nothing is kept. Null: somebody by the API.</param>
    public async Task<CurveOutcome> PublishAsync(TenantId tenant, CurveId id, IReadOnlyDictionary<Instant, long?> prices, CancellationToken ct, CurveSource? source = null)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        if (await db.Curves.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } curve) return new CurveOutcome.Gone();
        if (source is not null && (curve.SourceKind != source.Kind || curve.SourceFrom != source.From)) return new CurveOutcome.Gone();
        if (prices.Count == 0) return new CurveOutcome.Written(0);
        var (from, to, now) = (prices.Keys.Min(), prices.Keys.Max(), clock.GetInstant());
        var held = new Dictionary<Instant, (int Number, long? Nano)>();
        foreach (var row in await db.CurvePrices.AsNoTracking().Where(row => row.CurveId == id && row.At >= from && row.At <= to).OrderBy(row => row.Number).ToListAsync(ct))
            held[row.At] = (row.Number, row.PriceNano);
        var written = 0;
        foreach (var (at, nano) in prices)
        {
            if (held.TryGetValue(at, out var before) && before.Nano == nano) continue;
            db.Add(new CurvePriceRow { TenantId = tenant, CurveId = id, At = at, Number = before.Number + 1, PriceNano = nano, PublishedAt = now });
            written++;
        }
        if (written == 0) return new CurveOutcome.Written(0);
        curve.PublishedAt = now;
        db.Entry(curve).Property(row => row.PublishedAt).IsModified = true;
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error is DbUpdateConcurrencyException || error.IsDuplicateKey()) { return new CurveOutcome.Stale(); }
        book.Forget(tenant);
        return new CurveOutcome.Written(written);
    }

    /// <summary>Has the curve's source asked within a minute, whenever it would be asked by itself.</summary>
    /// <returns>The curve; null where there is none, or it has no source.</returns>
    public async Task<CurveRow?> AskSoonAsync(Caller caller, CurveId id, CancellationToken ct)
    {
        var now = clock.GetInstant();
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        // Past the revision, as the fetcher's own plan: nothing that anybody wrote has changed.
        await db.CommitAsync(ct => db.Curves.Where(row => row.Id == id && row.SourceKind != null && row.FetchAt > now).ExecuteUpdateAsync(set => set.SetProperty(row => row.FetchAt, now), ct), ct);
        return await db.Curves.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id && row.SourceKind != null, ct);
    }
}
