using Busbar.Kernel;
using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>A station as it is at one moment.</summary>
/// <param name="Identity">The API's <c>stationId</c>.</param>
/// <param name="FirstSeen">Null: it has never connected.</param>
/// <param name="LastSeen">Of one that is offline, when it was heard last.</param>
public sealed record StationState(
    TenantId Tenant, StationId Id, string Identity, LocationId? Location, Instant? FirstSeen, Instant? LastSeen, bool Online, IReadOnlyList<ConnectorState> Connectors);

/// <param name="Status">In OCPP's words; null: it was not told.</param>
/// <param name="Since">The station's time of that word.</param>
/// <param name="Error">As the station said it; null where it said none.</param>
public readonly record struct ConnectorState(int Evse, int Connector, string? Status, Instant? Since, string? Error);

/// <summary>How all stations are: what is live from memory, the rest from their rows.</summary>
public interface IStationStates
{
    /// <summary>A tenant's stations in the order of their ids, in pages of bounded size.</summary>
    IAsyncEnumerable<IReadOnlyList<StationState>> ReadAsync(TenantId tenant, CancellationToken ct);
}
