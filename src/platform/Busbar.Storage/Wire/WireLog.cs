using System.Threading.Channels;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using NodaTime;

namespace Busbar.Storage.Wire;

/// <summary>
/// A store of its own beside the journal, in batches and without an fsync: a power cut may take its last moments, and no acknowledgement ever waits
/// for it. Bounded in frames and bytes; beyond, frames are dropped and counted.
/// </summary>
internal sealed class WireLog : BackgroundService, IWireLog
{
    private const int QueueFrames = 16_384;
    private const long QueueBytes = 32 * 1024 * 1024;
    private const int BatchFrames = 1_000;

    // A longer frame (a report) is kept in part, as text: it is evidence of its being there.
    private const int FrameBytes = 64 * 1024;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RetentionPace = TimeSpan.FromMinutes(5);

    private readonly Channel<WireFrame> _queue = Channel.CreateBounded<WireFrame>(
        new BoundedChannelOptions(QueueFrames) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly IWireStore _store;
    private readonly IWireRedaction? _redaction;
    private readonly StorageMetrics _metrics;
    private readonly WireLogOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<WireLog> _log;
    private long _bytes;
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
        if (Interlocked.Add(ref _bytes, frame.Bytes.Length) <= QueueBytes && _queue.Writer.TryWrite(frame)) return;
        Interlocked.Add(ref _bytes, -frame.Bytes.Length);
        _metrics.WireDropped(1);
    }

    public Task<IReadOnlyList<LoggedFrame>> ReadAsync(StationKey station, long? before, int limit, CancellationToken ct) =>
        _store.ReadAsync(station, before ?? long.MaxValue, limit, ct);

    /// <summary>Writes what waits.</summary>
    public async Task DrainAsync(CancellationToken ct)
    {
        var batch = new List<StoredFrame>();
        while (_queue.Reader.TryPeek(out _))
        {
            batch.Clear();
            while (batch.Count < BatchFrames && _queue.Reader.TryRead(out var frame))
            {
                Interlocked.Add(ref _bytes, -frame.Bytes.Length);
                batch.Add(new StoredFrame(frame.Station, NextPosition(frame.At), frame.FromStation, frame.Protocol, frame.At, Kept(frame.Bytes)));
            }
            try
            {
                await _store.WriteAsync(batch, ct);
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                Log.WireLogFailed(_log, error, batch.Count);
                _metrics.WireDropped(batch.Count);
            }
        }
    }

    public Task ForgetAsync(CancellationToken ct) =>
        _store.ForgetAsync(Instant.FromDateTimeOffset(_clock.GetUtcNow()) - Duration.FromDays(_options.Days), _options.Megabytes * 1024L * 1024L, ct);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var forgotten = _clock.GetTimestamp();
        try
        {
            while (await _queue.Reader.WaitToReadAsync(stoppingToken))
            {
                // A little patience makes batches of what would be single rows.
                await Task.Delay(Pause, _clock, stoppingToken);
                await DrainAsync(stoppingToken);
                if (_clock.GetElapsedTime(forgotten) < RetentionPace) continue;
                forgotten = _clock.GetTimestamp();
                try
                {
                    await ForgetAsync(stoppingToken);
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
        await DrainAsync(cancellationToken);
        await _store.DisposeAsync();
    }

    // Milliseconds and a count within them: sorts by time, and is unique in the process. A station is in one process at a time.
    private long NextPosition(Instant at) => _position = Math.Max(_position + 1, at.ToUnixTimeMilliseconds() << 12);

    private byte[] Kept(ReadOnlyMemory<byte> frame)
    {
        try
        {
            var safe = _redaction?.Redact(frame) ?? frame;
            return (safe.Length <= FrameBytes ? safe : safe[..FrameBytes]).ToArray();
        }
        catch (Exception error)
        {
            Log.WireLogFailed(_log, error, 1);
            return [];
        }
    }
}

/// <summary>A frame on its way to the store.</summary>
internal sealed record StoredFrame(StationKey Station, long Position, bool FromStation, int Protocol, Instant At, byte[] Bytes);

/// <summary>The wire log on one database.</summary>
internal interface IWireStore : IAsyncDisposable
{
    Task WriteAsync(IReadOnlyList<StoredFrame> frames, CancellationToken ct);

    Task<IReadOnlyList<LoggedFrame>> ReadAsync(StationKey station, long before, int limit, CancellationToken ct);

    /// <summary>Removes what is older, and the oldest of what is too much.</summary>
    Task ForgetAsync(Instant before, long bytes, CancellationToken ct);
}
