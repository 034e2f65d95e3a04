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
            if (!screen.TryAsk(clock.GetInstant(), actor.Link.ConnectedAt)) return;
            var question = actor.Dialect.Screens.Question;
            switch (await actor.Link.CallAsync(question.Action, question.Payload, options.Value.AnswerWithin, ct))
            {
                case CallAnswer.Result result:
                    screen.Facts = actor.Dialect.Screens.Read(result.Payload.Span);
                    break;
                case CallAnswer.NotSent:
                    screen.AskAgain();
                    return;
                case CallAnswer.Unknown:
                    // It may have been busy: it is asked again later.
                    return;
                default:
                    screen.Facts = ScreenFacts.None;
                    break;
            }
        }
        if (screen.Facts is not { } facts || !(facts.ShowsPrice || facts.TakesTariffs)) return;
        var now = clock.GetInstant();
        var (isKnown, price) = await actors.LookUpAsync(actor, null, ct);
        if (!isKnown || (price is null && screen.Shown is null)) return;
        var name = price is null ? "" : string.Join('\n', [price.TariffId, .. price.Text.Values]);
        if (screen.Shown == name || !screen.TryPush(now, Duration.FromTimeSpan(options.Value.PriceEvery))) return;
        var (screens, hasNew) = (actor.Dialect.Screens, false);
        foreach (var call in screens.Price(price, facts, screen.Shown is not null))
        {
            // What the station refuses it is not told again; what it never got is told at a later look.
            var said = await actors.SayAsync(actor, call);
            if (said is Said.NotSent or Said.Unknown) return;
            if (said != Said.Shown || !screens.GivesTariff(call)) continue;
            screen.Tariff = call.About;
            hasNew = true;
        }
        // By a tariff that holds no more it would come to a wrong price: also where the new one cannot be said, or was refused.
        if (!hasNew && screen.Tariff is { } former && screens.TakeBack(former) is { } back)
        {
            var said = await actors.SayAsync(actor, back);
            if (said is Said.NotSent or Said.Unknown) return;
            if (said == Said.Shown) screen.Tariff = null;
        }
        screen.Shown = name;
    }
}
