using System.Diagnostics;
using System.Text;
using Busbar.Ocpp;
using Busbar.Simulator;
using Busbar.Simulator.Wire;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Sockets;

/// <summary>Bar C10: no size or structure that a peer sends costs more than its limit.</summary>
[Collection("sockets"), Trait("suite", "sockets")]
public sealed class SizeBombTests(SocketServer shared, Servers servers)
{
    private const int Offenders = 20;
    private const int Piece = 16 * 1024;
    private const long Gigabyte = 1L << 30;

    /// <summary>The limit, and what the sockets hold on the way.</summary>
    private const long MostSent = 64L * 1024 * 1024;

    [Theory, InlineData("DataTransfer", 64 * 1024), InlineData("StopTransaction", 1024 * 1024)]
    public async Task A_gigabyte_in_fragments_ends_at_the_limit_of_its_message(string action, int limit)
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, Offenders + 1);
        await using var witness = await fleet.BootAsync(SocketFleet.Name(Offenders));
        var before = Memory();
        var peak = before;
        using var done = new CancellationTokenSource();
        var slowest = TimeSpan.Zero;
        var watching = Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                peak = Math.Max(peak, GC.GetTotalMemory(false));
                var started = Stopwatch.GetTimestamp();
                Assert.True((await witness.CallAsync("Heartbeat", "{}"u8.ToArray())).IsResult);
                slowest = TimeSpan.FromTicks(Math.Max(slowest.Ticks, Stopwatch.GetElapsedTime(started).Ticks));
                await Task.Delay(20);
            }
        });

        var sent = new long[Offenders];
        var statuses = new int?[Offenders];
        await Parallel.ForAsync(0, Offenders, new ParallelOptions { MaxDegreeOfParallelism = Offenders }, async (i, ct) =>
        {
            await using var socket = await fleet.OpenAsync(SocketFleet.Name(i));
            var reading = ReadToEndAsync(socket);
            var start = SocketFleet.Utf8($$"""[2,"{{i}}","{{action}}",{"data":" """.TrimEnd());
            sent[i] = await FloodAsync(socket, start, Enumerable.Repeat((byte)'x', Piece).ToArray(), reading);
            await reading.WaitAsync(TimeSpan.FromSeconds(15), ct);
            statuses[i] = socket.CloseStatus;
        });
        await done.CancelAsync();
        await watching;

        Figures.Print($"C10: {action}: {Offenders} offenders cut after {sent.Max() / 1024} KB at most (limit {limit / 1024} KB and what the sockets hold), status {string.Join(',', statuses.Distinct())}; "
            + $"managed memory +{(peak - before) / 1024 / Offenders} KB per offender at the peak; a witness's slowest heartbeat {slowest.TotalMilliseconds:0} ms.");
        Assert.All(sent, bytes => Assert.InRange(bytes, limit, MostSent));
        Assert.All(statuses, status => Assert.Equal(1009, status));
        Assert.InRange(peak - before, long.MinValue, Offenders * 4L * 1024 * 1024);
        Assert.True(slowest < TimeSpan.FromSeconds(5));
    }

    /// <summary>The negative control.</summary>
    [Fact]
    public async Task Without_the_limit_a_message_goes_on()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:Limits:MessageBytes=1000000000", "--Busbar:Limits:ReportBytes=1000000000");
        var fleet = await SocketFleet.GivenAsync(server, 1);
        await using var socket = await fleet.OpenAsync("CP-0");
        var sent = await FloodAsync(socket, SocketFleet.Utf8("""[2,"1","DataTransfer",{"data":" """.TrimEnd()), Enumerable.Repeat((byte)'x', Piece).ToArray(), ReadToEndAsync(socket), atMost: (MostSent / Piece) + 100);
        Assert.True(sent > MostSent, $"{sent} bytes were sent.");
        Assert.Null(socket.CloseStatus);
        socket.Abort();
    }

    [Fact]
    public async Task Endless_empty_continuations_end_too()
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, 1);
        await using var socket = await fleet.OpenAsync("CP-0");
        var reading = ReadToEndAsync(socket);
        await FloodAsync(socket, SocketFleet.Utf8("[2,"), [], reading, atMost: 200_000);
        await reading.WaitAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(1009, socket.CloseStatus);
    }

    public static TheoryData<string, string> Structures => new()
    {
        { "depth 10,000", """[2,"1","DataTransfer",{"vendorId":"x","data":DEEP}]""".Replace("DEEP", new string('[', 10_000) + new string(']', 10_000), StringComparison.Ordinal) },
        { "1e308", """[2,"1","MeterValues",{"connectorId":1e308,"meterValue":[{"timestamp":"2026-01-01T00:00:00Z","sampledValue":[{"value":"1e308"}]}]}]""" },
        { "1e400 as a register", """[2,"1","StopTransaction",{"transactionId":7,"meterStop":1e400,"timestamp":"2026-01-01T00:00:00Z"}]""" },
        { "500,000 readings of nothing", """[2,"1","StopTransaction",{"transactionId":7,"meterStop":1,"timestamp":"2026-01-01T00:00:00Z","transactionData":[0MANY]}]""".Replace("MANY", string.Concat(Enumerable.Repeat(",0", 500_000)), StringComparison.Ordinal) },
        { "a giant count in an answer", """[3,"1",{"configurationKey":[],"count":99999999999999999999}]""" },
    };

    [Theory, MemberData(nameof(Structures))]
    public async Task A_structure_without_measure_is_answered_and_costs_little(string what, string frame)
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, 1);
        await using var socket = await fleet.OpenAsync("CP-0");
        var before = Memory();
        var started = Stopwatch.GetTimestamp();
        await socket.SendAsync(SocketFleet.Utf8(frame), CancellationToken.None);
        await socket.SendAsync(SocketFleet.Utf8("""[2,"probe","Heartbeat",{}]"""), CancellationToken.None);
        var answers = new List<string>();
        while (answers.Count == 0 || !answers[^1].Contains("\"probe\"", StringComparison.Ordinal))
        {
            var answer = await socket.ReceiveAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(15));
            if (answer is null) break;
            answers.Add(Encoding.UTF8.GetString(answer.Value.Span));
        }
        var grown = Memory() - before;
        Figures.Print($"C10: {what}: {string.Join(" | ", answers.Select(answer => answer[..Math.Min(100, answer.Length)]))} close {socket.CloseStatus}; {Stopwatch.GetElapsedTime(started).TotalMilliseconds:0} ms, +{grown / 1024} KB.");
        Assert.True(socket.CloseStatus is not null || answers[^1].Contains("currentTime", StringComparison.Ordinal));
        Assert.InRange(grown, long.MinValue, 8L * 1024 * 1024);
    }

    [Fact]
    public async Task A_million_elements_in_an_ordinary_message_end_at_64_KB()
    {
        var fleet = await SocketFleet.GivenAsync(shared.Server, 1);
        await using var socket = await fleet.OpenAsync("CP-0");
        var reading = ReadToEndAsync(socket);
        var many = SocketFleet.Utf8($$"""[2,"1","Authorize",{"idTag":[0{{string.Concat(Enumerable.Repeat(",0", 1_000_000))}}]}]""");
        try { await socket.SendAsync(many, CancellationToken.None); }
        catch (IOException) { /* cut while it was sent */ }
        await reading.WaitAsync(TimeSpan.FromSeconds(15));
        Assert.Equal(1009, socket.CloseStatus);
    }

    /// <summary>A text message that never ends, until the connection does.</summary>
    private static async Task<long> FloodAsync(RawWebSocket socket, byte[] start, byte[] piece, Task ended, long atMost = Gigabyte / Piece)
    {
        var buffer = new byte[Piece + WebSocketFrames.MaxHeader];
        long sent = 0;
        try
        {
            var length = WebSocketFrames.Write(buffer, WebSocketOpcode.Text, final: false, start, 1);
            await socket.SendRawAsync(buffer.AsMemory(0, length), CancellationToken.None);
            length = WebSocketFrames.Write(buffer, WebSocketOpcode.Continuation, final: false, piece, 1);
            for (var i = 0L; i < atMost && !ended.IsCompleted; i++)
            {
                await socket.SendRawAsync(buffer.AsMemory(0, length), CancellationToken.None);
                sent += piece.Length;
                // A send that the system takes at once goes on without a pause, and twenty of them would leave no thread to read what the server says: it throws away 16 MB
                // after its goodbye and no more.
                if (i % 64 == 0) await Task.Delay(1);
                else await Task.Yield();
            }
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // Cut: that is what it is for.
        }
        return sent;
    }

    private static Task ReadToEndAsync(RawWebSocket socket) => Task.Run(async () =>
    {
        try { while (await socket.ReceiveAsync(CancellationToken.None) is not null) { } }
        catch (IOException) { /* it ended while the close was answered */ }
    });

    private static long Memory() => GC.GetTotalMemory(forceFullCollection: true);
}
