using Busbar.Ocpp;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations.Dialects;

internal static class WireTimes
{
    private static readonly Instant Year2020 = Instant.FromUtc(2020, 1, 1, 0, 0);

    /// <summary>Judges a station's time by the moment it came. The same frame and moment give the same quality, now and at a replay.</summary>
    public static StationTime Judge(this WireTime time, Instant receivedAt)
    {
        if (time.Instant is not { } at) return new StationTime(null, time.Raw, ClockQuality.Unreadable);
        var quality =
            at < Year2020 ? ClockQuality.Unset
            : at > receivedAt + Duration.FromDays(1) ? ClockQuality.Future
            : time.Quality == WireTimeQuality.ZoneMissing ? ClockQuality.ZoneMissing
            : ClockQuality.Plausible;
        return new StationTime(at, time.Raw, quality);
    }

    private static readonly Duration ToldAtOnce = Duration.FromDays(3 * 365);

    /// <summary>
    /// The time of a 2.x event. One that is not <c>offline</c> happened while the station was online (2.0.1 part 2, <c>TransactionEventRequest</c>): what is years old
    /// was dated by a clock that is wrong. Not sooner: the flag is left out by stations that tell of days without a connection.
    /// </summary>
    public static StationTime JudgeEvent(this WireTime time, bool offline, Instant receivedAt)
    {
        var judged = time.Judge(receivedAt);
        return !offline && judged is { Quality: ClockQuality.Plausible or ClockQuality.ZoneMissing, At: { } at } && at < receivedAt - ToldAtOnce
            ? judged with { Quality = ClockQuality.Past } : judged;
    }

    /// <summary>The time to show beside what a station said; null where it told none that can be meant, which stands for the moment it came.</summary>
    public static Instant? Shown(this WireTime? time, Instant receivedAt) =>
        time.Judge(receivedAt) is { Quality: ClockQuality.Plausible or ClockQuality.ZoneMissing, At: { } at } ? at : null;

    public static StationTime Judge(this WireTime? time, Instant receivedAt) => time is { } given ? given.Judge(receivedAt) : StationTime.Missing;
}
