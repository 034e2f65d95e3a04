using Busbar.Kernel;

namespace Busbar.Stations.Contracts;

/// <summary>Facts of ours about a station, from rooms that know more than the station does. They stand in its journal between its own.</summary>
public interface IConclusions
{
    /// <summary>Records it where the station's book is, whichever process holds the station, and whether or not it is connected.</summary>
    /// <returns>False: it is not durable now; tell it again.</returns>
    Task<bool> ConcludeAsync(TenantId tenant, StationId station, ChargingFact fact, CancellationToken ct);
}
