using Busbar.Kernel;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations;

/// <summary>What is known of stations at this moment, beyond their rows.</summary>
internal interface IStationPresence
{
    /// <summary>One that is missing has no connection, and is as its row says.</summary>
    ValueTask<IReadOnlyDictionary<StationId, StationPresence>> FindAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct);
}

/// <param name="Connectors">By EVSE and connector; one that is missing is as its row says.</param>
/// <param name="TakenOverAt">When its connections had replaced each other too often; null: not lately.</param>
internal sealed record StationPresence(
    bool Online, string? Protocol, Instant? LastSeen, IReadOnlyDictionary<(int Evse, int Connector), ConnectorNow> Connectors, Instant? TakenOverAt)
{
    /// <summary>How far its clock is ahead of ours, in milliseconds; null where it told no time to this process.</summary>
    public long? ClockOffsetMs { get; init; }

    /// <summary>What it said of itself to this process.</summary>
    public required StationDescription Description { get; init; }

    /// <summary>When it had shown too many tags that nobody knows; null: not lately.</summary>
    public Instant? TagsTriedAt { get; init; }
}

/// <summary>What a station says of itself in a BootNotification. What it left out, or has not said yet, is null.</summary>
[GenerateSerializer, Immutable, Alias("busbar.station-description")]
internal sealed record StationDescription(string? Vendor, string? Model, string? Serial, string? Firmware);

/// <summary>A connector as its station last reported it.</summary>
/// <param name="Status">In OCPP's words.</param>
/// <param name="At">The station's time of the report, or that of its receipt.</param>
internal readonly record struct ConnectorNow(string Status, Instant At, string? ErrorCode);
