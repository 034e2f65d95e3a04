using Busbar.Storage.Commits;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Stations.Commands;

/// <summary>
/// Finds the truth about commands whose outcome nobody heard: by the transactions that name them, by what their stations told since, and those whose process
/// ended before their outcome was stored.
/// </summary>
internal sealed class CommandSweeper(CommandDesk desk, CommandTruth truth, StationActors actors, TimeProvider clock, ILogger<CommandSweeper> log) : BackgroundService
{
    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(20);

    // The stations that come back after a restart are served first.
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(5);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        actors.RemoteStarted += Resolve;
        return base.StartAsync(cancellationToken);
    }

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        actors.RemoteStarted -= Resolve;
        return base.StopAsync(cancellationToken);
    }

    private void Resolve(StationKey station, long remoteStartId) => _ = desk.ResolveStartAsync(station, remoteStartId);

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
                    await desk.SweepAsync(stoppingToken);
                    await truth.ResolveAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.SweepFailed(log, error);
                }
            }
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}
