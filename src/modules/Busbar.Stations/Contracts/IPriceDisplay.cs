using System.Globalization;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>What a station shows of prices. Implemented by Busbar.Pricing.</summary>
public interface IPriceDisplay
{
    /// <summary>By the same rules by which a session that begins there is priced.</summary>
    ValueTask<StationPrices> FindAsync(ScreenQuestion question, CancellationToken ct);
}

/// <summary>Whose price is asked, and where.</summary>
/// <param name="Token">Of the driver who reads it; null: whoever comes.</param>
public sealed record ScreenQuestion(TenantId Tenant, StationId Station, PresentedToken? Token, Instant At)
{
    /// <summary>The language (RFC 5646) whose text is to be the first; null, or one that nobody wrote: as they come.</summary>
    public string? Language { get; init; }
}

/// <summary>The prices of one station.</summary>
/// <param name="Whole">At each EVSE that does not stand apart; null: no tariff applies there and now.</param>
/// <param name="Apart">EVSEs at which another price holds, or (null) none.</param>
/// <param name="Text">All of them, for the one screen of the station: by language, at most 512 characters each. Empty: there is no price.</param>
public sealed record StationPrices(DisplayPrice? Whole, IReadOnlyDictionary<int, DisplayPrice?> Apart, IReadOnlyDictionary<string, string> Text)
{
    public static StationPrices None { get; } = Of(null);

    public bool IsNone => Whole is null && Apart.Values.All(price => price is null);

    /// <summary>Of all versions together: another one as soon as any of them is another. Empty: there is no price.</summary>
    public string Name => IsNone ? "" : string.Join('\n',
        [Whole?.TariffId ?? "", .. Apart.OrderBy(own => own.Key).Select(own => string.Create(CultureInfo.InvariantCulture, $"{own.Key}:{own.Value?.TariffId}"))]);

    /// <summary>The same at every EVSE.</summary>
    public static StationPrices Of(DisplayPrice? whole) => new(whole, new Dictionary<int, DisplayPrice?>(), whole?.Text ?? new Dictionary<string, string>());
}

/// <summary>A price, for a screen.</summary>
/// <param name="TariffId">Unique for this version: at most 36 characters, since stations keep it by that.</param>
/// <param name="Tariff">What the text tells of.</param>
/// <param name="Text">By language (<c>en</c>, <c>de</c>), at most 512 characters each.</param>
public sealed record DisplayPrice(string TariffId, Rating.Tariff Tariff, IReadOnlyDictionary<string, string> Text)
{
    /// <summary>What stations call a version of a tariff.</summary>
    public static string NameOf(string tariff, int version) => string.Create(CultureInfo.InvariantCulture, $"{tariff}-{version}");
}
