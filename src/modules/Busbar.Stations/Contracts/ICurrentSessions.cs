using Busbar.Kernel;
using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>A session that has not ended, as far as a command and a station's page need it.</summary>
/// <param name="SessionId">As the API shows it.</param>
/// <param name="TransactionId">As the station knows it.</param>
public sealed record CurrentSession(string SessionId, StationId Station, int? Evse, int? Connector, string TransactionId)
{
    /// <summary>So far, as it was last stored.</summary>
    public Energy Energy { get; init; }

    public Instant? StartedAt { get; init; }
}

/// <summary>Which sessions go on at a station. Implemented by Busbar.Sessions.</summary>
public interface ICurrentSessions
{
    /// <summary>Null: no such session in the tenant, or it has ended.</summary>
    ValueTask<CurrentSession?> FindAsync(TenantId tenant, string sessionId, CancellationToken ct);

    /// <summary>What goes on at any of these stations, the oldest first.</summary>
    ValueTask<IReadOnlyList<CurrentSession>> AtAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct);
}
