using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Load;

/// <summary>
/// What a call costs at least on this machine with these sockets: Kestrel and its WebSockets, and nothing behind them. Each text message is answered with one frame,
/// <c>[3,"id",{"status":"Accepted","transactionId":1}]</c>, of 82 bytes where Busbar's answers have 45 to 105; the id is copied from where it stands in the call. No
/// JSON is read, nothing is authenticated or stored.
/// </summary>
internal static class Floor
{
    public static async Task<int> RunAsync(string url, CancellationToken ct)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls(url);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        await using var app = builder.Build();
        app.UseWebSockets();
        app.MapGet("/health/ready", static () => "ready");
        app.Map("/ocpp/{station}", static async context =>
        {
            using var socket = await context.WebSockets.AcceptWebSocketAsync("ocpp1.6");
            await AnswerAsync(socket, context.RequestAborted);
        });
        await app.StartAsync(ct);
        await app.WaitForShutdownAsync(ct);
        return 0;
    }

    private static async Task AnswerAsync(WebSocket socket, CancellationToken ct)
    {
        var received = new byte[4096];
        var answer = new byte[128];
        "[3,\""u8.CopyTo(answer);
        var tail = "\",{\"status\":\"Accepted\",\"transactionId\":1}]"u8;
        tail.CopyTo(answer.AsSpan(4 + CallFrames.IdLength));
        var length = 4 + CallFrames.IdLength + tail.Length;
        try
        {
            while (true)
            {
                var message = await socket.ReceiveAsync(received.AsMemory(), ct);
                if (message.MessageType == WebSocketMessageType.Close)
                {
                    await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, ct);
                    return;
                }

                received.AsSpan(4, CallFrames.IdLength).CopyTo(answer.AsSpan(4));
                await socket.SendAsync(answer.AsMemory(0, length), WebSocketMessageType.Text, true, ct);
            }
        }
        catch (Exception exception) when (exception is WebSocketException or OperationCanceledException)
        {
            // The station is gone, or the program ends; the generator counts what it misses.
        }
    }
}
