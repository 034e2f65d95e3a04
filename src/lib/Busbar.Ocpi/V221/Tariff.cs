namespace Busbar.Ocpi.V221;

/// <summary>OCPI 2.2.1 mod_tariffs, Tariff object. Values that OCPI writes as text or as an enumeration stay text: who reads it judges them.</summary>
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
    public Price? MinPrice { get; init; }
    public Price? MaxPrice { get; init; }
    public required IReadOnlyList<TariffElement> Elements { get; init; }
    public string? StartDateTime { get; init; }
    public string? EndDateTime { get; init; }
    public EnergyMix? EnergyMix { get; init; }
    public string? LastUpdated { get; init; }

    /// <summary>Not OCPI: what OCPI cannot say. Left out of what goes to a partner.</summary>
    public TariffExtensions? Extensions { get; init; }
}

/// <summary>mod_tariffs, TariffElement.</summary>
public sealed record TariffElement
{
    public required IReadOnlyList<PriceComponent> PriceComponents { get; init; }
    public TariffRestrictions? Restrictions { get; init; }
}

/// <summary>mod_tariffs, PriceComponent: per kWh, per hour, or once.</summary>
public sealed record PriceComponent
{
    /// <summary>ENERGY, FLAT, PARKING_TIME or TIME.</summary>
    public required string Type { get; init; }
    public required decimal Price { get; init; }

    /// <summary>Per cent. Absent: no VAT, or none that is known.</summary>
    public decimal? Vat { get; init; }

    /// <summary>Wh, or seconds.</summary>
    public required int StepSize { get; init; }
}

/// <summary>mod_tariffs, TariffRestrictions. Energy in kWh, power in kW, current in A, durations in seconds.</summary>
public sealed record TariffRestrictions
{
    public string? StartTime { get; init; }
    public string? EndTime { get; init; }
    public string? StartDate { get; init; }
    public string? EndDate { get; init; }
    public decimal? MinKwh { get; init; }
    public decimal? MaxKwh { get; init; }
    public decimal? MinCurrent { get; init; }
    public decimal? MaxCurrent { get; init; }
    public decimal? MinPower { get; init; }
    public decimal? MaxPower { get; init; }
    public int? MinDuration { get; init; }
    public int? MaxDuration { get; init; }
    public IReadOnlyList<string>? DayOfWeek { get; init; }

    /// <summary>RESERVATION or RESERVATION_EXPIRES.</summary>
    public string? Reservation { get; init; }
}

/// <summary>types, Price.</summary>
public sealed record Price
{
    public required decimal ExclVat { get; init; }
    public decimal? InclVat { get; init; }
}

/// <summary>types, DisplayText.</summary>
public sealed record DisplayText
{
    public required string Language { get; init; }
    public required string Text { get; init; }
}

/// <summary>mod_locations, EnergyMix.</summary>
public sealed record EnergyMix
{
    public required bool IsGreenEnergy { get; init; }
    public IReadOnlyList<EnergySource>? EnergySources { get; init; }
    public IReadOnlyList<EnvironmentalImpact>? EnvironImpact { get; init; }
    public string? SupplierName { get; init; }
    public string? EnergyProductName { get; init; }
}

/// <summary>mod_locations, EnergySource.</summary>
public sealed record EnergySource
{
    public required string Source { get; init; }
    public required decimal Percentage { get; init; }
}

/// <summary>mod_locations, EnvironmentalImpact: grams per kWh.</summary>
public sealed record EnvironmentalImpact
{
    public required string Category { get; init; }
    public required decimal Amount { get; init; }
}
