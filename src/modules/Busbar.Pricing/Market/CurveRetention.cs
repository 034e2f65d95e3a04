using Busbar.Kernel;
using Busbar.Pricing.Storage;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Market;

/// <summary>Prices of intervals that are long over. What a session paid does not need them: its own are in the journal.</summary>
internal sealed class CurveRetention(RoomDbFactory<PricingDb> rooms) : IRetention
{
    public RetentionRule Rule { get; } = new("curvePrices", 1_096, 100, RetentionTimes.Longest,
        "Prices of the market, quarter-hour by quarter-hour, with their corrections.", "Simulations price the past by them, and a charge that is told late is billed by them. A charge that was billed keeps its own.");

    public IReadOnlyList<string> Tables { get; } = ["pricing_curve_prices"];

    public async Task<int> CutAsync(TenantId tenant, Instant before, int most, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        // Curve by curve, along the key: a tenant has few.
        foreach (var curve in await db.Curves.AsNoTracking().Select(row => row.Id).ToListAsync(ct))
        {
            var old = await db.CurvePrices.AsNoTracking().Where(row => row.CurveId == curve && row.At < before).OrderBy(row => row.At).Select(row => row.At).Take(most).ToListAsync(ct);
            if (old.Count == 0) continue;
            // With the corrections of the last interval.
            var last = old[^1];
            var taken = 0;
            await db.CommitAsync(async token => taken = await db.CurvePrices.Where(row => row.CurveId == curve && row.At <= last).ExecuteDeleteAsync(token), ct);
            return taken;
        }
        return 0;
    }

    public async Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        Instant? oldest = null;
        foreach (var curve in await db.Curves.AsNoTracking().Select(row => row.Id).ToListAsync(ct))
        {
            var first = await db.CurvePrices.AsNoTracking().Where(row => row.CurveId == curve).OrderBy(row => row.At).Select(row => (Instant?)row.At).FirstOrDefaultAsync(ct);
            if (first is { } at && (oldest is null || at < oldest)) oldest = at;
        }
        return oldest;
    }
}
