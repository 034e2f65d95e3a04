using System.Collections.Frozen;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Operations.Storage;
using Busbar.Stations.Contracts;

namespace Busbar.Operations;

/// <summary>Finds which alerts a right reaches, by where the stations stand now.</summary>
internal sealed class AlertReach(IStationCatalog stations)
{
    public async ValueTask<AlertPlaces> OfAsync(TenantId tenant, Reach reach, CancellationToken ct) =>
        reach.IsWhole ? AlertPlaces.All
            : reach.IsNowhere ? AlertPlaces.None
            : new AlertPlaces([.. await stations.WithinAsync(tenant, reach, ct)], [.. reach.Locations.Select(id => new LocationId(id))]);
}

/// <summary>
/// The stations and sites whose alerts are in reach: a station's follows it when it is moved, that of a whole site is for who holds the right at that site, and what is about no place, such as
/// missing prices, for who holds it in the whole tenant.
/// </summary>
internal sealed class AlertPlaces(StationId[] stations, LocationId[] locations)
{
    private readonly FrozenSet<StationId> _stations = stations.ToFrozenSet();
    private readonly FrozenSet<LocationId> _locations = locations.ToFrozenSet();

    public static AlertPlaces All { get; } = new([], []) { IsAll = true };

    public static AlertPlaces None { get; } = new([], []);

    private bool IsAll { get; init; }

    public bool Covers(AlertRow row) => IsAll || (row.StationId is { } station ? _stations.Contains(station) : row.LocationId is { } site && _locations.Contains(site));

    /// <summary>The same, in the database.</summary>
    public IQueryable<AlertRow> Of(IQueryable<AlertRow> rows)
    {
        if (IsAll) return rows;
        StationId?[] there = [.. stations.Select(id => (StationId?)id)];
        LocationId?[] sites = [.. locations.Select(id => (LocationId?)id)];
        return rows.Where(row => row.StationId != null ? there.Contains(row.StationId) : row.LocationId != null && sites.Contains(row.LocationId));
    }
}
