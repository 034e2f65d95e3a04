using System.Net.Sockets;
using System.Text;
using Busbar.Simulator.Wire;

namespace Busbar.Load;

/// <summary>A 1.6 station's connection that is read all the time, so that pings and the server's CALLs are answered, and has one call of its own in flight.</summary>
/// <param name="number">The station's.</param>
/// <param name="reply">Writes the answer to a CALL of the server, and tells its length.</param>
/// <param name="answered">Is told of each answer, before who called gets it.</param>
internal sealed class StationLine(int number, TimeProvider clock, Func<byte[], ReadOnlyMemory<byte>, int> reply, Action? answered = null) : IAsyncDisposable
{
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(60);

    private RawWebSocket? _socket;
    private Task _reading = Task.CompletedTask;
    private TaskCompletionSource<byte[]>? _waiting;
    private byte[] _id = [];
    private long _ids;

    /// <summary>Opens it, anew where it was cut, and boots.</summary>
    /// <exception cref="LoadException">The boot was not accepted.</exception>
    public async Task ConnectAsync(Uri url, CancellationToken ct)
    {
        await _reading;
        _socket = await RawWebSocket.ConnectAsync(new StationSocketOptions
        {
            Url = url, StationId = LoadStation.IdOf(number), Password = Encoding.UTF8.GetBytes(BusbarApi.Password), Seed = number, Clock = clock,
        }, ct);
        _reading = ReadAsync(_socket);
        var boot = await CallAsync((frame, id) => CallFrames.Boot(frame, id), ct);
        if (!CallFrames.IsAccepted(boot)) throw new LoadException($"{LoadStation.IdOf(number)}'s boot was answered {Encoding.UTF8.GetString(boot)}");
    }

    /// <param name="write">Writes the CALL with this id into the frame, and tells its length.</param>
    /// <exception cref="LoadException">The answer is none to this call.</exception>
    public async Task<byte[]> CallAsync(Func<byte[], byte[], int> write, CancellationToken ct)
    {
        var id = new byte[CallFrames.IdLength];
        CallFrames.Id(id, number, ++_ids);
        _id = id;
        var frame = new byte[CallFrames.Longest];
        var length = write(frame, id);
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _waiting, answer);
        await _socket!.SendAsync(frame.AsMemory(0, length), ct);
        return await answer.Task.WaitAsync(AnswerWithin, clock, ct);
    }

    /// <summary>As a cut line: a reset, with nothing said.</summary>
    public void Cut() => _socket?.Abort();

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _reading;
        if (_socket is not null) await _socket.DisposeAsync();
    }

    private async Task ReadAsync(RawWebSocket socket)
    {
        var other = new byte[CallFrames.Longest];
        while (await socket.ReceiveAsync(CancellationToken.None) is { } received)
        {
            if (CallFrames.IsCall(received.Span))
            {
                try { await socket.SendAsync(other.AsMemory(0, reply(other, received)), CancellationToken.None); }
                catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException) { break; }
                continue;
            }
            if (Interlocked.Exchange(ref _waiting, null) is not { } waiting) continue;
            if (CallFrames.IsResultOf(received.Span, _id))
            {
                answered?.Invoke();
                waiting.TrySetResult(received.ToArray());
            }
            else waiting.TrySetException(new LoadException($"{LoadStation.IdOf(number)} got {Encoding.UTF8.GetString(received.Span)}"));
        }
        Interlocked.Exchange(ref _waiting, null)?.TrySetException(new IOException($"{LoadStation.IdOf(number)} lost its connection ({socket.CloseStatus})."));
    }
}
