using System.Buffers;
using System.Net.WebSockets;

namespace Busbar.Gateway;

/// <summary>What came off a socket.</summary>
internal enum Received
{
    Frame,
    Closed,
    TooLong,
    Binary,
}

/// <summary>
/// Reads whole text messages. While nothing arrives it holds no buffer; no allocation is sized by what a peer announces, and a message that
/// grows past its limit is given up at the limit.
/// </summary>
internal sealed class FrameReceiver(WebSocket socket, GatewayOptions limits, Func<string?> actionInFlight)
{
    private const int FirstBuffer = 4 * 1024;

    /// <summary>Continuations without a byte that one message may have: they cost no memory, and would go on for ever.</summary>
    private const int EmptyPieces = 1_000;

    private const int Discarded = 16 * 1024 * 1024;

    public async ValueTask<(Received Kind, byte[] Frame)> NextAsync(CancellationToken ct)
    {
        // A zero-byte read completes when data waits, and costs no buffer until then.
        var ready = await socket.ReceiveAsync(Memory<byte>.Empty, ct);
        if (ready.MessageType == WebSocketMessageType.Close) return (Received.Closed, []);

        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            var length = 0;
            var empty = 0;
            while (true)
            {
                if (length == buffer.Length)
                {
                    if (length >= LimitFor(buffer.AsSpan(0, length))) return (Received.TooLong, []);
                    buffer = Grow(buffer, length);
                }
                var received = await socket.ReceiveAsync(buffer.AsMemory(length), ct);
                if (received.MessageType == WebSocketMessageType.Close) return (Received.Closed, []);
                if (received.MessageType == WebSocketMessageType.Binary) return (Received.Binary, []);
                length += received.Count;
                if (received is { Count: 0, EndOfMessage: false } && ++empty > EmptyPieces) return (Received.TooLong, []);
                if (length > limits.MessageBytes && length > LimitFor(buffer.AsSpan(0, length))) return (Received.TooLong, []);
                if (received.EndOfMessage) return (Received.Frame, buffer.AsSpan(0, length).ToArray());
            }
        }
        finally { ArrayPool<byte>.Shared.Return(buffer); }
    }

    /// <summary>
    /// Throws away what a peer that was told to go still sends, so much and no more, until it goes: left unread, it would turn the close frame into a
    /// reset that overtakes it, and the peer would never learn why.
    /// </summary>
    public async ValueTask DiscardAsync()
    {
        var scratch = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        try
        {
            for (var left = Discarded; left > 0;)
            {
                var received = await socket.ReceiveAsync(scratch.AsMemory(), CancellationToken.None);
                if (received.MessageType == WebSocketMessageType.Close) return;
                left -= received.Count + 1;
            }
        }
        finally { ArrayPool<byte>.Shared.Return(scratch); }
    }

    private int LimitFor(ReadOnlySpan<byte> start) =>
        start.Length < limits.MessageBytes || LargeMessages.Allows(start, actionInFlight()) ? limits.ReportBytes : limits.MessageBytes;

    private static byte[] Grow(byte[] buffer, int length)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}
