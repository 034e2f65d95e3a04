using Busbar.Kernel;
using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>What a station shows of a price. Implemented by Busbar.Pricing.</summary>
public interface IPriceDisplay
{
    /// <param name="evse">0: the station's own price, whichever EVSE is used.</param>
    /// <param name="tokenGroup">Of the driver's token; null: whoever comes.</param>
    /// <returns>Null: no tariff applies there and now.</returns>
    ValueTask<DisplayPrice?> FindAsync(TenantId tenant, StationId station, int evse, string? tokenGroup, Instant at, CancellationToken ct);
}

/// <summary>A price, for a screen.</summary>
/// <param name="TariffId">Unique for this version: at most 36 characters, since stations keep it by that.</param>
/// <param name="Tariff">What the text tells of.</param>
/// <param name="Text">By language (<c>en</c>, <c>de</c>), at most 512 characters each.</param>
public sealed record DisplayPrice(string TariffId, Rating.Tariff Tariff, IReadOnlyDictionary<string, string> Text);
