using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Busbar.Pricing.Simulation;

/// <summary>
/// Does the simulations of all tenants, one after the other in the order of their coming, in one process of those that serve the database. It takes all cores but one: that one is the
/// stations'. What a process that died had done goes on behind its last part.
/// </summary>
internal sealed class SimulationRunner(
    RoomDbFactory<PricingDb> rooms, ISessionArchive archive, IStationCatalog stations, CurveBook curves, JobLeases leases, SimulationSignal signal, TimeProvider clock, ILogger<SimulationRunner> log)
    : LeasedJob("simulations", leases)
{
    private static readonly TimeSpan LeaseTime = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RenewEvery = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(5);

    public static int Threads { get; } = Math.Max(1, Environment.ProcessorCount - 1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                // First: what runs by itself through EF waits for five seconds after a start (decision 16).
                await signal.WaitAsync(Pace, stoppingToken);
                try
                {
                    // The lease is asked for only where there is work: nothing is written for nothing.
                    while (await NextAsync(stoppingToken) is { } row && await TryHoldAsync(LeaseTime, stoppingToken)) await RunAsync(row, stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    // The database is away, or a simulation could not even be failed: it is looked at again.
                    Log.SimulationsStalled(log, error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; what it was at goes on after the next start.
        }
    }

    protected override void Failed(Exception error) => Log.SimulationsStalled(log, error);

    private async Task<SimulationRow?> NextAsync(CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        return await db.Simulations.AsNoTracking().Where(row => row.State == SimulationState.Queued || row.State == SimulationState.Running).OrderBy(row => row.CreatedAt).FirstOrDefaultAsync(ct);
    }

    /// <summary>Does one under the lease, which is renewed beside the work: a page may take longer than the lease.</summary>
    internal async Task RunAsync(SimulationRow row, CancellationToken ct)
    {
        using var run = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var watch = WatchAsync(row, run.CancelAsync, over.Token);
        try
        {
            await SimulateAsync(row, run.Token);
        }
        catch (Exception) when (run.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            // Another process goes on behind the last part, or nobody wants it any more: to say that it failed would be wrong of both.
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Two at once hinder each other: who has the lease decides what came of it.
            if (!await TryHoldAsync(LeaseTime, ct)) return;
            Log.SimulationFailed(log, error, row.Id);
            await EndAsync(row, SimulationState.Failed, "internalError", null, ct);
        }
        finally
        {
            await over.CancelAsync();
            await watch;
        }
    }

    /// <summary>Renews the lease until the work is over, and ends the work where the lease is lost or the simulation is cancelled.</summary>
    private async Task WatchAsync(SimulationRow row, Func<Task> stopAsync, CancellationToken ct)
    {
        using var timer = new PeriodicTimer(RenewEvery, clock);
        var held = clock.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(ct))
            {
                if (await GoesOnAsync()) continue;
                await stopAsync();
                return;
            }
        }
        catch (OperationCanceledException)
        {
            // The work is over, or the host stops.
        }

        async Task<bool> GoesOnAsync()
        {
            try
            {
                var asked = clock.GetTimestamp();
                if (!await TryHoldAsync(LeaseTime, ct)) return false;
                held = asked;
                await using var db = await rooms.OpenAsync(TenantScope.Of(row.TenantId), ct);
                return await Open(db, row).AnyAsync(ct);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                // The database is away: the lease is ours for as long as it was given.
                Log.SimulationsStalled(log, error);
                return clock.GetElapsedTime(held) < LeaseTime;
            }
        }
    }

    /// <summary>Prices what is left of one, part by part; each is kept with the progress in one transaction.</summary>
    internal async Task SimulateAsync(SimulationRow row, CancellationToken ct)
    {
        if (TariffJson.Hash(row.Canonical) != row.Hash || !TariffJson.TryRead(row.Canonical, out var tariff, out _))
        {
            await EndAsync(row, SimulationState.Failed, "damaged", null, ct);
            return;
        }
        var filter = SimulationFilter.Of(row);
        var tally = new Tally(tariff.Currency);
        var last = await TakeUpAsync(row, tally, ct);
        ArchivePlace? after = last is null ? null : new ArchivePlace(last.LastStartedAt, last.LastSession);
        var total = (last?.Done ?? 0) + await archive.CountAsync(filter.Question(row.TenantId, after), ct);
        if (!await BeginAsync(row, total, ct)) return;

        var run = new SimulationRun(archive, stations, curves.KnownAsync);
        var (number, done) = (last?.Number ?? 0, last?.Done ?? 0);
        await foreach (var page in run.PagesAsync(row.TenantId, tariff, filter, after, Threads, ct))
        {
            foreach (var session in page.Sessions) tally.Add(session);
            done += page.Looked;
            var part = new SimulationPartRow
            {
                TenantId = row.TenantId, SimulationId = row.Id, Number = ++number, LastStartedAt = page.Last.StartedAt, LastSession = page.Last.Session, Done = done,
                Sessions = SimulationPart.Write(page.Sessions),
            };
            if (!await KeepAsync(row, part, total, ct)) return;
        }
        var places = new Dictionary<StationId, LocationId?>();
        foreach (var station in tally.Stations.Keys) places[station] = await run.LocationAsync(row.TenantId, station, ct);
        await EndAsync(row, SimulationState.Done, null, JsonSerializer.SerializeToUtf8Bytes(SimulationResult.Of(tally, station => places[station]), ApiJson.Options), ct);
    }

    /// <summary>What was done before, added up again; the last part, or null.</summary>
    private async Task<SimulationPartRow?> TakeUpAsync(SimulationRow row, Tally tally, CancellationToken ct)
    {
        SimulationPartRow? last = null;
        while (true)
        {
            var number = last?.Number ?? 0;
            await using var db = await rooms.OpenAsync(TenantScope.Of(row.TenantId), ct);
            var part = await db.SimulationParts.AsNoTracking().Where(it => it.SimulationId == row.Id && it.Number > number).OrderBy(it => it.Number).FirstOrDefaultAsync(ct);
            if (part is null) return last;
            foreach (var session in SimulationPart.Read(part.Sessions)) tally.Add(session);
            last = part;
        }
    }

    private async Task<bool> BeginAsync(SimulationRow row, long total, CancellationToken ct)
    {
        var now = clock.GetInstant();
        return await ChangeAsync(row, (db, ct) => Open(db, row).ExecuteUpdateAsync(set => set
            .SetProperty(it => it.State, SimulationState.Running).SetProperty(it => it.Total, total).SetProperty(it => it.StartedAt, it => it.StartedAt ?? now), ct), null, ct);
    }

    /// <returns>False: it was cancelled meanwhile, and nothing is kept.</returns>
    private Task<bool> KeepAsync(SimulationRow row, SimulationPartRow part, long total, CancellationToken ct)
    {
        // What ended since it was counted was looked at too.
        var most = Math.Max(total, part.Done);
        return ChangeAsync(row, (db, ct) => Open(db, row).ExecuteUpdateAsync(set => set.SetProperty(it => it.Done, part.Done).SetProperty(it => it.Total, most), ct), part, ct);
    }

    private Task<bool> EndAsync(SimulationRow row, SimulationState state, string? failure, byte[]? result, CancellationToken ct)
    {
        var now = clock.GetInstant();
        return ChangeAsync(row, (db, ct) => Open(db, row).ExecuteUpdateAsync(set => set
            .SetProperty(it => it.State, state).SetProperty(it => it.Failure, failure).SetProperty(it => it.Result, result).SetProperty(it => it.EndedAt, now), ct), null, ct);
    }

    private static IQueryable<SimulationRow> Open(PricingDb db, SimulationRow row) =>
        db.Simulations.Where(it => it.Id == row.Id && (it.State == SimulationState.Queued || it.State == SimulationState.Running));

    private async Task<bool> ChangeAsync(SimulationRow row, Func<PricingDb, CancellationToken, Task<int>> change, SimulationPartRow? part, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(row.TenantId), ct);
        var changed = 0;
        await db.CommitAsync(async ct =>
        {
            changed = await change(db, ct);
            if (changed > 0 && part is not null) db.Add(part);
        }, ct);
        return changed > 0;
    }
}
