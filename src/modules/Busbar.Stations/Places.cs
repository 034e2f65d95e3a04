using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Stations.Console;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations;

/// <summary>Rows within a reach, in the database: a list is narrowed before it is read.</summary>
internal static class RowsWithin
{
    public static IQueryable<StationRow> Within(this IQueryable<StationRow> rows, Reach reach)
    {
        if (reach.IsWhole) return rows;
        LocationId?[] locations = [.. reach.Locations.Select(id => (LocationId?)new LocationId(id))];
        StationId[] stations = [.. reach.Stations.Select(id => new StationId(id))];
        return rows.Where(row => locations.Contains(row.LocationId) || stations.Contains(row.Id));
    }

    public static IQueryable<LocationRow> Within(this IQueryable<LocationRow> rows, Reach reach)
    {
        if (reach.IsWhole) return rows;
        LocationId[] locations = [.. reach.Locations.Select(id => new LocationId(id))];
        return rows.Where(row => locations.Contains(row.Id));
    }
}

/// <inheritdoc />
internal sealed class Places(RoomDbFactory<StationsDb> rooms) : IPlaces
{
    // More nobody finds in a list; the API takes any.
    private const int MostOffered = 500;

    public async Task<IReadOnlyDictionary<Place, PlaceCard>> ReadAsync(TenantId tenant, IReadOnlyCollection<Place> places, CancellationToken ct)
    {
        LocationId[] locations = [.. places.Where(place => place.Kind == PlaceKind.Location).Select(place => new LocationId(place.Id))];
        StationId[] stations = [.. places.Where(place => place.Kind == PlaceKind.Station).Select(place => new StationId(place.Id))];
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var cards = new List<PlaceCard>();
        if (locations.Length > 0) cards.AddRange((await db.Locations.AsNoTracking().Where(row => locations.Contains(row.Id)).ToListAsync(ct)).Select(CardOf));
        if (stations.Length > 0) cards.AddRange((await db.Stations.AsNoTracking().Where(row => stations.Contains(row.Id)).ToListAsync(ct)).Select(CardOf));
        return cards.ToDictionary(card => card.Place);
    }

    public async Task<IReadOnlyList<PlaceCard>> FindAsync(TenantId tenant, PlaceKind kind, IReadOnlyCollection<string> names, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        if (kind == PlaceKind.Station)
        {
            string[] identities = [.. names.Where(StationDirectory.IsIdentity).Distinct()];
            return [.. (await db.Stations.AsNoTracking().Where(row => identities.Contains(row.Identity)).ToListAsync(ct)).Select(CardOf)];
        }
        LocationId[] ids = [.. names.Select(name => TypedId.TryParse<LocationId>(name, out var id) ? id : (LocationId?)null).OfType<LocationId>().Distinct()];
        return [.. (await db.Locations.AsNoTracking().Where(row => ids.Contains(row.Id)).ToListAsync(ct)).Select(CardOf)];
    }

    public async Task<IReadOnlyList<PlaceCard>> OfferAsync(TenantId tenant, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return [.. (await db.Locations.AsNoTracking().OrderBy(row => row.Name).ThenBy(row => row.Id).Take(MostOffered).ToListAsync(ct)).Select(CardOf)];
    }

    private static PlaceCard CardOf(LocationRow row) => new(new Place(PlaceKind.Location, row.Id.Value), row.Id.ToString(), $"{row.Name}, {row.City}", null, Links.ToLocation(row.Id));

    private static PlaceCard CardOf(StationRow row) => new(new Place(PlaceKind.Station, row.Id.Value), row.Identity, row.Identity, row.LocationId?.Value, Links.To(row.Identity));
}
