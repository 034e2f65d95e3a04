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
        if (await actors.LookUpAsync(actor, null, ct) is not { } prices || (prices.IsNone && screen.Shown is null)) return;
        var name = string.Join('\n', [prices.Name, .. prices.Text.Values]);
        if (screen.Shown == name || !screen.TryPush(now, Duration.FromTimeSpan(options.Value.PriceEvery))) return;
        // What the station refuses it is not told again; what it never got is told at a later look.
        if (actor.Dialect.Screens.Price(prices, facts, screen.Shown is not null) is { } text && await actors.SayAsync(actor, text) is Said.NotSent or Said.Unknown) return;
        // At EVSE 0 a tariff is that of each EVSE (2.1 I07.FR.12), so it goes first and those of single EVSEs after it.
        if (!await GiveAsync(actor, 0, prices.Whole, facts)) return;
        foreach (var evse in prices.Apart.Keys.Union(screen.Apart).Order())
            if (!await GiveAsync(actor, evse, prices.Apart.TryGetValue(evse, out var own) ? own : prices.Whole, facts)) return;
        screen.Shown = name;
    }

    /// <summary>False: something never left or was not answered, and a later look has to do it.</summary>
    private async Task<bool> GiveAsync(StationActor actor, int evse, DisplayPrice? price, ScreenFacts facts)
    {
        var (screens, screen) = (actor.Dialect.Screens, actor.Presence.Screen);
        var stands = screen.TariffAt(evse);
        if (price is not null && screens.GiveTariff(price, evse, facts) is { } call)
        {
            if (stands == price.TariffId) return true;
            var said = await actors.SayAsync(actor, call);
            if (said == Said.Had && evse == 0 && screens.TakeBack(price.TariffId, 0) is { } first)
            {
                // At which EVSEs it stands nobody knows, and at another may be one that it had before its boot (I07.FR.13): it is given anew.
                said = await actors.SayAsync(actor, first);
                if (said == Said.Shown) said = await actors.SayAsync(actor, call);
            }
            if (said is Said.NotSent or Said.Unknown) return false;
            if (said is Said.Shown or Said.Had)
            {
                screen.Stands(evse, price.TariffId);
                return true;
            }
        }
        // By a tariff that holds no more it would come to a wrong price: also where the new one cannot be said, or was refused.
        if (stands is null || screens.TakeBack(stands, evse) is not { } back) return true;
        var taken = await actors.SayAsync(actor, back);
        if (taken is Said.NotSent or Said.Unknown) return false;
        if (taken == Said.Shown) screen.Stands(evse, null);
        return true;
    }
}
