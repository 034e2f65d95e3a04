using Busbar.Kernel;
using Busbar.Pricing.Contracts;

namespace Busbar.Pricing.Simulation;

/// <summary>How many sessions differ by so much, with tax. The bar of those that differ by nothing has equal ends.</summary>
/// <param name="From">Null: or less. Of those that pay more it does not belong to it; of those that pay less it does.</param>
/// <param name="To">Null: or more.</param>
internal sealed record HistogramBar(string? From, string? To, long Sessions);

/// <summary>A spread as bars of round widths around nothing: those that pay less on the left, the rare far ends in one bar each.</summary>
internal static class Bars
{
    /// <summary>On each side.</summary>
    private const int Side = 10;

    private static readonly long[] Steps = [1, 2, 5];

    public static IReadOnlyList<HistogramBar> Of(Spread spread, Currency currency)
    {
        if (spread.Count == 0) return [];
        var far = Math.Max(Math.Abs(spread.Percentile(1)!.Value), Math.Abs(spread.Percentile(99)!.Value));
        var width = Round(Math.Max(1, (far + Side - 1) / Side));
        var counts = new long[(2 * Side) + 1];
        foreach (var (coins, times) in spread.InOrder())
        {
            // (0, width], (width, 2 width] … and the same below nothing.
            var bar = coins == 0 ? 0 : Math.Min(Side, (Math.Abs(coins) + width - 1) / width) * Math.Sign(coins);
            counts[Side + bar] += times;
        }
        return [.. Enumerable.Range(-Side, counts.Length).Select(bar => new HistogramBar(
            bar == -Side ? null : Amount((bar > 0 ? bar - 1 : bar) * width, currency), bar == Side ? null : Amount((bar < 0 ? bar + 1 : bar) * width, currency), counts[Side + bar]))];
    }

    public static string Amount(long coins, Currency currency)
    {
        var units = (decimal)coins;
        for (var i = 0; i < currency.Decimals; i++) units /= 10;
        return PriceText.Amount(units, currency);
    }

    private static long Round(long least)
    {
        for (var power = 1L; ; power *= 10)
            foreach (var step in Steps)
                if (step * power >= least) return step * power;
    }
}
