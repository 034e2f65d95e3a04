using Busbar.Ocpi.V221;

namespace Busbar.Ocpi.V211;

/// <summary>OCPI 2.1.1 mod_tariffs 3.1, Tariff object: prices before VAT, no bounds, no validity. Its texts and energy mix are those of 2.2.1.</summary>
/// <remarks>What names a tariff may be absent here, for tariffs that are not exchanged yet.</remarks>
public sealed record Tariff
{
    public string? Id { get; init; }
    public required string Currency { get; init; }
    public IReadOnlyList<DisplayText>? TariffAltText { get; init; }
    public string? TariffAltUrl { get; init; }
    public required IReadOnlyList<TariffElement> Elements { get; init; }
    public EnergyMix? EnergyMix { get; init; }
    public string? LastUpdated { get; init; }
}

/// <summary>mod_tariffs 4.3, TariffElement.</summary>
public sealed record TariffElement
{
    public required IReadOnlyList<PriceComponent> PriceComponents { get; init; }
    public TariffRestrictions? Restrictions { get; init; }
}

/// <summary>mod_tariffs 4.2, PriceComponent: per kWh, per hour, or once; before VAT.</summary>
public sealed record PriceComponent
{
    /// <summary>ENERGY, FLAT, PARKING_TIME or TIME.</summary>
    public required string Type { get; init; }
    public required decimal Price { get; init; }

    /// <summary>Wh, or seconds.</summary>
    public required int StepSize { get; init; }
}

/// <summary>mod_tariffs 4.5, TariffRestrictions: neither current nor reservation. Energy in kWh, power in kW, durations in seconds.</summary>
public sealed record TariffRestrictions
{
    public string? StartTime { get; init; }
    public string? EndTime { get; init; }
    public string? StartDate { get; init; }
    public string? EndDate { get; init; }
    public decimal? MinKwh { get; init; }
    public decimal? MaxKwh { get; init; }
    public decimal? MinPower { get; init; }
    public decimal? MaxPower { get; init; }
    public int? MinDuration { get; init; }
    public int? MaxDuration { get; init; }
    public IReadOnlyList<string>? DayOfWeek { get; init; }
}
