using Busbar.Identity.Http;
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

    /// <summary>Those that stand within a reach now; not to be asked for the whole tenant. From the database.</summary>
    Task<IReadOnlyList<StationId>> WithinAsync(TenantId tenant, Reach reach, CancellationToken ct);

    /// <summary>The countries of the tenant's locations, each once, with the strongest connector there. From the database.</summary>
    /// <param name="only">Of this location alone; null: of all.</param>
    Task<IReadOnlyList<CountryCard>> CountriesAsync(TenantId tenant, LocationId? only, CancellationToken ct);
}

/// <param name="Identity">The API's <c>stationId</c>.</param>
/// <param name="TimeZone">IANA: the location's, or the tenant's for a station without one.</param>
/// <param name="Currency">The location's, or the tenant's.</param>
public sealed record StationCard(TenantId Tenant, StationId Id, string Identity, LocationId? Location, string TimeZone, Currency Currency, Instant CreatedAt)
{
    /// <summary>The EVSEs that are known, in their order; what a station has and nobody has told of is missing.</summary>
    public IReadOnlyList<int> Evses { get; init; } = [];

    /// <summary>Of all of its connectors.</summary>
    public StrongestPower Strongest { get; init; } = StrongestPower.Unknown;
}

public sealed record LocationCard(TenantId Tenant, LocationId Id, string Name, string Country, string TimeZone, Currency Currency);

/// <param name="Country">ISO 3166-1 alpha-3.</param>
public sealed record CountryCard(string Country, StrongestPower Strongest);

/// <summary>What the strongest of some connectors can deliver.</summary>
/// <param name="Known">Of those of which it was said; null: of none.</param>
/// <param name="MayBeMore">Of some nobody said it.</param>
public readonly record struct StrongestPower(Power? Known, bool MayBeMore)
{
    public static StrongestPower Unknown { get; } = new(null, true);

    /// <summary>Of all of them together; of none nothing is known.</summary>
    public static StrongestPower Of(IEnumerable<StrongestPower> all) =>
        all.Aggregate((StrongestPower?)null, (one, other) => one is { } before ? new StrongestPower(Max(before.Known, other.Known), before.MayBeMore || other.MayBeMore) : other) ?? Unknown;

    private static Power? Max(Power? one, Power? other) => one is { } a && other is { } b ? (a.Milliwatts >= b.Milliwatts ? a : b) : one ?? other;
}
