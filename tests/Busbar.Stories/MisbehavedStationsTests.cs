using System.Net;
using System.Text.Json;
using Busbar.Ocpp;
using Busbar.Simulator.Physics;
using Busbar.Simulator.Stations;
using Busbar.Storage;
using Busbar.Tests.Support;
using NodaTime;

namespace Busbar.Stories;

/// <summary>What stations in the field do wrong, against the real server: what the session and its bill come to.</summary>
[Trait("suite", "stories")]
public sealed class MisbehavedStationsTests(Servers servers)
{
    private const string Token = "04A1B2C3";

    /// <summary>8 kWh were charged. What each misbehaviour leaves of them, what is odd about the session, and what else is to be seen.</summary>
    public static TheoryData<OcppVersion, Misbehaviours, decimal, string[]> Told()
    {
        var rows = new TheoryData<OcppVersion, Misbehaviours, decimal, string[]>();
        foreach (var version in new[] { OcppVersion.V16, OcppVersion.V201 })
        {
            rows.Add(version, Misbehaviours.WrongClock, 8_000, ["timeEstimated"]);
            rows.Add(version, Misbehaviours.ReplaysQueue, 8_000, []);
            // What the meter lost between 4 kWh and its fall to zero is not invented.
            rows.Add(version, Misbehaviours.MeterResets, 6_000, ["meterReset"]);
            rows.Add(version, Misbehaviours.OfflineStart, 8_000, []);
            rows.Add(version, Misbehaviours.CableFirst, 8_000, []);
            rows.Add(version, Misbehaviours.UnknownEnum, 8_000, []);
            rows.Add(version, Misbehaviours.DuplicateStop, 8_000, []);
            // The power is gone at 6 kWh, and the charge with it.
            rows.Add(version, Misbehaviours.RebootMidCharge, 6_000, []);
            rows.Add(version, Misbehaviours.ZombieSocket, 8_000, []);
        }
        return rows;
    }

    [Theory, MemberData(nameof(Told))]
    public async Task A_misbehaved_station_has_one_session_and_one_bill(OcppVersion version, Misbehaviours misbehaviour, decimal wattHours, string[] issues)
    {
        var (api, options) = await ProvisionAsync(version, misbehaviour);
        await using var station = new SimulatedStation(options);
        await station.ConnectAsync();
        // The power is cut at the third reading: that is now, and the rest never happens.
        var charge = misbehaviour == Misbehaviours.RebootMidCharge ? Charge().Shift(Duration.FromMinutes(11)) : Charge();
        await station.TellAsync(charge, ct: TestContext.Current.CancellationToken);
        await station.DrainedAsync(TestContext.Current.CancellationToken);

        var cdr = await api.OnlyCdrAsync("CP-1");
        Assert.Equal((1, wattHours), (cdr.GetProperty("version").GetInt32(), cdr.GetProperty("energyWh").GetDecimal()));
        Assert.Equal((wattHours / 1_000 * 0.40m).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture), cdr.GetProperty("totalCost").GetProperty("exclTax").GetString());
        var session = Assert.Single((await api.GetAsync("sessions?stationId=CP-1")).Items);
        Assert.Equal(("completed", Token), (session.GetProperty("status").GetString(), session.GetProperty("tokenUid").GetString()));
        Assert.Equal(issues, IssuesOf(session));
        if (misbehaviour is Misbehaviours.ReplaysQueue or Misbehaviours.OfflineStart or Misbehaviours.RebootMidCharge or Misbehaviours.ZombieSocket) Assert.True(station.Connects >= 2);
        if (misbehaviour == Misbehaviours.WrongClock)
            Assert.InRange((await api.GetAsync("stations/CP-1")).Body.GetProperty("clockOffsetMs").GetInt64(), long.MinValue, -1_000_000_000);
    }

    [Theory]
    [InlineData(OcppVersion.V16)]
    [InlineData(OcppVersion.V201)]
    public async Task SlowAnswer_a_late_answer_to_a_stop_is_one_end_and_one_bill(OcppVersion version)
    {
        var (api, options) = await ProvisionAsync(version, Misbehaviours.SlowAnswer);
        await using var station = new SimulatedStation(options with { SlowAnswerDelay = TimeSpan.FromSeconds(1) });
        await station.ConnectAsync();
        await station.TellAsync(Charge(withStop: false), ct: TestContext.Current.CancellationToken);
        var session = Assert.Single((await api.GetAsync("sessions?stationId=CP-1")).Items);
        var since = TimeProvider.System.GetTimestamp();
        var stopped = await api.PostAsync("stations/CP-1/commands/stop", new { sessionId = session.GetProperty("id").GetString() });
        stopped.Is(HttpStatusCode.OK);
        Assert.Equal("accepted", stopped.Text("outcome"));
        Assert.True(TimeProvider.System.GetElapsedTime(since) >= TimeSpan.FromSeconds(1));
        Assert.Equal(8_000m, (await api.OnlyCdrAsync("CP-1")).GetProperty("energyWh").GetDecimal());
        Assert.Empty(IssuesOf(Assert.Single((await api.GetAsync("sessions?stationId=CP-1")).Items)));
    }

    [Fact]
    public async Task An_end_of_a_transaction_that_nobody_knows_is_shown_as_an_orphan()
    {
        var (api, options) = await ProvisionAsync(OcppVersion.V16, Misbehaviours.None);
        await using var station = new SimulatedStation(options);
        await station.ConnectAsync();
        Assert.Empty((await api.GetAsync("orphan-events?stationId=CP-1")).Items);
        var told = await station.Client!.CallAsync("StopTransaction", """{"transactionId":-1,"meterStop":5,"timestamp":"2026-06-01T00:00:00Z"}"""u8.ToArray(), ct: TestContext.Current.CancellationToken);
        Assert.True(told.IsResult);
        var since = TimeProvider.System.GetTimestamp();
        while (!(await api.GetAsync("orphan-events?stationId=CP-1")).Items.Any() && TimeProvider.System.GetElapsedTime(since) < TimeSpan.FromSeconds(10)) await Task.Delay(50);
        var orphan = Assert.Single((await api.GetAsync("orphan-events?stationId=CP-1")).Items);
        Assert.Equal(("StopTransaction", -1), (orphan.GetProperty("action").GetString(), orphan.GetProperty("payload").GetProperty("transactionId").GetInt32()));
        Assert.Empty((await api.GetAsync("sessions?stationId=CP-1")).Items);
        (await api.GetAsync("orphan-events?stationId=CP-2")).Is(HttpStatusCode.NotFound);
    }

    private async Task<(ApiClient Api, StationOptions Options)> ProvisionAsync(OcppVersion version, Misbehaviours misbehaviour)
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        await api.GivenTariffAsync("""{ "currency": "EUR", "elements": [ { "price_components": [ { "type": "ENERGY", "price": 0.40, "vat": 19.0, "step_size": 1 } ] } ] }""");
        (await api.PostAsync("tokens", new { uid = Token, type = "rfid" })).Is(HttpStatusCode.Created);
        var made = await api.PostAsync("stations", new { stationId = "CP-1" });
        made.Is(HttpStatusCode.Created);
        return (api, new StationOptions
        {
            Url = server.StationsUrl(api.Tenant!), StationId = "CP-1", Password = made.Text("password"), Version = version, Misbehaviours = misbehaviour,
            RegisterWh = 812_345, Reconnect = new RetryPolicy(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200), 0), ZombieLife = TimeSpan.FromSeconds(1),
        });
    }

    /// <summary>40 minutes at 12 kW, a reading every ten, until a moment ago.</summary>
    private static PhysicalSession Charge(bool withStop = true)
    {
        var begin = Instant.FromUnixTimeSeconds(SystemClock.Instance.GetCurrentInstant().ToUnixTimeSeconds()) - Duration.FromMinutes(43);
        var charge = new PhysicalSessionBuilder(begin, Token, registerWh: 812_345)
            .PlugIn().Authorize().Wait(Duration.FromMinutes(1)).Start().Charge(Duration.FromMinutes(40), powerW: 12_000, every: Duration.FromMinutes(10));
        return withStop ? charge.Wait(Duration.FromSeconds(30)).Stop().Unplug().Build() : charge.Build();
    }

    private static IEnumerable<string?> IssuesOf(JsonElement session) => session.GetProperty("issues").EnumerateArray().Select(issue => issue.GetProperty("code").GetString());
}
