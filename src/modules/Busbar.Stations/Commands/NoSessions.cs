using Busbar.Kernel;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations.Commands;

/// <summary>Where no room of sessions is served.</summary>
internal sealed class NoSessions : ICurrentSessions, IOpenSessions
{
    public ValueTask<CurrentSession?> FindAsync(TenantId tenant, string sessionId, CancellationToken ct) => ValueTask.FromResult<CurrentSession?>(null);

    public ValueTask<IReadOnlyList<CurrentSession>> AtAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<CurrentSession>>([]);

    ValueTask<IReadOnlyList<OpenSession>> IOpenSessions.AtAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<OpenSession>>([]);

    public IAsyncEnumerable<OpenSession> SilentSinceAsync(Instant before, CancellationToken ct) => AsyncEnumerable.Empty<OpenSession>();
}
