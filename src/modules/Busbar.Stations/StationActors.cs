using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Stations.Connections;
using Busbar.Stations.Contracts;
using Busbar.Stations.Commands;
using Busbar.Stations.Dialects;
using Busbar.Stations.Presence;
using Busbar.Stations.Screens;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Busbar.Stations;

/// <summary>
/// The stations that this process holds a socket of. The newest authenticated connection of a station wins; whatever an older one still does
/// is compared by instance and changes nothing.
/// </summary>
internal sealed class StationActors(
    IStationLeases leases, IChargingDesk desk, PresenceBook presence, ConnectionBook connections, SecurityEvents events, ToleranceMetrics tolerance, IOptions<StationsOptions> options, TimeProvider clock,
    IWireLog? wireLog = null, IPriceDisplay? prices = null, IOptions<ScreenOptions>? screens = null, ILogger<StationActors>? log = null)
    : IStationInbox
{
    private readonly ConcurrentDictionary<StationKey, StationActor> _connected = new();
    private readonly Lock _order = new();

    public IStationLeases Leases { get; } = leases;
    public IChargingDesk Desk { get; } = desk;
    public StationsOptions Options { get; } = options.Value;
    public TimeProvider Clock { get; } = clock;
    public ToleranceMetrics Tolerance { get; } = tolerance;
    public IWireLog? WireLog { get; } = wireLog;

    /// <summary>Who knows what a station shows; null: nobody does.</summary>
    public IPriceDisplay? Prices { get; } = prices;

    public int Count => _connected.Count;

    /// <summary>Those who are connected at this moment.</summary>
    public IEnumerable<StationActor> All => _connected.Select(pair => pair.Value);

    /// <summary>A transaction came that names the command which started it. Handlers must not block.</summary>
    public event Action<StationKey, long>? RemoteStarted;

    public void OnRemoteStarted(StationKey station, long remoteStartId) => RemoteStarted?.Invoke(station, remoteStartId);

    public IStationHandler Connected(IStationLink link)
    {
        var key = new StationKey(link.Tenant, link.Station);
        var entry = presence.Entry(key);
        var actor = new StationActor(this, link, entry);
        StationActor? former;
        // The claim is queued in the order of arrival, so that the newest connection has the highest epoch.
        lock (_order)
        {
            _connected.TryGetValue(key, out former);
            _connected[key] = actor;
            if (entry.Connected(link)) events.TakenOver(link.Identity, former!.Link.Remote, link.Remote);
            connections.Connected(link);
            actor.Claim();
        }
        former?.Replace();
        return actor;
    }

    public bool TryFind(StationKey key, [NotNullWhen(true)] out StationActor? actor) =>
        _connected.TryGetValue(key, out actor) && actor.Link.IsOpen;

    /// <summary>
    /// What a station may do has changed: its connection ends, and it may come back as what it is now. Its open calls are not answered, so it keeps its copies.
    /// Another process's connection is not seen from here: it lasts until it breaks, and the next one is judged anew.
    /// </summary>
    public void Dismiss(StationKey key)
    {
        if (TryFind(key, out var actor)) actor.Link.Close(1008, "its access has changed");
    }

    /// <summary>The prices of a driver at a station, or of whoever comes; null: they could not be looked up, which is not that none applies any more. It holds up no driver.</summary>
    public async ValueTask<StationPrices?> LookUpAsync(StationActor actor, PresentedToken? token, CancellationToken ct)
    {
        if (Prices is null) return null;
        try
        {
            return await Prices.FindAsync(new ScreenQuestion(actor.Link.Tenant, actor.Station, token, Clock.GetInstant()) { Language = screens?.Value.Language }, ct);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            if (log is not null) Log.PriceNotFound(log, error, actor.Link.Identity);
            return null;
        }
    }

    /// <summary>Sends something for the station's screen that nobody waits for.</summary>
    public void Say(StationActor actor, StationCall call) => _ = SayAsync(actor, call);

    /// <summary>
    /// What became of it. What a station does not know, or does not answer twice in a row, it is not told again before its next boot; what it refuses for another
    /// reason is not told again of the same transaction or price.
    /// </summary>
    /// <param name="only">What must still hold when it leaves.</param>
    public async Task<Said> SayAsync(StationActor actor, StationCall call, SendCondition? only = null)
    {
        var screen = actor.Presence.Screen;
        if (screen.Refuses(call)) return Said.Refused;
        var answer = await actor.Link.CallAsync(call.Action, call.Payload, (screens?.Value ?? new ScreenOptions()).AnswerWithin, CancellationToken.None, only);
        if (answer is CallAnswer.NotSent) return Said.NotSent;
        if (answer is CallAnswer.Unknown)
        {
            // A connection that broke says nothing of the station.
            if (actor.Link.IsOpen && screen.Unanswered(call) && log is not null) Log.NotShown(log, actor.Link.Identity, call.Kind);
            return Said.Unknown;
        }
        screen.Answered(call);
        if (answer is CallAnswer.Result result)
        {
            if (actor.Dialect.Screens.IsYes(call.Action, result.Payload.Span)) return Said.Shown;
            if (actor.Dialect.Screens.HasAlready(call.Action, result.Payload.Span)) return Said.Had;
        }
        var isUnable = IScreenDialect.IsUnable(answer);
        screen.Refused(call, isUnable);
        if (isUnable && log is not null) Log.NotShown(log, actor.Link.Identity, call.Kind);
        return Said.Refused;
    }

    /// <summary>
    /// Records a fact of ours about a station that nobody holds: it is taken for this one fact. A connection that comes in at this moment is fenced, and connects again.
    /// </summary>
    /// <exception cref="StorageUnavailableException">The database did not take it.</exception>
    public async ValueTask<bool> TakeForAsync(StationKey key, ChargingFact fact, CancellationToken ct)
    {
        var seat = new StationSeat(key.Tenant, new StationId(key.Station), await Leases.ClaimAsync(key, ct));
        var outcome = await Desk.RecordAsync(seat, OwnFacts.Frame(fact, 1, Clock.GetInstant()), static _ => default, ct);
        Desk.Left(seat);
        return outcome is DeskOutcome.Recorded;
    }

    public void Left(StationActor actor, LinkEnd end)
    {
        connections.Ended(actor.Link, end);
        _connected.TryRemove(KeyValuePair.Create(actor.Key, actor));
        presence.Entry(actor.Key).Disconnected(actor.Link);
    }
}

/// <summary>Takes a station for this process, in the database that all processes share.</summary>
internal interface IStationLeases
{
    /// <exception cref="StorageUnavailableException">The database did not take it.</exception>
    ValueTask<long> ClaimAsync(StationKey key, CancellationToken ct);
}

internal sealed class CommitLoopLeases(CommitLoop loop) : IStationLeases
{
    public ValueTask<long> ClaimAsync(StationKey key, CancellationToken ct) => loop.ClaimAsync(key, ct);
}
