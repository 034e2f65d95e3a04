using Busbar.Kernel;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Stations.Connections;

/// <summary>
/// Stores the connections every two seconds, many rows with one flush, never on the path of an answer; closes those that a process left open which is no more, and forgets
/// what is too old.
/// </summary>
internal sealed class ConnectionWriter(ConnectionBook book, RowWriter rows, ConnectionKeeper keeper, TimeProvider clock, ILogger<ConnectionWriter> log) : BackgroundService
{
    /// <summary>Rows of one flush. The next are given when these are durable: a command that is stored by the same writer waits for one batch at most.</summary>
    public const int BatchCapacity = 500;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(2);

    // The stations that come back after a restart are served first.
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(5);
    private static readonly Duration ForgetEvery = Duration.FromHours(1);

    private readonly Instant _began = clock.GetInstant();
    private Instant? _kept;
    private Instant? _forgot;

    /// <summary>Stores what changed. What cannot be stored is tried again with the next call.</summary>
    public async Task WriteAsync()
    {
        var left = new List<ConnectionRow>();
        while (book.TakeChanged(BatchCapacity) is { Count: > 0 } changed)
        {
            Exception? trouble = null;
            var writes = rows.WriteAll(changed.Select(change => change.Write));
            for (var i = 0; i < writes.Count; i++)
            {
                try
                {
                    await writes[i];
                }
                catch (Exception error)
                {
                    trouble = error;
                    left.Add(changed[i].Row);
                }
            }
            if (trouble is null) continue;
            Log.ConnectionsNotStored(log, trouble, left.Count);
            break;
        }
        book.PutBack(left);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.Delay(FirstAfter, clock, stoppingToken);
            using var timer = new PeriodicTimer(Pace, clock);
            do
            {
                try
                {
                    await KeepAsync(stoppingToken);
                    await WriteAsync();
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.ConnectionsNotKept(log, error);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops; what changed since is written by StopAsync.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        book.ServerStops();
        try
        {
            await WriteAsync();
            await keeper.LeaveAsync(cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // Another process, or this one when it is back, finds what is left open.
            Log.ConnectionsNotKept(log, error);
        }
    }

    private async Task KeepAsync(CancellationToken ct)
    {
        var now = clock.GetInstant();
        // Before the first row is written: a process that is killed is known by this.
        if (_kept is not { } kept || now - kept >= ConnectionKeeper.Renewed)
        {
            await keeper.StayAsync(ct);
            _kept = now;
            await keeper.CloseLostAsync(ct);
        }
        if (now - (_forgot ?? _began) < ForgetEvery) return;
        _forgot = now;
        book.ForgetGone();
    }
}
