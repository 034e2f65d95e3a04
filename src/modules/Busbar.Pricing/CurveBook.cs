using System.Collections.Concurrent;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>
/// Each tenant's curves with the prices of the last weeks and of the days to come, in memory. A change made here is seen at once, one made elsewhere within
/// <see cref="Database.BeliefAge"/>, by the curves' revisions. What is older is read from the database.
/// </summary>
internal sealed class CurveBook(Database database, RoomDbFactory<PricingDb> rooms, TimeProvider clock) : ICurveBook
{
    private const int Tenants = 10_000;
    private static readonly Duration Kept = Duration.FromDays(40);
    private static readonly Duration LongestAsked = Duration.FromDays(370);

    private readonly RowCache<TenantId, Shelf> _believed = new(clock, database.BeliefAge, Tenants);
    private readonly ConcurrentDictionary<TenantId, Shelf> _read = new();

    public async ValueTask<IReadOnlyList<PriceCurve>> FindAsync(
        TenantId tenant, Currency currency, IReadOnlyCollection<string> names, Instant from, Instant until, CancellationToken ct) =>
        [.. (await KnownAsync(tenant, currency, names, from, until, ct)).Select(known => known.Curve)];

    /// <summary>The same, and which of the prices nobody told.</summary>
    public async ValueTask<IReadOnlyList<KnownCurve>> KnownAsync(
        TenantId tenant, Currency currency, IReadOnlyCollection<string> names, Instant from, Instant until, CancellationToken ct)
    {
        if (names.Count == 0) return [];
        // Beyond it no session lasts, and a clock that is set must not ask for a century.
        until = Instant.Min(until, from + LongestAsked);
        var shelf = (await _believed.GetAsync(tenant, LoadAsync, ct))!;
        var found = new List<KnownCurve>(names.Count);
        foreach (var curve in shelf.Curves.Where(curve => curve.Currency == currency.Code && names.Contains(curve.Name)))
            found.Add(await OfAsync(tenant, shelf, curve, from, until, ct));
        return found;
    }

    /// <summary>One of them, as its gap policy leaves it.</summary>
    public async ValueTask<KnownCurve> OfAsync(TenantId tenant, CurveRow curve, Instant from, Instant until, CancellationToken ct) =>
        await OfAsync(tenant, (await _believed.GetAsync(tenant, LoadAsync, ct))!, curve, from, until, ct);

    /// <summary>All of the tenant's, in the order in which they were made.</summary>
    public async ValueTask<IReadOnlyList<CurveRow>> AllAsync(TenantId tenant, CancellationToken ct) => (await _believed.GetAsync(tenant, LoadAsync, ct))!.Curves;

    public async ValueTask<string?> RefusedAsync(TenantId tenant, Currency currency, IReadOnlyList<string> missing, CancellationToken ct)
    {
        if (missing.Count == 0) return null;
        var shelf = (await _believed.GetAsync(tenant, LoadAsync, ct))!;
        return missing.FirstOrDefault(name => shelf.Curves.Any(row => row.Name == name && row.Currency == currency.Code && row.Gap == CurveGap.Refuse));
    }

    /// <summary>Call after a change is committed.</summary>
    public void Forget(TenantId tenant) => _believed.Forget(tenant);

    /// <summary>The curves that a tariff follows.</summary>
    public static IReadOnlyCollection<string> NamesIn(Tariff tariff) =>
        [.. tariff.Elements.SelectMany(element => element.Components).Select(component => component.Curve?.Name).OfType<string>().Distinct(StringComparer.Ordinal)];

    private async ValueTask<KnownCurve> OfAsync(TenantId tenant, Shelf shelf, CurveRow curve, Instant from, Instant until, CancellationToken ct)
    {
        var since = CurveShape.Floor(from, curve.StepSeconds) - CurveShape.LongestStandIn;
        var known = since >= shelf.Since ? shelf.Prices.GetValueOrDefault(curve.Id) ?? [] : await PricesAsync(tenant, curve.Id, since, until, ct);
        return CurveShape.Known(curve, known, from, until);
    }

    private async Task<Shelf?> LoadAsync(TenantId tenant, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var since = clock.GetInstant() - Kept;
        // Read before the prices: prices that are newer than their stamp are only read once more.
        var curves = await db.Curves.AsNoTracking().OrderBy(row => row.Id).ToListAsync(ct);
        // Each by itself: a sum may be what it was, where one was deleted and another made.
        var stamp = curves.Select(row => (row.Id, row.Revision)).ToList();
        if (_read.TryGetValue(tenant, out var known) && known.Stamp.SequenceEqual(stamp) && known.Since >= since - Duration.FromDays(1)) return known;
        var prices = new Dictionary<CurveId, Dictionary<Instant, decimal?>>();
        foreach (var curve in curves) prices[curve.Id] = await PricesAsync(db, curve.Id, since, Instant.MaxValue, ct);
        return _read[tenant] = new Shelf(stamp, since, curves, prices);
    }

    private async Task<Dictionary<Instant, decimal?>> PricesAsync(TenantId tenant, CurveId curve, Instant from, Instant until, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await PricesAsync(db, curve, from, until, ct);
    }

    private static async Task<Dictionary<Instant, decimal?>> PricesAsync(PricingDb db, CurveId curve, Instant from, Instant until, CancellationToken ct)
    {
        var rows = db.CurvePrices.AsNoTracking().Where(row => row.CurveId == curve && row.At >= from);
        if (until < Instant.MaxValue) rows = rows.Where(row => row.At < until);
        var prices = new Dictionary<Instant, decimal?>();
        // The later number replaces the earlier.
        await foreach (var row in rows.OrderBy(row => row.At).ThenBy(row => row.Number).AsAsyncEnumerable().WithCancellation(ct))
            prices[row.At] = row.PriceNano is { } nano ? CurveShape.Price(nano) : null;
        return prices;
    }

    private sealed record Shelf(IReadOnlyList<(CurveId Id, long Revision)> Stamp, Instant Since, IReadOnlyList<CurveRow> Curves, Dictionary<CurveId, Dictionary<Instant, decimal?>> Prices);
}

internal static class CurveBooks
{
    /// <summary>All that a tariff follows.</summary>
    public static ValueTask<IReadOnlyList<PriceCurve>> FindAsync(this ICurveBook book, TenantId tenant, Tariff tariff, Instant from, Instant until, CancellationToken ct) =>
        book.FindAsync(tenant, tariff.Currency, CurveBook.NamesIn(tariff), from, until, ct);
}
