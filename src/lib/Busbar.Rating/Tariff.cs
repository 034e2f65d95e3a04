using System.Text.Json.Serialization;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>
/// What a session costs, in one currency: a list of elements of which, at each instant and for each dimension, the first that applies sets the
/// price (OCPI 2.3.0 mod_tariffs, "Tariff"). A value: two tariffs are the same when <see cref="TariffJson.Hash(Tariff)"/> says so.
/// </summary>
/// <remarks>The order of the members is the order of the canonical JSON: new ones go to the end.</remarks>
public sealed record Tariff
{
    public required Currency Currency { get; init; }

    public required TaxMode TaxMode { get; init; }

    public required IReadOnlyList<TariffElement> Elements { get; init; }

    /// <summary>The least that a session costs, once it has begun.</summary>
    public PriceBound? Min { get; init; }

    /// <summary>The most that a session costs.</summary>
    public PriceBound? Max { get; init; }

    /// <summary>
    /// Sessions that are too small to be charged at all, start fee and minimum price included. Absent by default: OCPI charges a FLAT component
    /// as soon as it is active, whether or not energy flows.
    /// </summary>
    public Waiver? WaiveBelow { get; init; }
}

/// <summary>How the prices of a tariff stand to taxes.</summary>
[JsonConverter(typeof(CamelCaseEnum<TaxMode>))]
public enum TaxMode
{
    /// <summary>Taxes come on top of the prices.</summary>
    Exclusive,

    /// <summary>The prices include the taxes; the gross amount is the authoritative one.</summary>
    Inclusive,

    /// <summary>No tax applies: before and after are the same amount.</summary>
    NotApplicable,
}

/// <summary>
/// A bound on the session's total, in the tariff's currency. The two hold independently of each other; where only one is given, the other total
/// follows it pro rata.
/// </summary>
public sealed record PriceBound(decimal? BeforeTax = null, decimal? AfterTax = null);

/// <summary>A session is waived when it stays below every threshold that is set; with none set, nothing is waived.</summary>
public sealed record Waiver
{
    /// <summary>Of the session.</summary>
    [JsonPropertyName("energyWh")]
    public Energy? Energy { get; init; }

    /// <summary>From the session's start to its end.</summary>
    [JsonIgnore]
    public Duration? Duration { get; init; }

    [JsonInclude]
    internal decimal? DurationSeconds { get => Seconds.Of(Duration); init => Duration = Seconds.Parse(value); }
}

/// <summary>Prices that hold together, while <paramref name="When"/> does (always, if it is absent).</summary>
/// <param name="Components">At most one for each dimension.</param>
/// <param name="When">All of its conditions must hold.</param>
public sealed record TariffElement(IReadOnlyList<PriceComponent> Components, Restrictions? When = null);

/// <summary>The price of one dimension.</summary>
/// <param name="Dimension">What is counted.</param>
/// <param name="Price">Per kWh, per hour, or once, in the tariff's currency.</param>
/// <param name="StepSize">The billed total is rounded up to a multiple of it, once in a session: Wh for energy, seconds for times. 0 counts as 1.</param>
/// <param name="Taxes">None: no tax, or none that is known.</param>
public sealed record PriceComponent(Dimension Dimension, decimal Price, int StepSize, IReadOnlyList<TaxRate> Taxes);

/// <summary>A tax (OCPP 2.1 TaxRateType).</summary>
/// <param name="Name">As the receipt shows it: <c>VAT</c>.</param>
/// <param name="Percent">20 is 20 %.</param>
/// <param name="Stack">0 is taken on the net amount; n on the net amount and every tax of a lower stack.</param>
public sealed record TaxRate(string Name, decimal Percent, int Stack = 0);

/// <summary>What a price counts. Reservations are priced by elements whose restriction says so, with <see cref="Time"/> and <see cref="Flat"/>.</summary>
[JsonConverter(typeof(CamelCaseEnum<Dimension>))]
public enum Dimension
{
    /// <summary>Energy delivered, in any state of the vehicle.</summary>
    Energy,

    /// <summary>Time while the vehicle charges (OCPI TIME). Neither idle, withheld nor unknown time.</summary>
    Time,

    /// <summary>Time while the vehicle asks for no power (OCPI PARKING_TIME as corrected in 2.3.0 ed. 2).</summary>
    Idle,

    /// <summary>Once in a session, when it is first active.</summary>
    Flat,
}
