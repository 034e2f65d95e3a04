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

    private readonly StationLine _line = new(number, clock, static (frame, call) => CallFrames.NotSupported(frame, call.Span));
    private int _transaction;

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
                await _line.ConnectAsync(url, ct);
                var accepted = clock.GetTimestamp();
                foreach (var status in new[] { "Available", _transaction > 0 ? "Finishing" : "Preparing" })
                    await _line.CallAsync((frame, id) => CallFrames.Status(frame, id, status, clock.GetUtcNow()), ct);
                return accepted;
            }
            catch (Exception error) when (error is IOException or SocketException or TimeoutException && !ct.IsCancellationRequested)
            {
                Retries++;
                _line.Cut();
                await Task.Delay(error is HandshakeRefusedException { RetryAfter: { } after } ? after : RetryAfterRefusal, clock, ct);
            }
        }
    }

    public async Task BeginAsync(CancellationToken ct)
    {
        var answer = await _line.CallAsync((frame, id) => CallFrames.Start(frame, id, LoadStation.TagOf(number), 1_000, clock.GetUtcNow().AddSeconds(-5)), ct);
        if (!CallFrames.TryTransaction(answer, out _transaction)) throw new LoadException($"{LoadStation.IdOf(number)} got {Encoding.UTF8.GetString(answer)}");
    }

    public async Task<ToldSession> EndAsync(CancellationToken ct)
    {
        var transaction = _transaction;
        await _line.CallAsync((frame, id) => CallFrames.Stop(frame, id, transaction, LoadStation.TagOf(number), 1_000 + (number % 90), clock.GetUtcNow()), ct);
        _transaction = 0;
        return new(LoadStation.IdOf(number), transaction, number % 90);
    }

    /// <summary>As a cut line: a reset, with nothing said.</summary>
    public void Cut() => _line.Cut();

    public ValueTask DisposeAsync() => _line.DisposeAsync();
}
