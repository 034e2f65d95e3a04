using System.Buffers;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Busbar.Ocpp;
using Busbar.Simulator.Wire;
using Busbar.Tests.Support;
using CsCheck;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Tests.Simulator;

public sealed class RawWebSocketTests : IAsyncLifetime
{
    private WebApplication _server = null!;
    private string? _authorization;
    private IPAddress? _source;

    private int Port => new Uri(_server.Urls.Single()).Port;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        _server = builder.Build();
        _server.UseWebSockets(new WebSocketOptions { KeepAliveInterval = TimeSpan.FromMilliseconds(200), KeepAliveTimeout = TimeSpan.FromSeconds(2) });
        _server.Map("/ocpp/{station}", async http =>
        {
            _authorization = http.Request.Headers.Authorization;
            _source = http.Connection.RemoteIpAddress;
            if (!http.WebSockets.IsWebSocketRequest || http.WebSockets.WebSocketRequestedProtocols is not [var first, ..])
            {
                http.Response.StatusCode = 400;
                http.Response.Headers.RetryAfter = "7";
                return;
            }

            using var socket = await http.WebSockets.AcceptWebSocketAsync(first);
            await EchoAsync(socket);
        });
        await _server.StartAsync();
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(1000)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    [InlineData(900_000)]
    public async Task A_text_of_any_length_comes_back_as_it_went(int length)
    {
        await using var socket = await RawWebSocket.ConnectAsync(Options(), default);
        for (var i = 0; i < 3; i++)
        {
            var text = Text(length, i);
            await socket.SendAsync(text, default);
            Assert.Equal(text, (await socket.ReceiveAsync(default))!.Value.ToArray());
        }
    }

    [Fact]
    public async Task A_message_in_many_fragments_is_one_message_to_the_server()
    {
        await using var socket = await RawWebSocket.ConnectAsync(Options() with { FragmentBytes = 7 }, default);
        var text = Text(500, 1);
        await socket.SendAsync(text, default);
        Assert.Equal(text, (await socket.ReceiveAsync(default))!.Value.ToArray());
    }

    [Fact]
    public async Task Pings_are_answered_so_that_the_server_keeps_the_connection()
    {
        await using var socket = await RawWebSocket.ConnectAsync(Options(), default);
        var reading = socket.ReceiveAsync(default).AsTask();
        await Task.Delay(TimeSpan.FromSeconds(3));       // longer than the server waits for a pong
        await socket.SendAsync("still here"u8.ToArray(), default);
        Assert.Equal("still here", Encoding.UTF8.GetString((await reading.WaitAsync(TimeSpan.FromSeconds(5)))!.Value.Span));
    }

    [Fact]
    public async Task A_station_that_answers_no_pings_is_dropped_by_the_server()
    {
        await using var socket = await RawWebSocket.ConnectAsync(Options() with { AnswersPings = false }, default);
        Assert.Null(await socket.ReceiveAsync(default).AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task The_credentials_and_the_source_address_are_what_was_asked_for()
    {
        byte[] password = [0, 255, (byte)':', 17];
        await using var socket = await RawWebSocket.ConnectAsync(
            Options() with { StationId = "CP ä/1", Password = password, Source = IPAddress.Parse("127.0.1.9") }, default);
        var sent = Convert.FromBase64String(_authorization!["Basic ".Length..]);
        Assert.Equal([.. Encoding.UTF8.GetBytes("CP ä/1"), (byte)':', .. password], sent);
        Assert.Equal(IPAddress.Parse("127.0.1.9"), _source);
        Assert.Equal(OcppVersion.V201, socket.Version);
    }

    [Fact]
    public async Task A_refused_upgrade_tells_the_status_and_when_to_come_again()
    {
        var refused = await Assert.ThrowsAsync<HandshakeRefusedException>(() => RawWebSocket.ConnectAsync(Options() with { Url = new Uri($"ws://127.0.0.1:{Port}/elsewhere") }, default));
        Assert.Equal(404, refused.Status);
        refused = await Assert.ThrowsAsync<HandshakeRefusedException>(() => RawWebSocket.ConnectAsync(Options() with { Versions = [] }, default));
        Assert.Equal((400, TimeSpan.FromSeconds(7)), (refused.Status, refused.RetryAfter!.Value));
    }

    [Fact]
    public async Task The_server_s_close_ends_reading_with_its_status()
    {
        await using var socket = await RawWebSocket.ConnectAsync(Options(), default);
        await socket.SendAsync("close 1013"u8.ToArray(), default);
        Assert.Null(await socket.ReceiveAsync(default));
        Assert.Equal(1013, socket.CloseStatus);
    }

    [Fact]
    public async Task A_paused_reader_gets_everything_when_it_reads_again()
    {
        await using var socket = await RawWebSocket.ConnectAsync(Options(), default);
        socket.PauseReading();
        var reading = socket.ReceiveAsync(default).AsTask();
        await socket.SendAsync("late"u8.ToArray(), default);
        Assert.NotEqual(reading, await Task.WhenAny(reading, Task.Delay(300)));
        socket.ResumeReading();
        Assert.Equal("late", Encoding.UTF8.GetString((await reading.WaitAsync(TimeSpan.FromSeconds(5)))!.Value.Span));
    }

    [Fact]
    public void What_is_written_can_be_read_and_unmasked() =>
        Gen.Select(Gen.Byte.Array[0, 70_000], Gen.UInt, Gen.Bool).Sample(
            (payload, mask, final) =>
            {
                var output = new byte[payload.Length + WebSocketFrames.MaxHeader];
                var length = WebSocketFrames.Write(output, WebSocketOpcode.Text, final, payload, mask);
                Assert.True(WebSocketFrames.TryReadHeader(output.AsSpan(0, length), out var header));
                Assert.Equal((final, WebSocketOpcode.Text, true, (long)payload.Length, length), (header.Final, header.Opcode, header.Masked, header.PayloadLength, header.HeaderLength + payload.Length));
                var body = output.AsSpan(header.HeaderLength, payload.Length);
                WebSocketFrames.Mask(body, mask);
                Assert.True(body.SequenceEqual(payload));
            },
            iter: 200);

    private static byte[] Text(int length, int salt) => Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + ((i + salt) % 26)))));

    private static async Task EchoAsync(WebSocket socket)
    {
        var buffer = new byte[16 * 1024];
        var message = new ArrayBufferWriter<byte>();
        while (true)
        {
            WebSocketReceiveResult part;
            try
            {
                part = await socket.ReceiveAsync(buffer, default);
            }
            catch (WebSocketException)
            {
                return;
            }

            if (part.MessageType == WebSocketMessageType.Close)
            {
                if (socket.State == WebSocketState.CloseReceived)
                {
                    await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
                }

                return;
            }

            message.Write(buffer.AsSpan(0, part.Count));
            if (!part.EndOfMessage)
            {
                continue;
            }

            if (message.WrittenSpan.StartsWith("close "u8))
            {
                await socket.CloseOutputAsync((WebSocketCloseStatus)int.Parse(message.WrittenSpan["close ".Length..], System.Globalization.CultureInfo.InvariantCulture), null, default);
            }
            else
            {
                await socket.SendAsync(message.WrittenMemory, part.MessageType, true, default);
            }

            message.ResetWrittenCount();
        }
    }

    private StationSocketOptions Options() => new()
    {
        Url = new Uri($"ws://127.0.0.1:{Port}/ocpp/"),
        StationId = "CP-1",
        Versions = [OcppVersion.V201, OcppVersion.V16],
    };
}
