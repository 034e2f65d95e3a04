using Busbar.Kernel;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions.Contracts;

/// <summary>A session that goes on, as far as one has to see whether it does.</summary>
/// <param name="Station">The station's name.</param>
/// <param name="LastReading">The station's time of the last reading, or the start without one.</param>
/// <param name="Cost">What it costs so far, without tax; null without a price.</param>
public sealed record WatchedSession(SessionId Id, StationId StationId, string Station, int Evse, int Connector, Instant StartedAt, Instant LastReading, Money? Cost);

/// <summary>What a station's CDRs came to, without tax.</summary>
/// <param name="Since">The end of the first of them.</param>
public sealed record StationRevenue(StationId Station, Money Amount, Instant Since);

/// <summary>How often a connector was used.</summary>
/// <param name="First">The start of the first of these sessions.</param>
/// <param name="LastEnd">When the last was over, as far as that is told; its start else.</param>
public sealed record ConnectorUsage(StationId Station, int Evse, int Connector, int Sessions, Instant First, Instant LastEnd);

/// <summary>What sessions say of the stations that they are at.</summary>
public interface ISessionWatch
{
    /// <summary>A tenant's sessions that charge or are suspended and began before then, in pages of bounded size.</summary>
    IAsyncEnumerable<IReadOnlyList<WatchedSession>> GoingOnAsync(TenantId tenant, Instant startedBefore, CancellationToken ct);

    /// <summary>By station, of CDRs whose charging ended since then; of several currencies the one that most was earned in.</summary>
    /// <param name="stations">With their names; a station is found by both.</param>
    Task<IReadOnlyDictionary<StationId, StationRevenue>> RevenueAsync(TenantId tenant, IReadOnlyDictionary<StationId, string> stations, Instant since, CancellationToken ct);

    /// <summary>Of sessions that began since then.</summary>
    Task<IReadOnlyList<ConnectorUsage>> UsageAsync(TenantId tenant, IReadOnlyDictionary<StationId, string> stations, Instant since, CancellationToken ct);
}
