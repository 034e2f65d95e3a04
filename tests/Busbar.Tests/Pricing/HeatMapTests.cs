using Busbar.Kernel;
using Busbar.Pricing.Console;
using Busbar.Rating;
using Busbar.Tests.Rating;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class HeatMapTests
{
    private static readonly Tariff DayAndNight = Build.Tariff(
        Build.Price(Dimension.Energy, 0.30m, 1, Build.Vat(20)).When(new Restrictions { StartTime = new LocalTime(22, 0), EndTime = new LocalTime(6, 0) }),
        Build.Price(Dimension.Energy, 0.40m, 1, Build.Vat(20)).When(new Restrictions { Weekdays = Weekdays.Saturday | Weekdays.Sunday }),
        Build.Element(Build.Price(Dimension.Energy, 0.50m, 1, Build.Vat(20))));

    [Fact]
    public void A_week_has_a_block_for_each_stretch_of_one_price_with_taxes()
    {
        var week = Of(new LocalDate(2026, 6, 1));
        Assert.Equal([0.36m, 0.48m, 0.60m], week.Prices);
        Assert.Equal(7, week.Days.Count);
        Assert.Equal([(0, 360m), (2, 960m), (0, 120m)], week.Days[0].Blocks.Select(block => (block.Rank, block.Minutes)));
        Assert.Equal([(0, 360m), (1, 960m), (0, 120m)], week.Days[6].Blocks.Select(block => (block.Rank, block.Minutes)));
        Assert.Equal((new LocalTime(6, 0), new LocalTime(22, 0)), (week.Days[0].Blocks[1].Starts, week.Days[0].Blocks[1].Ends));
    }

    [Fact]
    public void A_day_on_which_the_clocks_change_has_its_own_length()
    {
        var spring = Of(new LocalDate(2026, 3, 23));
        Assert.Equal((1_380m, 300m), (spring.Days[6].Minutes, spring.Days[6].Blocks[0].Minutes));
        var autumn = Of(new LocalDate(2026, 10, 19));
        Assert.Equal((1_500m, 420m, 1_500m), (autumn.Days[6].Minutes, autumn.Days[6].Blocks[0].Minutes, autumn.LongestDay));
    }

    [Fact]
    public void Where_nothing_is_charged_nothing_is_told()
    {
        var map = HeatMap.Of(Build.Tariff(Build.Price(Dimension.Energy, 0.30m).When(new Restrictions { EvseKind = EvseKind.Dc })), Build.Berlin, new LocalDate(2026, 6, 1), Dimension.Energy, new SessionContext { EvseKind = EvseKind.Ac }, Power.FromWatts(11_000));
        Assert.Empty(map.Prices);
        Assert.All(map.Days, day => Assert.Equal((null, -1), (Assert.Single(day.Blocks).InclTax, day.Blocks[0].Rank)));
    }

    [Fact]
    public void An_example_costs_what_the_rater_says()
    {
        var example = ExampleSession.Usual(new LocalDate(2026, 6, 1))[0];
        Assert.Equal(12m, example.Price(DayAndNight, Build.Berlin, [])!.Total.InclTax);
        Assert.Null(example.Price(Build.Tariff(Build.Element(Build.Price(Dimension.Energy, decimal.MaxValue))), Build.Berlin, []));
    }

    [Fact]
    public void The_markets_prices_are_shown_where_they_are_known_and_what_stands_in_for_them_is_told()
    {
        var tariff = Build.Tariff(Build.Element(Build.Price(Dimension.Energy, 0.50m) with { Curve = new CurvePricing("spot", CurveLock.EachInterval) }));
        var monday = new LocalDate(2026, 6, 1);
        PriceCurve[] market = [new PriceCurve("spot", Build.Berlin.AtStartOfDay(monday).ToInstant(), 3_600, [.. Enumerable.Repeat((decimal?)0.12m, 24)])];
        var map = HeatMap.Of(tariff, Build.Berlin, monday, Dimension.Energy, new SessionContext { Curves = market }, Power.FromWatts(11_000));
        Assert.Equal((0.12m, (string?)null), (Assert.Single(map.Days[0].Blocks).InclTax!.Value, map.Days[0].Blocks[0].StandIn));
        Assert.All(map.Days.Skip(1), day => Assert.Equal((0.50m, "spot"), (Assert.Single(day.Blocks).InclTax!.Value, day.Blocks[0].StandIn)));
        Assert.Equal(["spot"], map.StoodIn);

        var evening = new ExampleSession(monday + new LocalTime(23, 0), Energy.FromKilowattHours(20), Duration.FromHours(2), Duration.Zero, EvseKind.Ac);
        var priced = evening.Price(tariff, Build.Berlin, market)!;
        Assert.Equal(10 * 0.12m + 10 * 0.50m, priced.Total.ExclTax);
        Assert.Equal(["spot"], Busbar.Pricing.StandIns.Of(tariff, priced, evening.Timeline(Build.Berlin).Start, market));
    }

    private static HeatMap Of(LocalDate monday) => HeatMap.Of(DayAndNight, Build.Berlin, monday, Dimension.Energy, SessionContext.Unknown, Power.FromWatts(11_000));
}
