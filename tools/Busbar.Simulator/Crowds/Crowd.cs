namespace Busbar.Simulator.Crowds;

/// <summary>
/// Drives many stations at once against a server that may die at any moment. Each tells full sessions, and each transaction message again and again until it
/// is acknowledged; what it knows goes into a <see cref="ClientLog"/> that a <see cref="TruthChecker"/> holds against the server afterwards.
/// </summary>
public sealed class Crowd : IAsyncDisposable
{
    private readonly ClientLogWriter _log;
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _finishing = new();
    private readonly CrowdStation[] _stations;
    private readonly CrowdCounters _counters = new();
    private Task _running = Task.CompletedTask;

    public Crowd(CrowdOptions options)
    {
        Options = options;
        _log = new ClientLogWriter(new FileStream(options.LogFile, FileMode.Create, FileAccess.Write, FileShare.Read, 64 * 1024), options.Clock);
        var shared = new CrowdShared(options, _log, _counters, new Pacer(options.MessagesPerSecond, options.Clock), new SemaphoreSlim(options.ConnectsAtOnce));
        _stations = [.. Enumerable.Range(0, options.Stations).Select(number => new CrowdStation(shared, number))];
    }

    public CrowdOptions Options { get; }

    public CrowdStats Stats => _counters.Snapshot();

    /// <summary>Begins; the stations run until <see cref="FinishAsync"/>.</summary>
    public void Start() => _running = Task.WhenAll(_stations.Select(station => Task.Run(() => station.RunAsync(_finishing.Token, _ending.Token))));

    /// <summary>Waits until so many transaction messages in all have been acknowledged.</summary>
    public async Task AcknowledgedAsync(long count, CancellationToken ct = default)
    {
        while (_counters.Acknowledged < count)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), Options.Clock, ct);
        }
    }

    /// <summary>Begins no more sessions and tells those under way to their end. The log is complete afterwards.</summary>
    /// <returns>True if every message was acknowledged in time; else the log has unknown ones.</returns>
    public async Task<bool> FinishAsync(TimeSpan patience)
    {
        await _finishing.CancelAsync();
        var isDone = true;
        try
        {
            await _running.WaitAsync(patience, Options.Clock);
        }
        catch (TimeoutException)
        {
            isDone = false;
        }

        await _ending.CancelAsync();
        await _running;
        await _log.DisposeAsync();
        return isDone;
    }

    public async ValueTask DisposeAsync()
    {
        await FinishAsync(TimeSpan.Zero);
        _ending.Dispose();
        _finishing.Dispose();
    }
}

internal sealed record CrowdShared(CrowdOptions Options, ClientLogWriter Log, CrowdCounters Counters, Pacer Pacer, SemaphoreSlim Connecting);

/// <summary>Spreads messages evenly over time, for all stations together; what was missed is not caught up with.</summary>
internal sealed class Pacer(int perSecond, TimeProvider clock)
{
    private readonly Lock _gate = new();
    private readonly long _zero = clock.GetTimestamp();
    private readonly long _interval = perSecond > 0 ? TimeSpan.TicksPerSecond / perSecond : 0;
    private long _next;

    public Task WaitAsync(CancellationToken ct)
    {
        if (_interval == 0)
        {
            return Task.CompletedTask;
        }

        long wait;
        lock (_gate)
        {
            var now = clock.GetElapsedTime(_zero).Ticks;
            _next = Math.Max(_next, now - (TimeSpan.TicksPerSecond / 10));
            wait = _next - now;
            _next += _interval;
        }

        return wait < TimeSpan.TicksPerMillisecond ? Task.CompletedTask : Task.Delay(TimeSpan.FromTicks(wait), clock, ct);
    }
}

internal sealed class CrowdCounters
{
    private const int Buckets = 10_000;

    private readonly int[] _milliseconds = new int[Buckets + 1];
    private long _acknowledged;
    private long _unknown;
    private long _errors;
    private long _sessions;
    private long _connects;
    private long _failedConnects;
    private long _overlaps;
    private volatile string? _lastFailure;

    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    public void Acknowledge(TimeSpan after)
    {
        Interlocked.Increment(ref _acknowledged);
        Interlocked.Increment(ref _milliseconds[(int)Math.Clamp(after.TotalMilliseconds, 0, Buckets)]);
    }

    public void Unknown() => Interlocked.Increment(ref _unknown);

    public void Error(string detail)
    {
        Interlocked.Increment(ref _errors);
        _lastFailure = detail;
    }

    public void Session() => Interlocked.Increment(ref _sessions);

    public void Connect() => Interlocked.Increment(ref _connects);

    public void FailedConnect(Exception exception)
    {
        Interlocked.Increment(ref _failedConnects);
        _lastFailure = exception.Message;
    }

    public void Overlap(long count) => Interlocked.Add(ref _overlaps, count);

    public CrowdStats Snapshot()
    {
        var total = _milliseconds.Sum(count => (long)count);
        var below = 0L;
        var milliseconds = 0;
        while (milliseconds < Buckets && (below += _milliseconds[milliseconds]) * 100 < total * 99)
        {
            milliseconds++;
        }

        return new CrowdStats
        {
            Acknowledged = Acknowledged,
            Unknown = Interlocked.Read(ref _unknown),
            Errors = Interlocked.Read(ref _errors),
            Sessions = Interlocked.Read(ref _sessions),
            Connects = Interlocked.Read(ref _connects),
            FailedConnects = Interlocked.Read(ref _failedConnects),
            Overlaps = Interlocked.Read(ref _overlaps),
            AcknowledgedWithinMs99 = milliseconds,
            LastFailure = _lastFailure,
        };
    }
}
