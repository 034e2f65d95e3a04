using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Stations.Presence;
using Busbar.Stations.Reconciliation;
using Busbar.Stations.Screens;
using Busbar.Storage;
using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Stations;

/// <summary>
/// One connection of one station, in the process that holds its socket. It turns the station's CALLs into facts, hands them to the charging
/// desk in order, and answers what became durable. A later connection is another actor; this one then records nothing more.
/// </summary>
#pragma warning disable CA1001 // The semaphore has no wait handle, and a late caller may still hold it: there is nothing to dispose.
internal sealed class StationActor : IStationHandler
#pragma warning restore CA1001
{
    private readonly StationActors _registry;
    private readonly IDialect _dialect;
    private readonly PresenceEntry _presence;
    private readonly TaskCompletionSource _callsMayLeave = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly bool _wasAccepted;
    private readonly int _heartbeatSeconds;
    private readonly SemaphoreSlim _recording = new(1, 1);
    private readonly RunningTransactions _running = new();
    private Task<long>? _claim;
    private StationCall? _owed;
    private int _commands;
    private long _n;
    private int _replaced;

    public StationActor(StationActors registry, IStationLink link, PresenceEntry presence)
    {
        _registry = registry;
        _presence = presence;
        _dialect = DialectTable.For(link.Version);
        _wasAccepted = presence.HasBooted;
        _heartbeatSeconds = registry.Options.HeartbeatSecondsOf(new StationId(link.Station));
        Link = link;
        Key = new StationKey(link.Tenant, link.Station);
    }

    public IStationLink Link { get; }
    public StationKey Key { get; }
    public StationId Station => new(Link.Station);
    public IDialect Dialect => _dialect;

    /// <summary>Completes when CALLs of ours may leave: never before a Boot was answered (OCPP 1.6 4.2, 2.0.1 B01.FR.05); ends with the connection.</summary>
    public Task CallsMayLeave => _callsMayLeave.Task;

    /// <summary>What this connection has told so far of transactions and connectors.</summary>
    public Hearing Hearing { get; } = new();

    public PresenceEntry Presence => _presence;

    /// <summary>Somebody's command waits for this station: what we ask on our own account stands back.</summary>
    public bool HasCommands => Volatile.Read(ref _commands) > 0;

    /// <summary>Holds as long as no answer to the station told a price of the transaction that is at least this one, and it did not end.</summary>
    /// <param name="isReached">Whether a price that was told is at least it.</param>
    public SendCondition NotYetTold(string transaction, Func<decimal, bool> isReached) => _running.NotYetTold(transaction, isReached);

    /// <summary>The meter's register when the transaction began, where this connection heard it.</summary>
    public Energy? MeterStart(string transaction) => _running.MeterStart(transaction);

    /// <summary>Sends a CALL that somebody waits for.</summary>
    public async Task<CallAnswer> CommandAsync(StationCall call, TimeSpan deadline, CancellationToken ct)
    {
        Interlocked.Increment(ref _commands);
        try { return await Link.CallAsync(call.Action, call.Payload, deadline, ct); }
        finally { Interlocked.Decrement(ref _commands); }
    }

    /// <summary>Starts to take the station for this process; awaited before the first durable fact.</summary>
    public void Claim() => _claim = _registry.Leases.ClaimAsync(Key, CancellationToken.None).AsTask();

    /// <summary>A newer connection is there: this one records nothing more and is closed.</summary>
    public void Replace()
    {
        Volatile.Write(ref _replaced, 1);
        Link.Close(CallReply.Hangup.Replaced.Status, CallReply.Hangup.Replaced.Reason);
    }

    /// <summary>The epoch of its claim; null when the database did not take it.</summary>
    public async ValueTask<long?> EpochAsync() => (await SeatAsync())?.Epoch;

    public async ValueTask<CallReply> OnCallAsync(InboundCall call, CancellationToken ct)
    {
        if (Volatile.Read(ref _replaced) == 1) return CallReply.Hangup.Replaced;
        if (!_dialect.TryFind(call.Action, out var route)) return DialectTable.NotImplemented;
        var context = new AnswerContext(_registry.Clock.GetInstant(), _heartbeatSeconds);
        switch (route)
        {
            case Route.Fact telling:
                var told = telling.Read(call.Payload, call.ReceivedAt);
                _registry.Tolerance.Told(call.Action, told.Fact);
                return await RecordAsync(call, told, context, ct);
            case Route.Token asking:
                return await AuthorizeAsync(asking.Read(call.Payload), ct);
            case Route.Direct direct:
                var reading = direct.Read(call.Payload, call.ReceivedAt, context);
                foreach (var news in reading.News) Learn(news, call.ReceivedAt);
                return reading.Reply;
            default:
                return DialectTable.NotSupported;
        }
    }

    public void OnReplied(InboundCall call)
    {
        // The reply stands in the send queue: what is sent from here on follows it on the wire. A boot that was refused accepted nobody.
        var isBoot = call.Action == "BootNotification" && _presence.HasBooted;
        if ((_wasAccepted || isBoot) && (_callsMayLeave.TrySetResult() || isBoot)) Hearing.Stable(_registry.Clock.GetInstant());

        // A driver at a station that did not boot yet is told no price: later it would be another driver's.
        if (call.Action == "Authorize" && Interlocked.Exchange(ref _owed, null) is { } owed && _callsMayLeave.Task.IsCompletedSuccessfully) _registry.Say(this, owed);
    }

    public void OnFrame(FrameDirection direction, Instant at, ReadOnlyMemory<byte> frame) =>
        _registry.WireLog?.Append(new WireFrame(Key, direction == FrameDirection.FromStation, _dialect.Protocol, at, frame));

    public void OnClosed(LinkEnd end)
    {
        _callsMayLeave.TrySetCanceled();
        _registry.Left(this, end);
        _ = LeaveAsync();
    }

    private async ValueTask<CallReply> RecordAsync(InboundCall call, FactReading reading, AnswerContext context, CancellationToken ct)
    {
        if (reading.Refusal is not null) return reading.Refusal;
        if (reading.News is { } news) Learn(news, call.ReceivedAt);
        if (reading.Fact is { Offline: false, Time.At: { } told }) _presence.ObserveClock(told, call.ReceivedAt);
        // Before the fact is recorded: its price is told as soon as it is.
        if (reading.Calculates is { } calculates) _presence.Screen.Calculates(calculates.Transaction, calculates.Tariff);
        if (reading.Fact is null) return new CallReply.Result(reading.Answer!(DeskDecision.None, context));
        if (await SeatAsync() is not { } seat) return CallReply.Hangup.NotDurable;
        string? transaction = null;
        decimal? cost = null;
        var outcome = await RecordAsync(seat, new FactFrame(reading.Fact, 0, _dialect.Protocol, call.Action, call.MessageId, call.Payload, call.ReceivedAt), decision =>
        {
            (transaction, cost) = (decision.TransactionId, decision.TotalCost);
            return reading.Answer!(decision, context);
        }, ct);
        if (outcome is DeskOutcome.Recorded && transaction is not null) _running.Heard(transaction, reading.Fact, reading.AnswerTellsCost ? cost : null);
        if (outcome is DeskOutcome.Recorded && transaction is not null) Hearing.Told(transaction, call.ReceivedAt);
        if (outcome is DeskOutcome.Recorded && reading.Fact is ChargingFact.Started { RemoteStartId: { } command }) _registry.OnRemoteStarted(Key, command);
        return outcome switch
        {
            DeskOutcome.Recorded when reading.AnswerTellsTime =>
                new CallReply.Result(reading.Answer!(DeskDecision.None, context with { Now = _registry.Clock.GetInstant() })),
            DeskOutcome.Recorded recorded => new CallReply.Result(recorded.Answer),
            DeskOutcome.Fenced => CallReply.Hangup.Replaced,
            _ => CallReply.Hangup.NotDurable,
        };
    }

    /// <summary>Records what we conclude ourselves about this station, between what it tells. False: not durable, or the station is another connection's.</summary>
    public async ValueTask<bool> ConcludeAsync(ChargingFact fact, CancellationToken ct)
    {
        if (Volatile.Read(ref _replaced) == 1 || await SeatAsync() is not { } seat) return false;
        return await RecordAsync(seat, OwnFacts.Frame(fact, 0, _registry.Clock.GetInstant()), static _ => default, ct) is DeskOutcome.Recorded;
    }

    // Numbers are given in the order of recording: a replay goes by them.
    private async ValueTask<DeskOutcome> RecordAsync(StationSeat seat, FactFrame frame, Func<DeskDecision, ReadOnlyMemory<byte>> answer, CancellationToken ct)
    {
        await _recording.WaitAsync(ct);
        try { return await _registry.Desk.RecordAsync(seat, frame with { N = ++_n }, answer, ct); }
        finally { _recording.Release(); }
    }

    private void Learn(StationNews news, Instant receivedAt)
    {
        _presence.Apply(news, receivedAt);
        if (news is not StationNews.ConnectorReported report) return;
        Hearing.Reported(report, receivedAt);
        if (report.At is { } told) _presence.ObserveClock(told, receivedAt);
    }

    private async ValueTask<CallReply> AuthorizeAsync(TokenReading reading, CancellationToken ct)
    {
        if (reading.Token is not { } token) return reading.Refusal!;
        if (await SeatAsync() is not { } seat) return CallReply.Hangup.NotDurable;
        var verdict = await _registry.Desk.AuthorizeAsync(seat, token, ct);
        var facts = _presence.Screen.Facts;
        var prices = verdict.IsAccepted && facts is { ShowsPrice: true } or { TakesTariffs: true } ? await _registry.LookUpAsync(this, token, ct) : null;
        if (prices is null or { IsNone: true }) return new CallReply.Result(reading.Answer!(verdict));
        if (reading.AnswerWithPrice is { } priced) return new CallReply.Result(priced(verdict, prices, facts!));
        _owed = _dialect.Screens.DriverPrice(token.Uid, prices);
        return new CallReply.Result(reading.Answer!(verdict));
    }

    private async ValueTask<StationSeat?> SeatAsync()
    {
        try
        {
            return new StationSeat(Link.Tenant, Station, await _claim!);
        }
        catch (StorageUnavailableException)
        {
            return null;
        }
    }

    private async Task LeaveAsync()
    {
        if (await SeatAsync() is { } seat) _registry.Desk.Left(seat);
    }
}
