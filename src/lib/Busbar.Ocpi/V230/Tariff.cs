using Busbar.Ocpi.V221;

namespace Busbar.Ocpi.V230;

/// <summary>OCPI 2.3.0 mod_tariffs, Tariff object; its elements, texts and energy mix are those of 2.2.1.</summary>
/// <remarks>What names a tariff among parties may be absent here, for tariffs that are not exchanged yet.</remarks>
public sealed record Tariff
{
    public string? CountryCode { get; init; }
    public string? PartyId { get; init; }
    public string? Id { get; init; }
    public required string Currency { get; init; }
    public string? Type { get; init; }
    public IReadOnlyList<DisplayText>? TariffAltText { get; init; }
    public string? TariffAltUrl { get; init; }
    public PriceLimit? MinPrice { get; init; }
    public PriceLimit? MaxPrice { get; init; }

    /// <summary>Payments: what a terminal reserves on the card.</summary>
    public decimal? PreauthorizeAmount { get; init; }
    public required IReadOnlyList<TariffElement> Elements { get; init; }

    /// <summary>YES, NO or N/A. Required by the text, absent in some of its own examples.</summary>
    public string? TaxIncluded { get; init; }
    public string? StartDateTime { get; init; }
    public string? EndDateTime { get; init; }
    public EnergyMix? EnergyMix { get; init; }
    public string? LastUpdated { get; init; }

    /// <summary>Not OCPI: what OCPI cannot say. Left out of what goes to a partner.</summary>
    public TariffExtensions? Extensions { get; init; }
}

/// <summary>mod_tariffs, PriceLimit.</summary>
public sealed record PriceLimit
{
    public required decimal BeforeTaxes { get; init; }
    public decimal? AfterTaxes { get; init; }
}
