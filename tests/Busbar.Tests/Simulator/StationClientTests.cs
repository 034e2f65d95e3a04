using System.Text;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;
using Busbar.Simulator;
using Busbar.Simulator.Wire;
using Busbar.Tests.Support;

namespace Busbar.Tests.Simulator;

public sealed class StationClientTests
{
    [Fact]
    public async Task Calls_have_one_answer_each_and_only_one_is_under_way()
    {
        await using var csms = await FakeCsms.StartAsync();
        var under = 0;
        var most = 0;
        csms.Answer = async (call, _) =>
        {
            most = Math.Max(most, Interlocked.Increment(ref under));
            await Task.Yield();
            Interlocked.Decrement(ref under);
            return csms.Usual(call);
        };
        await using var client = await StationClient.ConnectAsync(Options(csms));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => client.CallAsync(Ocpp16Actions.Heartbeat, new HeartbeatRequest())));
        Assert.All(outcomes, outcome => Assert.True(outcome.IsResult));
        Assert.Equal(50, csms.Seen.Select(call => call.MessageId).Distinct().Count());
        Assert.Equal(1, most);
    }

    [Fact]
    public async Task A_call_without_an_answer_is_unknown_and_its_late_answer_completes_nothing_else()
    {
        await using var csms = await FakeCsms.StartAsync();
        csms.Answer = async (call, connection) =>
        {
            if (call.MessageId == "slow")
            {
                await Task.Delay(600);
                return """{"currentTime":"2026-01-01T00:00:00Z"}""";
            }

            return csms.Usual(call);
        };
        await using var client = await StationClient.ConnectAsync(Options(csms) with { CallTimeout = TimeSpan.FromMilliseconds(300) });
        Assert.Equal(CallVerdict.Unknown, (await client.CallAsync("Heartbeat", "{}"u8.ToArray(), "slow")).Verdict);
        for (var i = 0; i < 200 && client.Strays == 0; i++) await Task.Delay(50);
        Assert.Equal(1, client.Strays);
        Assert.True((await client.CallAsync("Heartbeat", "{}"u8.ToArray())).IsResult);
    }

    [Fact]
    public async Task A_connection_that_ends_leaves_its_call_unknown()
    {
        await using var csms = await FakeCsms.StartAsync();
        csms.Answer = (_, connection) =>
        {
            connection.Abort();
            return Task.FromResult<string?>(null);
        };
        await using var client = await StationClient.ConnectAsync(Options(csms));
        Assert.Equal(CallVerdict.Unknown, (await client.CallAsync("Heartbeat", "{}"u8.ToArray()).WaitAsync(TimeSpan.FromSeconds(5))).Verdict);
        await client.Closed.WaitAsync(TimeSpan.FromSeconds(5));
        Assert.Equal(CallVerdict.Unknown, (await client.CallAsync("Heartbeat", "{}"u8.ToArray())).Verdict);
    }

    [Fact]
    public async Task The_server_s_calls_are_answered_in_turn_and_overlaps_are_counted()
    {
        await using var csms = await FakeCsms.StartAsync();
        var release = new TaskCompletionSource();
        await using var client = await StationClient.ConnectAsync(Options(csms), async (call, ct) =>
        {
            if (call.Action == "Reset")
            {
                await release.Task.WaitAsync(ct);
                return StationAnswer.Result("""{"status":"Accepted"}"""u8.ToArray());
            }

            return StationAnswer.Error("NotImplemented");
        });
        await client.CallAsync("Heartbeat", "{}"u8.ToArray());
        var connection = csms.Open["CP-1"];
        var first = connection.CallAsync("Reset", """{"type":"Soft"}""");
        var second = connection.CallAsync("Fancy", "{}");
        Assert.True((await client.CallAsync("Heartbeat", "{}"u8.ToArray())).IsResult);      // a handler that waits holds nothing up
        release.SetResult();
        Assert.Equal("""{"status":"Accepted"}""", await first);
        Assert.Equal("NotImplemented", await second);
        Assert.Equal(1, client.Overlaps);
        Assert.Equal("NotImplemented", await connection.CallAsync("Fancy", "{}"));
        Assert.Equal(1, client.Overlaps);
    }

    [Fact]
    public async Task A_silent_station_keeps_its_socket_open_and_says_nothing()
    {
        await using var csms = await FakeCsms.StartAsync();
        await using var client = await StationClient.ConnectAsync(Options(csms) with { CallTimeout = TimeSpan.FromMilliseconds(300) });
        await client.CallAsync("Heartbeat", "{}"u8.ToArray());
        client.Socket.GoSilent();
        Assert.Equal(CallVerdict.Unknown, (await client.CallAsync("Heartbeat", "{}"u8.ToArray())).Verdict);
        Assert.Single(csms.Seen);
        Assert.False(client.Closed.IsCompleted);
        Assert.True(csms.Open.ContainsKey("CP-1"));
    }

    [Fact]
    public async Task Every_frame_can_be_seen()
    {
        await using var csms = await FakeCsms.StartAsync();
        var frames = new List<string>();
        await using var client = await StationClient.ConnectAsync(Options(csms) with
        {
            MessageIdPrefix = "m",
            Trace = (direction, frame) => frames.Add(direction + " " + Encoding.UTF8.GetString(frame.Span)),
        });
        await client.CallAsync("Heartbeat", "{}"u8.ToArray());
        Assert.Equal(["""Sent [2,"m1","Heartbeat",{}]""", """Received [3,"m1",{"currentTime":"2026-11-23T06:00:00.000Z"}]"""], frames);
    }

    private static StationClientOptions Options(FakeCsms csms) =>
        new() { Socket = new StationSocketOptions { Url = csms.Url, StationId = "CP-1", Versions = [OcppVersion.V16] } };
}
