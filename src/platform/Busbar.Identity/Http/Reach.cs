using System.Collections.Frozen;
using Microsoft.AspNetCore.Http;

namespace Busbar.Identity.Http;

/// <summary>
/// Where a right holds: in the whole tenant, at some locations (with whatever stands there now), and at some stations. The handler of a route that is
/// <see cref="Routes.WithinReach{TBuilder}"/> takes it as a parameter: that of the route's scope.
/// </summary>
public sealed class Reach
{
    private Reach(FrozenSet<Guid> locations, FrozenSet<Guid> stations) => (Locations, Stations) = (locations, stations);

    /// <summary>All that the tenant has.</summary>
    public static Reach Whole { get; } = new([], []) { IsWhole = true };

    public static Reach Nowhere { get; } = new([], []);

    public bool IsWhole { get; private init; }

    public bool IsNowhere => !IsWhole && Locations.Count == 0 && Stations.Count == 0;

    /// <summary>Empty where it <see cref="IsWhole"/>.</summary>
    public FrozenSet<Guid> Locations { get; }

    /// <inheritdoc cref="Locations" />
    public FrozenSet<Guid> Stations { get; }

    public static Reach Of(IEnumerable<Guid> locations, IEnumerable<Guid> stations) => new(locations.ToFrozenSet(), stations.ToFrozenSet());

    /// <summary>A right at one place.</summary>
    public static Reach At(Place where) => where.Kind switch
    {
        PlaceKind.Tenant => Whole,
        PlaceKind.Location => Of([where.Id], []),
        _ => Of([], [where.Id]),
    };

    public bool CoversLocation(Guid location) => IsWhole || Locations.Contains(location);

    /// <param name="location">Where the station stands now; null: nowhere.</param>
    /// <param name="station">Its id.</param>
    public bool CoversStation(Guid? location, Guid station) => IsWhole || Stations.Contains(station) || (location is { } place && Locations.Contains(place));

    /// <param name="where">A place that a right may be bound to.</param>
    /// <param name="standsAt">Of a station, its location.</param>
    public bool Covers(Place where, Guid? standsAt) => where.Kind switch
    {
        PlaceKind.Tenant => IsWhole,
        PlaceKind.Location => CoversLocation(where.Id),
        _ => CoversStation(standsAt, where.Id),
    };

    /// <summary>Both together.</summary>
    public Reach And(Reach other) =>
        IsWhole || other.IsWhole ? Whole : IsNowhere ? other : other.IsNowhere ? this : Of(Locations.Concat(other.Locations), Stations.Concat(other.Stations));

    /// <exception cref="InvalidOperationException">The route needs no scope, so there is no reach of it.</exception>
    public static ValueTask<Reach?> BindAsync(HttpContext context) =>
        ValueTask.FromResult<Reach?>(context.Features.Get<Reach>() ?? throw new InvalidOperationException("A handler of a route without a scope asks for its reach."));
}

/// <summary>What a right is bound to.</summary>
public enum PlaceKind
{
    /// <summary>The whole tenant.</summary>
    Tenant,
    Location,
    Station,
}

/// <param name="Id">All zeros for the tenant.</param>
public readonly record struct Place(PlaceKind Kind, Guid Id)
{
    public static Place Tenant { get; } = new(PlaceKind.Tenant, Guid.Empty);
}
