using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using Busbar.Ocpp;
using Busbar.Simulator;
using Busbar.Simulator.Wire;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Sockets;

/// <summary>Bar S2: who knows a station's name and not its password does nothing to it.</summary>
[Collection("sockets"), Trait("suite", "sockets")]
public sealed class ShadowingTests(SocketServer shared, Servers servers)
{
    private const int Upgrades = 10_000;

    [Fact]
    public async Task Ten_thousand_impostors_do_not_touch_the_charge_and_the_station_itself_may_come_back()
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, 1);
        await using var station = await fleet.BootAsync("CP-0", static (_, _) => ValueTask.FromResult(StationAnswer.Result("""{"status":"Accepted"}"""u8.ToArray())));
        var charge = await Charge.StartAsync(station, 10_000);
        using var stop = new CancellationTokenSource();
        var beats = 0;
        var charging = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.True((await station.CallAsync("Heartbeat", "{}"u8.ToArray())).IsResult);
                beats++;
                await Task.Delay(20);
            }
        });

        var answers = new ConcurrentDictionary<int, int>();
        await Parallel.ForAsync(0, Upgrades, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, ct) =>
        {
            var error = await Assert.ThrowsAsync<HandshakeRefusedException>(() => RawWebSocket.ConnectAsync(Impostor(fleet, i), ct));
            answers.AddOrUpdate(error.Status, 1, (_, count) => count + 1);
        });
        Assert.Equal([KeyValuePair.Create(401, Upgrades)], answers);
        await stop.CancelAsync();
        await charging;
        Assert.False(station.Ended.IsCancellationRequested);
        (await fleet.Api.PostAsync("stations/CP-0/commands/DataTransfer", new { vendorId = "Busbar" })).Is(HttpStatusCode.OK);
        await charge.MeterAsync(station, 10_500);

        // The right password is the station, wherever it comes from: the old connection ends, the new one goes on with the charge.
        await using var back = await StationClient.ConnectAsync(
            fleet.Options("CP-0") with { Socket = fleet.Options("CP-0").Socket with { Source = IPAddress.Parse("127.0.1.9") } }, ct: TestContext.Current.CancellationToken);
        await station.Closed.WaitAsync(TimeSpan.FromSeconds(5));
        await charge.StopAsync(back, 11_000);
        var cdr = await fleet.Api.OnlyCdrAsync("CP-0");
        Assert.Equal(1_000m, cdr.GetProperty("energyWh").GetDecimal());

        // Once may be a station that lost its power. Who does it again and again is two, and the operator hears of it.
        async Task<string> IssuesAsync() => (await fleet.Api.GetAsync("stations/CP-0")).Body.GetProperty("issues").GetRawText();
        Assert.Equal("[]", await IssuesAsync());
        await using var second = await fleet.OpenAsync("CP-0");
        Assert.Equal("[]", await IssuesAsync());
        await using var third = await fleet.OpenAsync("CP-0");
        // The upgrade is answered a moment before the connection is the station's.
        for (var i = 0; i < 50 && await IssuesAsync() == "[]"; i++) await Task.Delay(100);
        Assert.Contains("\"takenOver\"", await IssuesAsync(), StringComparison.Ordinal);
        Assert.InRange(await fleet.Server.SecurityEventsAsync("takenOver"), 1, int.MaxValue);
        Figures.Print($"S2: {Upgrades} impostors refused with 401; meanwhile {beats} heartbeats answered; the duplicate with the password replaced the old connection (close {station.Socket.CloseStatus}).");
    }

    /// <summary>The negative control.</summary>
    [Fact]
    public async Task A_server_that_looks_at_no_password_is_caught()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), GuardsOff.Password);
        var fleet = await SocketFleet.GivenAsync(server, 1);
        for (var i = 0; i < 3; i++)
        {
            await using var station = await fleet.BootAsync("CP-0");
            await using var impostor = await RawWebSocket.ConnectAsync(Impostor(fleet, i), TestContext.Current.CancellationToken);
            await station.Closed.WaitAsync(TimeSpan.FromSeconds(5));
            Assert.True(station.Ended.IsCancellationRequested);
        }
    }

    private static StationSocketOptions Impostor(SocketFleet fleet, int number)
    {
        var socket = fleet.Options("CP-0").Socket;
        return (number % 3) switch
        {
            0 => socket with { Password = null },
            1 => socket with { Password = SocketFleet.Utf8($"guess-{number}-of-the-password") },
            _ => socket with { User = "CP-1" },
        };
    }
}

/// <summary>A charge of a 1.6 station by hand.</summary>
internal sealed record Charge(int TransactionId)
{
    public static async Task<Charge> StartAsync(StationClient station, int register, string token = SocketFleet.Token)
    {
        var answer = await CallAsync(station, "StartTransaction", $$"""{"connectorId":1,"idTag":"{{token}}","meterStart":{{register}},"timestamp":"{{Now(-60)}}"}""");
        return new Charge(answer.GetProperty("transactionId").GetInt32());
    }

    public Task MeterAsync(StationClient station, int register) => CallAsync(station, "MeterValues",
        $$"""{"connectorId":1,"transactionId":{{TransactionId}},"meterValue":[{"timestamp":"{{Now(-30)}}","sampledValue":[{"value":"{{register}}"}]}]}""");

    public Task StopAsync(StationClient station, int register) => CallAsync(station, "StopTransaction",
        $$"""{"transactionId":{{TransactionId}},"meterStop":{{register}},"timestamp":"{{Now(0)}}"}""");

    /// <summary>RFC 3339, so many seconds from now.</summary>
    public static string Now(int seconds) => TimeProvider.System.GetUtcNow().AddSeconds(seconds).ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture);

    public static async Task<JsonElement> CallAsync(StationClient station, string action, string payload)
    {
        var answer = await station.CallAsync(action, SocketFleet.Utf8(payload));
        Assert.True(answer.IsResult, $"{action}: {answer}");
        return JsonElement.Parse(answer.Payload.Span);
    }
}
