using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Tests.Rating;

public sealed class ReadmeTests
{
    [Fact]
    public void The_example_of_the_readme_costs_what_it_says()
    {
        var start = Instant.FromUtc(2026, 3, 2, 12, 0);

        var vat = new TaxRate("VAT", 19);
        var tariff = new Tariff { Currency = Currency.Eur, TaxMode = TaxMode.Exclusive, Elements = [new([new PriceComponent(Dimension.Energy, 0.50m, 1, [vat])])] };
        var state = Rater.Begin(tariff, DateTimeZone.Utc, start);
        state = Rater.Extend(state, new MeasuredPeriod(start, start + Duration.FromMinutes(30), Energy.FromKilowattHours(10), VehicleState.Charging));
        var cost = Rater.Running(state).Total;          // 5.00 before taxes, 5.95 after

        Assert.Equal(new Cost(5.00m, 5.95m), cost);
        var readme = Lines(Path.Combine("src", "lib", "Busbar.Rating", "README.md")).SkipWhile(line => line != "```csharp").Skip(1).TakeWhile(line => line != "```").ToArray();
        Assert.NotEmpty(readme);
        Assert.Empty(readme.Except(Lines(Path.Combine("tests", "Busbar.Tests", "Rating", "ReadmeTests.cs"))));
    }

    private static IEnumerable<string> Lines(string file) => File.ReadAllLines(Path.Combine(Repository.Root, file)).Select(line => line.Trim());
}
