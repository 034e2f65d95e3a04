using Busbar.Kernel;
using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>Which stations and sites there are, for the rooms to the right. Answered from memory where it can be.</summary>
public interface IStationCatalog
{
    /// <param name="stationId">The station's own identity: the API's <c>stationId</c>; case matters.</param>
    ValueTask<StationCard?> FindAsync(TenantId tenant, string stationId, CancellationToken ct);

    ValueTask<StationCard?> FindAsync(TenantId tenant, StationId id, CancellationToken ct);

    ValueTask<LocationCard?> FindAsync(TenantId tenant, LocationId id, CancellationToken ct);
}

/// <param name="Identity">The API's <c>stationId</c>.</param>
/// <param name="TimeZone">IANA: the location's, or the tenant's for a station without one.</param>
/// <param name="Currency">The location's, or the tenant's.</param>
public sealed record StationCard(TenantId Tenant, StationId Id, string Identity, LocationId? Location, string TimeZone, Currency Currency, Instant CreatedAt)
{
    /// <summary>The EVSEs that are known, in their order; what a station has and nobody has told of is missing.</summary>
    public IReadOnlyList<int> Evses { get; init; } = [];
}

public sealed record LocationCard(TenantId Tenant, LocationId Id, string Name, string Country, string TimeZone, Currency Currency);
