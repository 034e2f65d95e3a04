namespace Busbar.Rating;

/// <summary>
/// Minimum and maximum price (OCPI 2.3.0 Tariff min_price, max_price; edge case E18). What is bounded before taxes and what is bounded after taxes hold independently of
/// each other. A bound that says nothing of one of the two moves it along by the clamp's own taxes, as far as the other bound lets it. The line that brings the total
/// there is shared out over what the other lines bear taxes on, net and tax alike.
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
        var shares = Shared(newNet - net, tax, TaxShare.Of(lines), decimals, usual, rounding);
        return new PricedLine(kind, 1, "1", change, change, tax == 0 ? [] : Together(shares, decimals), Rounding.Trim(newGross - gross, decimals), null) { Shares = shares };
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
        if (Binding(net, newNet) is { AfterTax: null })
            newGross = Within(rounding.Round(net != 0 ? gross * newNet / net : newNet * usual), min?.AfterTax, max?.AfterTax);
        else if (Binding(gross, newGross) is { BeforeTax: null })
            newNet = Within(rounding.Round(gross != 0 ? net * newGross / gross : newGross / usual), min?.BeforeTax, max?.BeforeTax);
        return (newNet, newGross);

        PriceBound? Binding(decimal before, decimal after) => after > before ? min : after < before ? max : null;
    }

    private static decimal Within(decimal amount, decimal? least, decimal? most)
    {
        if (amount < least) amount = least.Value;
        return amount > most ? most.Value : amount;
    }

    // The net by what is taxed, the tax by what is due of each. Where there is nothing to go by, the usual taxes bear it.
    private static List<TaxShare> Shared(decimal net, decimal tax, IReadOnlyList<TaxShare> under, int decimals, TaxRate[] usual, Rounding rounding)
    {
        var nets = Split(net, [.. under.Select(share => share.ExclTax)], rounding);
        var taxes = Split(tax, [.. under.SelectMany(share => share.Taxes).Select(amount => amount.Amount)], rounding);
        var shares = new List<TaxShare>(under.Count + 1);
        var next = 0;
        for (var i = 0; i < under.Count; i++)
            shares.Add(new TaxShare(
                Rounding.Trim(nets?[i] ?? 0, decimals),
                [.. under[i].Taxes.Select(amount => amount with { Amount = Rounding.Trim(taxes?[next++] ?? 0, decimals) })]));
        if (nets is not null && (taxes is not null || tax == 0)) return shares;

        var rest = taxes is null ? tax : 0;
        var parts = Split(rest, [.. usual.Select(rate => rate.Percent)], rounding);
        TaxAmount[] bears = parts is not null || rest == 0
            ? [.. usual.Select((rate, i) => new TaxAmount(rate.Name, rate.Percent, Rounding.Trim(parts?[i] ?? 0, decimals)))]
            : [new TaxAmount("tax", 0, Rounding.Trim(rest, decimals))];
        shares.Add(new TaxShare(Rounding.Trim(nets is null ? net : 0, decimals), bears));
        return shares;
    }

    private static List<TaxAmount> Together(List<TaxShare> shares, int decimals) =>
        [.. shares.SelectMany(share => share.Taxes).GroupBy(tax => (tax.Name, tax.Percent))
            .Select(group => new TaxAmount(group.Key.Name, group.Key.Percent, Rounding.Trim(group.Sum(tax => tax.Amount), decimals)))];

    /// <summary>Pro rata by the largest remainder: the parts add up to the whole, to the last digit. Null where the weights say nothing.</summary>
    private static decimal[]? Split(decimal whole, decimal[] weights, Rounding rounding)
    {
        var all = weights.Sum();
        if (all == 0) return null;
        var exact = Array.ConvertAll(weights, weight => whole * weight / all);
        var parts = Array.ConvertAll(exact, part => decimal.Round(part, rounding.Decimals, MidpointRounding.ToZero));
        var left = whole - parts.Sum();
        var unit = Math.Sign(left) * rounding.Unit;
        foreach (var i in Enumerable.Range(0, exact.Length).OrderByDescending(i => (exact[i] - parts[i]) * Math.Sign(left)))
        {
            if (left == 0) break;
            parts[i] += unit;
            left -= unit;
        }
        return parts;
    }
}
