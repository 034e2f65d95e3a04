using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Identity.Retention;

/// <summary>
/// Runs every rule for every tenant, once a day and when its days were changed: one process of those that serve a database. It takes a little at a time with pauses between, so that whoever
/// writes has a turn in between, and no more than so much in one go.
/// </summary>
internal sealed class RetentionKeeper(
    RetentionBook book, RoomDbFactory<IdentityDb> rooms, IdentityDirectory directory, JobLeases leases, IOptions<RetentionOptions> options, RetentionMetrics metrics, TimeProvider clock,
    ILogger<RetentionKeeper> log) : LeasedJob(Job, leases)
{
    internal const string Job = "retention";

    // A few milliseconds of the embedded store's gate; less where that takes longer.
    private const int Batch = 500;
    private const int SmallestBatch = 20;
    private static readonly TimeSpan LongestBatch = TimeSpan.FromMilliseconds(50);

    private const int BatchesInATurn = 200;
    private const int BatchesPerLease = 50;
    private static readonly TimeSpan LeaseTime = TimeSpan.FromMinutes(3);
    private static readonly Duration AfterFailure = Duration.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Pace, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try { await KeepAsync(stoppingToken); }
                catch (Exception error) when (error is not OperationCanceledException) { Failed(error); }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    protected override void Failed(Exception error) => Log.RetentionNotKept(log, error);

    /// <summary>What is due now, if no other process does it.</summary>
    internal async Task KeepAsync(CancellationToken ct)
    {
        if (!await TryHoldAsync(LeaseTime, ct))
        {
            metrics.Forget();
            return;
        }
        var (said, runs) = (await book.SaidAsync(ct), await RunsAsync(ct));
        foreach (var tenant in directory.All)
        {
            foreach (var kind in book.Kinds)
            {
                var rule = kind.Rule;
                var days = said.GetValueOrDefault(tenant.Id)?.TryGetValue(rule.Name, out var own) is true ? own : rule.Days;
                if (!IsDue(runs.GetValueOrDefault((tenant.Id, rule.Name)), days)) continue;
                // Another process took it over, after a turn that was longer than the lease.
                if (!await TryHoldAsync(LeaseTime, ct)) return;
                await RunAsync(tenant, kind, days, ct);
            }
        }
    }

    private bool IsDue(RetentionRunRow? last, int days)
    {
        if (last is null || last.Days != days) return true;
        var next = last.FailingSince is not null ? last.RanAt + AfterFailure : last.IsUnfinished ? last.RanAt : last.RanAt + Duration.FromTimeSpan(options.Value.Every);
        return next <= clock.GetInstant();
    }

    private async Task RunAsync(Tenant tenant, IRetention kind, int days, CancellationToken ct)
    {
        var (rule, now) = (kind.Rule.Name, clock.GetInstant());
        var before = now - Duration.FromDays(days);
        var turn = new Turn();
        Instant? oldest = null;
        var failed = false;
        try
        {
            await TakeAsync(tenant.Id, kind, before, turn, ct);
            oldest = await kind.OldestAsync(tenant.Id, ct);
            metrics.Overdue(tenant.Id, rule, oldest is { } at ? (before - at).TotalSeconds : 0);
        }
#pragma warning disable CA1031 // Whatever a room's rule suffers, the others run, and it is told.
        catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
        {
            failed = true;
            metrics.Failed(rule);
            Log.RetentionFailed(log, error, rule, tenant.Slug);
        }
        if (turn.Taken > 0)
        {
            metrics.Taken(rule, turn.Taken);
            Log.RetentionTook(log, rule, turn.Taken, tenant.Slug, before);
        }
        await NoteAsync(tenant.Id, rule, days, now, turn, oldest, failed, ct);
    }

    private sealed class Turn
    {
        public long Taken;
        public bool IsUnfinished;
    }

    private async Task TakeAsync(TenantId tenant, IRetention kind, Instant before, Turn turn, CancellationToken ct)
    {
        var size = Batch;
        for (var i = 1; i <= BatchesInATurn; i++)
        {
            var began = clock.GetTimestamp();
            var some = await kind.CutAsync(tenant, before, size, ct);
            if (some == 0) return;
            turn.Taken += some;
            if (clock.GetElapsedTime(began) > LongestBatch) size = int.Max(size / 2, SmallestBatch);
            await Task.Delay(options.Value.Pause, clock, ct);
            if (i % BatchesPerLease == 0 && !await TryHoldAsync(LeaseTime, ct)) break;
        }
        turn.IsUnfinished = true;
    }

    private async Task<Dictionary<(TenantId, string), RetentionRunRow>> RunsAsync(CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        return await db.RetentionRuns.AsNoTracking().ToDictionaryAsync(run => (run.TenantId, run.Rule), ct);
    }

    private async Task NoteAsync(TenantId tenant, string rule, int days, Instant at, Turn turn, Instant? oldest, bool failed, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var run = await db.RetentionRuns.SingleOrDefaultAsync(run => run.Rule == rule, ct);
        if (run is null) db.Add(run = new RetentionRunRow { TenantId = tenant, Rule = rule });
        (run.RanAt, run.Days, run.Taken, run.IsUnfinished) = (at, days, turn.Taken, turn.IsUnfinished);
        run.TakenInAll += turn.Taken;
        if (failed) run.FailingSince ??= at;
        else (run.FailingSince, run.OldestAt) = (null, oldest);
        await db.CommitAsync(ct);
    }
}
