namespace Busbar.Rating;

/// <summary>
/// Minimum and maximum price (OCPI 2.3.0 Tariff min_price, max_price; edge case E18). The bounds before and after taxes hold independently; the line
/// that brings the total there carries its taxes pro rata to those of the other lines.
/// </summary>
internal static class Clamp
{
    /// <summary>The line that brings the sum within two bounds, or null where it is there already.</summary>
    /// <param name="lines">What is bounded.</param>
    /// <param name="kind">Of the line.</param>
    /// <param name="min">The least.</param>
    /// <param name="max">The most.</param>
    /// <param name="tariff">Whose prices they are.</param>
    /// <param name="usual">The taxes that an amount bears to which no line leads, by stack.</param>
    /// <param name="rounding">For each published amount.</param>
    public static PricedLine? Of(List<PricedLine> lines, LineKind kind, PriceBound? min, PriceBound? max, Tariff tariff, TaxRate[] usual, Rounding rounding)
    {
        if (min is null && max is null) return null;
        var net = lines.Sum(line => line.ExclTax);
        var gross = lines.Sum(line => line.InclTax);
        var (newNet, newGross) = Bounded(net, gross, min, max, tariff.TaxMode, Taxes.Factor(usual), rounding);
        if (newNet == net && newGross == gross) return null;

        var decimals = tariff.Currency.Decimals;
        var tax = newGross - gross - (newNet - net);
        var change = Rounding.Trim(newNet - net, decimals);
        return new PricedLine(kind, 1, "1", change, change, Shared(tax, lines, decimals, usual, rounding), Rounding.Trim(newGross - gross, decimals), null);
    }

    private static (decimal Net, decimal Gross) Bounded(decimal net, decimal gross, PriceBound? min, PriceBound? max, TaxMode mode, decimal usual, Rounding rounding)
    {
        if (mode == TaxMode.NotApplicable)
        {
            var only = rounding.Round(Within(Within(net, min?.BeforeTax, max?.BeforeTax), min?.AfterTax, max?.AfterTax));
            return (only, only);
        }
        var newNet = rounding.Round(Within(net, min?.BeforeTax, max?.BeforeTax));
        var newGross = rounding.Round(Within(gross, min?.AfterTax, max?.AfterTax));
        var binding = newNet > net || newGross > gross ? min : max;
        if (newNet != net && binding?.AfterTax is null) newGross = rounding.Round(net != 0 ? gross * newNet / net : newNet * usual);
        else if (newGross != gross && binding?.BeforeTax is null) newNet = rounding.Round(gross != 0 ? net * newGross / gross : newGross / usual);
        return (newNet, newGross);
    }

    private static decimal Within(decimal amount, decimal? least, decimal? most)
    {
        if (amount < least) amount = least.Value;
        return amount > most ? most.Value : amount;
    }

    // Largest remainder: the shares add up to the whole, to the last digit.
    private static IReadOnlyList<TaxAmount> Shared(decimal tax, List<PricedLine> lines, int decimals, TaxRate[] usual, Rounding rounding)
    {
        if (tax == 0) return [];
        var shares = lines.SelectMany(line => line.Taxes).GroupBy(amount => (amount.Name, amount.Percent))
            .Select(group => (Tax: group.Key, Weight: group.Sum(amount => amount.Amount))).ToArray();
        if (shares.Sum(share => share.Weight) == 0) shares = [.. usual.Select(rate => (Tax: (rate.Name, rate.Percent), Weight: rate.Percent))];
        var whole = shares.Sum(share => share.Weight);
        if (whole == 0) return [new TaxAmount("tax", 0, Rounding.Trim(tax, decimals))];

        var exact = shares.Select(share => tax * share.Weight / whole).ToArray();
        var amounts = exact.Select(share => decimal.Round(share, rounding.Decimals, MidpointRounding.ToZero)).ToArray();
        var left = tax - amounts.Sum();
        var unit = Math.Sign(left) * rounding.Unit;
        foreach (var i in Enumerable.Range(0, exact.Length).OrderByDescending(i => Math.Abs(exact[i] - amounts[i])))
        {
            if (left == 0) break;
            amounts[i] += unit;
            left -= unit;
        }
        return [.. shares.Select((share, i) => new TaxAmount(share.Tax.Name, share.Tax.Percent, Rounding.Trim(amounts[i], decimals)))];
    }
}
