using System.Diagnostics.Metrics;
using System.Text;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Stations;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Reconciliation;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Tests.Stations;

/// <summary>What a station is asked about sessions that it says nothing of, and what its answer or its silence comes to.</summary>
public sealed class ReconcilerTests : IAsyncLifetime
{
    private const string Boot16 = """{"chargePointVendor":"ACME","chargePointModel":"One"}""";
    private const string Boot2 = """{"reason":"PowerUp","chargingStation":{"vendorName":"ACME","model":"One"}}""";
    private const string GoesOn = """{"ongoingIndicator":true,"messagesInQueue":false}""";
    private const string Queued = """{"ongoingIndicator":false,"messagesInQueue":true}""";
    private const string Over = """{"ongoingIndicator":false,"messagesInQueue":false}""";

    private readonly string _folder = Directory.CreateTempSubdirectory("busbar-").FullName;
    private readonly StationRig _rig = new();
    private readonly ReconcileOptions _options = new();
    private readonly OpenAtOneStation _sessions = new();
    private readonly ElsewhereRouter _router = new();
    private readonly Meters _meters = new();
    private Database _database = null!;
    private RoomDbFactory<StationsDb> _rooms = null!;
    private Reconciler _reconciler = null!;
    private GivingUp _givingUp = null!;

    private StationId Station => new(_rig.Key.Station);

    public async ValueTask InitializeAsync()
    {
        _database = Database.Sqlite(_folder);
        _rooms = new RoomDbFactory<StationsDb>(_database, setup => new StationsDb(setup));
        await using var db = await _rooms.OpenAsync(TenantScope.System, default);
        await db.Database.EnsureCreatedAsync();
        var metrics = new ReconcileMetrics(_meters);
        _givingUp = new GivingUp(_rig.Actors, _router, _sessions, _rooms, Options.Create(_options), metrics, _rig.Clock, NullLogger<GivingUp>.Instance);
        _reconciler = new Reconciler(_rig.Actors, _sessions, _rooms, _givingUp, Options.Create(_options), metrics, _rig.Clock, NullLogger<Reconciler>.Instance);
    }

    public async ValueTask DisposeAsync()
    {
        _reconciler.Dispose();
        _meters.Dispose();
        await _database.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(OcppVersion.V16)]
    [InlineData(OcppVersion.V201)]
    [InlineData(OcppVersion.V21)]
    public async Task Nothing_is_asked_before_the_boot_nor_before_the_connection_has_settled(OcppVersion version)
    {
        Open();
        var (link, actor) = _rig.Connect(version);
        await LookAfterAsync(TimeSpan.FromHours(1));
        Assert.Empty(link.Calls);
        await BootAsync(actor);
        await LookAfterAsync(_options.Settle - TimeSpan.FromSeconds(1));
        Assert.Empty(link.Calls);
        // It boots again: the window begins anew.
        await BootAsync(actor);
        await LookAfterAsync(_options.Settle - TimeSpan.FromSeconds(1));
        Assert.Empty(link.Calls);
        await LookAfterAsync(TimeSpan.FromSeconds(1));
        Assert.NotEmpty(link.Calls);
        Assert.DoesNotContain(link.Calls, call => call.Payload.Contains("BootNotification", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(OcppVersion.V201)]
    [InlineData(OcppVersion.V21)]
    public async Task What_a_reconnected_station_does_not_mention_is_asked_about_and_closed_by_a_fact_of_ours_when_nothing_more_comes(OcppVersion version)
    {
        Open();
        var link = await SettledAsync(version, Over);
        Assert.Equal(("GetTransactionStatus", """{"transactionId":"tx-1"}"""), Assert.Single(link.Calls));
        var (seat, frame) = _rig.Desk.Recorded[^1];
        var fact = Assert.IsType<ChargingFact.StatusReported>(frame.Fact);
        Assert.Equal(("tx-1", false, false), (fact.TransactionId, fact.Ongoing, fact.MessagesInQueue));
        Assert.Equal((1L, 2L, 0, "StatusReported"), (seat.Epoch, frame.N, frame.Protocol, frame.Action));
        Assert.Equal(1, _meters.Total("busbar.sessions.reconciled", "over"));
    }

    /// <summary>The failure on record: such an answer made the transaction inactive, and its queued end was acknowledged and dropped.</summary>
    [Fact]
    public async Task What_waits_in_the_stations_queue_is_waited_for_and_asked_about_again()
    {
        Open();
        var link = await SettledAsync(OcppVersion.V201, Queued);
        Assert.Empty(Concluded);
        await LookAfterAsync(_options.AskAgain - TimeSpan.FromSeconds(1));
        Assert.Single(link.Calls);
        await LookAfterAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, link.Calls.Count);
        Assert.Empty(Concluded);
        Answer(link, Over);
        await LookAfterAsync(_options.AskAgain);
        Assert.Single(Concluded);
    }

    [Fact]
    public async Task A_transaction_that_goes_on_is_left_alone_until_it_is_silent_again()
    {
        Open();
        var link = await SettledAsync(OcppVersion.V201, GoesOn);
        await LookAfterAsync(_options.Silence - TimeSpan.FromSeconds(1));
        Assert.Single(link.Calls);
        await LookAfterAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(2, link.Calls.Count);
        Assert.Empty(Concluded);
    }

    [Theory]
    [InlineData(OcppVersion.V16)]
    [InlineData(OcppVersion.V201)]
    public async Task A_session_that_is_heard_of_is_not_asked_about(OcppVersion version)
    {
        Open();
        _rig.Desk.Decision = new DeskDecision("tx-1", null, null);
        var (link, actor) = _rig.Connect(version);
        await BootAsync(actor);
        Answer(link, Over);
        for (var i = 0; i < 3; i++)
        {
            _rig.Clock.Advance(_options.Silence - TimeSpan.FromSeconds(1));
            if (version == OcppVersion.V16) await _rig.TellAsync(actor, "MeterValues", """{"connectorId":1,"transactionId":5,"meterValue":[]}""");
            else await _rig.TellAsync(actor, "TransactionEvent", """{"eventType":"Updated","timestamp":"2026-11-23T06:00:00Z","triggerReason":"MeterValuePeriodic","seqNo":1,"transactionInfo":{"transactionId":"tx-1"}}""");
            await LookAfterAsync(TimeSpan.Zero);
        }
        Assert.DoesNotContain(link.Calls, call => call.Action == "GetTransactionStatus" || call.Payload.Contains("MeterValues", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_rest_of_a_session_that_has_ended_is_asked_for_at_once()
    {
        Open(hasEnd: true);
        var (link, actor) = _rig.Connect(OcppVersion.V201);
        await BootAsync(actor);
        actor.Hearing.Told("tx-1", _rig.Clock.GetInstant());
        Answer(link, """{"messagesInQueue":false}""");
        await LookAfterAsync(_options.Settle);
        Assert.Single(link.Calls);
        Assert.IsType<ChargingFact.StatusReported>(Assert.Single(Concluded));
    }

    [Theory]
    [InlineData("NotSupported")]
    [InlineData("NotImplemented")]
    public async Task A_station_that_does_not_know_the_question_is_asked_for_a_reading_and_not_again_over_that_connection(string code)
    {
        Open();
        _rig.Presence.Entry(_rig.Key).Restore(StationRig.Start);
        var link = await SettledAsync(OcppVersion.V201, (action, _) => action == "GetTransactionStatus" ? new CallAnswer.Error(code, "", default) : Result("""{"status":"NotImplemented"}"""));
        await LookAfterAsync(_options.Silence);
        await LookAfterAsync(_options.Silence);
        Assert.Equal(["GetTransactionStatus", "TriggerMessage"], link.Calls.Select(call => call.Action).Distinct());
        Assert.Single(link.Calls, call => call.Action == "GetTransactionStatus");
        Assert.Single(link.Calls, call => call.Payload == """{"requestedMessage":"TransactionEvent","evse":{"id":1}}""");
        Assert.Empty(Concluded);

        link = await SettledAsync(OcppVersion.V201, Over);
        Assert.Equal("GetTransactionStatus", Assert.Single(link.Calls).Action);
    }

    [Fact]
    public async Task A_1_6_station_is_asked_for_a_reading_and_a_status_once_in_ten_minutes_over_all_its_connections()
    {
        Open();
        var link = await SettledAsync(OcppVersion.V16, """{"status":"Accepted"}""");
        Assert.Equal(
        [
            ("TriggerMessage", """{"requestedMessage":"MeterValues","connectorId":1}"""),
            ("TriggerMessage", """{"requestedMessage":"StatusNotification","connectorId":1}"""),
        ], link.Calls);
        var again = await SettledAsync(OcppVersion.V16, """{"status":"Rejected"}""");
        Assert.Empty(again.Calls);
        await LookAfterAsync(_options.TriggerEvery);
        Assert.Equal(2, again.Calls.Count);
        await LookAfterAsync(_options.TriggerEvery);
        Assert.Equal(2, again.Calls.Count);
        Assert.Empty(Concluded);
    }

    [Theory]
    [InlineData("Available", true)]
    [InlineData("Preparing", true)]
    [InlineData("Finishing", true)]
    [InlineData("Charging", false)]
    [InlineData("SuspendedEV", false)]
    [InlineData("Faulted", false)]
    [InlineData("Unavailable", false)]
    public async Task A_1_6_connector_without_a_transaction_ends_its_session_after_the_grace_for_a_queued_stop(string status, bool isOver)
    {
        Open();
        var (link, actor) = _rig.Connect();
        await BootAsync(actor);
        Answer(link, """{"status":"Accepted"}""");
        await TellStatusAsync(actor, status);
        await LookAfterAsync(_options.Grace - TimeSpan.FromSeconds(1));
        Assert.Empty(Concluded);
        await LookAfterAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(isOver ? [AbandonReason.ConnectorFree] : [], Concluded.Cast<ChargingFact.GapsAbandoned>().Select(fact => fact.Reason));
    }

    [Fact]
    public async Task A_boot_alone_ends_nothing_and_a_word_after_the_status_keeps_the_session()
    {
        Open("5");
        var (link, actor) = _rig.Connect();
        Answer(link, """{"status":"Accepted"}""");
        await BootAsync(actor);
        await LookAfterAsync(TimeSpan.FromHours(1));
        await BootAsync(actor);
        await LookAfterAsync(TimeSpan.FromHours(1));
        Assert.Empty(Concluded);
        await TellStatusAsync(actor, "Available");
        _rig.Desk.Decision = new DeskDecision("5", null, null);
        await _rig.TellAsync(actor, "MeterValues", """{"connectorId":1,"transactionId":5,"meterValue":[]}""");
        await LookAfterAsync(TimeSpan.FromHours(1));
        Assert.Empty(Concluded);
    }

    [Theory]
    [InlineData(OcppVersion.V16)]
    [InlineData(OcppVersion.V201)]
    public async Task A_session_that_another_one_followed_on_its_connector_is_given_up_after_the_grace(OcppVersion version)
    {
        Open(isSuperseded: true);
        var link = await SettledAsync(version, GoesOn);
        await LookAfterAsync(_options.Grace - TimeSpan.FromSeconds(1));
        Assert.Empty(Concluded);
        await LookAfterAsync(TimeSpan.FromSeconds(1));
        Assert.Equal(AbandonReason.Gap, Assert.IsType<ChargingFact.GapsAbandoned>(Assert.Single(Concluded)).Reason);
    }

    [Theory]
    [InlineData(OcppVersion.V16, """{"requestedMessage":"StatusNotification","connectorId":2}""")]
    [InlineData(OcppVersion.V201, """{"requestedMessage":"StatusNotification","evse":{"id":2,"connectorId":1}}""")]
    [InlineData(OcppVersion.V21, """{"requestedMessage":"StatusNotification","evse":{"id":2,"connectorId":1}}""")]
    public async Task Connectors_are_asked_for_their_status_where_none_was_heard(OcppVersion version, string payload)
    {
        await KnowConnectorsAsync(1, 2);
        var link = await SettledAsync(version, """{"status":"Accepted"}""");
        Assert.Equal(2, link.Calls.Count);
        Assert.Equal(("TriggerMessage", payload), link.Calls[1]);

        _rig.Clock.Advance(_options.TriggerEvery);
        var (heard, actor) = _rig.Connect(version);
        await BootAsync(actor);
        if (version == OcppVersion.V16) await TellStatusAsync(actor, "Available");
        else await _rig.TellAsync(actor, "StatusNotification", """{"timestamp":"2026-11-23T06:00:00Z","connectorStatus":"Available","evseId":1,"connectorId":1}""");
        heard.Answer = (_, _) => Task.FromResult(Result("""{"status":"Accepted"}"""));
        await LookAfterAsync(_options.Settle);
        // The other one only.
        Assert.Equal(("TriggerMessage", payload), Assert.Single(heard.Calls));
    }

    [Fact]
    public async Task Somebodys_command_goes_first()
    {
        Open();
        var (link, actor) = _rig.Connect(OcppVersion.V201);
        await BootAsync(actor);
        var answered = new TaskCompletionSource<CallAnswer>();
        link.Answer = (_, _) => answered.Task;
        var command = actor.CommandAsync(new StationCall("Reset", """{"type":"Immediate"}"""u8.ToArray()), TimeSpan.FromSeconds(30), default);
        await LookAfterAsync(_options.Settle);
        Assert.Equal("Reset", Assert.Single(link.Calls).Action);
        answered.SetResult(Result("""{"status":"Accepted"}"""));
        await command;
        await LookAfterAsync(TimeSpan.Zero);
        Assert.Equal("GetTransactionStatus", link.Calls[^1].Action);
    }

    [Fact]
    public async Task One_question_is_under_way_and_no_answer_ends_the_round()
    {
        Open("tx-1");
        Open("tx-2");
        var (link, actor) = _rig.Connect(OcppVersion.V201);
        await BootAsync(actor);
        var answered = new TaskCompletionSource<CallAnswer>();
        link.Answer = (_, _) => answered.Task;
        _rig.Clock.Advance(_options.Settle);
        var look = _reconciler.LookAsync(default);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Single(link.Calls);
        answered.SetResult(new CallAnswer.Unknown("no answer in time"));
        await look;
        Assert.Single(link.Calls);
        Assert.Empty(Concluded);
        Assert.Equal(2, _meters.Silent());
    }

    [Fact]
    public async Task A_fact_of_ours_is_numbered_in_the_order_of_recording()
    {
        var (_, actor) = _rig.Connect();
        await BootAsync(actor);
        var stalled = new TaskCompletionSource();
        _rig.Desk.Stall = stalled.Task;
        var told = _rig.TellAsync(actor, "MeterValues", """{"connectorId":1,"meterValue":[]}""");
        var ours = actor.ConcludeAsync(new ChargingFact.GapsAbandoned { Time = StationTime.Missing, TransactionId = "5" }, default).AsTask();
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal([1L, 2L], _rig.Desk.Recorded.Select(record => record.Frame.N));
        stalled.SetResult();
        await told;
        Assert.True(await ours);
        Assert.Equal([1L, 2L, 3L], _rig.Desk.Recorded.Select(record => record.Frame.N));
        Assert.Equal("GapsAbandoned", _rig.Desk.Recorded[^1].Frame.Action);
    }

    [Fact]
    public async Task A_connection_that_was_replaced_concludes_nothing()
    {
        Open();
        var (_, actor) = _rig.Connect();
        await BootAsync(actor);
        _rig.Connect();
        Assert.False(await actor.ConcludeAsync(new ChargingFact.GapsAbandoned { Time = StationTime.Missing, TransactionId = "5" }, default));
        Assert.Empty(Concluded);
    }

    [Fact]
    public async Task A_station_that_never_comes_back_is_given_up_after_three_days_by_who_takes_it()
    {
        Open();
        await KnowConnectorsAsync(1);
        await SeenAsync(StationRig.Start - Duration.FromHours(71));
        await _givingUp.LookAsync(default);
        Assert.Empty(Concluded);
        Assert.Equal(StationRig.Start - Duration.FromHours(72), _sessions.AskedBefore);

        _rig.Clock.Advance(TimeSpan.FromHours(2));
        _router.Protocol = 16;
        await _givingUp.LookAsync(default);
        Assert.Empty(Concluded);

        _router.Protocol = null;
        await _givingUp.LookAsync(default);
        Assert.Equal(AbandonReason.StationSilent, Assert.IsType<ChargingFact.GapsAbandoned>(Assert.Single(Concluded)).Reason);
        Assert.Equal((1L, 1L), (_rig.Desk.Recorded[^1].Seat.Epoch, _rig.Desk.Recorded[^1].Frame.N));
        Assert.Single(_rig.Desk.Gone);
        Assert.Equal(1, _meters.Total("busbar.sessions.given_up"));
    }

    [Theory]
    [InlineData("nothing", true)]
    [InlineData("its connector charges", false)]
    [InlineData("it goes on", false)]
    [InlineData("it came a moment ago", false)]
    public async Task A_station_that_is_there_is_given_up_only_if_neither_it_nor_its_connector_has_a_word_for_the_session(string said, bool isGivenUp)
    {
        Open();
        var (_, actor) = _rig.Connect();
        await BootAsync(actor);
        if (said == "its connector charges") await TellStatusAsync(actor, "Charging");
        if (said == "it goes on") actor.Hearing.Told("tx-1", _rig.Clock.GetInstant());
        _rig.Clock.Advance(said == "it came a moment ago" ? _options.Settle : _options.Grace);
        await _givingUp.LookAsync(default);
        Assert.Equal(isGivenUp ? 1 : 0, Concluded.Count);
    }

    private List<ChargingFact> Concluded => [.. _rig.Desk.Recorded.Select(record => record.Frame).Where(frame => frame.Protocol == 0).Select(frame => frame.Fact)];

    private void Open(string transaction = "tx-1", bool hasEnd = false, bool isSuperseded = false) =>
        _sessions.All.Add(new OpenSession(_rig.Key.Tenant, Station, transaction, 1, 1, hasEnd, isSuperseded));

    private async Task BootAsync(StationActor actor) =>
        Assert.IsType<CallReply.Result>(await _rig.TellAsync(actor, "BootNotification", actor.Link.Version == OcppVersion.V16 ? Boot16 : Boot2));

    private Task TellStatusAsync(StationActor actor, string status) =>
        _rig.TellAsync(actor, "StatusNotification", $$"""{"connectorId":1,"errorCode":"NoError","status":"{{status}}"}""");

    private Task<FakeLink> SettledAsync(OcppVersion version, string answer) => SettledAsync(version, (_, _) => Result(answer));

    /// <summary>A new connection of the station, booted and asked for the first time.</summary>
    private async Task<FakeLink> SettledAsync(OcppVersion version, Func<string, string, CallAnswer> answer)
    {
        var (link, actor) = _rig.Connect(version);
        link.Answer = (action, payload) => Task.FromResult(answer(action, payload));
        await BootAsync(actor);
        await LookAfterAsync(_options.Settle);
        return link;
    }

    private async Task LookAfterAsync(TimeSpan time)
    {
        _rig.Clock.Advance(time);
        // A look that waits for an answer that nobody gives must fail here, not hang.
        await _reconciler.LookAsync(default).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    private static void Answer(FakeLink link, string answer) => link.Answer = (_, _) => Task.FromResult(Result(answer));

    private static CallAnswer Result(string payload) => new CallAnswer.Result(Encoding.UTF8.GetBytes(payload));

    private async Task KnowConnectorsAsync(params int[] evses)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.System, default);
        db.Add(new StationRow { TenantId = _rig.Key.Tenant, Id = Station, Identity = "CS-1" });
        foreach (var evse in evses) db.Add(new ConnectorRow { TenantId = _rig.Key.Tenant, StationId = Station, Evse = evse, Number = 1 });
        await db.CommitAsync(default);
    }

    private async Task SeenAsync(Instant at)
    {
        await using var db = await _rooms.OpenAsync(TenantScope.System, default);
        (await db.Stations.SingleAsync()).LastSeenAt = at;
        await db.CommitAsync(default);
    }

    private sealed class OpenAtOneStation : IOpenSessions
    {
        public List<OpenSession> All { get; } = [];
        public Instant? AskedBefore { get; private set; }

        public ValueTask<IReadOnlyList<OpenSession>> AtAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct) =>
            ValueTask.FromResult<IReadOnlyList<OpenSession>>([.. All.Where(session => stations.Contains(session.Station))]);

        public IAsyncEnumerable<OpenSession> SilentSinceAsync(Instant before, CancellationToken ct)
        {
            AskedBefore = before;
            return All.ToArray().ToAsyncEnumerable();
        }
    }

    /// <summary>Whether another process holds the station.</summary>
    private sealed class ElsewhereRouter : IStationRouter
    {
        public int? Protocol { get; set; }

        public ValueTask<int?> ProtocolAsync(StationKey station, CancellationToken ct) => ValueTask.FromResult(Protocol);

        public Task<StationAnswer> CallAsync(StationKey station, int protocol, StationCall call, Instant deadline, CancellationToken ct) => throw new NotSupportedException();

        public Task<bool> ConcludeAsync(StationKey station, ChargingFact fact, CancellationToken ct) => throw new NotSupportedException();
    }

    private sealed class Meters : IMeterFactory
    {
        private readonly MeterListener _listener = new();
        private readonly List<Meter> _meters = [];
        private readonly List<(string Name, long Value, string? Outcome)> _counted = [];
        private int _silent;

        public Meters()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (_meters.Contains(instrument.Meter)) listener.EnableMeasurementEvents(instrument);
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => _counted.Add((instrument.Name, value, tags.Length > 0 ? tags[0].Value as string : null)));
            _listener.SetMeasurementEventCallback<int>((_, value, _, _) => _silent = value);
            _listener.Start();
        }

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _meters.Add(meter);
            return meter;
        }

        public long Total(string name, string? outcome = null) => _counted.Where(count => count.Name == name && count.Outcome == outcome).Sum(count => count.Value);

        public int Silent()
        {
            _listener.RecordObservableInstruments();
            return _silent;
        }

        public void Dispose()
        {
            _listener.Dispose();
            foreach (var meter in _meters) meter.Dispose();
        }
    }
}
