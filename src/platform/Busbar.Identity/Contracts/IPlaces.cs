using Busbar.Identity.Http;
using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>What the places are that a right may be bound to. The room that has locations and stations says it.</summary>
public interface IPlaces
{
    /// <summary>Those of them that are there.</summary>
    Task<IReadOnlyDictionary<Place, PlaceCard>> ReadAsync(TenantId tenant, IReadOnlyCollection<Place> places, CancellationToken ct);

    /// <summary>By the names that the API uses: a location's id, a station's <c>stationId</c>. What is not there is missing.</summary>
    Task<IReadOnlyList<PlaceCard>> FindAsync(TenantId tenant, PlaceKind kind, IReadOnlyCollection<string> names, CancellationToken ct);

    /// <summary>For a form: the locations that somebody may choose from, by their title.</summary>
    Task<IReadOnlyList<PlaceCard>> OfferAsync(TenantId tenant, CancellationToken ct);
}

/// <param name="Name">As the API names it.</param>
/// <param name="Title">As people call it.</param>
/// <param name="StandsAt">Of a station, its location.</param>
/// <param name="Href">Its page.</param>
public sealed record PlaceCard(Place Place, string Name, string Title, Guid? StandsAt, string Href);
