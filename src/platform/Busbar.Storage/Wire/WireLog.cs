using System.Buffers;
using Busbar.Kernel;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Storage.Wire;

/// <summary>
/// A store of its own beside the journal, in batches and without an fsync: a crash may take its last second, and no acknowledgement ever waits for it.
/// Bounded in bytes; beyond, frames are dropped and counted. Who reads sees what was appended in this process before.
/// </summary>
internal sealed class WireLog : BackgroundService, IWireLog
{
    // Of what waits and what is being written, each frame with about what it costs beside its bytes.
    private const long Capacity = 128 * 1024 * 1024;
    private const int FrameCost = 128;

    private const int PackBytes = 64 * 1024;
    private const int BatchBytes = 4 * 1024 * 1024;

    // A longer queue is given back to the memory, not kept for the next.
    private const int SpareFrames = 64 * 1024;

    // A longer frame (a report) is kept in part, as text: it is evidence of its being there.
    private const int FrameBytes = 64 * 1024;

    // Long enough to make one row of what a busy station says, and few transactions of all.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan TrimPace = TimeSpan.FromMinutes(1);

    private readonly IWireStore _store;
    private readonly IWireRedaction? _redaction;
    private readonly StorageMetrics _metrics;
    private readonly WireLogOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<WireLog> _log;

    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ArrayBufferWriter<byte> _pack = new(PackBytes);
    private List<WireFrame> _waiting = [];
    private List<WireFrame>? _spare;
    private TaskCompletionSource _halfFull = NewSignal();
    private long _held;
    private long _position;

    public WireLog(IWireStore store, StorageMetrics metrics, IOptions<WireLogOptions> options, TimeProvider clock, ILogger<WireLog> log, IWireRedaction? redaction = null)
    {
        _store = store;
        _redaction = redaction;
        _metrics = metrics;
        _options = options.Value;
        _clock = clock;
        _log = log;
    }

    public void Append(WireFrame frame)
    {
        var cost = CostOf(frame);
        var held = Interlocked.Add(ref _held, cost);
        if (held > Capacity)
        {
            Interlocked.Add(ref _held, -cost);
            _metrics.WireDropped(1);
            return;
        }
        lock (_gate) _waiting.Add(frame);
        if (held > Capacity / 2) Volatile.Read(ref _halfFull).TrySetResult();
    }

    public async Task<IReadOnlyList<LoggedFrame>> ReadAsync(StationKey station, long? before, int limit, CancellationToken ct)
    {
        await DrainAsync(ct);
        return await _store.ReadAsync(station, before ?? long.MaxValue, limit, ct);
    }

    /// <summary>Writes what waits. Who loses patience stops waiting for its turn; what it has begun to write is written, since others' frames are among it.</summary>
    public Task DrainAsync(CancellationToken ct) => DrainAsync(ct, CancellationToken.None);

    /// <summary>Overwrites these words wherever a tenant's frames have them, in any case.</summary>
    /// <returns>In how many frames.</returns>
    public async Task<long> EraseAsync(TenantId tenant, IReadOnlyList<byte[]> words, CancellationToken ct)
    {
        await DrainAsync(ct);
        return await _store.EraseAsync(tenant, words, ct);
    }

    /// <summary>Takes the oldest of what is too much, whosever it is; what is too old is taken by <see cref="WireRetention"/>.</summary>
    public Task TrimAsync(CancellationToken ct) => _store.TrimAsync(_options.Megabytes * 1024L * 1024L, ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var trimmed = _clock.GetTimestamp();
        try
        {
            while (true)
            {
                await Task.WhenAny(Task.Delay(Pause, _clock, stoppingToken), _halfFull.Task);
                stoppingToken.ThrowIfCancellationRequested();
                Volatile.Write(ref _halfFull, NewSignal());
                await DrainAsync(stoppingToken);
                if (_clock.GetElapsedTime(trimmed) < TrimPace) continue;
                trimmed = _clock.GetTimestamp();
                try
                {
                    await TrimAsync(stoppingToken);
                }
                catch (Exception error) when (error is not OperationCanceledException)
                {
                    Log.WireLogFailed(_log, error, 0);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; what waits is written by StopAsync.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await DrainAsync(cancellationToken, cancellationToken);
        await _store.DisposeAsync();
    }

    public override void Dispose()
    {
        _writing.Dispose();
        base.Dispose();
    }

    private async Task DrainAsync(CancellationToken turn, CancellationToken writing)
    {
        await _writing.WaitAsync(turn);
        try
        {
            List<WireFrame> frames;
            lock (_gate)
            {
                if (_waiting.Count == 0) return;
                (frames, _waiting, _spare) = (_waiting, _spare ?? [], null);
            }
            try
            {
                await WriteAsync(frames, writing);
            }
            finally
            {
                Interlocked.Add(ref _held, -frames.Sum(CostOf));
                frames.Clear();
                if (frames.Capacity <= SpareFrames) lock (_gate) _spare = frames;
            }
        }
        finally { _writing.Release(); }
    }

    private async Task WriteAsync(List<WireFrame> frames, CancellationToken ct)
    {
        var batch = new List<FramePack>();
        var bytes = 0L;
        foreach (var pack in Packs(frames))
        {
            batch.Add(pack);
            bytes += pack.Frames.Length;
            if (bytes < BatchBytes) continue;
            await WriteAsync(batch, ct);
            batch.Clear();
            bytes = 0;
        }
        if (batch.Count > 0) await WriteAsync(batch, ct);
    }

    private async Task WriteAsync(IReadOnlyList<FramePack> batch, CancellationToken ct)
    {
        try
        {
            await _store.WriteAsync(batch, ct);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            var lost = batch.Sum(pack => pack.Count);
            Log.WireLogFailed(_log, error, lost);
            _metrics.WireDropped(lost);
        }
    }

    // Station by station, in the order of the store's key: what is written together lies together.
    private IEnumerable<FramePack> Packs(List<WireFrame> frames)
    {
        // Positions in the order of arrival: GroupBy reads once, and keeps that order within a station.
        foreach (var station in frames.Select(frame => (Position: NextPosition(frame.At), Frame: frame)).GroupBy(it => it.Frame.Station).OrderBy(station => station.Key, StationKey.LockOrder))
        {
            var (position, at, count) = (0L, default(Instant), 0);
            foreach (var (next, frame) in station)
            {
                var bytes = Kept(frame.Bytes);
                if (count > 0 && _pack.WrittenCount + FramePack.SizeOf(bytes.Length) > PackBytes)
                {
                    yield return Taken();
                    count = 0;
                }
                if (count++ == 0) position = next;
                at = frame.At;
                FramePack.Write(_pack, next, frame, bytes.Span);
            }
            yield return Taken();

            FramePack Taken()
            {
                var pack = new FramePack(station.Key, position, at, _pack.WrittenSpan.ToArray(), count);
                _pack.ResetWrittenCount();
                return pack;
            }
        }
    }

    // Milliseconds and a count within them: sorts by time, and is unique in the process. A station is in one process at a time.
    private long NextPosition(Instant at) => _position = Math.Max(_position + 1, at.ToUnixTimeMilliseconds() << FramePack.PositionBits);

    private ReadOnlyMemory<byte> Kept(ReadOnlyMemory<byte> frame)
    {
        try
        {
            var safe = _redaction?.Redact(frame) ?? frame;
            return safe.Length <= FrameBytes ? safe : safe[..FrameBytes];
        }
        catch (Exception error)
        {
            Log.WireLogFailed(_log, error, 1);
            return default;
        }
    }

    private static long CostOf(WireFrame frame) => frame.Bytes.Length + FrameCost;

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>The wire log on one database.</summary>
internal interface IWireStore : IAsyncDisposable
{
    /// <param name="packs">In the order of their stations.</param>
    Task WriteAsync(IReadOnlyList<FramePack> packs, CancellationToken ct);

    Task<IReadOnlyList<LoggedFrame>> ReadAsync(StationKey station, long before, int limit, CancellationToken ct);

    Task<long> EraseAsync(TenantId tenant, IReadOnlyList<byte[]> words, CancellationToken ct);

    /// <summary>Removes the oldest of what is more than so many bytes, where the store has a size of its own.</summary>
    Task TrimAsync(long bytes, CancellationToken ct);

    /// <summary>Removes some of a tenant's packs from before that moment, the oldest first, and answers how many.</summary>
    Task<int> ForgetAsync(TenantId tenant, Instant before, int most, CancellationToken ct);

    /// <summary>When a tenant's oldest pack was written; null: it has none.</summary>
    Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct);
}
