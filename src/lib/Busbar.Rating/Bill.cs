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
        var counted = Stepped(fold);
        var lines = new List<PricedLine>(counted.Length + 1);
        foreach (var tally in counted)
        {
            var component = fold.Tariff.Components[tally.Component];
            if (!waived || component.Kind == LineKind.Reservation) lines.Add(Line(component, tally.Quantity, tariff, rounding));
        }
        if (fold.Begun && !waived && Clamp.Of(lines, tariff, rounding) is { } clamp) lines.Add(clamp);
        var total = new Cost(
            Rounding.Trim(lines.Sum(line => line.ExclTax), tariff.Currency.Decimals),
            Rounding.Trim(lines.Sum(line => line.InclTax), tariff.Currency.Decimals));
        var usage = new Usage(
            new Energy(fold.Energy), Duration.FromMilliseconds(fold.ChargingMs), Duration.FromMilliseconds(fold.IdleMs), Duration.FromMilliseconds(fold.ReservedMs));
        return new RunningCost(tariff.Currency, lines, total, usage, waived);
    }

    private static bool IsWaived(Fold fold) =>
        fold.Tariff.Tariff.WaiveBelow is { } below && fold.Begun && (below.Energy is not null || below.Duration is not null)
        && (below.Energy is not { } energy || fold.Energy < energy.MilliwattHours)
        && (below.Duration is not { } duration || Duration.FromMilliseconds(fold.Until - fold.Start) < duration);

    // OCPI mod_tariffs, step_size: once for energy and once for charging and idle time together, by the last component that counted, on the billed
    // total of its own dimension; what is added is added at that component's price.
    private static Tally[] Stepped(Fold fold)
    {
        var counted = fold.Tallies.ToArray();
        RoundUp(fold.LastEnergy);
        RoundUp(fold.LastTimed);
        RoundUp(fold.LastReserved);
        return counted;

        void RoundUp(int last)
        {
            if (last == CompiledTariff.None) return;
            var component = fold.Tariff.Components[last];
            long total = 0;
            var at = 0;
            for (var i = 0; i < counted.Length; i++)
            {
                var other = fold.Tariff.Components[counted[i].Component];
                if (other.Kind == component.Kind && other.Price.Dimension == component.Price.Dimension) total += counted[i].Quantity;
                if (counted[i].Component == last) at = i;
            }
            var over = total % component.Step;
            if (over > 0) counted[at] = counted[at] with { Quantity = counted[at].Quantity + component.Step - over };
        }
    }

    private static PricedLine Line(CompiledComponent component, long counted, Tariff tariff, Rounding rounding)
    {
        var price = component.Price.Price;
        var (quantity, unit, amount) = component.Price.Dimension switch
        {
            Dimension.Energy => (counted / PerKilowattHour, "kWh", price * (counted / PerKilowattHour)),
            Dimension.Flat => (counted, "1", price * counted),
            _ => (decimal.Round(counted / MsPerHour, QuantityDecimals, MidpointRounding.AwayFromZero), "h", price * counted / MsPerHour),
        };
        var (net, taxes, gross) = Taxes.On(amount, component.Taxes, tariff.TaxMode, rounding, tariff.Currency.Decimals);
        return new PricedLine(component.Kind, Rounding.Trim(quantity, 0), unit, Rounding.Trim(price, 0), net, taxes, gross, component.Element);
    }
}
