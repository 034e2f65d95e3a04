using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Busbar.Tests.Support;

/// <summary>The least of a station: calls, and answers what it was told to.</summary>
internal sealed class WireStation : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly CancellationTokenSource _gone = new();
    private readonly Dictionary<string, TaskCompletionSource<string>> _calls = [];
    private Task _reading = Task.CompletedTask;
    private int _next;

    public Dictionary<string, string> Answers { get; } = [];

    /// <summary>It answers CALLs of these actions, and whatever comes after them, when these tasks end.</summary>
    public ConcurrentDictionary<string, Task> Silent { get; } = [];

    /// <summary>The actions of the CALLs that came.</summary>
    public ConcurrentQueue<string> Heard { get; } = [];

    public static async Task<WireStation> ConnectAsync(Uri server, string path, string protocol, string user, string password)
    {
        var station = new WireStation();
        station._socket.Options.AddSubProtocol(protocol);
        station._socket.Options.SetRequestHeader("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
        await station._socket.ConnectAsync(new Uri($"ws://{server.Authority}/ocpp/{path}"), TestContext.Current.CancellationToken);
        station._reading = station.ReadAsync();
        return station;
    }

    public async Task<string> CallAsync(string action, string payload)
    {
        var id = $"c{_next++}";
        var answer = _calls[id] = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        await SendAsync($"""[2,"{id}","{action}",{payload}]""");
        return await answer.Task.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Says goodbye and waits for the server's.</summary>
    public async Task CloseAsync(WebSocketCloseStatus status)
    {
        await _socket.CloseOutputAsync(status, null, CancellationToken.None);
        await _reading.WaitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Waits for the server's goodbye.</summary>
    public async Task<WebSocketCloseStatus?> ClosedAsync()
    {
        await _reading.WaitAsync(TimeSpan.FromSeconds(30));
        return _socket.CloseStatus;
    }

    public async ValueTask DisposeAsync()
    {
        await _gone.CancelAsync();
        _socket.Abort();
        await _reading;
        _socket.Dispose();
        _gone.Dispose();
    }

    private Task SendAsync(string frame) => _socket.SendAsync(Encoding.UTF8.GetBytes(frame), WebSocketMessageType.Text, true, CancellationToken.None);

    private async Task ReadAsync()
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await _socket.ReceiveAsync(buffer, CancellationToken.None) is { MessageType: WebSocketMessageType.Text } received)
            {
                var frame = JsonElement.Parse(buffer.AsSpan(0, received.Count));
                var id = frame[1].GetString()!;
                if (frame[0].GetInt32() == 2)
                {
                    Heard.Enqueue(frame[2].GetString()!);
                    if (Silent.TryGetValue(frame[2].GetString()!, out var over)) await over.WaitAsync(_gone.Token);
                    await SendAsync($"""[3,"{id}",{Answers.GetValueOrDefault(frame[2].GetString()!, "{}")}]""");
                }
                else _calls[id].TrySetResult(frame[2].ValueKind == JsonValueKind.Object ? frame[2].GetRawText() : frame.GetRawText());
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException)
        {
            // The test ends.
        }
    }
}
