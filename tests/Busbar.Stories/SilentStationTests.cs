using System.Net;
using System.Text.Json;
using Busbar.Ocpp;
using Busbar.Sessions;
using Busbar.Simulator.Physics;
using Busbar.Simulator.Stations;
using Busbar.Storage;
using Busbar.Tests.Support;
using NodaTime;

namespace Busbar.Stories;

/// <summary>
/// A station dies in the middle of a charge. It comes back without its memory, or with its last words late, or never: the session is closed at its last
/// reading and held, and what comes late after all is billed.
/// </summary>
[Trait("suite", "stories")]
public sealed class SilentStationTests(Servers servers)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly string[] Impatient =
    [
        "--Busbar:Reconciliation:Pace=00:00:00.1", "--Busbar:Reconciliation:Settle=00:00:00.2", "--Busbar:Reconciliation:Grace=00:00:00.3",
        "--Busbar:Reconciliation:AskAgain=00:00:00.2", "--Busbar:Reconciliation:TriggerEvery=00:00:00.2",
    ];

    [Theory]
    [InlineData(DatabaseKind.Sqlite, OcppVersion.V16, "connectorFree")]
    [InlineData(DatabaseKind.Sqlite, OcppVersion.V201, "noEnd")]
    [InlineData(DatabaseKind.Postgres, OcppVersion.V16, "connectorFree")]
    [InlineData(DatabaseKind.Postgres, OcppVersion.V21, "noEnd")]
    public async Task A_session_that_its_station_forgot_is_held_at_its_last_reading_and_billed_when_the_end_comes_after_all(DatabaseKind kind, OcppVersion version, string issue)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), null, Impatient);
        var (api, options) = await ProvisionAsync(server, version);
        await using var charging = new SimulatedStation(options);
        await charging.ConnectAsync();
        var lastReading = await ChargeAsync(charging);
        charging.GoOffline();
        charging.Stop();

        await using (var forgetful = new SimulatedStation(options))
        {
            await forgetful.ConnectAsync();
            var held = await UntilAsync(api, "held");
            Assert.Contains(issue, IssuesOf(held));
            Assert.Equal(lastReading, NodaTime.Text.OffsetDateTimePattern.Rfc3339.Parse(held.GetProperty("endedAt").GetString()!).Value.ToInstant());
            Assert.Equal(6_000m, held.GetProperty("energyWh").GetDecimal());
            Assert.Empty((await api.GetAsync("cdrs")).Items);
            await VerifyAsync(server);
        }

        charging.GoOnline();
        await charging.DrainedAsync(TestContext.Current.CancellationToken);
        var completed = await UntilAsync(api, "completed");
        Assert.DoesNotContain(issue, IssuesOf(completed));
        Assert.True(completed.GetProperty("version").GetInt32() >= 2);
        Assert.Equal(6_000m, (await api.OnlyCdrAsync("CP-1")).GetProperty("energyWh").GetDecimal());
        await VerifyAsync(server);
    }

    [Theory]
    [InlineData(OcppVersion.V16)]
    [InlineData(OcppVersion.V201)]
    public async Task A_session_that_goes_on_over_a_broken_connection_is_not_closed(OcppVersion version)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, [.. Impatient, "--Busbar:Reconciliation:Silence=00:00:00.3"]);
        var (api, options) = await ProvisionAsync(server, version);
        await using var station = new SimulatedStation(options);
        await station.ConnectAsync();
        await ChargeAsync(station);
        station.Reboot();
        await Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);
        var session = (await api.GetAsync("sessions")).Items.Single();
        Assert.Equal("charging", session.GetProperty("status").GetString());
        var asked = (await api.GetAsync("stations/CP-1/messages?limit=100")).Items.Select(message => message.GetProperty("action").GetString()).ToList();
        Assert.Contains(version == OcppVersion.V16 ? "TriggerMessage" : "GetTransactionStatus", asked);
        station.Stop();
        await station.DrainedAsync(TestContext.Current.CancellationToken);
        await UntilAsync(api, "completed");
        await VerifyAsync(server);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_station_that_never_comes_back_has_its_session_held_with_its_evidence(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), null, [.. Impatient, "--Busbar:Reconciliation:GiveUpAfter=00:00:02"]);
        var (api, options) = await ProvisionAsync(server, OcppVersion.V201);
        await using (var station = new SimulatedStation(options))
        {
            await station.ConnectAsync();
            await ChargeAsync(station);
        }
        var held = await UntilAsync(api, "held");
        Assert.Contains("stationSilent", IssuesOf(held));
        Assert.Equal(6_000m, held.GetProperty("energyWh").GetDecimal());
        Assert.Contains("GapsAbandoned", (await api.GetAsync($"sessions/{held.GetProperty("id").GetString()}")).Body.GetProperty("facts").EnumerateArray()
            .Select(fact => fact.GetProperty("action").GetString()));
        await VerifyAsync(server);
    }

    private static async Task<(ApiClient Api, StationOptions Options)> ProvisionAsync(RunningServer server, OcppVersion version)
    {
        var api = server.Admin;
        await api.GivenTariffAsync("""{ "currency": "EUR", "elements": [ { "price_components": [ { "type": "ENERGY", "price": 0.40, "vat": 19.0, "step_size": 1 } ] } ] }""");
        (await api.PostAsync("tokens", new { uid = "04A1B2C3", type = "rfid" })).Is(HttpStatusCode.Created);
        var made = await api.PostAsync("stations", new { stationId = "CP-1" });
        made.Is(HttpStatusCode.Created);
        return (api, new StationOptions
        {
            Url = server.StationsUrl("default"), StationId = "CP-1", Password = made.Text("password"), Version = version,
            RegisterWh = 812_345,
            Reconnect = new RetryPolicy(TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(200), 0),
        });
    }

    /// <summary>Half an hour at 12 kW until now, without an end. Answers the time of the last reading.</summary>
    private static async Task<Instant> ChargeAsync(SimulatedStation station)
    {
        var now = SystemClock.Instance.GetCurrentInstant();
        var begin = Instant.FromUnixTimeSeconds(now.ToUnixTimeSeconds()) - Duration.FromMinutes(32);
        var charge = new PhysicalSessionBuilder(begin, "04A1B2C3", registerWh: 812_345)
            .PlugIn().Authorize().Wait(Duration.FromMinutes(1)).Start().Charge(Duration.FromMinutes(30), powerW: 12_000, every: Duration.FromMinutes(10)).Build();
        await station.TellAsync(charge);
        return charge.Events[^1].At;
    }

    private static IEnumerable<string?> IssuesOf(JsonElement session) => session.GetProperty("issues").EnumerateArray().Select(issue => issue.GetProperty("code").GetString());

    private static async Task<JsonElement> UntilAsync(ApiClient api, string status)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var session = (await api.GetAsync("sessions?stationId=CP-1")).Items.Single();
            if (session.GetProperty("status").GetString() == status) return session;
            Assert.True(TimeProvider.System.GetElapsedTime(since) < Patience, $"The session is not {status} within {Patience}: {session}");
            await Task.Delay(50);
        }
    }

    private static async Task VerifyAsync(RunningServer server) =>
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
}
