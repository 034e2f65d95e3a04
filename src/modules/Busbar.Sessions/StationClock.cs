using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// What to believe of a station's timestamps. The raw text stays in the journal. A time in the past is believed: it may have waited in an offline
/// queue. One that no clock can have meant (unset, unreadable, ahead of its receipt, years old and told at once) is replaced by the time of receipt,
/// and the session says so.
/// </summary>
internal static class StationClock
{
    private static readonly Duration Tolerance = Duration.FromSeconds(60);

    /// <summary>The corrected time, and an issue for the session or null.</summary>
    public static (Instant At, string? Issue) Correct(StationTime time, Instant receivedAt) => time switch
    {
        { At: null } or { Quality: ClockQuality.Unreadable or ClockQuality.Unset or ClockQuality.Future or ClockQuality.Past } => (receivedAt, Issues.TimeEstimated),
        // No message comes before it was written.
        { At: { } at } when at > receivedAt + Tolerance => (receivedAt, Issues.ClockAhead),
        { At: { } at, Quality: ClockQuality.ZoneMissing } => (at, Issues.TimeZoneMissing),
        { At: { } at } => (at, null),
    };

    /// <summary>The samples of an event: if its own time was replaced because the clock is behind, they lie as long before its receipt as the station says.</summary>
    public static IReadOnlyList<MeterSample> Samples(IReadOnlyList<MeterSample> samples, StationTime time, Instant receivedAt)
    {
        if (time is not { Quality: ClockQuality.Past, At: { } told }) return samples;
        var behind = receivedAt - told;
        return [.. samples.Select(sample => sample.Time is { Quality: ClockQuality.Plausible or ClockQuality.ZoneMissing, At: { } at }
            ? sample with { Time = sample.Time with { At = at + behind } } : sample)];
    }
}
