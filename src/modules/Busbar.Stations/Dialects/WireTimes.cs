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

    public static StationTime Judge(this WireTime? time, Instant receivedAt) => time is { } given ? given.Judge(receivedAt) : StationTime.Missing;
}
