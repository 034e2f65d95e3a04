using Busbar.Kernel;
using Busbar.Shell;
using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>What happened at a station, in plain words and in the language of the moment.</summary>
/// <param name="Tone">What it means to who reads it.</param>
/// <param name="Href">Where more of it is told; null: nowhere.</param>
public sealed record StationEvent(Instant At, string Text, Tone Tone, string? Href);

/// <summary>What another room knows of a station's past, for the station's history.</summary>
public interface IStationStory
{
    /// <summary>What one must hold to see it.</summary>
    string Scope { get; }

    /// <summary>The newest first, from before <paramref name="before"/>.</summary>
    ValueTask<IReadOnlyList<StationEvent>> ReadAsync(TenantId tenant, StationId station, Instant before, int most, CancellationToken ct);
}
