using Busbar.Ocpp;
using Busbar.Simulator.Stations;
using Busbar.Simulator.Wire;
using Busbar.Tests.Support;
using static Busbar.Tests.Simulator.SimulatedStationTests;

namespace Busbar.Tests.Simulator;

public sealed class MisbehaviourTests
{
    [Fact]
    public void Each_has_a_name_and_a_sentence()
    {
        Assert.Equal(Enum.GetValues<Misbehaviours>().Where(m => m != Misbehaviours.None), MisbehaviourText.All.Select(known => known.Misbehaviour));
        Assert.Equal(Misbehaviours.WrongClock | Misbehaviours.SlowReader, MisbehaviourText.Parse("wrongclock, SlowReader"));
        Assert.Throws<FormatException>(() => MisbehaviourText.Parse("Polite"));
    }

    [Theory]
    [InlineData(OcppVersion.V16)]
    [InlineData(OcppVersion.V21)]
    public async Task WrongClock_writes_1970_and_keeps_differences_right(OcppVersion version)
    {
        await using var csms = await TellAsync(Misbehaviours.WrongClock, version);
        var times = Told(csms).Select(call => Moment(call).Instant!.Value).ToList();
        Assert.All(times, time => Assert.True(time < NodaTime.Instant.FromUtc(1970, 1, 3, 0, 0)));
        Assert.Equal(NodaTime.Duration.FromMinutes(15), times[^1] - times[0]);
    }

    [Fact]
    public async Task LocalTimeNoZone_is_read_as_a_time_without_a_zone()
    {
        await using var csms = await TellAsync(Misbehaviours.LocalTimeNoZone);
        Assert.All(Told(csms), call => Assert.Equal(WireTimeQuality.ZoneMissing, Moment(call).Quality));
        Assert.Equal("2026-11-20T19:00:10", Json(csms.Calls("StartTransaction").Single()).GetProperty("timestamp").GetString());
    }

    [Fact]
    public async Task ReplaysQueue_tells_acknowledged_messages_once_more_over_a_new_connection()
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = new SimulatedStation(Options(csms, OcppVersion.V16) with { Misbehaviours = Misbehaviours.ReplaysQueue });
        await station.ConnectAsync();
        await station.TellAsync(Session);
        await Until(() => csms.Calls("StopTransaction").Count() == 2);
        var stops = csms.Calls("StopTransaction").ToList();
        Assert.Equal(stops[0].Payload, stops[1].Payload);
        Assert.NotEqual(stops[0].Connection, stops[1].Connection);
        Assert.Equal(2, csms.Calls("StartTransaction").Count());
        await station.DrainedAsync();
        Assert.Equal(2, station.Connects);
    }

    [Fact]
    public async Task MeterResets_falls_back_to_zero_and_counts_on()
    {
        await using var csms = await TellAsync(Misbehaviours.MeterResets);
        Assert.Equal(["5400", "5800", "0", "400", "800", "800"], csms.Calls("MeterValues").Select(Register));
        Assert.Equal(800, Json(csms.Calls("StopTransaction").Single()).GetProperty("meterStop").GetInt32());
    }

    [Theory]
    [InlineData(OcppVersion.V16)]
    [InlineData(OcppVersion.V201)]
    public async Task OfflineStart_tells_the_whole_session_after_it_is_over(OcppVersion version)
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = new SimulatedStation(Options(csms, version) with { Misbehaviours = Misbehaviours.OfflineStart });
        await station.ConnectAsync();
        await station.TellAsync(Session);
        Assert.Equal(2, station.Connects);
        Assert.All(Told(csms), call => Assert.Equal(2, call.Connection));
        if (version != OcppVersion.V16)
        {
            Assert.All(csms.Calls("TransactionEvent"), call => Assert.True(Json(call).GetProperty("offline").GetBoolean()));
        }
    }

    [Fact]
    public async Task CableFirst_starts_a_transaction_without_a_token_in_2_x()
    {
        await using var csms = await TellAsync(Misbehaviours.CableFirst, OcppVersion.V201);
        var events = csms.Calls("TransactionEvent").Select(Json).ToList();
        Assert.Equal(("Started", "CablePluggedIn", "EVConnected", false), (events[0].GetProperty("eventType").GetString(), events[0].GetProperty("triggerReason").GetString(), events[0].GetProperty("transactionInfo").GetProperty("chargingState").GetString(), events[0].TryGetProperty("idToken", out _)));
        Assert.Equal(("Updated", "Authorized", "TAG-1"), (events[1].GetProperty("eventType").GetString(), events[1].GetProperty("triggerReason").GetString(), events[1].GetProperty("idToken").GetProperty("idToken").GetString()));
    }

    [Fact]
    public async Task SlowAnswer_answers_but_late()
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = new SimulatedStation(Options(csms, OcppVersion.V16) with { Misbehaviours = Misbehaviours.SlowAnswer, SlowAnswerDelay = TimeSpan.FromMilliseconds(500) });
        await station.ConnectAsync();
        var asked = csms.Open["CP-1"].CallAsync("ClearCache", "{}");
        Assert.NotEqual(asked, await Task.WhenAny(asked, Task.Delay(300)));
        Assert.Contains("Accepted", await asked);
    }

    [Theory]
    [InlineData(OcppVersion.V16, "StopTransaction")]
    [InlineData(OcppVersion.V201, "TransactionEvent")]
    public async Task UnknownEnum_says_what_no_standard_names(OcppVersion version, string action)
    {
        await using var csms = await TellAsync(Misbehaviours.UnknownEnum, version);
        Assert.Contains("DriverIsHappy", csms.Calls(action).Last().Payload);
        Assert.Contains(csms.Calls("MeterValues", "TransactionEvent"), call => call.Payload.Contains("Vendor.Mood", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(OcppVersion.V16)]
    [InlineData(OcppVersion.V21)]
    public async Task DuplicateStop_says_it_twice(OcppVersion version)
    {
        await using var csms = await TellAsync(Misbehaviours.DuplicateStop, version);
        var stops = Told(csms).Where(call => call.Payload.Contains("Local", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, stops.Count);
        Assert.Equal(stops[0].Payload, stops[1].Payload);
        Assert.NotEqual(stops[0].MessageId, stops[1].MessageId);
    }

    [Fact]
    public async Task RebootMidCharge_ends_the_charge_after_the_boot_with_what_was_measured()
    {
        await using var csms = await TellAsync(Misbehaviours.RebootMidCharge);
        var stop = Json(csms.Calls("StopTransaction").Single());
        Assert.Equal("PowerLoss", stop.GetProperty("reason").GetString());
        Assert.Equal(6_200, stop.GetProperty("meterStop").GetInt32());
        var order = csms.Seen.Select(call => call.Action).ToList();
        Assert.True(order.LastIndexOf("BootNotification") < order.IndexOf("StopTransaction"));
        Assert.Equal(2, csms.Calls("BootNotification").Count());
    }

    [Fact]
    public async Task ZombieSocket_leaves_the_old_connection_open_and_goes_on_over_a_new_one()
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = new SimulatedStation(Options(csms, OcppVersion.V16) with { Misbehaviours = Misbehaviours.ZombieSocket });
        await station.ConnectAsync();
        var old = csms.Open["CP-1"];
        await station.TellAsync(Session);
        Assert.Equal(2, csms.Open["CP-1"].Number);
        Assert.Equal(2, csms.Calls("StopTransaction").Single().Connection);
        await old.SendAsync("""[2,"x","ClearCache",{}]""");      // the server cannot tell that nobody is there
        Assert.Equal(2, station.Connects);
    }

    [Fact]
    public async Task SlowReader_takes_no_bytes_for_a_while()
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = new SimulatedStation(Options(csms, OcppVersion.V16) with { Misbehaviours = Misbehaviours.SlowReader, SlowReaderPause = TimeSpan.FromSeconds(4) });
        await station.ConnectAsync();
        station.PlugIn();
        await station.DrainedAsync();
        station.Start("TAG-1");
        await Until(() => csms.Calls("StartTransaction").Any());
        await Task.Delay(300);
        Assert.True(station.Waiting > 0);
        await station.DrainedAsync().WaitAsync(TimeSpan.FromSeconds(15));
    }

    [Theory]
    [InlineData(OcppVersion.V16)]
    [InlineData(OcppVersion.V201)]
    public async Task NaNValues_measures_nothing_but_ends_with_a_number(OcppVersion version)
    {
        await using var csms = await TellAsync(Misbehaviours.NaNValues, version);
        Assert.Contains("NaN", csms.Calls("MeterValues", "TransactionEvent").Select(Register));
        Assert.Contains("5400", csms.Calls("MeterValues", "TransactionEvent").Select(Register));
        Assert.DoesNotContain("NaN", Told(csms)[^1].Payload);
    }

    [Fact]
    public async Task KilowattHours_tells_thousandths()
    {
        await using var csms = await TellAsync(Misbehaviours.KilowattHours);
        Assert.Equal(["5.4", "5.8", "6.2", "6.6", "7", "7"], csms.Calls("MeterValues").Select(Register));
        Assert.Contains("\"unit\":\"kWh\"", csms.Calls("MeterValues").First().Payload);
    }

    [Fact]
    public async Task PerPhaseRegisters_add_up_to_the_total()
    {
        await using var csms = await TellAsync(Misbehaviours.PerPhaseRegisters);
        foreach (var (call, total) in csms.Calls("MeterValues").Zip([5_400, 5_800, 6_200, 6_600, 7_000, 7_000]))
        {
            var registers = Json(call).GetProperty("meterValue")[0].GetProperty("sampledValue").EnumerateArray().Where(v => v.GetProperty("measurand").GetString() == "Energy.Active.Import.Register").ToList();
            Assert.Equal(["L1", "L2", "L3"], registers.Select(v => v.GetProperty("phase").GetString()));
            Assert.Equal(total, registers.Sum(v => int.Parse(v.GetProperty("value").GetString()!, System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    [Fact]
    public async Task ReusesMessageIds_counts_from_a_million_after_every_boot()
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var station = new SimulatedStation(Options(csms, OcppVersion.V16) with { Misbehaviours = Misbehaviours.ReusesMessageIds });
        await station.ConnectAsync();
        station.Reboot();
        await station.OnlineAsync();
        Assert.Equal(["1000000", "1000000"], csms.Calls("BootNotification").Select(call => call.MessageId));
    }

    [Theory]
    [InlineData("00ff7e", "AP9+")]
    [InlineData("secret", "NzM2NTYzNzI2NTc0")]
    public async Task HexPassword_is_spelt_the_other_way(string password, string base64)
    {
        await using var csms = await FakeCsms.StartAsync();
        string? sent = null;
        csms.Refuse = http =>
        {
            sent = http.Request.Headers.Authorization;
            return 401;
        };
        await using var station = new SimulatedStation(Options(csms, OcppVersion.V16) with { Misbehaviours = Misbehaviours.HexPassword, Password = password });
        var refused = await Assert.ThrowsAsync<HandshakeRefusedException>(() => station.ConnectAsync(patient: false));
        Assert.Equal(401, refused.Status);
        var credentials = Convert.FromBase64String(sent!["Basic ".Length..]);
        Assert.Equal(Convert.FromBase64String(base64), credentials["CP-1:".Length..]);
    }

    private static async Task<FakeCsms> TellAsync(Misbehaviours misbehaviours, OcppVersion version = OcppVersion.V16)
    {
        var csms = await FakeCsms.StartAsync();
        await using var station = new SimulatedStation(Options(csms, version) with { Misbehaviours = misbehaviours });
        await station.ConnectAsync();
        await station.TellAsync(Session).WaitAsync(TimeSpan.FromSeconds(20));
        return csms;
    }

    /// <summary>The transaction messages in the order of arrival.</summary>
    private static List<SeenCall> Told(FakeCsms csms) => [.. csms.Calls("StartTransaction", "MeterValues", "StopTransaction", "TransactionEvent")];

    private static WireTime Moment(SeenCall call) => WireTime.Parse(
        (call.Action == "MeterValues" ? Json(call).GetProperty("meterValue")[0] : Json(call)).GetProperty("timestamp").GetString()!);
}
