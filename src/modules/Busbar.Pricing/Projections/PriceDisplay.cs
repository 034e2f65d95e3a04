using System.Globalization;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>What a station shows: the tariff that applies there, in every language.</summary>
internal sealed class PriceDisplay(ITariffBook book, IStationCatalog stations) : IPriceDisplay
{
    private const int MaximumText = 512;

    public async ValueTask<DisplayPrice?> FindAsync(TenantId tenant, StationId station, int evse, string? tokenGroup, Instant at, CancellationToken ct)
    {
        if (await stations.FindAsync(tenant, station, ct) is not { } card) return null;
        if (await book.FindAsync(new TariffQuestion(tenant, card.Location?.Value, station, evse, tokenGroup, at), ct) is not { } pinned) return null;
        var (shown, day) = (DisplayText.For(pinned.Tariff, tokenGroup), at.InZone(Zones.Find(card.TimeZone)).Date);
        return new DisplayPrice(
            string.Create(CultureInfo.InvariantCulture, $"{pinned.Id}-{pinned.Version}"), pinned.Tariff,
            DisplayText.Languages.ToDictionary(language => language, language => DisplayText.Of(shown, language, MaximumText, day).Text, StringComparer.Ordinal));
    }
}
