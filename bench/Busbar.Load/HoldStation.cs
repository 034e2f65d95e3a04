using System.Net.Sockets;
using System.Text;
using Busbar.Simulator.Wire;

namespace Busbar.Load;

/// <summary>
/// A 1.6 station that holds its connection: it reads all the time, so that pings and the server's CALLs are answered, and has one call of its own in flight. It begins a
/// session, and after an interruption it tells the end of it, as one that has queued its stop does.
/// </summary>
internal sealed class HoldStation(int number, TimeProvider clock) : IAsyncDisposable
{
    private static readonly TimeSpan RetryAfterRefusal = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(60);

    private RawWebSocket? _socket;
    private Task _reading = Task.CompletedTask;
    private TaskCompletionSource<byte[]>? _waiting;
    private byte[] _id = [];
    private int _transaction;
    private long _ids;

    /// <summary>Handshakes that were refused or broken off and tried again.</summary>
    public int Retries { get; private set; }

    /// <summary>Connects, boots and reports its connector, as often as it takes.</summary>
    /// <returns>When the boot was accepted, as the clock's timestamp.</returns>
    /// <exception cref="LoadException">The server answered with a CALLERROR, or did not accept the boot.</exception>
    public async Task<long> ComeAsync(Uri url, CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await _reading;
                _socket = await RawWebSocket.ConnectAsync(new StationSocketOptions
                {
                    Url = url, StationId = LoadStation.IdOf(number), Password = Encoding.UTF8.GetBytes(BusbarApi.Password), Seed = number, Clock = clock,
                }, ct);
                _reading = ReadAsync(_socket);
                var boot = await CallAsync(frame => CallFrames.Boot(frame, Id()), ct);
                if (!CallFrames.IsAccepted(boot)) throw new LoadException($"{LoadStation.IdOf(number)}'s boot was answered {Encoding.UTF8.GetString(boot)}");
                var accepted = clock.GetTimestamp();
                foreach (var status in new[] { "Available", _transaction > 0 ? "Finishing" : "Preparing" })
                    await CallAsync(frame => CallFrames.Status(frame, Id(), status, clock.GetUtcNow()), ct);
                return accepted;
            }
            catch (Exception error) when (error is IOException or SocketException or TimeoutException && !ct.IsCancellationRequested)
            {
                Retries++;
                _socket?.Abort();
                await Task.Delay(error is HandshakeRefusedException { RetryAfter: { } after } ? after : RetryAfterRefusal, clock, ct);
            }
        }
    }

    public async Task BeginAsync(CancellationToken ct)
    {
        var answer = await CallAsync(frame => CallFrames.Start(frame, Id(), LoadStation.TagOf(number), 1_000, clock.GetUtcNow().AddSeconds(-5)), ct);
        if (!CallFrames.TryTransaction(answer, out _transaction)) throw new LoadException($"{LoadStation.IdOf(number)} got {Encoding.UTF8.GetString(answer)}");
    }

    public async Task<ToldSession> EndAsync(CancellationToken ct)
    {
        var transaction = _transaction;
        await CallAsync(frame => CallFrames.Stop(frame, Id(), transaction, LoadStation.TagOf(number), 1_000 + (number % 90), clock.GetUtcNow()), ct);
        _transaction = 0;
        return new(LoadStation.IdOf(number), transaction, number % 90);
    }

    /// <summary>As a cut line: a reset, with nothing said.</summary>
    public void Cut() => _socket?.Abort();

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _reading;
        if (_socket is not null) await _socket.DisposeAsync();
    }

    private byte[] Id()
    {
        var id = new byte[CallFrames.IdLength];
        CallFrames.Id(id, number, ++_ids);
        return _id = id;
    }

    private async Task<byte[]> CallAsync(Func<byte[], int> write, CancellationToken ct)
    {
        var frame = new byte[CallFrames.Longest];
        var length = write(frame);
        var answer = new TaskCompletionSource<byte[]>(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _waiting, answer);
        await _socket!.SendAsync(frame.AsMemory(0, length), ct);
        return await answer.Task.WaitAsync(AnswerWithin, clock, ct);
    }

    private async Task ReadAsync(RawWebSocket socket)
    {
        var other = new byte[CallFrames.Longest];
        while (await socket.ReceiveAsync(CancellationToken.None) is { } received)
        {
            if (CallFrames.IsCall(received.Span))
            {
                try { await socket.SendAsync(other.AsMemory(0, CallFrames.NotSupported(other, received.Span)), CancellationToken.None); }
                catch (Exception error) when (error is IOException or SocketException or ObjectDisposedException) { break; }
                continue;
            }
            if (Interlocked.Exchange(ref _waiting, null) is not { } waiting) continue;
            if (CallFrames.IsResultOf(received.Span, _id)) waiting.TrySetResult(received.ToArray());
            else waiting.TrySetException(new LoadException($"{LoadStation.IdOf(number)} got {Encoding.UTF8.GetString(received.Span)}"));
        }
        Interlocked.Exchange(ref _waiting, null)?.TrySetException(new IOException($"{LoadStation.IdOf(number)} lost its connection ({socket.CloseStatus})."));
    }
}
