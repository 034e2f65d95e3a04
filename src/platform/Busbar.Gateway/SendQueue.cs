using System.Buffers;
using System.Net.WebSockets;

namespace Busbar.Gateway;

/// <summary>
/// What waits to be sent on one socket: bounded in frames and bytes, written by whoever finds the socket idle, so that an idle station costs
/// no task. A station that does not take a frame in time is cut by <see cref="IsStuck"/>'s reader.
/// </summary>
internal sealed class SendQueue(WebSocket socket, GatewayOptions limits, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private readonly Queue<ReadOnlyMemory<byte>> _waiting = new();
    private int _waitingBytes;
    private bool _sending;
    private bool _closed;
    private long _sendStarted;

    /// <summary>False when there is no room: the peer reads too slowly and its connection should end.</summary>
    public bool TryEnqueue(ReadOnlyMemory<byte> frame)
    {
        lock (_lock)
        {
            if (_closed) return true;   // the connection ends anyway; there is nothing left to cut
            if (_sending)
            {
                if (_waiting.Count >= limits.SendQueueFrames || _waitingBytes + frame.Length > limits.SendQueueBytes) return false;
                _waiting.Enqueue(frame);
                _waitingBytes += frame.Length;
                return true;
            }
            _sending = true;
        }
        _ = SendAllAsync(frame);
        return true;
    }

    /// <summary>A frame has been on its way for longer than the write deadline.</summary>
    public bool IsStuck(long now)
    {
        var started = Volatile.Read(ref _sendStarted);
        return started != 0 && clock.GetElapsedTime(started, now) > TimeSpan.FromSeconds(limits.WriteSeconds);
    }

    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _waiting.Clear();
            _waitingBytes = 0;
        }
    }

    private async Task SendAllAsync(ReadOnlyMemory<byte> frame)
    {
        try
        {
            while (true)
            {
                Volatile.Write(ref _sendStarted, clock.GetTimestamp());
                await socket.SendAsync(frame, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                Volatile.Write(ref _sendStarted, 0);
                lock (_lock)
                {
                    if (!_waiting.TryDequeue(out frame))
                    {
                        _sending = false;
                        return;
                    }
                    _waitingBytes -= frame.Length;
                }
            }
        }
        catch (Exception error) when (error is WebSocketException or OperationCanceledException or ObjectDisposedException or InvalidOperationException or IOException)
        {
            // The socket is gone; its read loop sees the same and tells the handler.
            Volatile.Write(ref _sendStarted, 0);
            Close();
        }
    }
}

/// <summary>Renders a frame into an array of its exact size.</summary>
internal static class FrameBytes
{
    [ThreadStatic]
    private static ArrayBufferWriter<byte>? _scratch;

    public static byte[] Render<T>(T state, Action<IBufferWriter<byte>, T> write)
    {
        var scratch = _scratch ??= new ArrayBufferWriter<byte>(1024);
        scratch.ResetWrittenCount();
        write(scratch, state);
        var bytes = scratch.WrittenSpan.ToArray();
        if (scratch.Capacity > 256 * 1024) _scratch = null;
        return bytes;
    }
}
