using System.Globalization;
using Busbar.Kernel;
using Busbar.Pricing.Storage;
using Busbar.Stations.Contracts;

namespace Busbar.Pricing;

/// <summary>The texts by which assignments and questions meet.</summary>
internal static class Places
{
    public const string Tenant = "";
    public const string AdHoc = "adHoc:";

    /// <summary>Groups are compared without case, as tokens are.</summary>
    public static string TokenGroup(string group) => group.ToUpperInvariant();

    public static string Location(Guid location) => TypedId.Format(new LocationId(location));

    public static string Station(StationId station) => TypedId.Format(station);

    public static string Evse(StationId station, int evse) => string.Create(CultureInfo.InvariantCulture, $"{TypedId.Format(station)}/{evse}");

    /// <summary>Of a name that only others know: a driver, a contract, a subscription, a partner. Compared without case; the scope keeps them apart from groups.</summary>
    public static string Named(AssignmentScope scope, string name) => $"{scope}:{name.ToUpperInvariant()}";

    /// <summary>All at which an assignment may count for it, the strongest scope first.</summary>
    public static IEnumerable<(AssignmentScope Scope, string Text)> Of(Place place)
    {
        foreach (var driver in place.Driver ?? []) yield return (AssignmentScope.Driver, Named(AssignmentScope.Driver, driver));
        if (place.Contract is { } contract) yield return (AssignmentScope.Contract, Named(AssignmentScope.Contract, contract));
        if (place.Subscription is { } subscription) yield return (AssignmentScope.Subscription, Named(AssignmentScope.Subscription, subscription));
        if (place is { Station: { } holder, Evse: > 0 }) yield return (AssignmentScope.Evse, Evse(holder, place.Evse));
        if (place.Station is { } station) yield return (AssignmentScope.Station, Station(station));
        if (place.Location is { } location) yield return (AssignmentScope.Location, Location(location));
        if (place.TokenGroup is { } group) yield return (AssignmentScope.TokenGroup, TokenGroup(group));
        if (place.Partner is { } partner) yield return (AssignmentScope.RoamingPartner, Named(AssignmentScope.RoamingPartner, partner));
        if (place.AdHoc) yield return (AssignmentScope.AdHoc, AdHoc);
        yield return (AssignmentScope.Tenant, Tenant);
    }

    /// <summary><c>stationId/evseNumber</c>; EVSEs count from 1.</summary>
    public static bool TryEvse(string text, out string identity, out int evse)
    {
        var slash = text.LastIndexOf('/');
        identity = slash > 0 ? text[..slash] : "";
        return int.TryParse(text.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out evse) && slash > 0 && evse > 0;
    }
}
