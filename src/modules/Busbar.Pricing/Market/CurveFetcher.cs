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
    private const int Abreast = 8;
    private const int LongestFailure = 300;
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
                    await FetchDueAsync(stoppingToken);
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

    /// <summary>Asks for every curve whose time has come. The lease is asked for only where there is one.</summary>
    internal async Task FetchDueAsync(CancellationToken ct)
    {
        var due = await DueAsync(ct);
        if (due.Count == 0 || !await TryHoldAsync(LeaseTime, ct)) return;
        // A source that does not answer keeps few others waiting.
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = Abreast, CancellationToken = ct }, async (curve, stop) =>
        {
            try
            {
                if (await TryHoldAsync(LeaseTime, stop)) await FetchAsync(curve, stop);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // One curve's trouble is not another's.
                Failed(error);
            }
        });
    }

    private async Task<List<CurveRow>> DueAsync(CancellationToken ct)
    {
        var now = clock.GetInstant();
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        return await db.Curves.AsNoTracking().Where(row => row.SourceKind != null && row.FetchAt <= now).OrderBy(row => row.FetchAt).Take(AtOnce).ToListAsync(ct);
    }

    private async Task FetchAsync(CurveRow curve, CancellationToken ct)
    {
        var (now, zone) = (clock.GetInstant(), Zones.Find(curve.TimeZone));
        var plan = FetchPlan.Of(now, zone);
        var failure = await AskAsync(curve, plan, now, ct);
        var (hasToday, hasTomorrow) = (await IsWholeAsync(curve, plan.Today, plan.Tomorrow, ct), await IsWholeAsync(curve, plan.Tomorrow, plan.End, ct));
        metrics.Fetched(curve.SourceKind!.Value, failure is not null ? "failed" : hasTomorrow ? "whole" : "partly");
        if (failure is not null && curve.FetchFailure is null) Log.SourceFailed(log, curve.Name, failure);
        if (failure is null && curve.FetchFailure is not null) Log.SourceAnswers(log, curve.Name);
        var next = FetchPlan.Next(now, zone, hasToday, hasTomorrow, curve.Id);
        await using var db = await rooms.OpenAsync(TenantScope.Of(curve.TenantId), ct);
        // Past the revision: nothing that anybody wrote has changed. Where the source was changed meanwhile, this says nothing of the new one.
        await db.CommitAsync(ct => db.Curves.Where(row => row.Id == curve.Id && row.SourceKind == curve.SourceKind && row.SourceFrom == curve.SourceFrom).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.FetchAt, next).SetProperty(row => row.FetchFailure, failure).SetProperty(row => row.FetchedAt, row => failure == null ? now : row.FetchedAt), ct), ct);
    }

    /// <returns>What went wrong; null: nothing.</returns>
    private async Task<string?> AskAsync(CurveRow curve, FetchPlan plan, Instant now, CancellationToken ct)
    {
        var question = new CurveQuestion(curve.TenantId, curve.SourceFrom!, curve.StepSeconds, plan.Today, plan.End);
        CurveRead read;
        try
        {
            read = await providers.Single(provider => provider.Kind == curve.SourceKind).FetchAsync(question, ct);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or UnauthorizedAccessException || (error is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return Short(error.Message);
        }
        if (read is CurveRead.Wrong wrong) return Short(wrong.Detail);
        if (read is not CurveRead.Told told) return null;
        if (told.Currency != curve.Currency) return $"Its currency is {Short(told.Currency)}, the curve's is {curve.Currency}.";
        if (!told.Prices.Keys.All(at => CurveDesk.IsNear(at, now))) return CurveDesk.Near;
        return await desk.PublishAsync(curve.TenantId, curve.Id, told.Prices, ct) is CurveOutcome.Stale ? "Somebody told prices at the same moment." : null;
    }

    /// <summary>Whether every interval has a price.</summary>
    private async Task<bool> IsWholeAsync(CurveRow curve, Instant from, Instant until, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(curve.TenantId), ct);
        var rows = await db.CurvePrices.AsNoTracking().Where(row => row.CurveId == curve.Id && row.At >= from && row.At < until).OrderBy(row => row.Number).ToListAsync(ct);
        var newest = rows.GroupBy(row => row.At).Count(told => told.Last().PriceNano is not null);
        return newest == (int)((until - from) / Duration.FromSeconds(curve.StepSeconds));
    }

    // It may be a peer's words.
    private static string Short(string text) => WireSafe(text.Length <= LongestFailure ? text : text[..LongestFailure]);

    private static string WireSafe(string text) => string.Concat(text.Select(one => char.IsControl(one) || char.IsSurrogate(one) ? '?' : one));
}
