using Busbar.Storage.Commits;
using NodaTime;

namespace Busbar.Storage;

/// <summary>A frame as it was received or sent.</summary>
/// <param name="Protocol">16, 201, 21.</param>
/// <param name="Bytes">Nobody changes them any more: they are read later.</param>
public readonly record struct WireFrame(StationKey Station, bool FromStation, int Protocol, Instant At, ReadOnlyMemory<byte> Bytes);

/// <summary>A frame as it is kept: without secrets.</summary>
/// <param name="Position">Grows with time; unique for the station.</param>
public sealed record LoggedFrame(long Position, bool FromStation, int Protocol, Instant At, byte[] Bytes);

/// <summary>Where frames go to be looked at later. Never on the path of an acknowledgement: what there is no room for is dropped and counted.</summary>
public interface IWireLog
{
    void Append(WireFrame frame);

    /// <summary>
    /// A station's frames, newest first, from before a position (null: from the newest). What was appended in this process is among them; what another
    /// process had of the station in its last second may not be yet.
    /// </summary>
    Task<IReadOnlyList<LoggedFrame>> ReadAsync(StationKey station, long? before, int limit, CancellationToken ct);
}

/// <summary>Takes secrets out of a frame before it is kept. Called by the log's writer, not by who appends.</summary>
public interface IWireRedaction
{
    ReadOnlyMemory<byte> Redact(ReadOnlyMemory<byte> frame);
}

/// <summary>How much of the wire is kept, configured under <c>Busbar:WireLog</c>.</summary>
public sealed class WireLogOptions
{
    public const string Section = "Busbar:WireLog";

    /// <summary>Days for which frames are kept, where a tenant says nothing else. From 1.</summary>
    public int Days { get; set; } = 14;

    /// <summary>Megabytes of the embedded store's file of frames; the oldest go first. From 1.</summary>
    public int Megabytes { get; set; } = 2_048;
}
