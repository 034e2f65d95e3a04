namespace Busbar.Ocpi;

/// <summary>
/// The member <c>extensions</c> of a tariff object: what a tariff may have and OCPI 2.2.1 and 2.3.0 cannot say. Not OCPI, and left out of what goes to a partner. Names and units are
/// in OCPI's manner: snake_case, durations in seconds, prices per kWh, per hour or once.
/// </summary>
public sealed record TariffExtensions
{
    /// <summary>Sessions that are too small to be charged at all.</summary>
    public WaiverExtension? WaiveBelow { get; init; }

    /// <summary>What tempers the price of idle time.</summary>
    public IdleExtension? Idle { get; init; }

    /// <summary><c>EACH_DAY</c>: each part of a session has the tax of its day; absent: all of it that of its end.</summary>
    public string? TaxPoint { get; init; }

    /// <summary>2.2.1 only: <c>YES</c> or <c>N/A</c>, as 2.3.0 has it.</summary>
    public string? TaxIncluded { get; init; }

    /// <summary>A bound after taxes alone.</summary>
    public LimitExtension? MinPrice { get; init; }

    /// <summary>A bound after taxes alone.</summary>
    public LimitExtension? MaxPrice { get; init; }

    /// <summary>Days that restrictions name.</summary>
    public IReadOnlyList<CalendarExtension>? Calendars { get; init; }

    public IReadOnlyList<ElementExtension>? Elements { get; init; }
}

/// <summary>A session is waived when it stays below every threshold that is set.</summary>
public sealed record WaiverExtension
{
    public decimal? EnergyWh { get; init; }
    public decimal? DurationSeconds { get; init; }
}

/// <summary>Grace and cap of idle time.</summary>
public sealed record IdleExtension
{
    public decimal? GraceSeconds { get; init; }

    /// <summary>More energy than this between two idle times grants the grace again.</summary>
    public decimal? RestartAboveWh { get; init; }
    public LimitExtension? Cap { get; init; }
}

/// <summary>An amount before or after taxes, or both.</summary>
public sealed record LimitExtension
{
    public decimal? BeforeTaxes { get; init; }
    public decimal? AfterTaxes { get; init; }
}

/// <summary>Named local dates of the site: <c>2026-12-25</c>.</summary>
public sealed record CalendarExtension
{
    public required string Name { get; init; }
    public required IReadOnlyList<string> Dates { get; init; }
}

/// <summary>More of one element.</summary>
public sealed record ElementExtension
{
    /// <summary>Its index among the tariff's, from 0.</summary>
    public required int Element { get; init; }
    public RestrictionsExtension? Restrictions { get; init; }
    public IReadOnlyList<ComponentExtension>? PriceComponents { get; init; }
}

/// <summary>Conditions beside OCPI's own; all must hold. Times in seconds.</summary>
public sealed record RestrictionsExtension
{
    /// <summary>In the place of OCPI's, which counts whole seconds.</summary>
    public decimal? MinDuration { get; init; }
    public decimal? MaxDuration { get; init; }
    public decimal? MinChargingTime { get; init; }
    public decimal? MaxChargingTime { get; init; }
    public decimal? MinIdleTime { get; init; }
    public decimal? MaxIdleTime { get; init; }
    public string? SpecialDays { get; init; }
    public string? ExceptSpecialDays { get; init; }

    /// <summary>AC or DC.</summary>
    public string? EvseKind { get; init; }
    public string? PaymentBrand { get; init; }
    public string? PaymentRecognition { get; init; }
    public string? TokenGroup { get; init; }
}

/// <summary>More of one price component, or one that OCPI has no type for.</summary>
public sealed record ComponentExtension
{
    /// <summary>Its index in the element, from 0, with those of this list counted.</summary>
    public required int PriceComponent { get; init; }

    /// <summary><c>EXPORT</c>: a price for energy given back, which is a component of its own; absent: more of one that OCPI says.</summary>
    public string? Type { get; init; }

    /// <summary>In the place of OCPI's: in 2.2.1 the price with taxes.</summary>
    public decimal? Price { get; init; }

    /// <summary>Of an <c>EXPORT</c>.</summary>
    public int? StepSize { get; init; }

    /// <summary>In the place of <c>vat</c>.</summary>
    public IReadOnlyList<TaxExtension>? Taxes { get; init; }
    public CurveExtension? Curve { get; init; }
}

/// <summary>A tax, with its days.</summary>
public sealed record TaxExtension
{
    public required string Name { get; init; }
    public required decimal Percent { get; init; }
    public int? Stack { get; init; }
    public string? From { get; init; }
    public string? Until { get; init; }
}

/// <summary>A price that follows a curve of the market.</summary>
public sealed record CurveExtension
{
    public required string Name { get; init; }

    /// <summary><c>AT_START</c> or <c>EACH_INTERVAL</c>.</summary>
    public required string Lock { get; init; }

    /// <summary>Absent: 100.</summary>
    public decimal? Percent { get; init; }
    public decimal? Add { get; init; }
    public decimal? Least { get; init; }
    public decimal? Most { get; init; }
}
