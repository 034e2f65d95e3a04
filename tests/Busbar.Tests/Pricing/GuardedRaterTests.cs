using Busbar.Kernel;
using Busbar.Pricing.Api;
using Busbar.Rating;
using Microsoft.AspNetCore.Http;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class GuardedRaterTests
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 12, 0);

    /// <param name="milliwattHours">The first is the most that a request may name, with as many taxes, each as high, as it may name.</param>
    [Theory]
    [InlineData(8_999_999_999_999_000, 100_000_000, 8, true)]
    [InlineData(long.MaxValue, 1, 0, false)]
    public void A_price_that_no_decimal_holds_is_refused_and_nothing_throws(long milliwattHours, int price, int taxes, bool isTold)
    {
        var tariff = new Tariff
        {
            Currency = Currency.Eur,
            TaxMode = TaxMode.Exclusive,
            Elements = [new TariffElement([new PriceComponent(Dimension.Energy, price, 1, [.. Enumerable.Range(0, taxes).Select(i => new TaxRate($"T{i}", 1_000, i))])])],
        };
        var timeline = new Timeline
        {
            Start = Start, End = Start + Duration.FromHours(1), Readings = [new Reading(Start, Energy.Zero), new Reading(Start + Duration.FromHours(1), new Energy(milliwattHours))], States = [],
        };

        var (priced, sheet, problem) = GuardedRater.Rate(tariff, DateTimeZone.Utc, timeline);

        Assert.Equal((isTold, isTold, !isTold), (priced is not null, sheet is not null, problem is not null));
        if (problem is not null) Assert.Equal(StatusCodes.Status400BadRequest, problem.StatusCode);
    }
}
