using Busbar.Kernel;
using Busbar.Pricing.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Pricing.Market;

/// <summary>Asks the sources of all curves for the prices of today and tomorrow: one process of those that serve a database. What does not come leaves the curve as it is.</summary>
internal sealed class CurveFetcher(
    RoomDbFactory<PricingDb> rooms, IEnumerable<ICurveProvider> providers, CurveDesk desk, JobLeases leases, PricingMetrics metrics, TimeProvider clock, ILogger<CurveFetcher> log)
    : LeasedJob("prices", leases)
{
    private const int AtOnce = 100;
    private const int OfOneTenant = 8;
    private const int Abreast = 8;
    private const int MostLooked = 1_000;
    private const int LongestFailure = 300;

    // The European day-ahead market counts its days in it, wherever the zone lies (single day-ahead coupling).
    private const string EuropeanMarket = "Europe/Brussels";
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

    // It is renewed before each source is asked.
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(FirstAfter, clock, stoppingToken);
            while (true)
            {
                try
                {
                    while (await FetchDueAsync(stoppingToken) > 0)
                    {
                        // Some of those that are due may not have had their turn.
                    }
                }
                catch (Exception error) when (error is not OperationCanceledException || !stoppingToken.IsCancellationRequested)
                {
                    Failed(error);
                }
                await Task.Delay(Pace, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    protected override void Failed(Exception error) => Log.PricesNotFetched(log, error);

    /// <summary>Asks for curves whose time has come, a few of each tenant. The lease is asked for only where there is one.</summary>
    /// <returns>How many were asked for.</returns>
    internal async Task<int> FetchDueAsync(CancellationToken ct)
    {
        var due = await DueAsync(ct);
        if (due.Count == 0 || !await TryHoldAsync(LeaseTime, ct)) return 0;
        var asked = 0;
        // A source that does not answer keeps few others waiting.
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = Abreast, CancellationToken = ct }, async (curve, stop) =>
        {
            try
            {
                if (!await TryHoldAsync(LeaseTime, stop) || !await TakeAsync(curve, stop)) return;
                Interlocked.Increment(ref asked);
                await FetchAsync(curve, stop);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // One curve's trouble is not another's.
                Log.CurveNotFetched(log, error, curve.TenantId, curve.Id);
            }
        });
        return asked;
    }

    private async Task<List<CurveRow>> DueAsync(CancellationToken ct)
    {
        var now = clock.GetInstant();
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        var due = await db.Curves.AsNoTracking().Where(row => row.SourceKind != null && row.FetchAt <= now).OrderBy(row => row.FetchAt).Take(MostLooked).ToListAsync(ct);
        return [.. due.GroupBy(row => row.TenantId).SelectMany(rows => rows.Take(OfOneTenant)).Take(AtOnce)];
    }

    /// <summary>Puts its next turn off before it is asked: whatever comes of that, it is not due again at once.</summary>
    private async Task<bool> TakeAsync(CurveRow curve, CancellationToken ct)
    {
        var again = clock.GetInstant() + FetchPlan.Again;
        await using var db = await rooms.OpenAsync(TenantScope.Of(curve.TenantId), ct);
        var taken = 0;
        await db.CommitAsync(async ct => taken = await Of(db, curve).Where(row => row.FetchAt == curve.FetchAt).ExecuteUpdateAsync(set => set.SetProperty(row => row.FetchAt, again), ct), ct);
        return taken > 0;
    }

    private async Task FetchAsync(CurveRow curve, CancellationToken ct)
    {
        var (now, zone) = (clock.GetInstant(), Zones.Find(curve.SourceKind == CurveSourceKind.Entsoe ? EuropeanMarket : curve.TimeZone));
        var plan = FetchPlan.Of(now, zone);
        var refused = await AskAsync(curve, plan, ct);
        var (hasToday, hasTomorrow) = (await IsWholeAsync(curve, plan.Today, plan.Tomorrow, ct), await IsWholeAsync(curve, plan.Tomorrow, plan.End, ct));
        var failure = refused ?? plan.Missing(now, hasToday, hasTomorrow);
        metrics.Fetched(curve.SourceKind!.Value, failure is not null ? "failed" : hasTomorrow ? "whole" : "partly");
        var next = FetchPlan.Next(now, zone, hasToday, hasTomorrow, curve.Id);
        if (failure is not null && curve.FetchFailure is null) Log.SourceFailed(log, curve.TenantId, curve.Id, next, failure);
        if (failure is null && curve.FetchFailure is not null) Log.SourceAnswers(log, curve.TenantId, curve.Id);
        await using var db = await rooms.OpenAsync(TenantScope.Of(curve.TenantId), ct);
        // Past the revision: nothing that anybody wrote has changed.
        await db.CommitAsync(ct => Of(db, curve).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.FetchAt, next).SetProperty(row => row.FetchFailure, failure).SetProperty(row => row.FetchedAt, row => refused == null ? now : row.FetchedAt), ct), ct);
    }

    // Where the source was changed meanwhile, what was heard of the old one says nothing of the new.
    private static IQueryable<CurveRow> Of(PricingDb db, CurveRow curve) => db.Curves.Where(row => row.Id == curve.Id && row.SourceKind == curve.SourceKind && row.SourceFrom == curve.SourceFrom);

    /// <returns>What went wrong; null: nothing.</returns>
    private async Task<string?> AskAsync(CurveRow curve, FetchPlan plan, CancellationToken ct)
    {
        var source = new CurveSource(curve.SourceKind!.Value, curve.SourceFrom!);
        var question = new CurveQuestion(curve.TenantId, source.From, curve.StepSeconds, plan.Today, plan.End);
        CurveRead read;
        try
        {
            read = await providers.Single(provider => provider.Kind == source.Kind).FetchAsync(question, ct);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or UnauthorizedAccessException || (error is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return Short(error.Message);
        }
#pragma warning disable CA1031 // Whatever somebody's source does to the one who asks it, it is the source's failure and ends nothing.
        catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
        {
            Log.CurveNotFetched(log, error, curve.TenantId, curve.Id);
            return "It cannot be asked.";
        }
        if (read is CurveRead.Wrong wrong) return Short(wrong.Detail);
        if (read is not CurveRead.Told told) return null;
        if (told.Currency != curve.Currency) return $"Its currency is {Short(told.Currency)}, the curve's is {curve.Currency}.";
        // Of other days nothing was asked, and the past is not a source's to change.
        var prices = told.Prices.Where(price => price.Key >= plan.Today && price.Key < plan.End).ToDictionary();
        return await desk.PublishAsync(curve.TenantId, curve.Id, prices, ct, source) is CurveOutcome.Stale ? "Somebody told prices at the same moment." : null;
    }

    /// <summary>Whether every interval has a price.</summary>
    private async Task<bool> IsWholeAsync(CurveRow curve, Instant from, Instant until, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(curve.TenantId), ct);
        var rows = await db.CurvePrices.AsNoTracking().Where(row => row.CurveId == curve.Id && row.At >= from && row.At < until).OrderBy(row => row.Number).ToListAsync(ct);
        var newest = rows.GroupBy(row => row.At).Count(told => told.Last().PriceNano is not null);
        var (step, first) = (Duration.FromSeconds(curve.StepSeconds), CurveShape.Floor(from, curve.StepSeconds));
        if (first < from) first += step;
        return newest == (int)Math.Ceiling((until - first) / step);
    }

    // It may be a peer's words.
    private static string Short(string text) => WireSafe(text.Length <= LongestFailure ? text : text[..LongestFailure]);

    private static string WireSafe(string text) => string.Concat(text.Select(one => char.IsControl(one) || char.IsSurrogate(one) ? '?' : one));
}
