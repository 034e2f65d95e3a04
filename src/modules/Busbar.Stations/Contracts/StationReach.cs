using Busbar.Identity.Http;

namespace Busbar.Stations.Contracts;

/// <summary>Whether a right reaches a station, by where it stands now: one that is moved to a granted location is in reach at once, one that is moved away is out.</summary>
public static class StationReach
{
    public static bool Covers(this Reach reach, StationCard station) => reach.CoversStation(station.Location?.Value, station.Id.Value);

    public static bool Covers(this Reach reach, LocationId? location, StationId station) => reach.CoversStation(location?.Value, station.Value);
}
