namespace Busbar.Rating;

/// <summary>
/// A price by what it was charged for, as a charge detail record tells it (OCPI 2.3.0 mod_cdrs, total_fixed_cost to total_reservation_cost). Discounts are taken off what
/// they relieve, energy given back off energy. A clamp is charged for nothing: it is in <paramref name="Bound"/> and in the total alone.
/// </summary>
/// <param name="Fixed">Flat prices, those of parking and of reservations apart.</param>
/// <param name="Energy">Of energy taken, less what was given back.</param>
/// <param name="Time">Of charging time.</param>
/// <param name="Parking">Of idle time with its cap, and the flat prices of elements that price idle time and neither energy nor charging time.</param>
/// <param name="Reservation">Time and flat prices of reservations.</param>
/// <param name="Bound">What the tariff's minimum added or its maximum took off.</param>
/// <param name="Total">The sum of all: that of the session.</param>
/// <param name="Kind">Which bound made the total, if one did.</param>
public sealed record CostTotals(Cost Fixed, Cost Energy, Cost Time, Cost Parking, Cost Reservation, Cost Bound, Cost Total, CostKind Kind)
{
    /// <param name="lines">Of one result, all of them.</param>
    /// <param name="tariff">That they were priced by.</param>
    public static CostTotals Of(IReadOnlyList<PricedLine> lines, Tariff tariff)
    {
        var bound = Sum(line => line.Kind == LineKind.Clamp);
        return new CostTotals(
            Sum(line => IsFlat(line) && !IsOfParking(line)),
            Sum(line => line is { Kind: not LineKind.Reservation, Counts: Dimension.Energy or Dimension.Export }),
            Sum(line => line is { Kind: not LineKind.Reservation, Counts: Dimension.Time }),
            Sum(line => line.Kind == LineKind.IdleCap || line.Counts == Dimension.Idle || (IsFlat(line) && IsOfParking(line))),
            Sum(line => line.Kind == LineKind.Reservation),
            bound, Sum(_ => true), KindOf(bound));

        Cost Sum(Func<PricedLine, bool> counts) => new(lines.Where(counts).Sum(line => line.ExclTax), lines.Where(counts).Sum(line => line.InclTax));
        bool IsOfParking(PricedLine line) => line.Element is { } element && tariff.Elements[element].Components.Select(component => component.Dimension).ToHashSet() is var priced
            && priced.Contains(Dimension.Idle) && !priced.Contains(Dimension.Energy) && !priced.Contains(Dimension.Time);
        static bool IsFlat(PricedLine line) => line is { Kind: not LineKind.Reservation, Counts: Dimension.Flat };
    }

    // What is paid decides; where only the amount before taxes was bounded, that does.
    private static CostKind KindOf(Cost bound) => (bound.InclTax != 0 ? bound.InclTax : bound.ExclTax) switch { > 0 => CostKind.MinCost, < 0 => CostKind.MaxCost, _ => CostKind.NormalCost };
}

/// <summary>What made a total: OCPP 2.1 TariffCostEnumType, by its names (<c>typeOfCost</c> of its costDetails).</summary>
public enum CostKind
{
    /// <summary>What was used makes the total.</summary>
    NormalCost,

    /// <summary>The tariff's minimum makes it.</summary>
    MinCost,

    /// <summary>The tariff's maximum makes it.</summary>
    MaxCost,
}
