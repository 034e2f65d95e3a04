using System.Diagnostics;
using System.Globalization;
using System.Net;
using Busbar.Simulator;
using Busbar.Simulator.Wire;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Stories.Sockets;

/// <summary>Bar C8: a station that does not read is cut, and costs the others nothing.</summary>
[Collection("sockets"), Trait("suite", "sockets")]
public sealed class SlowReaderTests(Servers servers)
{
    private const int Slow = 1_000;
    private const int Witnesses = 10;
    private const int Read = 100;
    private const int Beats = 300;
    private const int Waves = 5;
    private const int Payload = 20_000;

    [Fact]
    public async Task A_thousand_stations_that_stop_reading_are_cut_and_the_others_are_served()
    {
        await using var server = await WithLittleRoomAsync("--Busbar:Stations:CommandSeconds=5");
        var fleet = await SocketFleet.GivenAsync(server, Slow + Witnesses);
        var slow = new StationClient[Slow];
        await Parallel.ForAsync(0, Slow, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, _) => slow[i] = await ConnectAsync(fleet, SocketFleet.Name(i)));
        var witnesses = new List<StationClient>();
        for (var i = 0; i < Witnesses; i++) witnesses.Add(await fleet.BootAsync(SocketFleet.Name(Slow + i)));

        // The calm that it is compared with, and the control: a station that reads takes the command.
        var calm = await BeatWhileAsync(witnesses, CommandAsync(fleet, Read, atOnce: 2));

        // Once as many callers as later: their connections and what the pools keep for them are not what is measured.
        await CommandAsync(fleet, Slow, atOnce: Slow);

        foreach (var station in slow) station.Socket.PauseReading();
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var accepted = 0;
        var storm = await BeatWhileAsync(witnesses, Task.Run(async () =>
        {
            // What the operating system still takes is not read either: wave by wave, until bytes of ours wait.
            for (var wave = 0; wave < Waves; wave++) accepted += await CommandAsync(fleet, Slow, atOnce: Slow);
            var started = Stopwatch.GetTimestamp();
            while (await fleet.OnlineAsync() > Witnesses && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(30)) await Task.Delay(100);
            return (int)Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        }));
        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;

        Figures.Print($"C8: {Slow} slow readers, all cut {storm.Result} ms after the last of {Waves} commands that each did not read (bar 15,000); managed memory +{(storm.Peak - before) / 1024} KB at the peak, "
            + $"the test's own included, +{grown / 1024} KB afterwards; heartbeats of {Witnesses} others p99 {storm.Beats.Percentile(0.99).TotalMilliseconds:0.0} ms, median {storm.Beats.Percentile(0.5).TotalMilliseconds:0.0} ms; "
            + $"while all read: p99 {calm.Beats.Percentile(0.99).TotalMilliseconds:0.0} ms, median {calm.Beats.Percentile(0.5).TotalMilliseconds:0.0} ms.");
        Assert.Equal(Read, calm.Result);
        Assert.Equal(0, accepted);
        Assert.InRange(storm.Result, 0, 15_000);
        Assert.InRange(grown, long.MinValue, 100L * 1024 * 1024);
        // The bar's 10 % is for a machine of its own: here the generator shares the cores with the server.
        Assert.True(storm.Beats.Percentile(0.99) < TimeSpan.FromSeconds(2), $"p99 {storm.Beats.Percentile(0.99)}");
        foreach (var client in slow.Concat(witnesses)) await client.DisposeAsync();
    }

    [Fact]
    public async Task A_station_that_asks_and_does_not_read_the_answers_is_cut_when_its_queue_is_full()
    {
        await using var server = await WithLittleRoomAsync("--Busbar:Limits:FramesPerSecond=20000", "--Busbar:Limits:FrameBurst=20000");
        var fleet = await SocketFleet.GivenAsync(server, 2);
        await using var witness = await fleet.BootAsync("CP-1");
        await using var station = await ConnectAsync(fleet, "CP-0");
        station.Socket.PauseReading();
        var started = Stopwatch.GetTimestamp();
        var asking = AskUntilCutAsync(station.Socket);
        while (await fleet.OnlineAsync() > 1 && Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(20)) await Task.Delay(50);
        var took = Stopwatch.GetElapsedTime(started);
        Figures.Print($"C8: asked without reading, cut after {took.TotalSeconds:0.0} s, {await asking.WaitAsync(TimeSpan.FromSeconds(20))} questions.");
        Assert.InRange(took, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.True((await witness.CallAsync("Heartbeat", "{}"u8.ToArray())).IsResult);
        Assert.Equal(1, await fleet.OnlineAsync());
    }

    [Fact]
    public async Task Without_the_limits_it_would_stay()
    {
        await using var server = await WithLittleRoomAsync("--Busbar:Limits:FramesPerSecond=20000", "--Busbar:Limits:FrameBurst=20000", "--Busbar:Limits:SendQueueFrames=1000000",
            "--Busbar:Limits:SendQueueBytes=1000000000", "--Busbar:Limits:WriteSeconds=3600");
        var fleet = await SocketFleet.GivenAsync(server, 1);
        await using var station = await ConnectAsync(fleet, "CP-0");
        station.Socket.PauseReading();
        var asking = AskUntilCutAsync(station.Socket);
        await Task.Delay(TimeSpan.FromSeconds(6));
        Assert.Equal(1, await fleet.OnlineAsync());
        station.Socket.Abort();
        await asking;
    }

    private static async Task<int> AskUntilCutAsync(RawWebSocket socket)
    {
        var asked = 0;
        try
        {
            while (true)
            {
                // The server lives in this process, and a sender that never waits would keep a thread from it.
                if (asked % 64 == 0) await Task.Yield();
                await socket.SendAsync(SocketFleet.Utf8(string.Create(CultureInfo.InvariantCulture, $$"""[2,"{{++asked}}","Heartbeat",{}]""")), TestContext.Current.CancellationToken);
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // Cut: that is what it is for.
        }
        return asked;
    }

    /// <summary>Kestrel and the operating system would take hundreds of kilobytes for each station before the first of our bytes waits: they are told to take little.</summary>
    private async Task<RunningServer> WithLittleRoomAsync(params string[] settings) =>
        await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite),
            services => services
                .Configure<KestrelServerOptions>(kestrel => kestrel.Limits.MaxResponseBufferSize = 1024)
                .Configure<SocketTransportOptions>(options => options.CreateBoundListenSocket = address =>
                {
                    var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(address);
                    socket.SendBufferSize = 1024;
                    return socket;
                }), settings);

    private static async Task<StationClient> ConnectAsync(SocketFleet fleet, string name)
    {
        var options = fleet.Options(name);
        var station = await StationClient.ConnectAsync(options with { Socket = options.Socket with { ReceiveBuffer = 1024 } },
            (_, _) => ValueTask.FromResult(StationAnswer.Result(SocketFleet.Utf8("""{"status":"Accepted"}"""))));
        Assert.True((await station.CallAsync("BootNotification", SocketFleet.Utf8(SocketFleet.Boot16))).IsResult);
        return station;
    }

    /// <summary>A command to each of so many; how many were accepted.</summary>
    private static async Task<int> CommandAsync(SocketFleet fleet, int stations, int atOnce)
    {
        var body = $$"""{"vendorId":"Busbar","data":"{{new string('x', Payload)}}"}""";
        var accepted = 0;
        await Parallel.ForAsync(0, stations, new ParallelOptions { MaxDegreeOfParallelism = atOnce }, async (i, ct) =>
        {
            var answer = await fleet.Api.PostAsync($"stations/{SocketFleet.Name(i)}/commands/DataTransfer", body, ct: ct);
            if (answer.Status == HttpStatusCode.OK && answer.Text("outcome") == "accepted") Interlocked.Increment(ref accepted);
        });
        return accepted;
    }

    /// <summary>Heartbeats of others until that has ended, and the most memory in use meanwhile.</summary>
    private static async Task<(List<TimeSpan> Beats, int Result, long Peak)> BeatWhileAsync(List<StationClient> witnesses, Task<int> work)
    {
        var times = new List<TimeSpan>();
        var peak = 0L;
        for (var i = 0; i < Beats || !work.IsCompleted; i++)
        {
            var started = Stopwatch.GetTimestamp();
            var witness = witnesses[i % witnesses.Count];
            var beat = await witness.CallAsync("Heartbeat", "{}"u8.ToArray());
            Assert.True(beat.IsResult, $"Heartbeat {i} of a witness: {beat} after {Stopwatch.GetElapsedTime(started)}, close {witness.Socket.CloseStatus}, ended {witness.Ended.IsCancellationRequested}");
            times.Add(Stopwatch.GetElapsedTime(started));
            peak = Math.Max(peak, GC.GetTotalMemory(forceFullCollection: false));
            await Task.Delay(10);
        }
        return (times, await work, peak);
    }
}
