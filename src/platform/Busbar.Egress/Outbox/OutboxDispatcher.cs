using System.Collections.Concurrent;
using Busbar.Egress.Contracts;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Egress.Outbox;

/// <summary>
/// Sends what is due, the first of each lane and one at a time on it. A message is held in its row before it is sent, so no two processes send it at once; what a process
/// that died had held comes again, under the same event id.
/// </summary>
internal sealed class OutboxDispatcher(
    RoomDbFactory<EgressDb> rooms, IEnumerable<IDeliverer> deliverers, IOptions<OutboxOptions> options, OutboxMetrics metrics, TimeProvider clock, ILogger<OutboxDispatcher> log, IRestingTenants? resting = null)
    : BackgroundService
{
    private static readonly TimeSpan CountEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ExpireEvery = TimeSpan.FromMinutes(1);

    // So many are given up in one transaction: nobody else who writes waits for long.
    private const int ExpiredAtOnce = 5_000;

    // The stations that come back after a restart are served first: what the first look costs a new process is a second of a processor.
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(5);

    // How long a lane may go on before it stands in line again.
    private static readonly TimeSpan Turn = TimeSpan.FromMinutes(1);

    private readonly OutboxOptions _options = options.Value;
    private readonly Dictionary<string, IDeliverer> _deliverers = deliverers.ToDictionary(deliverer => deliverer.Kind);
    private readonly ConcurrentDictionary<(TenantId, string), Task> _lanes = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var (counted, expired) = (long.MinValue, long.MinValue);
        try
        {
            await Task.Delay(FirstAfter, clock, stoppingToken);
            using var timer = new PeriodicTimer(_options.Pace, clock);
            do
            {
                try
                {
                    // Before the look: what is too old is not tried once more.
                    if (expired == long.MinValue || clock.GetElapsedTime(expired) >= ExpireEvery)
                    {
                        expired = clock.GetTimestamp();
                        await ExpireAsync(stoppingToken);
                    }
                    await LookAsync(stoppingToken);
                    if (counted == long.MinValue || clock.GetElapsedTime(counted) >= CountEvery)
                    {
                        counted = clock.GetTimestamp();
                        await CountAsync(stoppingToken);
                    }
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.OutboxFailed(log, error);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
        await Task.WhenAll(_lanes.Values);
    }

    /// <summary>Begins with every lane that has something due.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        var free = _options.AtOnce - _lanes.Count;
        if (free <= 0) return;
        // Slow receivers of one tenant keep nobody else's waiting: each has its share, and what is over it is not looked for.
        var share = Math.Max(1, _options.AtOnce / 8);
        var busy = _lanes.Keys.CountBy(lane => lane.Item1).ToDictionary();
        foreach (var head in await HeadsAsync(null, free, [.. busy.Where(pair => pair.Value >= share).Select(pair => pair.Key), .. Resting], ct))
        {
            if (busy.GetValueOrDefault(head.TenantId) >= share) continue;
            busy[head.TenantId] = busy.GetValueOrDefault(head.TenantId) + 1;
            var lane = (head.TenantId, head.Lane);
            var begin = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (!_lanes.TryAdd(lane, begin.Task)) continue;
            _ = SendLaneAsync(head, begin, ct);
        }
    }

    /// <summary>Gives up what has waited for too long, whole lanes at once; what is being sent at this moment is left alone.</summary>
    public async Task ExpireAsync(CancellationToken ct)
    {
        var now = clock.GetInstant();
        var before = now - Duration.FromHours(_options.GiveUpHours);
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        foreach (var lane in await Expired(db, before, now).AsNoTracking().Select(row => new { row.TenantId, row.Lane, row.Kind }).Distinct().ToListAsync(ct))
        {
            var count = 0L;
            while (await ExpireSomeAsync(lane.TenantId, lane.Lane, lane.Kind, before, now, ct) is > 0 and var some) count += some;
            if (count == 0) continue;
            metrics.Expired(lane.Kind, count);
            Log.DeliveriesExpired(log, count, lane.Lane, _options.GiveUpHours);
        }
    }

    private async Task<int> ExpireSomeAsync(TenantId tenant, string lane, string kind, Instant before, Instant now, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        var rows = Expired(db, before, now).Where(row => row.TenantId == tenant && row.Lane == lane && row.Kind == kind);
        // Up to a place on the lane, and not so many rows: what is claimed or sent between the two statements is left alone.
        if (await rows.OrderBy(row => row.Position).Select(row => row.Position).Take(ExpiredAtOnce).ToListAsync(ct) is not [.., var last]) return 0;
        var count = 0;
        await db.CommitAsync(async ct => count = await rows.Where(row => row.Position <= last).ExecuteUpdateAsync(set => set
            .SetProperty(row => row.State, DeliveryState.Dead).SetProperty(row => row.LastError, Delivery.Expired).SetProperty(row => row.FinishedAt, now)
            .SetProperty(row => row.Holder, (string?)null).SetProperty(row => row.HeldUntil, (Instant?)null), ct), ct);
        return count;
    }

    internal static IQueryable<OutboxRow> Expired(EgressDb db, Instant before, Instant now) =>
        db.Outbox.Where(row => row.State == DeliveryState.Waiting && row.BegunAt <= before && (row.HeldUntil == null || row.HeldUntil <= now));

    private IReadOnlyList<TenantId> Resting => [.. resting?.Resting ?? []];

    /// <summary>Waits for what is under way.</summary>
    public Task SettleAsync() => Task.WhenAll(_lanes.Values);

    private async Task SendLaneAsync(OutboxRow head, TaskCompletionSource done, CancellationToken ct)
    {
        var began = clock.GetTimestamp();
        try
        {
            for (var next = head; next is not null; next = (await HeadsAsync((head.TenantId, head.Lane), 1, Resting, ct)).SingleOrDefault())
            {
                if (!await ClaimAsync(next, ct) || !await TryAsync(next, ct)) break;
                // The rest is due again at the next look, beside the others'.
                if (clock.GetElapsedTime(began) >= Turn) break;
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The host stops: what was held is free when its time is over.
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            Log.OutboxFailed(log, error);
        }
        finally
        {
            _lanes.TryRemove((head.TenantId, head.Lane), out _);
            done.SetResult();
        }
    }

    /// <summary>What is due and the first of its lane, on which nobody is sending.</summary>
    private async Task<List<OutboxRow>> HeadsAsync((TenantId Tenant, string Lane)? only, int count, IReadOnlyList<TenantId> without, CancellationToken ct)
    {
        var now = clock.GetInstant();
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        var due = Due(db, now);
        if (without.Count > 0) due = due.Where(row => !without.Contains(row.TenantId));
        if (only is { } lane) due = due.Where(row => row.TenantId == lane.Tenant && row.Lane == lane.Lane);
        return await due.OrderBy(row => row.DueAt).Take(count).ToListAsync(ct);
    }

    internal static IQueryable<OutboxRow> Due(EgressDb db, Instant now)
    {
        var waiting = db.Outbox.AsNoTracking().Where(row => row.State == DeliveryState.Waiting);
        return waiting.Where(row => row.DueAt <= now && (row.HeldUntil == null || row.HeldUntil <= now) && !waiting.Any(other => other.TenantId == row.TenantId && other.Lane == row.Lane
            && (other.Position < row.Position || (other.Id != row.Id && other.HeldUntil > now))));
    }

    private async Task<bool> ClaimAsync(OutboxRow row, CancellationToken ct)
    {
        var now = clock.GetInstant();
        Instant? until = now + Duration.FromTimeSpan(_options.Attempt * 2);
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        var held = 0;
        await db.CommitAsync(async ct => held = await db.Outbox
            .Where(other => other.TenantId == row.TenantId && other.Id == row.Id && other.State == DeliveryState.Waiting && (other.HeldUntil == null || other.HeldUntil <= now))
            .ExecuteUpdateAsync(set => set.SetProperty(other => other.Holder, NodeName.Current).SetProperty(other => other.HeldUntil, until), ct), ct);
        return held > 0;
    }

    /// <returns>Whether the lane may go on.</returns>
    private async Task<bool> TryAsync(OutboxRow row, CancellationToken ct)
    {
        var outcome = await AttemptAsync(row, ct);
        var (attempts, now) = (row.Attempts + 1, clock.GetInstant());
        var isDead = outcome is DeliveryOutcome.Refused || (outcome is DeliveryOutcome.Failed && attempts >= _options.Attempts);
        var state = outcome is DeliveryOutcome.Sent ? DeliveryState.Sent : isDead ? DeliveryState.Dead : DeliveryState.Waiting;
        var reason = outcome switch { DeliveryOutcome.Failed failed => failed.Reason, DeliveryOutcome.Refused refused => refused.Reason, _ => null };
        var due = now + Duration.FromTimeSpan(BackOff.After(attempts, Random.Shared.NextDouble(), _options.FirstPause, _options.LongestPause));
        Instant? finished = state == DeliveryState.Waiting ? null : now;
        // What came of it is written though the host stops: else it would be sent again.
        await using var db = await rooms.OpenAsync(TenantScope.System, CancellationToken.None);
        await db.CommitAsync(ct => db.Outbox.Where(other => other.TenantId == row.TenantId && other.Id == row.Id && other.Holder == NodeName.Current).ExecuteUpdateAsync(set => set
            .SetProperty(other => other.State, state).SetProperty(other => other.Attempts, attempts).SetProperty(other => other.DueAt, due)
            .SetProperty(other => other.LastError, reason).SetProperty(other => other.FinishedAt, finished)
            .SetProperty(other => other.Holder, (string?)null).SetProperty(other => other.HeldUntil, (Instant?)null), ct), CancellationToken.None);
        metrics.Attempted(row.Kind, state switch { DeliveryState.Sent => "sent", DeliveryState.Dead => "dead", _ => "failed" });
        if (state == DeliveryState.Dead) Log.DeliveryDead(log, row.Id, row.Lane, reason ?? "");
        return state != DeliveryState.Waiting;
    }

    private async Task<DeliveryOutcome> AttemptAsync(OutboxRow row, CancellationToken ct)
    {
        if (!_deliverers.TryGetValue(row.Kind, out var deliverer)) return new DeliveryOutcome.Refused("unknownKind");
        using var deadline = new CancellationTokenSource(_options.Attempt, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, deadline.Token);
        try
        {
            return await deliverer.DeliverAsync(row.ToMessage(), either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new DeliveryOutcome.Failed("timeout");
        }
#pragma warning disable CA1031 // Whatever a destination does to us, it is tried again, and no other lane suffers.
        catch (Exception error) when (!ct.IsCancellationRequested)
#pragma warning restore CA1031
        {
            Log.DeliveryFailed(log, error, row.Id, row.Lane);
            return new DeliveryOutcome.Failed(error is HttpRequestException or System.Net.Sockets.SocketException or IOException ? "unreachable" : "failed");
        }
    }

    private async Task CountAsync(CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        var waiting = db.Outbox.AsNoTracking().Where(row => row.State == DeliveryState.Waiting);
        var oldest = await waiting.OrderBy(row => row.CreatedAt).Select(row => (Instant?)row.CreatedAt).FirstOrDefaultAsync(ct);
        metrics.Counted(await waiting.CountAsync(ct), await db.Outbox.CountAsync(row => row.State == DeliveryState.Dead, ct),
            oldest is { } at ? clock.GetInstant() - at : Duration.Zero);
    }
}
