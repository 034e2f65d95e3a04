using Busbar.Kernel;
using Busbar.Rating;

namespace Busbar.Tests.Rating;

/// <summary>What is true of every priced session.</summary>
internal static class Invariants
{
    public static void Hold(PricedSession priced)
    {
        Assert.Equal(priced.Total, new Cost(priced.Lines.Sum(line => line.ExclTax), priced.Lines.Sum(line => line.InclTax)));
        Assert.All(priced.Lines, line => Assert.Equal(line.InclTax, line.ExclTax + line.Taxes.Sum(tax => tax.Amount)));
        var shares = TaxShare.Of(priced.Lines);
        Assert.Equal(priced.Total, new Cost(shares.Sum(share => share.ExclTax), shares.Sum(share => share.ExclTax + share.Taxes.Sum(tax => tax.Amount))));
        foreach (var line in priced.Lines.Where(line => line.Shares is not null))
        {
            Assert.Equal((line.ExclTax, line.InclTax), (line.Shares!.Sum(share => share.ExclTax), line.Shares!.Sum(share => share.ExclTax + share.Taxes.Sum(tax => tax.Amount))));
            Assert.All(line.Taxes, tax => Assert.Equal(tax.Amount, line.Shares!.SelectMany(share => share.Taxes).Where(part => (part.Name, part.Percent) == (tax.Name, tax.Percent)).Sum(part => part.Amount)));
        }
        Assert.Equal(priced.Usage.Energy, new Energy(priced.Periods.Sum(period => period.Energy.MilliwattHours)));
        for (var i = 0; i < priced.Periods.Count; i++)
        {
            Assert.True(priced.Periods[i].From < priced.Periods[i].To || priced.Periods.Count == 1);
            if (i > 0) Assert.True(priced.Periods[i - 1].To <= priced.Periods[i].From);
        }
    }
}
