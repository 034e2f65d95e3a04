using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// What to believe of a station's timestamps. The raw text stays in the journal. A time in the past is believed: it may have waited in an offline
/// queue. One that no clock can have meant (unset, unreadable, more than a day ahead) is replaced by the time of receipt, and the session says so.
/// </summary>
internal static class StationClock
{
    private static readonly Duration Tolerance = Duration.FromSeconds(60);

    /// <summary>The corrected time, and an issue for the session or null.</summary>
    public static (Instant At, string? Issue) Correct(StationTime time, Instant receivedAt) => time switch
    {
        { At: null } or { Quality: ClockQuality.Unreadable or ClockQuality.Unset or ClockQuality.Future } => (receivedAt, Issues.TimeEstimated),
        { At: { } at } when at > receivedAt + Tolerance => (at, Issues.ClockAhead),
        { At: { } at, Quality: ClockQuality.ZoneMissing } => (at, Issues.TimeZoneMissing),
        { At: { } at } => (at, null),
    };
}
