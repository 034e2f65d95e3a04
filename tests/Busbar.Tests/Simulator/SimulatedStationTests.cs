using System.Text.Json;
using Busbar.Ocpp;
using Busbar.Simulator.Physics;
using Busbar.Simulator.Stations;
using Busbar.Tests.Support;
using NodaTime;

namespace Busbar.Tests.Simulator;

public sealed class SimulatedStationTests
{
    private static readonly Instant Evening = Instant.FromUtc(2026, 11, 20, 18, 0);

    public static TheoryData<OcppVersion> Versions => [OcppVersion.V16, OcppVersion.V201, OcppVersion.V21];

    /// <summary>Ten minutes at 12 kW, five idle.</summary>
    internal static PhysicalSession Session => new PhysicalSessionBuilder(Evening, "TAG-1", 5_000)
        .PlugIn().Authorize().Wait(Duration.FromSeconds(10)).Start()
        .Charge(Duration.FromMinutes(10), 12_000, Duration.FromMinutes(2))
        .Suspend().Wait(Duration.FromMinutes(5))
        .Stop().Wait(Duration.FromSeconds(20)).Unplug()
        .Build();

    [Fact]
    public void A_written_session_knows_its_own_truth()
    {
        Assert.Equal(2_000, Session.EnergyWh);
        Assert.Equal(Duration.FromMinutes(15), Session.EndedAt - Session.StartedAt);
        Assert.Equal([5_400, 5_800, 6_200, 6_600, 7_000], Session.Events.Where(e => e.Happening == Happening.Meter).Select(e => e.RegisterWh));
    }

    [Fact]
    public async Task A_session_told_in_1_6_is_a_start_readings_states_and_a_stop()
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = new SimulatedStation(Options(csms, OcppVersion.V16));
        await station.ConnectAsync();
        var transaction = await station.TellAsync(Session);

        var start = Json(csms.Calls("StartTransaction").Single());
        Assert.Equal((5_000, "TAG-1", "2026-11-20T18:00:10.000Z"), (start.GetProperty("meterStart").GetInt32(), start.GetProperty("idTag").GetString(), start.GetProperty("timestamp").GetString()));
        var stop = Json(csms.Calls("StopTransaction").Single());
        Assert.Equal((7_000, transaction.ServerId, "2026-11-20T18:15:10.000Z", "Local"), (stop.GetProperty("meterStop").GetInt32(), Text(stop.GetProperty("transactionId")), stop.GetProperty("timestamp").GetString(), stop.GetProperty("reason").GetString()));
        Assert.Equal(["5400", "5800", "6200", "6600", "7000", "7000"], csms.Calls("MeterValues").Select(Register));
        Assert.All(csms.Calls("MeterValues"), call => Assert.Equal(transaction.ServerId, Text(Json(call).GetProperty("transactionId"))));
        Assert.Equal(["Available", "Available", "Preparing", "Charging", "SuspendedEV", "Finishing", "Available"], csms.Calls("StatusNotification").Select(call => Json(call).GetProperty("status").GetString()));
        Assert.Equal(["Accepted", "True", "True"], [transaction.TokenStatus, transaction.IsStartAcknowledged.ToString(), transaction.IsEndAcknowledged.ToString()]);
    }

    [Theory]
    [InlineData(OcppVersion.V201)]
    [InlineData(OcppVersion.V21)]
    public async Task The_same_session_in_2_x_has_the_same_moments_and_registers(OcppVersion version)
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = new SimulatedStation(Options(csms, version));
        await station.ConnectAsync();
        var transaction = await station.TellAsync(Session);

        var events = csms.Calls("TransactionEvent").Select(Json).ToList();
        Assert.Equal(Enumerable.Range(0, 8), events.Select(e => e.GetProperty("seqNo").GetInt32()));
        Assert.Equal(["Started", "Updated", "Updated", "Updated", "Updated", "Updated", "Updated", "Ended"], events.Select(e => e.GetProperty("eventType").GetString()));
        Assert.Equal(["5000", "5400", "5800", "6200", "6600", "7000", "7000", "7000"], events.Select(e => Text(e.GetProperty("meterValue")[0].GetProperty("sampledValue")[0].GetProperty("value"))));
        Assert.Equal(["Charging", "Charging", "Charging", "Charging", "Charging", "Charging", "SuspendedEV", "EVConnected"], events.Select(e => e.GetProperty("transactionInfo").GetProperty("chargingState").GetString()));
        Assert.All(events, e => Assert.Equal(transaction.Id, e.GetProperty("transactionInfo").GetProperty("transactionId").GetString()));
        Assert.Equal(("2026-11-20T18:00:10.000Z", "TAG-1", "Authorized"), (events[0].GetProperty("timestamp").GetString(), events[0].GetProperty("idToken").GetProperty("idToken").GetString(), events[0].GetProperty("triggerReason").GetString()));
        Assert.Equal(("2026-11-20T18:15:10.000Z", "Local", "StopAuthorized"), (events[^1].GetProperty("timestamp").GetString(), events[^1].GetProperty("transactionInfo").GetProperty("stoppedReason").GetString(), events[^1].GetProperty("triggerReason").GetString()));
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task What_a_real_station_sends_is_valid_to_the_server_s_own_reader(OcppVersion version)
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = new SimulatedStation(Options(csms, version));
        await station.ConnectAsync();
        await station.TellAsync(Session);
        Assert.All(csms.Seen, call =>
        {
            var action = version == OcppVersion.V16 ? Busbar.Ocpp.V16.Ocpp16Actions.ByName[call.Action] : Busbar.Ocpp.V2.Ocpp2Actions.ByName[call.Action];
            Assert.NotNull(JsonSerializer.Deserialize(call.Payload, action.RequestInfo));
        });
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task What_was_not_acknowledged_comes_again_in_order_after_a_reconnect(OcppVersion version)
    {
        await using var csms = await FakeCsms.StartAsync();
        var refusals = 0;
        csms.Answer = async (call, connection) =>
        {
            // Three times the server dies after it has got a message and before it has answered.
            if (call.Action is "MeterValues" or "StopTransaction" or "TransactionEvent" && call.Payload.Length % 3 != 1 && refusals < 3)
            {
                refusals++;
                connection.Abort();
                return null;
            }

            await Task.Yield();
            return csms.Usual(call);
        };
        await using var station = new SimulatedStation(Options(csms, version));
        await station.ConnectAsync();
        await station.TellAsync(Session).WaitAsync(TimeSpan.FromSeconds(20));

        Assert.Equal(3, refusals);
        Assert.True(station.Connects > 1);
        var told = csms.Calls("StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent").ToList();
        Assert.Equal(told.Count, told.Select(call => call.MessageId).Distinct().Count());
        var once = told.Select(call => call.Payload).Distinct().ToList();
        Assert.Equal(version == OcppVersion.V16 ? 8 : 8, once.Count);
        Assert.Equal(3, told.Count - once.Count);
        Assert.Equal(once, told.Select(call => call.Payload).Reverse().Distinct().Reverse());      // the last sendings are in the order of the first
    }

    [Fact]
    public async Task A_station_that_keeps_message_ids_repeats_them()
    {
        await using var csms = await FakeCsms.StartAsync();
        var first = true;
        csms.Answer = (call, connection) =>
        {
            if (call.Action == "StopTransaction" && first)
            {
                first = false;
                connection.Abort();
                return Task.FromResult<string?>(null);
            }

            return Task.FromResult<string?>(csms.Usual(call));
        };
        await using var station = new SimulatedStation(Options(csms, OcppVersion.V16) with { KeepsMessageIds = true });
        await station.ConnectAsync();
        await station.TellAsync(Session);
        var stops = csms.Calls("StopTransaction").ToList();
        Assert.Equal(2, stops.Count);
        Assert.Single(stops.Select(stop => stop.MessageId).Distinct());
        Assert.NotEqual(stops[0].Connection, stops[1].Connection);
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task The_memory_file_survives_the_end_of_the_process(OcppVersion version)
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await using var csms = await FakeCsms.StartAsync();
            var blind = true;
            csms.Answer = (call, _) => Task.FromResult(blind && call.Action is "StopTransaction" or "MeterValues" or "TransactionEvent" && blind ? null : csms.Usual(call));
            var options = Options(csms, version) with { MemoryFile = file };
            await using (var before = new SimulatedStation(options))
            {
                await before.ConnectAsync();
                var telling = before.TellAsync(Session);
                await Until(() => csms.Calls("MeterValues", "TransactionEvent").Any());
                Assert.False(telling.IsCompleted);
            }

            await File.AppendAllTextAsync(file, """{"Add":{"Number":99,""");        // what the end of the process cut
            blind = false;
            var seen = csms.Seen.Count;
            await using var after = new SimulatedStation(options);
            Assert.Equal(7_000, after.Register());
            await after.ConnectAsync();
            await after.DrainedAsync().WaitAsync(TimeSpan.FromSeconds(10));
            var told = csms.Seen.Skip(seen).Where(call => call.Action is "MeterValues" or "StopTransaction" or "TransactionEvent").ToList();
            Assert.Equal(version == OcppVersion.V16 ? 7 : 8, told.Count);
            if (version == OcppVersion.V16)
            {
                // The number came with an acknowledgement to the process before.
                Assert.Equal("1001", Text(Json(told[^1]).GetProperty("transactionId")));
            }
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_process_that_ends_in_a_charge_ends_the_charge_when_it_is_back(OcppVersion version)
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            await using var csms = await FakeCsms.StartAsync();
            var options = Options(csms, version) with { MemoryFile = file };
            await using (var before = new SimulatedStation(options))
            {
                before.PlugIn();
                before.Start("TAG-1");
                before.Meter();
            }

            await using var after = new SimulatedStation(options);
            await after.ConnectAsync();
            await after.DrainedAsync().WaitAsync(TimeSpan.FromSeconds(10));
            Assert.Contains("PowerLoss", csms.Calls("StopTransaction", "TransactionEvent").Last().Payload);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [MemberData(nameof(Versions))]
    public async Task A_charge_on_a_fast_clock_delivers_what_was_planned(OcppVersion version)
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = new SimulatedStation(Options(csms, version) with { LifeClock = new FastClock(TimeProvider.System, Evening.ToDateTimeOffset(), 2_000) });
        await station.ConnectAsync();
        var report = await station.ChargeAsync("TAG-1", new ChargePlan { EnergyWh = 2_000, Idle = TimeSpan.FromMinutes(3) }).WaitAsync(TimeSpan.FromSeconds(30));
        Assert.True(report.IsAccepted);
        Assert.InRange(report.EnergyWh, 2_000, 2_800);          // a reading late on a busy machine is many seconds late on this clock
        Assert.True(csms.Calls("MeterValues", "TransactionEvent").Count() >= 5);
    }

    [Fact]
    public async Task A_refused_token_charges_nothing_and_one_refused_at_the_start_stops()
    {
        await using var csms = await FakeCsms.StartAsync();
        csms.Answer = (call, _) => Task.FromResult<string?>(call.Action is "Authorize" or "StartTransaction" ? """{"transactionId":7,"idTagInfo":{"status":"Blocked"}}""" : csms.Usual(call));
        await using var station = new SimulatedStation(Options(csms, OcppVersion.V16) with { LifeClock = new FastClock(TimeProvider.System, Evening.ToDateTimeOffset(), 1_000) });
        await station.ConnectAsync();
        var report = await station.ChargeAsync("TAG-1", new ChargePlan());
        Assert.Equal(("Blocked", false), (report.Verdict, report.IsAccepted));
        Assert.Empty(csms.Calls("StartTransaction"));

        report = await station.ChargeAsync("TAG-1", new ChargePlan { Authorizes = false });
        Assert.Equal(("Blocked", false), (report.Verdict, report.IsAccepted));
        Assert.Equal("DeAuthorized", Json(csms.Calls("StopTransaction").Single()).GetProperty("reason").GetString());
    }

    [Fact]
    public async Task A_message_that_the_server_refuses_three_times_is_given_up()
    {
        await using var csms = await FakeCsms.StartAsync();
        csms.Answer = async (call, connection) =>
        {
            if (call.Action != "MeterValues")
            {
                return csms.Usual(call);
            }

            await connection.SendAsync($"""[4,"{call.MessageId}","InternalError","",{"{}"}]""");
            return null;
        };
        await using var station = new SimulatedStation(Options(csms, OcppVersion.V16) with { ReadsAtStateChange = false });
        await station.ConnectAsync();
        await station.TellAsync(Session).WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(5, station.GivenUp);
        Assert.Equal(15, csms.Calls("MeterValues").Count());
        Assert.Single(csms.Calls("StopTransaction"));
    }

    [Fact]
    public void The_curve_rises_stays_and_falls()
    {
        var ac = new Outlet(11_000, 3);
        var dc = new Outlet(150_000, 0);
        var car = new Vehicle { SocPercent = 20, MaxPowerW = 120_000 };
        Assert.Equal(0, ChargingCurve.PowerW(ac, car, 0));
        Assert.Equal(11_000, ChargingCurve.PowerW(ac, car, 60));
        Assert.Equal(11_000 / 3m, ChargingCurve.PowerW(ac, car with { Phases = 1 }, 60), 0);
        Assert.Equal(60_000, ChargingCurve.PowerW(dc, car, 30));
        Assert.Equal(120_000, ChargingCurve.PowerW(dc, car, 60));
        Assert.InRange(ChargingCurve.PowerW(dc, car with { SocPercent = 85 }, 600), 40_000, 80_000);
        Assert.Equal(0, ChargingCurve.PowerW(dc, car with { SocPercent = 100 }, 600));
    }

    internal static StationOptions Options(FakeCsms csms, OcppVersion version) => new()
    {
        Url = csms.Url,
        StationId = "CP-1",
        Version = version,
        RegisterWh = 0,
        Reconnect = new RetryPolicy(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100), 0),
        Resend = new RetryPolicy(TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(100), 0),
    };

    internal static JsonElement Json(SeenCall call) => JsonElement.Parse(call.Payload);

    internal static string Text(JsonElement value) => value.ValueKind == JsonValueKind.String ? value.GetString()! : value.GetRawText();

    internal static string Register(SeenCall call) => Text(Json(call).GetProperty("meterValue")[0].GetProperty("sampledValue")[0].GetProperty("value"));

    internal static async Task Until(Func<bool> holds)
    {
        for (var i = 0; !holds(); i++)
        {
            Assert.True(i < 500, "It did not come to that within ten seconds.");
            await Task.Delay(20);
        }
    }
}
