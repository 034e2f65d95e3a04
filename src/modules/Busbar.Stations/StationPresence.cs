using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations;

/// <summary>What is known of a station at this moment, beyond its row.</summary>
internal interface IStationPresence
{
    /// <summary>Null: nothing more than the row says, and no connection.</summary>
    StationPresence? Find(StationId station);
}

/// <param name="Connectors">By EVSE and connector; one that is missing is as its row says.</param>
/// <param name="TakenOverAt">When its connections had replaced each other too often; null: not lately.</param>
internal sealed record StationPresence(
    bool Online, string? Protocol, Instant? LastSeen, IReadOnlyDictionary<(int Evse, int Connector), (string Status, Instant At)> Connectors, Instant? TakenOverAt)
{
    /// <summary>How far its clock is ahead of ours, in milliseconds; null where it told no time to this process.</summary>
    public long? ClockOffsetMs { get; init; }
}

