using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>How far a station's timestamp can be believed.</summary>
public enum ClockQuality
{
    /// <summary>No timestamp, or none that could be read: the time of receipt is all there is.</summary>
    Unreadable,

    /// <summary>Readable, and between 2020 and a day after it was received.</summary>
    Plausible,

    /// <summary>Readable without a zone; taken as UTC.</summary>
    ZoneMissing,

    /// <summary>Before 2020: the station's clock was never set. Differences within one boot may still be right.</summary>
    Unset,

    /// <summary>More than a day after it was received.</summary>
    Future,

    /// <summary>More than a day before it was received, of an event that the station says it told while it was online (2.x).</summary>
    Past,
}

/// <summary>An instant as a station wrote it. Nothing is corrected here: <see cref="Raw"/> is kept, and billing decides what to believe.</summary>
/// <param name="At">Truncated to milliseconds; null when unreadable.</param>
public readonly record struct StationTime(Instant? At, string Raw, ClockQuality Quality)
{
    public static StationTime Missing { get; } = new(null, "", ClockQuality.Unreadable);
}
