using Busbar.Stations.Contracts;
using NodaTime;
using Orleans.Services;

namespace Busbar.Stations.Cluster;

/// <summary>
/// What one process of the cluster can be asked about the stations that it holds. Each has one; it answers many at once. Whatever is asked names the tenant too: of another tenant's station it
/// knows nothing.
/// </summary>
[Alias("busbar.station-node")]
internal interface IStationNode : IGrainService
{
    /// <summary>Sends the CALL over this process's own socket; offline where it has none.</summary>
    [Alias("call")]
    Task<ForwardedAnswer> CallAsync(Guid tenant, Guid station, ForwardedCall call);

    /// <summary>The protocol of the station's connection (16, 201, 21); 0 when it has none here.</summary>
    [Alias("protocol")]
    Task<int> ProtocolAsync(Guid tenant, Guid station);

    /// <summary>Records a fact of ours about a station whose socket this process holds: 1; 0 where it has none; -1: it is not durable.</summary>
    /// <param name="action">As the journal calls it.</param>
    [Alias("conclude")]
    Task<int> ConcludeAsync(Guid tenant, Guid station, string action, byte[] fact);

    /// <summary>What this process knows of these stations of the tenant, those that it knows nothing of left out.</summary>
    [Alias("presence-of")]
    Task<NodePresence[]> PresenceAsync(Guid tenant, Guid[] stations);
}

/// <param name="LastSeen">Unix milliseconds.</param>
/// <param name="TakenOverAt">Unix milliseconds.</param>
/// <param name="TagsTriedAt">Unix milliseconds.</param>
[GenerateSerializer, Immutable, Alias("busbar.node-presence")]
internal sealed record NodePresence(
    Guid Station, bool Online, string? Protocol, long? LastSeen, NodeConnector[] Connectors, long? TakenOverAt, long? ClockOffsetMs, long? TagsTriedAt, StationDescription? Description)
{
    public static NodePresence Of(StationId station, StationPresence known) => new(
        station.Value, known.Online, known.Protocol, known.LastSeen?.ToUnixTimeMilliseconds(),
        [.. known.Connectors.Select(pair => new NodeConnector(pair.Key.Evse, pair.Key.Connector, pair.Value.Status, pair.Value.At.ToUnixTimeMilliseconds(), pair.Value.ErrorCode))],
        known.TakenOverAt?.ToUnixTimeMilliseconds(), known.ClockOffsetMs, known.TagsTriedAt?.ToUnixTimeMilliseconds(), known.Description);

    public StationPresence ToPresence() => new(
        Online, Protocol, InstantOf(LastSeen),
        Connectors.ToDictionary(it => (it.Evse, it.Connector), it => new ConnectorNow(it.Status, Instant.FromUnixTimeMilliseconds(it.At), it.ErrorCode)), InstantOf(TakenOverAt))
    {
        ClockOffsetMs = ClockOffsetMs,
        TagsTriedAt = InstantOf(TagsTriedAt),
        // A process of an earlier version says nothing of it.
        Description = Description ?? new StationDescription(null, null, null, null),
    };

    private static Instant? InstantOf(long? at) => at is { } known ? Instant.FromUnixTimeMilliseconds(known) : null;
}

/// <param name="At">Unix milliseconds.</param>
[GenerateSerializer, Immutable, Alias("busbar.node-connector")]
internal readonly record struct NodeConnector(int Evse, int Connector, string Status, long At, string? ErrorCode);
