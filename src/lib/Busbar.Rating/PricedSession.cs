using System.Text.Json.Serialization;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>A session with its price, in the shape of a charge detail record. Amounts are in the tariff's currency.</summary>
public sealed record PricedSession
{
    public required Currency Currency { get; init; }

    /// <summary>In the order in which each price first applied; then the discounts, allowance by allowance; the idle cap and the clamp last.</summary>
    public required IReadOnlyList<PricedLine> Lines { get; init; }

    /// <summary>In time order, each of some length (unless the whole session has none): cut wherever an element or the vehicle's state changes.</summary>
    public required IReadOnlyList<PricedPeriod> Periods { get; init; }

    /// <summary>Exactly the sum of the lines.</summary>
    public required Cost Total { get; init; }

    public required Usage Usage { get; init; }

    /// <summary>Why each price applied. Written down when it is first read.</summary>
    [JsonIgnore]
    public required IReadOnlyList<TraceEntry> Trace { get; init; }

    /// <summary>True when <see cref="Tariff.WaiveBelow"/> left nothing to pay for the session (a reservation is paid all the same).</summary>
    public bool Waived { get; init; }

    /// <summary>What was used of the allowances that were given; what a store of them takes off.</summary>
    public IReadOnlyList<AllowanceUse> Allowances { get; init; } = [];

    /// <summary>The rule that the amounts were rounded by.</summary>
    public required Rounding Rounding { get; init; }
}

/// <summary>What a session costs so far: <see cref="PricedSession"/> without its history.</summary>
public sealed record RunningCost(Currency Currency, IReadOnlyList<PricedLine> Lines, Cost Total, Usage Usage, bool Waived)
{
    public IReadOnlyList<AllowanceUse> Allowances { get; init; } = [];
}

/// <summary>One price and how much of it was used.</summary>
/// <param name="Kind">What is paid for.</param>
/// <param name="Quantity">Step size included; rounded to 6 decimals (exact for energy).</param>
/// <param name="Unit"><c>kWh</c>, <c>h</c> or <c>1</c>.</param>
/// <param name="UnitPrice">The component's price, or that of its curve: with or without tax as the tariff says.</param>
/// <param name="ExclTax">Of the exact quantity, rounded once.</param>
/// <param name="Taxes">By stack.</param>
/// <param name="InclTax"><paramref name="ExclTax"/> and the taxes.</param>
/// <param name="Element">The tariff element that set the price; none for a clamp.</param>
public sealed record PricedLine(
    LineKind Kind, decimal Quantity, string Unit, decimal UnitPrice, decimal ExclTax, IReadOnlyList<TaxAmount> Taxes, decimal InclTax, int? Element)
{
    /// <summary>The name of the allowance that a discount comes from.</summary>
    public string? Allowance { get; init; }

    /// <summary>What was counted, or is taken off; none for a clamp.</summary>
    [JsonIgnore]
    public Dimension? Counts { get; init; }

    /// <summary>How a clamp or a cap is shared out over what bears which taxes; together exactly the line. Null for a line that has one price, whose taxes are all of it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public IReadOnlyList<TaxShare>? Shares { get; init; }
}

[JsonConverter(typeof(CamelCaseEnum<LineKind>))]
public enum LineKind
{
    Energy,
    Time,
    Idle,
    Flat,
    Reservation,

    /// <summary>What lifts the total to the tariff's minimum or lowers it to the maximum; shared out over the taxes pro rata.</summary>
    Clamp,

    /// <summary>Energy that the vehicle gave back.</summary>
    Export,

    /// <summary>What an allowance takes off; negative where the price is positive.</summary>
    Discount,

    /// <summary>What lowers the price of idle time to its cap; shared out over the taxes pro rata.</summary>
    IdleCap,
}

/// <summary>An amount of one tax.</summary>
public sealed record TaxAmount(string Name, decimal Percent, decimal Amount);

/// <summary>An amount before and after taxes.</summary>
public readonly record struct Cost(decimal ExclTax, decimal InclTax);

/// <summary>What was used, before any step size.</summary>
public sealed record Usage(Energy Energy, Duration ChargingTime, Duration IdleTime, Duration ReservedTime)
{
    /// <summary>Given back by the vehicle.</summary>
    public Energy Exported { get; init; }
}

/// <summary>A stretch in which the same elements held.</summary>
/// <param name="From">Belongs to it.</param>
/// <param name="To">Does not.</param>
/// <param name="Energy">Delivered in it.</param>
/// <param name="State">The vehicle's state.</param>
/// <param name="Phase">A reservation or the session itself.</param>
/// <param name="Elements">The elements whose prices held.</param>
public sealed record PricedPeriod(Instant From, Instant To, Energy Energy, VehicleState State, Phase Phase, ActiveElements Elements)
{
    /// <summary>Given back by the vehicle in it.</summary>
    public Energy Exported { get; init; }
}

/// <summary>The index of the element that sets each dimension's price; absent where nothing is charged. Flat only where it fell due.</summary>
public readonly record struct ActiveElements(int? Energy, int? Time, int? Idle, int? Flat)
{
    /// <summary>Of energy that was given back.</summary>
    public int? Export { get; init; }
}

/// <summary>Why a dimension had the price it had, for a period.</summary>
/// <param name="From">Belongs to it.</param>
/// <param name="To">Does not.</param>
/// <param name="Dimension">What is counted.</param>
/// <param name="Element">The element that won; absent: nothing is charged.</param>
/// <param name="Why">The conditions of the winner, and of each earlier candidate the first that failed: for people.</param>
/// <param name="Evidence">Measured when both ends are readings or state changes.</param>
public sealed record TraceEntry(Instant From, Instant To, Dimension Dimension, int? Element, string Why, Evidence Evidence)
{
    [JsonIgnore]
    public PriceReason Reason { get; init; }

    /// <summary>The price that held, as it was read from a curve where there is one.</summary>
    [JsonIgnore]
    public decimal? UnitPrice { get; init; }

    /// <summary>The winner's conditions, by their names; none: it has none.</summary>
    [JsonIgnore]
    public IReadOnlyList<string> Holds { get; init; } = [];

    /// <summary>Elements that came before the winner, and the first condition of each that did not hold.</summary>
    [JsonIgnore]
    public IReadOnlyList<(int Element, string Condition)> Fails { get; init; } = [];
}

/// <summary>How a dimension's price was found.</summary>
public enum PriceReason
{
    /// <summary>By the elements' conditions.</summary>
    Conditions,

    /// <summary>Not at all: time is charged while the vehicle charges.</summary>
    NotCharging,

    /// <summary>Not at all: the station or its operator held the energy back, and that is nobody's idle time.</summary>
    Withheld,

    /// <summary>Not yet: idle time has a grace.</summary>
    Grace,
}
