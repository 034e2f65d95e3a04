using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Busbar.Ocpp.Rpc;
using Busbar.Simulator;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Sockets;

/// <summary>Bar C12: one CALL in flight per station, whoever commands; every answer belongs to its own command; a late one to none.</summary>
[Collection("sockets"), Trait("suite", "sockets")]
public sealed class OneCallInFlightTests(SocketServer shared, Servers servers)
{
    private const int Users = 50;
    private const int Stations = 1_000;
    private const int Commands = 50_000;     // the short form of the bar; its long one is 1,000,000

    [Fact]
    public async Task Fifty_users_command_the_same_stations_and_no_call_overlaps_another()
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, Stations);
        var clients = new List<StationClient>();
        var commanded = 0;
        for (var i = 0; i < Stations; i++)
        {
            clients.Add(await fleet.BootAsync(SocketFleet.Name(i), (call, ct) =>
            {
                if (call.Action == "DataTransfer") Interlocked.Increment(ref commanded);
                return EchoAsync(call, ct);
            }));
        }

        var clock = Stopwatch.StartNew();
        var (answered, crossed, met) = await CommandAsync(fleet, Stations, Commands);
        Figures.Print($"C12: {answered} commands of {Users} users to {Stations} stations in {clock.Elapsed.TotalSeconds:0.0} s; {met} met another, overlaps {clients.Sum(client => client.Overlaps)}, crossed {crossed}.");
        Assert.Equal((Commands, 0), (answered, crossed));
        // Else there was nothing to overlap.
        Assert.True(met > Commands / 2, $"Only {met} commands met another at their station.");
        Assert.Equal(Commands, commanded);
        Assert.All(clients, client => Assert.Equal(0, client.Overlaps));
        foreach (var client in clients) await client.DisposeAsync();
    }

    /// <summary>The negative control: stations that give each command the answer of the one before it. What overlaps is seen by the count in the test below.</summary>
    [Fact]
    public async Task Answers_that_belong_to_another_command_are_seen()
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, 1);
        var before = JsonSerializer.SerializeToUtf8Bytes(new { data = "nobody's" });
        await using var client = await fleet.BootAsync(SocketFleet.Name(0), (call, ct) => EchoAsync(call with { Payload = Interlocked.Exchange(ref before, call.Payload.ToArray()) }, ct));
        var (answered, crossed, _) = await CommandAsync(fleet, 1, Users);
        Assert.Equal((Users, Users), (answered, crossed));
    }

    [Fact]
    public async Task A_late_answer_is_applied_to_nothing()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:Stations:CommandSeconds=2");
        var fleet = await SocketFleet.GivenAsync(server, 1);
        var calls = 0;
        await using var client = await fleet.BootAsync(SocketFleet.Name(0), async (call, ct) =>
        {
            if (Interlocked.Increment(ref calls) == 1) await Task.Delay(TimeSpan.FromSeconds(3), ct);
            return await EchoAsync(call, ct);
        });

        var late = await fleet.Api.PostAsync("stations/CP-0/commands/DataTransfer", new { vendorId = "Busbar", data = "first" });
        late.Is(HttpStatusCode.GatewayTimeout, "commandDeadline");

        // The answer to the first arrives while the second waits for its own.
        var next = await fleet.Api.PostAsync("stations/CP-0/commands/DataTransfer", new { vendorId = "Busbar", data = "second" });
        next.Is(HttpStatusCode.OK);
        Assert.Equal("second", next.Body.GetProperty("response").GetProperty("data").GetString());

        var stored = await fleet.Api.GetAsync($"commands/{late.Text("commandId")}");
        Assert.Equal("unknown", stored.Text("outcome"));
        Assert.False(stored.Body.TryGetProperty("response", out var response) && response.ValueKind != JsonValueKind.Null);

        // The counting itself: this one is an overlap, since the deadline of the first was over before its answer.
        Assert.Equal(1, client.Overlaps);
    }

    /// <summary>How many were answered, how many of them by what was another's, and how many came while another was under way to their station.</summary>
    private static async Task<(int Answered, int Crossed, int Met)> CommandAsync(SocketFleet fleet, int stations, int commands)
    {
        var (answered, crossed, met) = (0, 0, 0);
        var underWay = new int[stations];
        await Task.WhenAll(Enumerable.Range(0, Users).Select(user => Task.Run(async () =>
        {
            for (var i = 0; i < commands / Users; i++)
            {
                // All users walk over the stations in the same order, so that they meet at each of them.
                var mine = $"{user}/{i}";
                var station = i % stations;
                if (Interlocked.Increment(ref underWay[station]) > 1) Interlocked.Increment(ref met);
                var answer = await fleet.Api.PostAsync($"stations/{SocketFleet.Name(station)}/commands/DataTransfer", new { vendorId = "Busbar", data = mine });
                Interlocked.Decrement(ref underWay[station]);
                answer.Is(HttpStatusCode.OK);
                Interlocked.Increment(ref answered);
                if (answer.Body.GetProperty("response").GetProperty("data").GetString() != mine) Interlocked.Increment(ref crossed);
            }
        })));
        return (answered, crossed, met);
    }

    private static ValueTask<StationAnswer> EchoAsync(ServerCall call, CancellationToken ct)
    {
        // The server itself asks as well, such as for a screen.
        if (call.Action != "DataTransfer") return ValueTask.FromResult(StationAnswer.Error(RpcErrorCodes.NotSupported));
        using var payload = JsonDocument.Parse(call.Payload);
        var data = payload.RootElement.GetProperty("data").GetString();
        return ValueTask.FromResult(StationAnswer.Result(JsonSerializer.SerializeToUtf8Bytes(new { status = "Accepted", data })));
    }
}
