using System.Globalization;
using Busbar.Kernel;
using Busbar.Stations.Contracts;

namespace Busbar.Pricing;

/// <summary>The texts by which assignments and questions meet.</summary>
internal static class Places
{
    public const string Tenant = "";

    /// <summary>Groups are compared without case, as tokens are.</summary>
    public static string TokenGroup(string group) => group.ToUpperInvariant();

    public static string Location(Guid location) => TypedId.Format(new LocationId(location));

    public static string Station(StationId station) => TypedId.Format(station);

    public static string Evse(StationId station, int evse) => string.Create(CultureInfo.InvariantCulture, $"{TypedId.Format(station)}/{evse}");

    /// <summary>All at which an assignment may count for it.</summary>
    public static IEnumerable<string> Of(Place place)
    {
        if (place is { Station: { } holder, Evse: > 0 }) yield return Evse(holder, place.Evse);
        if (place.Station is { } station) yield return Station(station);
        if (place.Location is { } location) yield return Location(location);
        if (place.TokenGroup is { } group) yield return TokenGroup(group);
        yield return Tenant;
    }

    /// <summary><c>stationId/evseNumber</c>; EVSEs count from 1.</summary>
    public static bool TryEvse(string text, out string identity, out int evse)
    {
        var slash = text.LastIndexOf('/');
        identity = slash > 0 ? text[..slash] : "";
        return int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out evse) && slash > 0 && evse > 0;
    }
}
