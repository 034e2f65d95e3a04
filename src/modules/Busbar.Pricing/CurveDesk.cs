using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Api;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Market;
using Busbar.Pricing.Storage;
using Busbar.Storage;
using Busbar.Storage.Audit;
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

/// <summary>What came of making or changing a curve.</summary>
internal abstract record CurveChanged
{
    private CurveChanged()
    {
    }

    public sealed record Done(CurveRow Row) : CurveChanged;

    public sealed record Wrong(Check Check) : CurveChanged;

    public sealed record NameTaken : CurveChanged;

    /// <summary>There are as many as there can be.</summary>
    public sealed record TooMany(int Most) : CurveChanged;

    public sealed record Stale : CurveChanged;

    public sealed record Gone : CurveChanged;
}

/// <summary>Makes curves and takes what was told of their prices, by hand or by a provider; for the API and the console alike.</summary>
internal sealed class CurveDesk(RoomDbFactory<PricingDb> rooms, CurveBook book, CurveSources sources, IEnumerable<ICurveProvider> providers, IdSource ids, TimeProvider clock)
{
    private const int MostCurves = 100;

    public async Task<CurveChanged> CreateAsync(Caller caller, CurveInput input, CancellationToken ct)
    {
        if (input.Examine(providers) is { Ok: false } check) return new CurveChanged.Wrong(check);
        var row = new CurveRow
        {
            TenantId = caller.Tenant, Id = ids.New<CurveId>(), Name = input.Name, Currency = input.Currency.Code, TimeZone = input.TimeZone, StepSeconds = input.StepSeconds,
            Gap = input.Gap, FallbackNano = input.FallbackPrice is { } price ? CurvePriceInput.Read(price) : null, CreatedAt = clock.GetInstant(),
        };
        SetSource(row, input.Source);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        // Each is kept in memory with its prices.
        if (await db.Curves.CountAsync(ct) >= MostCurves) return new CurveChanged.TooMany(MostCurves);
        db.Add(row);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateException error) when (error.IsDuplicateKey()) { return new CurveChanged.NameTaken(); }
        book.Forget(caller.Tenant);
        return new CurveChanged.Done(row);
    }

    /// <param name="allows">Whether this is the revision that the caller read.</param>
    public async Task<CurveChanged> ChangeAsync(Caller caller, CurveId id, Func<long, bool> allows, Func<CurveChange, CurveChange> change, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await db.Curves.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } row) return new CurveChanged.Gone();
        if (!allows(row.Revision)) return new CurveChanged.Stale();
        var source = sources.Of(row);
        var input = change(CurveChange.Of(row, source));
        var check = new Check();
        // A source that the server can no longer ask keeps nobody from changing the rest.
        CurveChange.Examine(input.TimeZone, input.FallbackPrice, input.Source == source ? null : input.Source, row.StepSeconds, providers, check);
        if (!check.Ok) return new CurveChanged.Wrong(check);
        (row.TimeZone, row.Gap, row.FallbackNano) = (input.TimeZone, input.Gap, input.FallbackPrice is { } price ? CurvePriceInput.Read(price) : null);
        if (input.Source != source) SetSource(row, input.Source);
        try { await db.CommitAsync(ct); }
        catch (DbUpdateConcurrencyException) { return new CurveChanged.Stale(); }
        book.Forget(caller.Tenant);
        return new CurveChanged.Done(row);
    }

    /// <summary>A new source is asked within a minute.</summary>
    private void SetSource(CurveRow row, CurveSource? source) =>
        (row.SourceKind, row.SourceFrom, row.FetchAt, row.FetchedAt, row.FetchFailure) = (source?.Kind, source is null ? null : sources.Seal(source), source is null ? null : clock.GetInstant(), null, null);

    /// <summary>Keeps what is new, and as a correction what differs from what was told before; what is the same writes nothing.</summary>
    /// <param name="prices">Per interval, in billionths; each interval once.</param>
    /// <param name="by">Null: the curve's source.</param>
    /// <param name="source">Who tells them; where the curve has another by now, nothing is kept. Null: somebody by the API.</param>
    public async Task<CurveOutcome> PublishAsync(TenantId tenant, CurveId id, IReadOnlyDictionary<Instant, long?> prices, CancellationToken ct, CurveSource? source = null, Author? by = null)
    {
        await using var db = await rooms.OpenAsync(by is null ? TenantScope.Of(tenant) : TenantScope.Of(tenant).By(by), ct);
        if (await db.Curves.SingleOrDefaultAsync(row => row.Id == id, ct) is not { } curve) return new CurveOutcome.Gone();
        if (source is not null && sources.Of(curve) != source) return new CurveOutcome.Gone();
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
        db.TellAs("pricesTold", curve, new("prices", written), new("from", from), new("to", to));
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
        db.LeaveUntold("when a source is asked changes nothing of the curve");
        // Past the revision, as the fetcher's own plan: nothing that anybody wrote has changed.
        await db.CommitAsync(ct => db.Curves.Where(row => row.Id == id && row.SourceKind != null && row.FetchAt > now).ExecuteUpdateAsync(set => set.SetProperty(row => row.FetchAt, now), ct), ct);
        return await db.Curves.AsNoTracking().SingleOrDefaultAsync(row => row.Id == id && row.SourceKind != null, ct);
    }
}
