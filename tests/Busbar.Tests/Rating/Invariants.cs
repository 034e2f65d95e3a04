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
        Assert.Equal(priced.Usage.Energy, new Energy(priced.Periods.Sum(period => period.Energy.MilliwattHours)));
        for (var i = 0; i < priced.Periods.Count; i++)
        {
            Assert.True(priced.Periods[i].From < priced.Periods[i].To || priced.Periods.Count == 1);
            if (i > 0) Assert.True(priced.Periods[i - 1].To <= priced.Periods[i].From);
        }
    }
}

/// <summary>Where the repository is, from wherever the tests run.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Busbar.slnx"))) return folder.FullName;
        throw new DirectoryNotFoundException("The tests run outside of the repository.");
    }
}
