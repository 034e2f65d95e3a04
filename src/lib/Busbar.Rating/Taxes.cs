namespace Busbar.Rating;

/// <summary>Stacked taxes (OCPP 2.1 TaxRateType): those of one stack are taken on the net amount and all taxes of lower stacks.</summary>
internal static class Taxes
{
    /// <summary>Rounded net amount, taxes and gross amount of an exact amount. Net and taxes always add up to gross.</summary>
    /// <param name="amount">Net, or gross where the tariff's prices are: then the net is what the taxes leave.</param>
    /// <param name="rates">By stack.</param>
    /// <param name="mode">Of the tariff.</param>
    /// <param name="rounding">For each published amount.</param>
    /// <param name="decimals">The fewest digits after the point.</param>
    public static (decimal Net, IReadOnlyList<TaxAmount> Taxes, decimal Gross) On(decimal amount, TaxRate[] rates, TaxMode mode, Rounding rounding, int decimals)
    {
        if (rates.Length == 0 || mode == TaxMode.NotApplicable)
        {
            var only = Rounding.Trim(rounding.Round(amount), decimals);
            return (only, [], only);
        }
        var exact = mode == TaxMode.Inclusive ? amount / Factor(rates) : amount;
        var taxes = new TaxAmount[rates.Length];
        var sum = 0m;
        var (below, upTo) = (exact, exact);
        for (var i = 0; i < rates.Length; i++)
        {
            if (i > 0 && rates[i].Stack != rates[i - 1].Stack) below = upTo;
            var tax = below * rates[i].Percent / 100m;
            upTo += tax;
            taxes[i] = new TaxAmount(rates[i].Name, rates[i].Percent, Rounding.Trim(rounding.Round(tax), decimals));
            sum += taxes[i].Amount;
        }
        var net = mode == TaxMode.Inclusive ? rounding.Round(amount) - sum : rounding.Round(exact);
        return (Rounding.Trim(net, decimals), taxes, Rounding.Trim(net + sum, decimals));
    }

    /// <summary>Gross over net: 1.2 for a single tax of 20 %.</summary>
    public static decimal Factor(TaxRate[] rates)
    {
        var (below, upTo) = (1m, 1m);
        for (var i = 0; i < rates.Length; i++)
        {
            if (i > 0 && rates[i].Stack != rates[i - 1].Stack) below = upTo;
            upTo += below * rates[i].Percent / 100m;
        }
        return upTo;
    }
}
