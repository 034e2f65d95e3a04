using Busbar.Kernel;
using Busbar.Stations.Contracts;

namespace Busbar.Stations.Commands;

/// <summary>Where no room of sessions is served.</summary>
internal sealed class NoSessions : ICurrentSessions
{
    public ValueTask<CurrentSession?> FindAsync(TenantId tenant, string sessionId, CancellationToken ct) => ValueTask.FromResult<CurrentSession?>(null);

    public ValueTask<IReadOnlyList<CurrentSession>> AtAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<CurrentSession>>([]);
}
