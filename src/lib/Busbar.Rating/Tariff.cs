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

    /// <summary>Grace and cap of the idle fee; absent: every idle millisecond has its element's price.</summary>
    public IdleTerms? Idle { get; init; }

    /// <summary>Calendars that restrictions name, so that a tariff's hash says which days were holidays.</summary>
    public IReadOnlyList<SpecialDays>? Calendars { get; init; }

    /// <summary>Which day's rate a tax has whose rate changes while a session runs (edge case E04).</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public TaxPoint TaxPoint { get; init; }
}

/// <summary>Which local day decides between the rates of a tax. The prices themselves are those of the version that was pinned at the start.</summary>
[JsonConverter(typeof(CamelCaseEnum<TaxPoint>))]
public enum TaxPoint
{
    /// <summary>The day on which the session ends: one supply.</summary>
    SessionEnd,

    /// <summary>For each part of the session the day on which it happened.</summary>
    EachDay,
}

/// <summary>What tempers the price of idle time (edge case E16).</summary>
public sealed record IdleTerms
{
    /// <summary>Idle time that is free; what lies beyond it is billed, and not the grace in retrospect.</summary>
    [JsonIgnore]
    public Duration? Grace { get; init; }

    /// <summary>
    /// More energy than this between two idle times, without another between them, grants the grace again: a vehicle that sips now and then gets none.
    /// Absent: once in a session.
    /// </summary>
    [JsonPropertyName("restartAboveWh")]
    public Energy? RestartAbove { get; init; }

    /// <summary>The most that the idle time of a session costs, in the tariff's currency.</summary>
    public PriceBound? Cap { get; init; }

    [JsonInclude]
    internal decimal? GraceSeconds { get => Seconds.Of(Grace); init => Grace = Seconds.Parse(value); }
}

/// <summary>Days that are priced apart, such as public holidays: local dates of the site.</summary>
public sealed record SpecialDays(string Name, IReadOnlyList<LocalDate> Dates);

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
/// follows it by the taxes of what was charged, and never past what the opposite bound says of it.
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
/// <param name="Price">Per kWh, per hour, or once, in the tariff's currency: what the driver pays. Energy fed back is rewarded by a negative price.</param>
/// <param name="StepSize">The billed total is rounded up to a multiple of it, once in a session: Wh for energy, seconds for times. 0 counts as 1.</param>
/// <param name="Taxes">None: no tax, or none that is known.</param>
/// <param name="Curve">Set: the price follows a curve, and <paramref name="Price"/> stands in where the curve says nothing.</param>
public sealed record PriceComponent(Dimension Dimension, decimal Price, int StepSize, IReadOnlyList<TaxRate> Taxes, CurvePricing? Curve = null);

/// <summary>A price that follows a curve of the market: its value, times a percentage, kept within two bounds, plus an amount; rounded to 10 decimals.</summary>
/// <param name="Name">Of the <see cref="PriceCurve"/> that the rating is given.</param>
/// <param name="Lock">When the curve is read.</param>
/// <param name="Percent">100 is the curve itself.</param>
/// <param name="Add">Per kWh, per hour, or once.</param>
/// <param name="Least">Before <paramref name="Add"/>.</param>
/// <param name="Most">Before <paramref name="Add"/>.</param>
public sealed record CurvePricing(string Name, CurveLock Lock, decimal Percent = 100, decimal Add = 0, decimal? Least = null, decimal? Most = null)
{
    private const int Decimals = 10;

    /// <summary>The price where the curve has this value.</summary>
    public decimal PriceAt(decimal value)
    {
        var price = value * Percent / 100m;
        if (price < Least) price = Least.Value;
        if (price > Most) price = Most.Value;
        return decimal.Round(price + Add, Decimals, MidpointRounding.AwayFromZero);
    }
}

/// <summary>When a curve is read.</summary>
[JsonConverter(typeof(CamelCaseEnum<CurveLock>))]
public enum CurveLock
{
    /// <summary>Once, at the session's start: the price does not change while it runs (23 CFR 680.106(i) demands that in the United States).</summary>
    AtStart,

    /// <summary>At each of its intervals.</summary>
    EachInterval,
}

/// <summary>A tax (OCPP 2.1 TaxRateType).</summary>
/// <param name="Name">As the receipt shows it: <c>VAT</c>.</param>
/// <param name="Percent">20 is 20 %.</param>
/// <param name="Stack">0 is taken on the net amount; n on the net amount and every tax of a lower stack.</param>
/// <param name="From">The first local day on which the rate holds; absent: it always has.</param>
/// <param name="Until">The local day before which it ends.</param>
public sealed record TaxRate(string Name, decimal Percent, int Stack = 0, LocalDate? From = null, LocalDate? Until = null);

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

    /// <summary>Energy that the vehicle gave back, in any state.</summary>
    Export,
}
