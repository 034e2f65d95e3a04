using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Tests.Stations;

/// <summary>The history of a station's connections as the API tells it: real sockets, the whole server behind them, on both databases.</summary>
[Collection("LiveStations")]
[Trait("suite", "sockets")]
public sealed class LiveConnectionTests(Servers servers)
{
    private const string Password = "0123456789abcdef0123";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_connection_is_told_from_its_beginning_to_its_end_and_to_nobody_else(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        await GivenAsync(api, "LC-1");
        await using (var station = await ConnectAsync(server, api, "LC-1", "ocpp2.0.1"))
        {
            var open = await OneAsync(api, "LC-1", row => true);
            Assert.Equal(("ocpp2.0.1", "127.0.0.1", 1, 1, 0), (open.GetProperty("protocol").GetString(), open.GetProperty("remote").GetString(), open.GetProperty("securityProfile").GetInt32(),
                open.GetProperty("connections").GetInt32(), open.GetProperty("drops").GetInt32()));
            Assert.Equal((JsonValueKind.Null, JsonValueKind.Null), (open.GetProperty("endedAt").ValueKind, open.GetProperty("ending").ValueKind));
            await station.CloseAsync(WebSocketCloseStatus.EndpointUnavailable);
        }
        var closed = await OneAsync(api, "LC-1", IsOver);
        Assert.Equal(("closedByStation", 1001, 1), (closed.GetProperty("ending").GetString(), closed.GetProperty("closeCode").GetInt32(), closed.GetProperty("drops").GetInt32()));

        // What goes without a word; the short one before it is in the same row.
        await using (await ConnectAsync(server, api, "LC-1")) await OneAsync(api, "LC-1", row => row.GetProperty("connections").GetInt32() == 2);
        var broken = await OneAsync(api, "LC-1", row => IsOver(row) && row.GetProperty("connections").GetInt32() == 2);
        Assert.Equal(("broken", "ocpp1.6", 2), (broken.GetProperty("ending").GetString(), broken.GetProperty("protocol").GetString(), broken.GetProperty("drops").GetInt32()));

        // One that takes over, and one that we end.
        await using var old = await ConnectAsync(server, api, "LC-1");
        await using var newer = await ConnectAsync(server, api, "LC-1");
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, await old.ClosedAsync());
        await OneAsync(api, "LC-1", row => !IsOver(row) && (row.GetProperty("connections").GetInt32(), row.GetProperty("drops").GetInt32()) == (4, 3));
        (await api.PatchAsync("stations/LC-1", new { password = "another-password-0123" })).Is(HttpStatusCode.OK);
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, await newer.ClosedAsync());
        var ended = await OneAsync(api, "LC-1", row => IsOver(row) && row.GetProperty("connections").GetInt32() == 4);
        Assert.Equal(("closedByServer", 1008, "its access has changed", 3), (ended.GetProperty("ending").GetString(), ended.GetProperty("closeCode").GetInt32(), ended.GetProperty("detail").GetString(),
            ended.GetProperty("drops").GetInt32()));

        var neighbour = await server.NewTenantAsync();
        (await neighbour.GetAsync("stations/LC-1/connections")).Is(HttpStatusCode.NotFound);
        await GivenAsync(neighbour, "LC-1");
        Assert.Empty((await neighbour.GetAsync("stations/LC-1/connections")).Items);
        (await api.GetAsync("stations/LC-9/connections")).Is(HttpStatusCode.NotFound);
        (await api.GetAsync("stations/LC-1/connections?cursor=YWJj")).Is(HttpStatusCode.BadRequest, "invalidCursor");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_silent_line_is_told_as_one_that_does_not_answer_pings_and_one_of_a_server_that_stops_as_that(DatabaseKind kind)
    {
        var store = await servers.NewStoreAsync(kind);
        await using (var server = await RunningServer.StartAsync(store, null, "--Busbar:Limits:PingSeconds=1", "--Busbar:Limits:PongSeconds=1"))
        {
            await GivenAsync(server.Admin, "LC-2");
            await GivenAsync(server.Admin, "LC-3");
            await using var proxy = TcpProxy.Start(server.Address.Port);
            await using var silent = await WireStation.ConnectAsync(new Uri($"http://127.0.0.1:{proxy.Port}"), "LC-2", "ocpp1.6", "LC-2", Password);
            await OneAsync(server.Admin, "LC-2", row => true);
            proxy.SilenceAll();
            Assert.Equal("noPong", (await OneAsync(server.Admin, "LC-2", IsOver)).GetProperty("ending").GetString());
            await using var cut = await WireStation.ConnectAsync(new Uri($"http://127.0.0.1:{proxy.Port}"), "LC-2", "ocpp1.6", "LC-2", Password);
            await OneAsync(server.Admin, "LC-2", row => row.GetProperty("connections").GetInt32() == 2);
            foreach (var connection in proxy.Connections) connection.Reset();
            Assert.Equal("broken", (await OneAsync(server.Admin, "LC-2", row => IsOver(row) && row.GetProperty("connections").GetInt32() == 2)).GetProperty("ending").GetString());
            var stays = await WireStation.ConnectAsync(server.Address, "LC-3", "ocpp1.6", "LC-3", Password);
        }
        await using (var server = await RunningServer.StartAsync(store))
        {
            var stopped = await OneAsync(server.Admin, "LC-3", IsOver);
            Assert.Equal(("serverStopped", 1012, 0), (stopped.GetProperty("ending").GetString(), stopped.GetProperty("closeCode").GetInt32(), stopped.GetProperty("drops").GetInt32()));
        }
    }

    private static bool IsOver(JsonElement row) => row.GetProperty("endedAt").ValueKind == JsonValueKind.String;

    private static async Task GivenAsync(ApiClient api, string name) => (await api.PostAsync("stations", new { stationId = name, password = Password })).Is(HttpStatusCode.Created);

    private static Task<WireStation> ConnectAsync(RunningServer server, ApiClient api, string name, string protocol = "ocpp1.6") =>
        WireStation.ConnectAsync(server.Address, $"{api.Tenant}/{name}", protocol, name, Password);

    /// <summary>The station's one row, as soon as it is so.</summary>
    private static async Task<JsonElement> OneAsync(ApiClient api, string name, Func<JsonElement, bool> isSo)
    {
        for (var i = 0; ; i++)
        {
            var rows = (await api.GetAsync($"stations/{name}/connections")).Items.ToList();
            if (rows is [var row] && isSo(row)) return row;
            Assert.True(i < 200, $"{name}: {string.Join('\n', rows)}");
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
