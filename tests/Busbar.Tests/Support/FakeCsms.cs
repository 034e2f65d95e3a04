using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Busbar.Tests.Support;

/// <summary>A CALL as a fake server got it.</summary>
public sealed record SeenCall(int Connection, string Station, OcppVersion Version, string MessageId, string Action, string Payload);

/// <summary>
/// A server that speaks the wire and has no business: it accepts everything and remembers it. <see cref="Answer"/> decides otherwise, call by call: a JSON payload,
/// or null for no answer.
/// </summary>
public sealed class FakeCsms : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<SeenCall> _seen = new();
    private int _connections;
    private int _transactions = 1000;

    private FakeCsms(WebApplication app) => _app = app;

    public Uri Url { get; private set; } = null!;

    public int Port => Url.Port;

    public IReadOnlyCollection<SeenCall> Seen => _seen;

    /// <summary>Of upgrades: null lets everyone in.</summary>
    public Func<HttpContext, int>? Refuse { get; set; }

    public Func<SeenCall, FakeConnection, Task<string?>>? Answer { get; set; }

    public ConcurrentDictionary<string, FakeConnection> Open { get; } = new();

    public static async Task<FakeCsms> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var csms = new FakeCsms(app);
        app.UseWebSockets();
        app.Map("/ocpp/{station}", (HttpContext http, string station) => csms.ServeAsync(http, station));
        await app.StartAsync();
        csms.Url = new Uri(app.Urls.Single().Replace("http:", "ws:", StringComparison.Ordinal) + "/ocpp");
        return csms;
    }

    public IEnumerable<SeenCall> Calls(params string[] actions) => _seen.Where(call => actions.Contains(call.Action));

    /// <summary>The answer to everything that a well-behaved server gives.</summary>
    public string Usual(SeenCall call)
    {
        const string Now = "2026-11-23T06:00:00.000Z";
        return call.Action switch
        {
            "BootNotification" => $$"""{"status":"Accepted","currentTime":"{{Now}}","interval":300}""",
            "Heartbeat" => $$"""{"currentTime":"{{Now}}"}""",
            "Authorize" when call.Version == OcppVersion.V16 => """{"idTagInfo":{"status":"Accepted"}}""",
            "Authorize" => """{"idTokenInfo":{"status":"Accepted"}}""",
            "StartTransaction" => $$"""{"idTagInfo":{"status":"Accepted"},"transactionId":{{Interlocked.Increment(ref _transactions)}} }""",
            "TransactionEvent" when call.Payload.Contains("\"idToken\"", StringComparison.Ordinal) => """{"idTokenInfo":{"status":"Accepted"}}""",
            "DataTransfer" => """{"status":"UnknownVendorId"}""",
            _ => "{}",
        };
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in Open.Values)
        {
            connection.Abort();
        }

        await _app.DisposeAsync();
    }

    private async Task ServeAsync(HttpContext http, string station)
    {
        if (Refuse?.Invoke(http) is { } status and not 0)
        {
            http.Response.StatusCode = status;
            return;
        }

        var offered = http.WebSockets.WebSocketRequestedProtocols.FirstOrDefault();
        if (!OcppVersions.TryParse(offered, out var version))
        {
            http.Response.StatusCode = 400;
            return;
        }

        using var socket = await http.WebSockets.AcceptWebSocketAsync(offered);
        using var connection = new FakeConnection(socket, Interlocked.Increment(ref _connections), station, version);
        Open[station] = connection;
        try
        {
            while (await connection.ReceiveAsync() is { } text)
            {
                if (!RpcReader.Read(text, version, out var frame).IsOk)
                {
                    connection.Complete("-1", Encoding.UTF8.GetString(text));
                }
                else if (frame.IsAnswer)
                {
                    connection.Complete(frame.MessageId, frame.Kind == FrameKind.CallResult ? Encoding.UTF8.GetString(frame.Payload.Span) : frame.ErrorCode);
                }
                else
                {
                    var call = new SeenCall(connection.Number, station, version, frame.MessageId, frame.Action, Encoding.UTF8.GetString(frame.Payload.Span));
                    _seen.Enqueue(call);
                    if (await (Answer?.Invoke(call, connection) ?? Task.FromResult<string?>(Usual(call))) is { } answer)
                    {
                        await connection.SendAsync($"[3,\"{frame.MessageId}\",{answer}]");
                    }
                }
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException or ObjectDisposedException or IOException)
        {
            // The station went away.
        }
        finally
        {
            Open.TryRemove(new(station, connection));
        }
    }
}

/// <summary>One station's connection, as the fake server has it.</summary>
public sealed class FakeConnection(WebSocket socket, int number, string station, OcppVersion version) : IDisposable
{
    private readonly SemaphoreSlim _sending = new(1, 1);
    private readonly ConcurrentDictionary<string, TaskCompletionSource<string>> _waiting = new();
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private int _calls;

    public int Number { get; } = number;

    public string Station { get; } = station;

    public OcppVersion Version { get; } = version;

    public void Abort() => socket.Abort();

    public void Dispose() => _sending.Dispose();

    public async Task SendAsync(string text)
    {
        await _sending.WaitAsync();
        try
        {
            await socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, default);
        }
        finally
        {
            _sending.Release();
        }
    }

    /// <summary>Sends a CALL; the answer is its payload, or the code of the CALLERROR.</summary>
    public async Task<string> CallAsync(string action, string payload)
    {
        var id = $"s{Interlocked.Increment(ref _calls)}";
        var waiting = _waiting[id] = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync($"[2,\"{id}\",\"{action}\",{payload}]");
        return await waiting.Task.WaitAsync(TimeSpan.FromSeconds(20));
    }

    internal void Complete(string id, string answer)
    {
        if (_waiting.TryRemove(id, out var waiting))
        {
            waiting.TrySetResult(answer);
        }
    }

    internal async Task<byte[]?> ReceiveAsync()
    {
        _buffer.ResetWrittenCount();
        while (true)
        {
            var part = await socket.ReceiveAsync(_buffer.GetMemory(4096), default);
            if (part.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, default);
                return null;
            }

            _buffer.Advance(part.Count);
            if (part.EndOfMessage)
            {
                return _buffer.WrittenSpan.ToArray();
            }
        }
    }
}
