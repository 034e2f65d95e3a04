using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Pricing.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Pricing.Market;

/// <summary>Asks the sources of all curves for the prices of today and tomorrow. Of several processes, whichever takes a curve's turn asks for it. What does not come leaves the curve as it is.</summary>
internal sealed class CurveFetcher(
    RoomDbFactory<PricingDb> rooms, IEnumerable<ICurveProvider> providers, CurveDesk desk, CurveSources sources, ITenants tenants, PricingMetrics metrics, TimeProvider clock, ILogger<CurveFetcher> log) : BackgroundService
{
    private const int AtOnce = 100;
    private const int OfOneTenant = 8;
    private const int Abreast = 8;
    private const int MostLooked = 1_000;
    private const int LongestFailure = 300;
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pace = TimeSpan.FromMinutes(1);

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
                    Log.PricesNotFetched(log, error);
                }
                await Task.Delay(Pace, clock, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    /// <summary>Asks for curves whose time has come, a few of each tenant.</summary>
    /// <returns>How many were asked for.</returns>
    internal async Task<int> FetchDueAsync(CancellationToken ct)
    {
        var due = await DueAsync(ct);
        var asked = 0;
        // A source that does not answer keeps few others waiting.
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = Abreast, CancellationToken = ct }, async (curve, stop) =>
        {
            try
            {
                if (!await TakeAsync(curve, stop)) return;
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
        var closed = tenants.All.Where(tenant => tenant.IsClosed).Select(tenant => tenant.Id).ToList();
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        var due = await db.Curves.AsNoTracking().Where(row => row.SourceKind != null && row.FetchAt <= now && !closed.Contains(row.TenantId)).OrderBy(row => row.FetchAt).Take(MostLooked).ToListAsync(ct);
        return [.. due.GroupBy(row => row.TenantId).SelectMany(rows => rows.Take(OfOneTenant)).Take(AtOnce)];
    }

    /// <summary>Puts its next turn off before it is asked: whatever comes of that, it is not due again at once, here or in another process.</summary>
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
        var (now, zone) = (clock.GetInstant(), FetchPlan.ZoneOf(curve));
        var plan = FetchPlan.Of(now, zone);
        var refused = await AskAsync(curve, plan, ct);
        var priced = await PricedAsync(curve, plan, ct);
        var (hasToday, hasTomorrow) = (IsWhole(plan.Today, plan.Tomorrow), IsWhole(plan.Tomorrow, plan.End));
        var failure = refused ?? plan.Missing(now, hasToday, hasTomorrow);
        metrics.Fetched(curve.SourceKind!.Value, failure is not null ? "failed" : hasTomorrow ? "whole" : "partly");
        var next = FetchPlan.Next(now, zone, hasToday, hasTomorrow, curve.Id);
        if (failure is not null && curve.FetchFailure is null) Log.SourceFailed(log, curve.TenantId, curve.Id, next, failure);
        if (failure is null && curve.FetchFailure is not null) Log.SourceAnswers(log, curve.TenantId, curve.Id);
        await using var db = await rooms.OpenAsync(TenantScope.Of(curve.TenantId), ct);
        // Past the revision: nothing that anybody wrote has changed.
        await db.CommitAsync(ct => Of(db, curve).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.FetchAt, next).SetProperty(row => row.FetchFailure, failure).SetProperty(row => row.FetchedAt, row => refused == null ? now : row.FetchedAt), ct), ct);

        bool IsWhole(Instant from, Instant until)
        {
            var (step, at) = (Duration.FromSeconds(curve.StepSeconds), CurveShape.Floor(from, curve.StepSeconds));
            if (at < from) at += step;
            for (; at < until; at += step)
                if (!priced.Contains(at)) return false;
            return true;
        }
    }

    // Where the source was changed meanwhile, what was heard of the old one says nothing of the new.
    private static IQueryable<CurveRow> Of(PricingDb db, CurveRow curve) => db.Curves.Where(row => row.Id == curve.Id && row.SourceKind == curve.SourceKind && row.SourceFrom == curve.SourceFrom);

    /// <returns>What went wrong; null: nothing.</returns>
    private async Task<string?> AskAsync(CurveRow curve, FetchPlan plan, CancellationToken ct)
    {
        var source = sources.Of(curve)!;
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

    /// <summary>The intervals of both days that have a price, by their start.</summary>
    private async Task<HashSet<Instant>> PricedAsync(CurveRow curve, FetchPlan plan, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(curve.TenantId), ct);
        var rows = await db.CurvePrices.AsNoTracking().Where(row => row.CurveId == curve.Id && row.At >= plan.Today && row.At < plan.End).OrderBy(row => row.Number).ToListAsync(ct);
        return [.. rows.GroupBy(row => row.At).Where(told => told.Last().PriceNano is not null).Select(told => told.Key)];
    }

    // It may be a peer's words.
    private static string Short(string text) => WireSafe(text.Length <= LongestFailure ? text : text[..LongestFailure]);

    private static string WireSafe(string text) => string.Concat(text.Select(one => char.IsControl(one) || char.IsSurrogate(one) ? '?' : one));
}
