using System.Collections.Concurrent;
using System.Threading.Channels;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Sessions;

/// <summary>
/// Tells whoever listens what sessions cost, after the commit and beside it: the desk only leaves the newest price of a session here. A listener that is slow
/// hears less of each session, never later than another listener, and of each session its last price.
/// </summary>
internal sealed class CostTeller(IEnumerable<ICostListener> listeners, ILogger<CostTeller> log) : BackgroundService
{
    private readonly CostLane[] _lanes = [.. listeners.Select(listener => new CostLane(listener, log))];

    /// <summary>False: nobody listens to what this station's sessions cost, and no price need be made.</summary>
    public bool IsHeard(StationKey station) => Array.Exists(_lanes, lane => lane.Hears(station));

    public void Tell(StationKey station, Session session, PriceSoFar price)
    {
        if (price is not { Cost: { } cost, Rated: { } rated }) return;
        var isFinal = session.Phase == SessionPhase.Completed;
        var told = new CostSoFar(
            station.Tenant, new StationId(station.Station), session.Evse, session.TransactionId, cost.Currency.Code, cost.Total.ExclTax, cost.Total.InclTax, price.At, price.Energy,
            cost.Usage.ChargingTime, cost.Usage.IdleTime, isFinal, isFinal ? [] : [.. Rater.InForce(rated).Select(held => new PriceInForce(KindOf(held.Dimension), held.InclTax))])
        {
            Tariff = session.Tariff is { } pin ? DisplayPrice.NameOf(pin.TariffId, pin.Version) : null,
        };
        foreach (var lane in _lanes)
            if (lane.Hears(station)) lane.Put(session.Id.Value, told);
    }

    /// <summary>There is no price to tell; the next one is told.</summary>
    public void NotTold(Session session, Exception error) => Log.PriceNotTold(log, error, session.Id);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(_lanes.Select(lane => lane.RunAsync(stoppingToken)));

    private static string KindOf(Dimension dimension) => dimension switch
    {
        Dimension.Energy => "energy",
        Dimension.Time => "time",
        _ => "idle",
    };

    /// <summary>One listener's newest prices by session, and in which order the sessions are due.</summary>
    private sealed class CostLane(ICostListener listener, ILogger log)
    {
        private readonly ConcurrentDictionary<Guid, CostSoFar> _newest = new();
        private readonly Channel<Guid> _due = Channel.CreateUnbounded<Guid>(new UnboundedChannelOptions { SingleReader = true });

        public bool Hears(StationKey station) => listener.Hears(station.Tenant, new StationId(station.Station));

        public void Put(Guid session, CostSoFar cost)
        {
            while (true)
            {
                if (_newest.TryAdd(session, cost))
                {
                    _due.Writer.TryWrite(session);
                    return;
                }
                if (_newest.TryGetValue(session, out var older) && _newest.TryUpdate(session, cost, older)) return;
            }
        }

        public async Task RunAsync(CancellationToken ct)
        {
            // A listener that takes its time takes this thread, and no caller's.
            await Task.Yield();
            try
            {
                await foreach (var session in _due.Reader.ReadAllAsync(ct))
                {
                    if (!_newest.TryRemove(session, out var cost)) continue;
                    try { listener.Tell(cost); }
                    catch (Exception error) when (error is not OutOfMemoryException) { Log.ListenerFailed(log, error, listener.GetType().Name); }
                }
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                // The host stops: what is not told is told anew with the next price.
            }
        }
    }
}
