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
internal sealed class CostStation : IAsyncDisposable
{
    public const decimal EnergyPrice = 0.60m;
    public const decimal HourPrice = 1.20m;
    public const decimal TaxPercent = 19m;

    /// <summary>Wh of each reading: the price changes by cents, since one that looks like the last is not told.</summary>
    private const int WhPerReading = 150;
    private const int FirstRegister = 1_000;
    private const int SecondsPerHour = 3_600;

    private readonly Lock _gate = new();
    private readonly List<CostReading> _readings = [];
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _number;
    private readonly TimeProvider _clock;
    private readonly StationLine _line;
    private int _transaction;
    private long _register = FirstRegister;
    private DateTimeOffset _start;
    private DateTimeOffset _at;
    private bool _isMeasured;
    private long? _acknowledged;
    private long? _told;
    private LoadException? _wrong;

    public CostStation(int number, TimeProvider clock)
    {
        (_number, _clock) = (number, clock);
        _line = new StationLine(number, clock, Reply, Answered);
    }

    /// <summary>Complete once the server has asked what this station can show; until then it tells no prices.</summary>
    public Task Asked => _asked.Task;

    public IReadOnlyList<CostReading> Readings => _readings;

    /// <summary>Prices that were compared with this station's own.</summary>
    public int Compared { get; private set; }

    public async Task ConnectAsync(Uri url, CancellationToken ct)
    {
        await _line.ConnectAsync(url, ct);
        await _line.CallAsync((frame, id) => CallFrames.Status(frame, id, "Preparing", _clock.GetUtcNow()), ct);
    }

    public async Task BeginAsync(CancellationToken ct)
    {
        _start = _clock.GetUtcNow();
        _start = _start.AddTicks(-(_start.Ticks % TimeSpan.TicksPerSecond));
        var answer = await _line.CallAsync((frame, id) => CallFrames.Start(frame, id, LoadStation.TagOf(_number), FirstRegister, _start), ct);
        if (!CallFrames.TryTransaction(answer, out _transaction)) throw new LoadException($"{LoadStation.IdOf(_number)} got {Encoding.UTF8.GetString(answer)}");
        await _line.CallAsync((frame, id) => CallFrames.Status(frame, id, "Charging", _start), ct);
    }

    /// <summary>Sends a reading at each of its instants, until it is told to stop.</summary>
    /// <param name="first">The clock's timestamp of the first.</param>
    /// <param name="isMeasured">Whether a reading that is sent now counts.</param>
    public async Task RunAsync(long first, TimeSpan every, Func<bool> isMeasured, CancellationToken stop, CancellationToken ct)
    {
        var interval = (long)(every.TotalSeconds * _clock.TimestampFrequency);
        for (var due = first; ; due += interval)
        {
            var wait = _clock.GetElapsedTime(_clock.GetTimestamp(), due);
            try { if (wait > TimeSpan.Zero) await Task.Delay(wait, _clock, stop); }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { break; }
            if (stop.IsCancellationRequested) break;
            Close();
            lock (_gate)
            {
                _register += WhPerReading;
                _at = _clock.GetUtcNow();
                _at = _at.AddTicks(-(_at.Ticks % TimeSpan.TicksPerSecond));
                (_isMeasured, _acknowledged, _told) = (isMeasured(), null, null);
            }
            await _line.CallAsync((frame, id) => CallFrames.Meter(frame, id, _transaction, _register, WhPerReading * SecondsPerHour / (long)every.TotalSeconds, _at), ct);
        }
    }

    public async Task<ToldSession> EndAsync(CancellationToken ct)
    {
        Close();
        await _line.CallAsync((frame, id) => CallFrames.Stop(frame, id, _transaction, LoadStation.TagOf(_number), _register, _clock.GetUtcNow()), ct);
        return new(LoadStation.IdOf(_number), _transaction, _register - FirstRegister);
    }

    /// <exception cref="LoadException">A price was not that of this station's frames.</exception>
    public void Judge()
    {
        if (_wrong is { } wrong) throw wrong;
    }

    public ValueTask DisposeAsync() => _line.DisposeAsync();

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
            _readings.Add(new CostReading(_isMeasured, _told is { } told ? TimeSpan.FromTicks(Math.Max(0, _clock.GetElapsedTime(acknowledged, told).Ticks)) : null));
            _acknowledged = null;
        }
    }

    private int Reply(byte[] frame, ReadOnlyMemory<byte> call)
    {
        Take(call.Span, _clock.GetTimestamp());
        return ScreenFrames.Answer(frame, call.Span);
    }

    private void Answered()
    {
        lock (_gate) _acknowledged ??= _clock.GetTimestamp();
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
                _wrong ??= new LoadException(string.Create(CultureInfo.InvariantCulture, $"{LoadStation.IdOf(_number)} was told {cost.Amount}, and {(_register - FirstRegister) / 1_000m} kWh in {(_at - _start).TotalSeconds} s are {expected}: {Encoding.UTF8.GetString(call)}"));
        }
    }
}
