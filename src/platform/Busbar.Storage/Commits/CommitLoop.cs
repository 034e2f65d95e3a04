using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Storage.Commits;

/// <summary>
/// The one writer of facts in a process. It takes what waits in a bounded queue (it never waits for more), writes it in one transaction, and
/// completes each unit after the commit. An error replays the batch unit by unit, so that one bad unit fails alone.
/// </summary>
public sealed class CommitLoop : BackgroundService
{
    private const int QueueCapacity = 16_384;
    private const int BatchCapacity = 512;
    private const int TransientRetries = 5;

    private readonly Channel<object> _queue = Channel.CreateBounded<object>(
        new BoundedChannelOptions(QueueCapacity) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly ICommitWriter _writer;
    private readonly StorageMetrics _metrics;
    private readonly ILogger<CommitLoop> _log;

    public CommitLoop(ICommitWriter writer, StorageMetrics metrics, ILogger<CommitLoop> log)
    {
        _writer = writer;
        _metrics = metrics;
        _log = log;
        metrics.ObserveQueue(() => _queue.Reader.Count);
    }

    /// <summary>Queues a unit and waits until it is durable, or known not to be. Waits for room while the queue is full.</summary>
    public async ValueTask<CommitOutcome> CommitAsync(CommitUnit unit, CancellationToken ct)
    {
        if (!_queue.Writer.TryWrite(unit)) await _queue.Writer.WriteAsync(unit, ct);
        // No token here: once queued, the unit may become durable, and the caller must learn of it.
        return await unit.Completion;
    }

    /// <summary>Takes the station for this process. Answers the new epoch.</summary>
    /// <exception cref="StorageUnavailableException">The database did not take it.</exception>
    public async ValueTask<long> ClaimAsync(StationKey key, CancellationToken ct)
    {
        var claim = new LeaseClaim(key);
        if (!_queue.Writer.TryWrite(claim)) await _queue.Writer.WriteAsync(claim, ct);
        return await claim.Completion;
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.Run(() => RunAsync(stoppingToken), CancellationToken.None);

    /// <summary>Takes no more work, writes what is queued, then ends.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _queue.Writer.TryComplete();
        if (ExecuteTask is { } running) await running.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(cancellationToken);
    }

    private async Task RunAsync(CancellationToken ct)
    {
        var claims = new List<LeaseClaim>();
        var units = new List<CommitUnit>();
        // The loop ends when the queue is completed and drained, not when the host asks: queued units still get their truth.
        while (await _queue.Reader.WaitToReadAsync(CancellationToken.None))
        {
            claims.Clear();
            units.Clear();
            while (claims.Count + units.Count < BatchCapacity && _queue.Reader.TryRead(out var item))
            {
                if (item is CommitUnit unit) units.Add(unit);
                else claims.Add((LeaseClaim)item);
            }
            // Claims go first and in a transaction of their own, so that each transaction locks leases in key order.
            if (claims.Count > 0) await ClaimAllAsync(claims);
            if (units.Count > 0) await WriteAllAsync(units);
            if (_queue.Reader.Count == 0) await TidyAsync();
        }
        await _writer.ResetAsync();
    }

    private async Task ClaimAllAsync(List<LeaseClaim> claims)
    {
        // Two sockets of one station may claim in one batch; a statement can grow a row only once.
        foreach (var round in RoundsOf(claims))
        {
            round.Sort(static (a, b) => StationKey.LockOrder.Compare(a.Key, b.Key));
            try
            {
                await RetryingAsync(() => _writer.ClaimAsync(round, CancellationToken.None));
                foreach (var claim in round) claim.Complete();
            }
            catch (Exception error)
            {
                Log.ClaimFailed(_log, error, round.Count);
                await _writer.ResetAsync();
                foreach (var claim in round) claim.Fail(new StorageUnavailableException(error));
            }
        }
    }

    private static IEnumerable<List<LeaseClaim>> RoundsOf(List<LeaseClaim> claims)
    {
        if (claims.Count == 1) return [claims];
        return claims.GroupBy(claim => claim.Key)
            .SelectMany(group => group.Select((claim, round) => (claim, round)))
            .GroupBy(pair => pair.round, pair => pair.claim)
            .OrderBy(round => round.Key)
            .Select(round => round.ToList());
    }

    private async Task WriteAllAsync(List<CommitUnit> units)
    {
        var started = Stopwatch.GetTimestamp();
        try
        {
            await RetryingAsync(() => _writer.WriteAsync(units, CancellationToken.None));
            _metrics.Committed(units.Count, Stopwatch.GetElapsedTime(started));
            foreach (var unit in units) unit.Complete(unit.Outcome!);
        }
        catch (Exception error)
        {
            await _writer.ResetAsync();
            if (units.Count > 1 && !_writer.IsOutage(error))
            {
                Log.BatchReplayed(_log, error, units.Count);
                foreach (var unit in units.ToArray()) await WriteAllAsync([unit]);
                return;
            }
            Log.CommitFailed(_log, error, units.Count);
            _metrics.Failed(units.Count);
            foreach (var unit in units) unit.Complete(new CommitOutcome.Failed(error));
        }
    }

    private async Task TidyAsync()
    {
        try
        {
            await _writer.TidyAsync(CancellationToken.None);
        }
        catch (Exception error)
        {
            // Nothing is lost by it: what was not done is done with a later batch, or when the connection opens.
            Log.TidyFailed(_log, error);
            await _writer.ResetAsync();
        }
    }

    private async Task RetryingAsync(Func<Task> write)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await write();
                return;
            }
            catch (Exception error) when (attempt <= TransientRetries && _writer.IsTransient(error))
            {
                await _writer.ResetAsync();
            }
        }
    }
}

/// <summary>The database did not make something durable; the caller must not acknowledge it.</summary>
public sealed class StorageUnavailableException(Exception inner) : Exception("The database is not available.", inner);
