using System.Diagnostics;
using System.Net;
using Busbar.Simulator;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Sockets;

/// <summary>Bar C5: stations whose connection dies without a FIN or RST come back on a new one, and the old one's late end changes nothing.</summary>
[Collection("sockets"), Trait("suite", "sockets")]
public sealed class ZombieTests(SocketServer shared, Servers servers)
{
    private const int Stations = 500;
    private const int Commanded = 25;

    [Fact]
    public async Task Five_hundred_silent_connections_are_replaced_and_their_late_end_changes_nothing()
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, Stations);
        await using var proxy = TcpProxy.Start(shared.Server.Address.Port);
        var old = new StationClient[Stations];
        await Parallel.ForAsync(0, Stations, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
            old[i] = await fleet.BootAsync(SocketFleet.Name(i), static (_, _) => ValueTask.FromResult(StationAnswer.None), proxyPort: proxy.Port));
        Assert.Equal(Stations, await fleet.OnlineAsync());

        // Commands that the old links have and will never answer.
        var commands = Enumerable.Range(0, Commanded).Select(i => fleet.Api.PostAsync($"stations/{SocketFleet.Name(i)}/commands/restart", new { })).ToArray();
        await Eventually(() => old.Take(Commanded).All(client => client.ServerCalls > 0));
        var dead = proxy.Connections.ToArray();
        Assert.Equal(Stations, dead.Length);
        proxy.SilenceAll();

        var clock = Stopwatch.StartNew();
        var fresh = new StationClient[Stations];
        var serving = new TimeSpan[Stations];
        var reconnecting = Parallel.ForAsync(0, Stations, new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, ct) =>
        {
            var started = clock.Elapsed;
            fresh[i] = await StationClient.ConnectAsync(fleet.Options(SocketFleet.Name(i)), ct: ct);
            Assert.True((await fresh[i].CallAsync("Heartbeat", "{}"u8.ToArray(), ct: ct)).IsResult);
            serving[i] = clock.Elapsed - started;
        });

        // Meanwhile nobody is ever shown offline: the old connection counts until the new one is there.
        var shownOffline = 0;
        while (!reconnecting.IsCompleted)
        {
            shownOffline = Math.Max(shownOffline, Stations - await fleet.OnlineAsync());
            await Task.Delay(100);
        }
        await reconnecting;
        Assert.Equal(0, shownOffline);

        foreach (var command in commands)
        {
            var ended = await command;
            Assert.True(ended.Status is HttpStatusCode.GatewayTimeout or HttpStatusCode.Conflict or HttpStatusCode.OK, ended.Body.ToString());
            var outcome = (await fleet.Api.GetAsync($"commands/{ended.Text("commandId")}")).Text("outcome");
            Assert.Contains(outcome, new[] { "unknown", "failed" });
        }
        var failedAfter = clock.Elapsed;
        Assert.True(failedAfter < TimeSpan.FromSeconds(20), $"The commands on the dead links ended after {failedAfter}, their deadline is 30 s.");

        Assert.Equal(Stations, await OnlineAfterTheEndOfAsync(dead, fleet));
        await Parallel.ForAsync(0, Stations, async (i, ct) => Assert.True((await fresh[i].CallAsync("Heartbeat", "{}"u8.ToArray(), ct: ct)).IsResult));
        Assert.All(fresh, client => Assert.False(client.Ended.IsCancellationRequested));

        var p99 = serving.Percentile(0.99);
        Figures.Print($"C5: {Stations} zombies; serving p50 {serving.Percentile(0.5).TotalMilliseconds:0} ms, p99 {p99.TotalMilliseconds:0} ms (bar 1000); all back after {serving.Max().TotalMilliseconds:0} ms; "
            + $"{Commanded} commands in flight ended {failedAfter.TotalMilliseconds:0} ms after the silence.");
        Assert.True(p99 < TimeSpan.FromSeconds(5), $"p99 {p99}");

        foreach (var client in old.Concat(fresh)) await client.DisposeAsync();
        await Eventually(async () => await fleet.OnlineAsync() == 0);
    }

    /// <summary>The negative control.</summary>
    [Fact]
    public async Task A_server_that_ends_a_station_by_its_name_is_caught()
    {
        const int few = 5;
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), GuardsOff.Instance);
        var fleet = await SocketFleet.GivenAsync(server, few);
        await using var proxy = TcpProxy.Start(server.Address.Port);
        var clients = new List<StationClient>();
        for (var i = 0; i < few; i++) clients.Add(await fleet.BootAsync(SocketFleet.Name(i), proxyPort: proxy.Port));
        var dead = proxy.Connections.ToArray();
        proxy.SilenceAll();
        for (var i = 0; i < few; i++) clients.Add(await fleet.BootAsync(SocketFleet.Name(i)));
        Assert.NotEqual(few, await OnlineAfterTheEndOfAsync(dead, fleet));
        foreach (var client in clients) await client.DisposeAsync();
    }

    private static async Task<int> OnlineAfterTheEndOfAsync(ProxiedConnection[] dead, SocketFleet fleet)
    {
        foreach (var connection in dead) connection.Reset();
        await Task.Delay(TimeSpan.FromSeconds(3));     // longer than the goodbye to a dead peer
        return await fleet.OnlineAsync();
    }

    internal static async Task Eventually(Func<Task<bool>> holds, int seconds = 15)
    {
        var since = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(since.Elapsed < TimeSpan.FromSeconds(seconds), $"Not within {seconds} s.");
            await Task.Delay(50);
        }
    }

    private static Task Eventually(Func<bool> holds) => Eventually(() => Task.FromResult(holds()));
}
