using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Market;
using Busbar.Pricing.Storage;
using Busbar.Shell;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Console;

/// <param name="KnownUntil">Up to which moment each interval from now on was told a price; null: the one of now was told none.</param>
internal sealed record CurveAtAGlance(CurveRow Row, Instant? KnownUntil);

/// <param name="Price">By the curve's gap policy where nobody told one; null: by it there is none either.</param>
/// <param name="IsTold">False: it is a gap.</param>
internal sealed record CurveInterval(Instant From, Instant Until, decimal? Price, bool IsTold);

/// <param name="Until">Where the day ends: it has 23 to 25 hours.</param>
internal sealed record CurveDay(LocalDate Date, Instant From, Instant Until, IReadOnlyList<CurveInterval> Intervals)
{
    public int Missing => Intervals.Count(interval => !interval.IsTold);
}

/// <summary>All that a curve's page shows.</summary>
/// <param name="Zone">Whose days the market counts.</param>
/// <param name="Days">Today and tomorrow.</param>
/// <param name="Followers">Tariffs in force that follow it.</param>
internal sealed record CurveSheet(CurveAtAGlance Glance, DateTimeZone Zone, IReadOnlyList<CurveDay> Days, IReadOnlyList<(TariffId Id, string Name)> Followers)
{
    public CurveRow Row => Glance.Row;
}

/// <summary>Reads the pages of the market's prices.</summary>
internal sealed class CurveReading(RoomDbFactory<PricingDb> rooms, CurveBook book, TariffBook tariffs, ITariffNames names, TimeProvider clock)
{
    // The day-ahead market knows no more than two days.
    private static readonly Duration Looked = Duration.FromDays(3);

    /// <summary>All of them: a tenant has at most a hundred.</summary>
    public async Task<GridRows<CurveAtAGlance>> ListAsync(Caller caller, int from, int count, CancellationToken ct)
    {
        List<CurveRow> rows;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct)) rows = await db.Curves.AsNoTracking().OrderBy(row => row.Name).ToListAsync(ct);
        var glances = new List<CurveAtAGlance>(rows.Count);
        foreach (var row in rows.Skip(from).Take(count)) glances.Add(await GlanceAsync(caller.Tenant, row, ct));
        return new GridRows<CurveAtAGlance>(glances, rows.Count);
    }

    /// <summary>Null: there is no such curve in the tenant.</summary>
    public async Task<CurveSheet?> ReadAsync(Caller caller, string id, CancellationToken ct)
    {
        if (!TypedId.TryParse<CurveId>(id, out var asked)) return null;
        CurveRow? row;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct)) row = await db.Curves.AsNoTracking().SingleOrDefaultAsync(it => it.Id == asked, ct);
        if (row is null) return null;
        var (zone, days) = (FetchPlan.ZoneOf(row), new List<CurveDay>(2));
        var plan = FetchPlan.Of(clock.GetInstant(), zone);
        foreach (var (from, until) in new[] { (plan.Today, plan.Tomorrow), (plan.Tomorrow, plan.End) }) days.Add(await DayAsync(caller.Tenant, row, zone, from, until, ct));
        var followers = new List<(TariffId, string)>();
        foreach (var tariff in await tariffs.FollowersAsync(caller.Tenant, row.Name, ct))
            followers.Add((tariff, await names.OfAsync(caller.Tenant, tariff.ToString(), ct) ?? tariff.ToString()));
        return new CurveSheet(await GlanceAsync(caller.Tenant, row, ct), zone, days, followers);
    }

    private async Task<CurveAtAGlance> GlanceAsync(TenantId tenant, CurveRow row, CancellationToken ct)
    {
        var now = clock.GetInstant();
        return new CurveAtAGlance(row, (await book.OfAsync(tenant, row, now, now + Looked, ct)).ToldUntil());
    }

    private async Task<CurveDay> DayAsync(TenantId tenant, CurveRow row, DateTimeZone zone, Instant from, Instant until, CancellationToken ct)
    {
        var (curve, standIns) = await book.OfAsync(tenant, row, from, until, ct);
        var step = Duration.FromSeconds(curve.StepSeconds);
        // In zones that are not a number of intervals away from UTC the first one began the day before.
        return new CurveDay(from.InZone(zone).Date, from, until, [.. curve.Prices.Select((price, i) => new CurveInterval(
            Instant.Max(from, curve.From + i * step), Instant.Min(until, curve.From + (i + 1) * step), price, !standIns[i]))]);
    }
}
