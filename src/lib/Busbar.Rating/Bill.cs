using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>From what was counted to lines and totals: step sizes, amounts, taxes, bounds.</summary>
internal static class Bill
{
    private const decimal PerKilowattHour = 1_000_000m;
    private const decimal MsPerHour = 3_600_000m;
    private const int QuantityDecimals = 6;

    public static RunningCost Of(Fold fold, Rounding rounding)
    {
        var tariff = fold.Tariff.Tariff;
        var waived = IsWaived(fold);
        var (counted, reliefs) = Stepped(fold);
        // One supply, whose day is the one on which it ended, unless the tariff says that each day has its own rate.
        var era = fold.LastEra();
        var lines = new List<PricedLine>(counted.Length + 1);
        var idle = tariff.Idle?.Cap is null ? null : new List<PricedLine>();
        foreach (var tally in counted)
        {
            var component = fold.Tariff.Components[tally.Component];
            if (!waived || component.Kind == LineKind.Reservation) Add(component, Line(component, component.Kind, tally.Price, tally.Quantity, TaxesOf(component, tally.Era), tariff, rounding));
        }
        if (!waived)
        {
            // Allowance by allowance: which was used first within a measured period depends on how the periods are cut.
            foreach (var relief in reliefs.Length == 0 ? reliefs : [.. reliefs.OrderBy(relief => relief.Allowance)])
            {
                var component = fold.Tariff.Components[relief.Component];
                var allowance = fold.Context.Allowances![relief.Allowance];
                var off = Line(component, LineKind.Discount, -relief.Price * allowance.PercentOff / 100m, relief.Quantity, TaxesOf(component, relief.Era), tariff, rounding);
                Add(component, off with { Allowance = allowance.Name });
            }
            var usual = UsualTaxes(fold.Tariff, era);
            if (idle is not null && Clamp.Of(idle, LineKind.IdleCap, null, tariff.Idle!.Cap, tariff, usual, rounding) is { } capped) lines.Add(capped);
            if (fold.Begun && Clamp.Of(lines, LineKind.Clamp, tariff.Min, tariff.Max, tariff, usual, rounding) is { } clamp) lines.Add(clamp);
        }
        var total = new Cost(
            Rounding.Trim(lines.Sum(line => line.ExclTax), tariff.Currency.Decimals),
            Rounding.Trim(lines.Sum(line => line.InclTax), tariff.Currency.Decimals));
        var usage = new Usage(
            new Energy(fold.Energy), Duration.FromMilliseconds(fold.ChargingMs), Duration.FromMilliseconds(fold.IdleMs), Duration.FromMilliseconds(fold.ReservedMs))
        {
            Exported = new Energy(fold.Exported),
        };
        return new RunningCost(tariff.Currency, lines, total, usage, waived) { Allowances = Used(fold, reliefs) };

        void Add(CompiledComponent component, PricedLine line)
        {
            lines.Add(line);
            if (component.Price.Dimension == Dimension.Idle) idle?.Add(line);
        }
        TaxRate[] TaxesOf(CompiledComponent component, int counted) => component.TaxesIn(fold.Tariff.TaxesByDay ? counted : era);
    }

    // Nothing was used, so no line says which tax a minimum price bears: the tariff's first does.
    private static TaxRate[] UsualTaxes(CompiledTariff tariff, int era) =>
        tariff.Components.Select(component => component.TaxesIn(era)).FirstOrDefault(taxes => taxes.Length > 0, []);

    private static IReadOnlyList<AllowanceUse> Used(Fold fold, Relief[] reliefs)
    {
        if (reliefs.Length == 0) return [];
        var uses = new SortedDictionary<int, long>();
        foreach (var relief in reliefs) uses[relief.Allowance] = uses.GetValueOrDefault(relief.Allowance) + relief.Quantity;
        return [.. uses.Select(use => Use(fold.Context.Allowances![use.Key], use.Value))];

        static AllowanceUse Use(Allowance allowance, long units) => new(allowance.Name, allowance.Dimension,
            allowance.Dimension == Dimension.Energy ? new Energy(units) : Energy.Zero,
            allowance.Dimension is Dimension.Time or Dimension.Idle ? Duration.FromMilliseconds(units) : Duration.Zero);
    }

    private static bool IsWaived(Fold fold) =>
        fold.Tariff.Tariff.WaiveBelow is { } below && fold.Begun && (below.Energy is not null || below.Duration is not null)
        && (below.Energy is not { } energy || fold.Energy < energy.MilliwattHours)
        && (below.Duration is not { } duration || Duration.FromMilliseconds(fold.Until - fold.Start) < duration);

    // OCPI mod_tariffs, step_size: once for energy and once for charging and idle time together, by the last component that counted, on the billed
    // total of its own dimension; what is added is added at that component's last price.
    private static (Tally[] Counted, Relief[] Reliefs) Stepped(Fold fold)
    {
        const int Groups = 3;
        var counted = fold.Tallies.ToArray();
        Span<Tally> added = stackalloc Tally[Groups];
        var steps = 0;
        foreach (var last in (ReadOnlySpan<int>)[fold.LastEnergy, fold.LastTimed, fold.LastReserved])
        {
            if (RoundUp(last) is var over and > 0) added[steps++] = counted[last] with { Quantity = over };
        }
        return (counted, fold.ReliefsWith(added[..steps]));

        long RoundUp(int last)
        {
            if (last == CompiledTariff.None) return 0;
            var component = fold.Tariff.Components[counted[last].Component];
            long total = 0;
            foreach (var tally in counted)
            {
                var other = fold.Tariff.Components[tally.Component];
                if (other.Kind == component.Kind && other.Price.Dimension == component.Price.Dimension) total += tally.Quantity;
            }
            var over = (component.Step - total % component.Step) % component.Step;
            counted[last].Quantity += over;
            return over;
        }
    }

    private static PricedLine Line(CompiledComponent component, LineKind kind, decimal price, long counted, TaxRate[] rates, Tariff tariff, Rounding rounding)
    {
        var (quantity, unit, amount) = component.Price.Dimension switch
        {
            Dimension.Energy or Dimension.Export => (counted / PerKilowattHour, "kWh", price * (counted / PerKilowattHour)),
            Dimension.Flat => (counted, "1", price * counted),
            _ => (decimal.Round(counted / MsPerHour, QuantityDecimals, MidpointRounding.AwayFromZero), "h", price * counted / MsPerHour),
        };
        var (net, taxes, gross) = Taxes.On(amount, rates, tariff.TaxMode, rounding, tariff.Currency.Decimals);
        return new PricedLine(kind, Rounding.Trim(quantity, 0), unit, Rounding.Trim(price, 0), net, taxes, gross, component.Element) { Counts = component.Price.Dimension };
    }
}
