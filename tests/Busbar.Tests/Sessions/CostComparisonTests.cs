using Busbar.Sessions;
using Busbar.Stations.Contracts;

namespace Busbar.Tests.Sessions;

public sealed class CostComparisonTests
{
    [Theory]
    [InlineData("EUR", "10", "12", null)]
    [InlineData("eur", "10", "12.004", null)]
    [InlineData("EUR", "10", "12.005", "costDiffers")]
    [InlineData("EUR", "9", "12", null)]
    [InlineData("EUR", "10", null, null)]
    [InlineData("EUR", "9.99", null, "costDiffers")]
    [InlineData("EUR", null, null, null)]
    [InlineData("USD", "10", "12", "costDiffers")]
    public void A_stations_price_agrees_with_ours_to_the_cent_that_is_paid(string currency, string? exclTax, string? inclTax, string? issue) =>
        Assert.Equal(issue, CostComparison.IssueOf(new StationCost(currency, Amount(exclTax), Amount(inclTax), false, null), 10, 12, "EUR"));

    [Fact]
    public void A_station_that_has_a_price_where_we_have_none_differs_and_one_that_failed_says_so()
    {
        Assert.Equal("costDiffers", CostComparison.IssueOf(new StationCost("EUR", 1, 1, false, null), null, null, null));
        Assert.Null(CostComparison.IssueOf(new StationCost("EUR", null, null, false, null), null, null, null));
        Assert.Equal("stationCostFailed", CostComparison.IssueOf(new StationCost("EUR", 10, 12, true, "clock"), 10, 12, "EUR"));
    }

    private static decimal? Amount(string? text) => text is null ? null : decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
}
