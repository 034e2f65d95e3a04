using System.Text;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Stations;
using Busbar.Stations.Api;
using Busbar.Stations.Cluster;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage.Commits;

namespace Busbar.Tests.Stations;

public sealed class StationActorTests
{
    private const string Boot = """{"chargePointVendor":"ACME","chargePointModel":"One","firmwareVersion":"1.2"}""";
    private const string Stop = """{"transactionId":77,"meterStop":6900,"timestamp":"2026-11-23T06:00:00Z"}""";
    private readonly StationRig _rig = new();

    [Fact]
    public async Task A_fact_is_numbered_recorded_and_answered_with_the_stored_bytes()
    {
        var (_, actor) = _rig.Connect();
        await _rig.TellAsync(actor, "BootNotification", Boot);
        _rig.Desk.Outcome = _ => new DeskOutcome.Recorded("""{"stored":true}"""u8.ToArray());
        var reply = await _rig.TellAsync(actor, "StopTransaction", Stop);
        Assert.Equal("""{"stored":true}""", Text(reply));
        Assert.Equal([1L, 2L], _rig.Desk.Recorded.Select(recorded => recorded.Frame.N));
        var (seat, frame) = _rig.Desk.Recorded[1];
        Assert.Equal((1L, 16, "StopTransaction", "m1"), (seat.Epoch, frame.Protocol, frame.Action, frame.MessageId));
        Assert.Equal(Stop, Encoding.UTF8.GetString(frame.Raw.Span));
    }

    [Theory]
    [InlineData(0, 1, true)]
    [InlineData(4, 1, true)]
    [InlineData(6, 0, false)]      // three in twelve minutes
    public void Three_takeovers_within_ten_minutes_are_told_of_once_and_shown(int minutesBetween, int alarms, bool shown)
    {
        _rig.Connect();
        for (var takeover = 0; takeover < 3; takeover++)
        {
            Assert.Empty(_rig.SecurityLog.Lines);
            _rig.Clock.Advance(TimeSpan.FromMinutes(minutesBetween));
            _rig.Connect();
        }
        Assert.Equal(alarms, _rig.SecurityLog.Lines.Count);
        Assert.Equal(shown, _rig.Presence.View(_rig.Key)!.TakenOverAt is not null);
        _rig.Clock.Advance(TimeSpan.FromMinutes(minutesBetween));
        _rig.Connect();
        Assert.Equal(alarms, _rig.SecurityLog.Lines.Count);

        // A day later all is quiet.
        _rig.Clock.Advance(TimeSpan.FromDays(1));
        _rig.Connect();
        Assert.Null(_rig.Presence.View(_rig.Key)!.TakenOverAt);
    }

    [Fact]
    public void A_station_that_comes_back_after_its_connection_ended_takes_nothing_over()
    {
        for (var i = 0; i < 5; i++)
        {
            var (link, actor) = _rig.Connect();
            link.IsOpen = false;
            actor.OnClosed(StationRig.Broken);
        }
        Assert.Empty(_rig.SecurityLog.Lines);
    }

    [Fact]
    public async Task A_boot_that_is_told_again_gets_the_time_of_now()
    {
        var (_, actor) = _rig.Connect();
        _rig.Desk.Outcome = _ => new DeskOutcome.Recorded("""{"status":"Accepted","currentTime":"2020-01-01T00:00:00.000Z","interval":1}"""u8.ToArray());
        Assert.Contains("2026-11-23T06:00:00.000Z", Text(await _rig.TellAsync(actor, "BootNotification", Boot)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_durable_is_not_answered()
    {
        var (_, actor) = _rig.Connect();
        _rig.Desk.Outcome = _ => DeskOutcome.NotDurable.Instance;
        Assert.Equal(CallReply.Hangup.NotDurable, await _rig.TellAsync(actor, "StopTransaction", Stop));
    }

    [Fact]
    public async Task A_station_that_could_not_be_claimed_is_not_answered()
    {
        _rig.Leases.Failure = new StorageUnavailableException(new IOException("gone"));
        var (_, actor) = _rig.Connect();
        Assert.Equal(CallReply.Hangup.NotDurable, await _rig.TellAsync(actor, "StopTransaction", Stop));
        Assert.Empty(_rig.Desk.Recorded);
        Assert.IsType<CallReply.Result>(await _rig.TellAsync(actor, "Heartbeat", "{}"));
    }

    [Fact]
    public async Task A_fenced_connection_ends_as_replaced()
    {
        var (_, actor) = _rig.Connect();
        _rig.Desk.Outcome = _ => DeskOutcome.Fenced.Instance;
        Assert.Equal(CallReply.Hangup.Replaced, await _rig.TellAsync(actor, "StopTransaction", Stop));
    }

    [Fact]
    public async Task The_newest_connection_wins_and_the_older_ones_late_close_changes_nothing()
    {
        var (oldLink, old) = _rig.Connect();
        await _rig.TellAsync(old, "BootNotification", Boot);
        var (newLink, actor) = _rig.Connect();
        Assert.Equal(1008, oldLink.Closed?.Status);
        Assert.Equal(CallReply.Hangup.Replaced, await _rig.TellAsync(old, "StopTransaction", Stop));
        old.OnClosed(StationRig.Broken);
        Assert.True(_rig.Actors.TryFind(_rig.Key, out var found));
        Assert.Same(actor, found);
        Assert.True(_rig.Presence.Find(_rig.Key)!.Online);
        Assert.Null(newLink.Closed);
        await _rig.TellAsync(actor, "StopTransaction", Stop);
        Assert.Equal(2, _rig.Desk.Recorded[^1].Seat.Epoch);
        Assert.Equal(1, _rig.Desk.Recorded[^1].Frame.N);
        Assert.Equal([1L], _rig.Desk.Gone.Select(seat => seat.Epoch));
    }

    [Fact]
    public void A_station_that_left_is_offline()
    {
        var (_, actor) = _rig.Connect();
        actor.OnClosed(StationRig.Broken);
        Assert.False(_rig.Actors.TryFind(_rig.Key, out _));
        Assert.False(_rig.Presence.Find(_rig.Key)!.Online);
        Assert.True(actor.CallsMayLeave.IsCanceled);
    }

    [Fact]
    public async Task No_call_leaves_before_the_boot_was_answered()
    {
        var (_, actor) = _rig.Connect();
        await _rig.TellAsync(actor, "Heartbeat", "{}");
        Assert.False(actor.CallsMayLeave.IsCompleted);
        var boot = _rig.Call("BootNotification", Boot);
        await actor.OnCallAsync(boot, TestContext.Current.CancellationToken);
        Assert.False(actor.CallsMayLeave.IsCompleted);
        actor.OnReplied(boot);
        Assert.True(actor.CallsMayLeave.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_known_station_that_reconnects_without_a_boot_is_called_after_its_first_message()
    {
        var (_, first) = _rig.Connect();
        await _rig.TellAsync(first, "BootNotification", Boot);
        var (_, actor) = _rig.Connect();
        Assert.False(actor.CallsMayLeave.IsCompleted);
        await _rig.TellAsync(actor, "Heartbeat", "{}");
        Assert.True(actor.CallsMayLeave.IsCompletedSuccessfully);
    }

    [Fact]
    public async Task A_refused_boot_opens_nothing()
    {
        var (_, actor) = _rig.Connect();
        Assert.IsType<CallReply.Error>(await _rig.TellAsync(actor, "BootNotification", "{}"));
        Assert.False(actor.CallsMayLeave.IsCompleted);
    }

    [Fact]
    public async Task Presence_learns_what_a_station_tells()
    {
        var (link, actor) = _rig.Connect();
        await _rig.TellAsync(actor, "BootNotification", Boot);
        await _rig.TellAsync(actor, "StatusNotification", """{"connectorId":2,"errorCode":"GroundFailure","status":"Faulted"}""");
        await _rig.TellAsync(actor, "StatusNotification", """{"connectorId":0,"errorCode":"NoError","status":"Available"}""");
        link.LastInbound = StationRig.Start.Plus(NodaTime.Duration.FromSeconds(5));
        var presence = _rig.Presence.Find(_rig.Key)!;
        Assert.Equal(("ACME", "One", "1.2", "ocpp1.6"), (presence.Vendor, presence.Model, presence.Firmware, presence.Protocol));
        Assert.Equal(["0/0 Available ", "2/1 Faulted GroundFailure"], presence.Connectors.Select(it => $"{it.Evse}/{it.Connector} {it.Status} {it.ErrorCode}"));
        Assert.Equal(link.LastInbound, presence.LastSeen);
        Assert.Single(_rig.Presence.TakeChanged(10));
        Assert.Empty(_rig.Presence.TakeChanged(10));
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task What_a_station_tells_is_shown_before_it_is_stored(bool fromAnotherProcess)
    {
        var (_, actor) = _rig.Connect();
        await _rig.TellAsync(actor, "BootNotification", Boot);
        await _rig.TellAsync(actor, "StatusNotification", """{"connectorId":2,"errorCode":"GroundFailure","status":"Faulted"}""");
        var id = new StationId(_rig.Key.Station);
        var live = _rig.Presence.View(_rig.Key)!;
        if (fromAnotherProcess) live = NodePresence.Of(id, live).ToPresence();

        var row = new StationRow { TenantId = _rig.Key.Tenant, Id = id, Identity = "CS-1", Vendor = "Before", Serial = "S-1" };
        var connector = new ConnectorRow { TenantId = row.TenantId, StationId = id, Evse = 2, Number = 1, Status = "Available", ErrorCode = "NoError" };
        var view = StationView.Of(new StationRecord(row, [new EvseRow { TenantId = row.TenantId, StationId = id, Number = 2 }], [connector]), live, StationRig.Start);
        // What it left out is as it was stored.
        Assert.Equal(("ACME", "One", "1.2", "S-1"), (view.Vendor, view.Model, view.Firmware, view.Serial));
        var shown = Assert.Single(Assert.Single(view.Evses).Connectors);
        Assert.Equal(("Faulted", "GroundFailure"), (shown.Status, shown.ErrorCode));
    }

    [Theory]
    [InlineData("9999-12-31T23:59:59Z", null)]
    [InlineData("0001-01-01T00:00:00Z", null)]
    [InlineData("1970-01-01T00:00:00Z", null)]
    [InlineData("2026-11-22T23:00:00Z", "2026-11-22T23:00:00.000Z")]
    public async Task A_status_is_shown_with_its_own_time_if_that_can_be_meant(string told, string? shown)
    {
        var (_, actor) = _rig.Connect();
        await _rig.TellAsync(actor, "BootNotification", Boot);
        await _rig.TellAsync(actor, "StatusNotification", $$"""{"connectorId":2,"errorCode":"NoError","status":"Available","timestamp":"{{told}}"}""");
        var at = Assert.Single(_rig.Presence.Find(_rig.Key)!.Connectors).At;
        Assert.Equal(shown ?? StationRig.Start.ToRfc3339(), at.ToRfc3339(), StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_stations_clock_is_as_far_off_as_its_freshest_message_says_until_it_is_set()
    {
        var (_, actor) = _rig.Connect();
        await _rig.TellAsync(actor, "BootNotification", Boot);
        await TellAtAsync(actor, StationRig.Start.Plus(NodaTime.Duration.FromSeconds(90)));
        Assert.Equal(90_000, Offset());
        // From its queue: it waited, so it says nothing.
        await TellAtAsync(actor, StationRig.Start.Minus(NodaTime.Duration.FromHours(3)));
        Assert.Equal(90_000, Offset());
        await _rig.TellAsync(actor, "BootNotification", Boot);
        await TellAtAsync(actor, StationRig.Start.Minus(NodaTime.Duration.FromSeconds(2)));
        Assert.Equal(-2_000, Offset());

        long? Offset() => _rig.Presence.View(_rig.Key)!.ClockOffsetMs;
        Task TellAtAsync(StationActor to, NodaTime.Instant at) =>
            _rig.TellAsync(to, "StatusNotification", $$"""{"connectorId":1,"errorCode":"NoError","status":"Available","timestamp":"{{at.ToRfc3339()}}"}""");
    }

    [Fact]
    public async Task An_unknown_action_is_not_implemented_and_one_of_ours_is_not_supported()
    {
        var (_, actor) = _rig.Connect();
        Assert.Equal("NotImplemented", Assert.IsType<CallReply.Error>(await _rig.TellAsync(actor, "FlyToTheMoon", "{}")).Code);
        Assert.Equal("NotSupported", Assert.IsType<CallReply.Error>(await _rig.TellAsync(actor, "Reset", """{"type":"Hard"}""")).Code);
    }

    [Fact]
    public async Task Authorize_asks_the_desk_and_records_nothing()
    {
        var (_, actor) = _rig.Connect();
        _rig.Desk.Verdict = new TokenVerdictText("Accepted", null, null);
        Assert.Equal("""{"idTagInfo":{"status":"Accepted"}}""", Text(await _rig.TellAsync(actor, "Authorize", """{"idTag":"04A2"}""")));
        Assert.Empty(_rig.Desk.Recorded);
    }

    [Fact]
    public void A_stations_heartbeat_is_its_own_and_within_a_fifth()
    {
        var options = new Busbar.Stations.StationsOptions();
        var seconds = Enumerable.Range(0, 500).Select(i => options.HeartbeatSecondsOf(new StationId(new Guid(i, 0, 0, new byte[8])))).ToList();
        Assert.All(seconds, value => Assert.InRange(value, 720, 1_080));
        Assert.True(seconds.Distinct().Count() > 100);
    }

    private static string Text(CallReply reply) => Encoding.UTF8.GetString(Assert.IsType<CallReply.Result>(reply).Payload.Span);
}
