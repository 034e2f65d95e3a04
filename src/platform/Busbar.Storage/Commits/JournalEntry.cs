using NodaTime;

namespace Busbar.Storage.Commits;

/// <summary>Where a journal row came from.</summary>
public enum JournalOrigin
{
    /// <summary>A frame that a station sent.</summary>
    Station,

    /// <summary>A conclusion of ours that has no frame: a reconciliation, a time-out. It replays like any other row.</summary>
    Busbar,
}

/// <summary>
/// One durable fact, before it is acknowledged. <see cref="Raw"/> and <see cref="Answer"/> are the bytes of the payloads as they were received
/// and sent; <see cref="Decided"/> is what we took from outside the journal to decide (assigned ids, the tariff's hash, the token's verdict), so
/// that a replay decides the same.
/// </summary>
public sealed record JournalEntry
{
    /// <summary>Position in the connection: (epoch, n) orders a station's journal.</summary>
    public required long N { get; init; }

    public required JournalOrigin Origin { get; init; }
    public required Instant ReceivedAt { get; init; }

    /// <summary>The wire dialect: 16, 201, 21; 0 for our own.</summary>
    public required int Protocol { get; init; }

    public required string Action { get; init; }
    public required string MessageId { get; init; }

    /// <summary>
    /// What identifies the fact, 32 bytes: the time that it tells (Unix ms, 6 bytes, big-endian; 0 for none), and the last 26 bytes of a SHA-256. Unique per station:
    /// a repeat gets the stored answer.
    /// </summary>
    public required ReadOnlyMemory<byte> NaturalKey { get; init; }

    public required ReadOnlyMemory<byte> Raw { get; init; }
    public required ReadOnlyMemory<byte> Answer { get; init; }
    public required ReadOnlyMemory<byte> Decided { get; init; }

    /// <summary>Version of the shape of <see cref="Decided"/> and of our own facts' <see cref="Raw"/>.</summary>
    public int SchemaVersion { get; init; } = 1;
}
