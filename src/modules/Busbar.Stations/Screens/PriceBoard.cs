using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Stations.Screens;

/// <summary>
/// Keeps the price on the screens of the stations that this process holds a socket of. Each is asked once after a boot what it can show; one that did not say so is
/// told nothing. Somebody's command goes first.
/// </summary>
internal sealed class PriceBoard(StationActors actors, IOptions<ScreenOptions> options, TimeProvider clock, ILogger<PriceBoard> log) : BackgroundService
{
    private const int StationsAtOnce = 64;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (actors.Prices is null) return;
        using var timer = new PeriodicTimer(options.Value.Pace, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    await LookAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.ScreensFailed(log, error);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The process ends.
        }
    }

    /// <summary>One look at all stations.</summary>
    public Task LookAsync(CancellationToken ct)
    {
        var settled = clock.GetInstant() - Duration.FromTimeSpan(options.Value.Settle);
        var due = actors.All.Where(actor => actor.CallsMayLeave.IsCompletedSuccessfully && !actor.HasCommands && actor.Link.ConnectedAt <= settled);
        return Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = StationsAtOnce, CancellationToken = ct }, async (actor, stop) =>
        {
            try
            {
                await ShowAsync(actor, stop);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                Log.ScreensFailed(log, error);
            }
        });
    }

    private async Task ShowAsync(StationActor actor, CancellationToken ct)
    {
        var screen = actor.Presence.Screen;
        if (screen.Facts is null)
        {
            if (!screen.TryAsk()) return;
            var question = actor.Dialect.Screens.Question;
            switch (await actor.Link.CallAsync(question.Action, question.Payload, options.Value.AnswerWithin, ct))
            {
                case CallAnswer.Result result:
                    screen.Facts = actor.Dialect.Screens.Read(result.Payload.Span);
                    break;
                case CallAnswer.NotSent:
                    screen.AskAgain();
                    return;
                default:
                    screen.Facts = ScreenFacts.None;
                    break;
            }
        }
        if (screen.Facts is not { } facts || !(facts.ShowsPrice || facts.TakesTariffs)) return;
        var now = clock.GetInstant();
        if (await actors.PriceOfAsync(actor, null, ct) is not { } price) return;
        var name = string.Join('\n', [price.TariffId, .. price.Text.Values]);
        if (screen.Shown == name || !screen.TryPush(now, Duration.FromTimeSpan(options.Value.PriceEvery))) return;
        foreach (var call in actor.Dialect.Screens.Price(price, facts))
        {
            // What the station refuses it is not told again; what it never got is told at a later look.
            if (!await actors.SayAsync(actor, call) && !screen.Refuses(call.Action)) return;
        }
        screen.Shown = name;
    }
}
