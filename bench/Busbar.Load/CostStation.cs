using System.Globalization;
using System.Text;
using Busbar.Simulator.Wire;

namespace Busbar.Load;

/// <summary>A reading that was acknowledged, and what its station was told of it.</summary>
/// <param name="Told">From the acknowledgement to the price; 0 where the price was there first, null where none came.</param>
internal readonly record struct CostReading(bool IsMeasured, TimeSpan? Told);

/// <summary>
/// A 1.6 station with a screen (Open Charge Alliance, "OCPP and California Pricing Requirements") whose vehicle charges: it sends a meter value at fixed instants, and is told by a
/// DataTransfer what the session costs so far. It computes the same from its own frames.
/// </summary>
internal sealed class CostStation(int number, TimeProvider clock) : IAsyncDisposable
{
    public const decimal EnergyPrice = 0.60m;
    public const decimal HourPrice = 1.20m;
    public const decimal TaxPercent = 19m;

    /// <summary>Wh of each reading: the price changes by cents, since one that looks like the last is not told.</summary>
    private const int WhPerReading = 150;
    private const int FirstRegister = 1_000;
    private const int SecondsPerHour = 3_600;
    private static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(60);

    private readonly Lock _gate = new();
    private readonly List<CostReading> _readings = [];
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private RawWebSocket? _socket;
    private Task _reading = Task.CompletedTask;
    private TaskCompletionSource<byte[]>? _waiting;
    private byte[] _id = [];
    private int _transaction;
    private long _register = FirstRegister;
    private long _ids;
    private DateTimeOffset _start;
    private DateTimeOffset _at;
    private bool _isMeasured;
    private long? _acknowledged;
    private long? _told;
    private LoadException? _wrong;

    /// <summary>Complete once the server has asked what this station can show; until then it tells no prices.</summary>
    public Task Asked => _asked.Task;

    public IReadOnlyList<CostReading> Readings => _readings;

    /// <summary>Prices that were compared with this station's own.</summary>
    public int Compared { get; private set; }

    public async Task ConnectAsync(Uri url, CancellationToken ct)
    {
        _socket = await RawWebSocket.ConnectAsync(
            new StationSocketOptions { Url = url, StationId = LoadStation.IdOf(number), Password = Encoding.UTF8.GetBytes(BusbarApi.Password), Seed = number, Clock = clock }, ct);
        _reading = ReadAsync(_socket);
        var boot = await CallAsync(frame => CallFrames.Boot(frame, Id()), ct);
        if (!CallFrames.IsAccepted(boot)) throw new LoadException($"{LoadStation.IdOf(number)}'s boot was answered {Encoding.UTF8.GetString(boot)}");
        await CallAsync(frame => CallFrames.Status(frame, Id(), "Preparing", clock.GetUtcNow()), ct);
    }

    public async Task BeginAsync(CancellationToken ct)
    {
        _start = clock.GetUtcNow();
        _start = _start.AddTicks(-(_start.Ticks % TimeSpan.TicksPerSecond));
        var answer = await CallAsync(frame => CallFrames.Start(frame, Id(), LoadStation.TagOf(number), FirstRegister, _start), ct);
        if (!CallFrames.TryTransaction(answer, out _transaction)) throw new LoadException($"{LoadStation.IdOf(number)} got {Encoding.UTF8.GetString(answer)}");
        await CallAsync(frame => CallFrames.Status(frame, Id(), "Charging", _start), ct);
    }

    /// <summary>Sends a reading at each of its instants, until it is told to stop.</summary>
    /// <param name="first">The clock's timestamp of the first.</param>
    /// <param name="isMeasured">Whether a reading that is sent now counts.</param>
    public async Task RunAsync(long first, TimeSpan every, Func<bool> isMeasured, CancellationToken stop, CancellationToken ct)
    {
        var interval = (long)(every.TotalSeconds * clock.TimestampFrequency);
        for (var due = first; ; due += interval)
        {
            var wait = clock.GetElapsedTime(clock.GetTimestamp(), due);
            try { if (wait > TimeSpan.Zero) await Task.Delay(wait, clock, stop); }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { break; }
            if (stop.IsCancellationRequested) break;
            Close();
            lock (_gate)
            {
                _register += WhPerReading;
                _at = clock.GetUtcNow();
                _at = _at.AddTicks(-(_at.Ticks % TimeSpan.TicksPerSecond));
                (_isMeasured, _acknowledged, _told) = (isMeasured(), null, null);
            }
            await CallAsync(frame => CallFrames.Meter(frame, Id(), _transaction, _register, WhPerReading * SecondsPerHour / (long)every.TotalSeconds, _at), ct);
        }
    }

    public async Task<ToldSession> EndAsync(CancellationToken ct)
    {
        Close();
        await CallAsync(frame => CallFrames.Stop(frame, Id(), _transaction, LoadStation.TagOf(number), _register, clock.GetUtcNow()), ct);
        return new(LoadStation.IdOf(number), _transaction, _register - FirstRegister);
    }

    /// <exception cref="LoadException">A price was not that of this station's frames.</exception>
    public void Judge()
    {
        if (_wrong is { } wrong) throw wrong;
    }

    public async ValueTask DisposeAsync()
    {
        _socket?.Abort();
        await _reading;
        if (_socket is not null) await _socket.DisposeAsync();
    }

    /// <summary>What a session costs, taxes included, by the tariff of this run; each line and each tax is rounded at six decimals.</summary>
    internal static decimal CostOf(long energyWh, TimeSpan charging)
    {
        return decimal.Round(WithTax(EnergyPrice * energyWh / 1_000m) + WithTax(HourPrice * (decimal)charging.TotalSeconds / SecondsPerHour), 2, MidpointRounding.AwayFromZero);

        static decimal WithTax(decimal net)
        {
            net = decimal.Round(net, 6, MidpointRounding.AwayFromZero);
            return net + decimal.Round(net * TaxPercent / 100m, 6, MidpointRounding.AwayFromZero);
        }
    }

    // What came of a reading is known when the next one leaves.
    private void Close()
    {
        lock (_gate)
        {
            if (_acknowledged is not { } acknowledged) return;
            _readings.Add(new CostReading(_isMeasured, _told is { } told ? TimeSpan.FromTicks(Math.Max(0, clock.GetElapsedTime(acknowledged, told).Ticks)) : null));
            _acknowledged = null;
        }
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
            var now = clock.GetTimestamp();
            if (CallFrames.IsCall(received.Span))
            {
                Take(received.Span, now);
                try { await socket.SendAsync(other.AsMemory(0, ScreenFrames.Answer(other, received.Span)), CancellationToken.None); }
                catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException or ObjectDisposedException) { break; }
                continue;
            }
            if (Interlocked.Exchange(ref _waiting, null) is not { } waiting) continue;
            if (!CallFrames.IsResultOf(received.Span, _id))
            {
                waiting.TrySetException(new LoadException($"{LoadStation.IdOf(number)} got {Encoding.UTF8.GetString(received.Span)}"));
                continue;
            }
            lock (_gate) _acknowledged ??= now;
            waiting.TrySetResult(received.ToArray());
        }
        Interlocked.Exchange(ref _waiting, null)?.TrySetException(new IOException($"{LoadStation.IdOf(number)} lost its connection ({socket.CloseStatus})."));
    }

    private void Take(ReadOnlySpan<byte> call, long now)
    {
        if (ScreenFrames.AsksForScreen(call)) _asked.TrySetResult();
        if (!ScreenFrames.TryRunningCost(call, out var cost)) return;
        lock (_gate)
        {
            // A price of a reading before it came too late to be this one's.
            if (cost.Transaction != _transaction || cost.At != _at) return;
            _told ??= now;
            var expected = CostOf(_register - FirstRegister, _at - _start);
            Compared++;
            if (cost.Amount != expected)
                _wrong ??= new LoadException(string.Create(CultureInfo.InvariantCulture, $"{LoadStation.IdOf(number)} was told {cost.Amount}, and {(_register - FirstRegister) / 1_000m} kWh in {(_at - _start).TotalSeconds} s are {expected}: {Encoding.UTF8.GetString(call)}"));
        }
    }
}
