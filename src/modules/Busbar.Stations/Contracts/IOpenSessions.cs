using Busbar.Kernel;
using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>A session of which something is still missing: its end, its start, or messages between them.</summary>
/// <param name="TransactionId">As the station knows it.</param>
/// <param name="HasEnd">Its end was told; messages before it were not.</param>
/// <param name="IsSuperseded">Another session began on its connector since.</param>
public sealed record OpenSession(TenantId Tenant, StationId Station, string TransactionId, int? Evse, int? Connector, bool HasEnd, bool IsSuperseded);

/// <summary>Which sessions wait for more from their stations. Implemented by Busbar.Sessions.</summary>
public interface IOpenSessions
{
    /// <summary>What is open at any of these stations, the oldest first.</summary>
    ValueTask<IReadOnlyList<OpenSession>> AtAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct);

    /// <summary>What is open, in all tenants, and has not been told anything of since <paramref name="before"/>, by the time of receipt; the oldest first.</summary>
    IAsyncEnumerable<OpenSession> SilentSinceAsync(Instant before, CancellationToken ct);
}
