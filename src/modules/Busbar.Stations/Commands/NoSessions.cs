using Busbar.Kernel;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations.Commands;

/// <summary>Where no room of sessions is served.</summary>
internal sealed class NoSessions : ICurrentSessions, IOpenSessions, IChargingEvidence
{
    public ValueTask<CurrentSession?> FindAsync(TenantId tenant, string sessionId, CancellationToken ct) => ValueTask.FromResult<CurrentSession?>(null);

    public ValueTask<IReadOnlyList<CurrentSession>> AtAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<CurrentSession>>([]);

    ValueTask<IReadOnlyList<OpenSession>> IOpenSessions.AtAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct) => ValueTask.FromResult<IReadOnlyList<OpenSession>>([]);

    public ValueTask<IReadOnlyList<BegunCharge>> BegunAsync(TenantId tenant, StationId station, Instant from, Instant until, CancellationToken ct) =>
        ValueTask.FromResult<IReadOnlyList<BegunCharge>>([]);

    public ValueTask<EndedCharge?> EndAsync(TenantId tenant, StationId station, string transactionId, CancellationToken ct) => ValueTask.FromResult<EndedCharge?>(null);

    public IAsyncEnumerable<OpenSession> SilentSinceAsync(Instant before, CancellationToken ct) => AsyncEnumerable.Empty<OpenSession>();
}
