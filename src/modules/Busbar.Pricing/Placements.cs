using System.Collections.Frozen;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Storage;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>Where and when a price is asked; a site without a station when only the site is known.</summary>
internal readonly record struct Place(Guid? Location, StationId? Station, int Evse, string? TokenGroup, Instant At);

/// <summary>A stretch of time with ends that may be open: the start belongs to it, the end does not.</summary>
internal readonly record struct Validity(Instant? From, Instant? Until)
{
    public bool Contains(Instant at) => !(at < From) && !(at >= Until);
}

/// <summary>One active version at one place.</summary>
/// <param name="Window">The assignment's.</param>
/// <param name="Tariff">Null: the version's bytes are damaged; it wins where it would have won, and prices nothing.</param>
/// <param name="TariffWindow">The version's own.</param>
internal sealed record Placement(
    AssignmentScope Scope, string Place, int Priority, Validity Window, TariffId TariffId, PinnedTariff? Tariff, Validity TariffWindow)
{
    public bool AppliesAt(Instant at) => Window.Contains(at) && TariffWindow.Contains(at);

    /// <summary>
    /// The winner first: the higher priority (0 where none is given), then the narrower scope, then the newer start (none is the oldest), then the
    /// tariff that was made later. No two placements of different tariffs are equal, so that one state of the book has one answer.
    /// </summary>
    public static int Compare(Placement one, Placement other)
    {
        var order = other.Priority.CompareTo(one.Priority);
        if (order == 0) order = other.Scope.CompareTo(one.Scope);
        if (order == 0) order = Start(other).CompareTo(Start(one));
        return order != 0 ? order : other.TariffId.Value.CompareTo(one.TariffId.Value);

        static Instant Start(Placement placement) => placement.Window.From ?? Instant.MinValue;
    }
}

/// <summary>All placements of a tenant, found by place. Immutable.</summary>
internal sealed class Placements
{
    private readonly FrozenDictionary<(AssignmentScope, string), Placement[]> _byPlace;

    /// <param name="since">Since when the tenant's book has been so.</param>
    public Placements(long stamp, Instant since, IEnumerable<Placement> all)
    {
        (Stamp, Since) = (stamp, since);
        _byPlace = all.GroupBy(placement => (placement.Scope, placement.Place))
            .ToFrozenDictionary(here => here.Key, here => here.Order(Comparer<Placement>.Create(Placement.Compare)).ToArray());
    }

    /// <summary>What the book's change stamp was, at the latest, when this was read.</summary>
    public long Stamp { get; }

    /// <summary>Before it the book was another one.</summary>
    public Instant Since { get; }

    /// <summary>The placement that wins; null where none applies.</summary>
    public Placement? Find(in Place place)
    {
        Placement? best = null;
        if (place is { Station: { } station, Evse: > 0 }) Better(AssignmentScope.Evse, Places.Evse(station, place.Evse), place.At, ref best);
        if (place.Station is { } alone) Better(AssignmentScope.Station, Places.Station(alone), place.At, ref best);
        if (place.Location is { } location) Better(AssignmentScope.Location, Places.Location(location), place.At, ref best);
        if (place.TokenGroup is { } group) Better(AssignmentScope.TokenGroup, Places.TokenGroup(group), place.At, ref best);
        Better(AssignmentScope.Tenant, Places.Tenant, place.At, ref best);
        return best;
    }

    private void Better(AssignmentScope scope, string place, Instant at, ref Placement? best)
    {
        if (!_byPlace.TryGetValue((scope, place), out var here)) return;
        if (Array.Find(here, placement => placement.AppliesAt(at)) is not { } found) return;
        if (best is null || Placement.Compare(found, best) < 0) best = found;
    }
}
