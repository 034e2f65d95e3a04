using System.Globalization;
using Busbar.Kernel;
using Busbar.Pricing.Console;
using Busbar.Rating;
using Busbar.Tests.Rating;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class TariffDifferenceTests
{
    private static readonly TariffElement Night = Build.Price(Dimension.Energy, 0.29m).When(new Restrictions { StartTime = new LocalTime(22, 0), EndTime = new LocalTime(6, 0) });
    private static readonly TariffElement Day = Build.Element(Build.Price(Dimension.Energy, 0.45m, 1, Build.Vat(20)));

    public static TheoryData<string, Tariff, Tariff> Changes => new()
    {
        { "Element 1, energy: 0.45 → 0.49 EUR per kWh", Build.Tariff(Day), Build.Tariff(Build.Element(Build.Price(Dimension.Energy, 0.49m, 1, Build.Vat(20)))) },
        { "New element 1: 0.29 EUR per kWh (22:00–06:00)", Build.Tariff(Day), Build.Tariff(Night, Day) },
        { "Element 1 is gone: 0.29 EUR per kWh (22:00–06:00)", Build.Tariff(Night, Day), Build.Tariff(Day) },
        { "Element 1, when: 22:00–06:00 → 21:00–06:00", Build.Tariff(Night, Day), Build.Tariff(Night with { When = Night.When! with { StartTime = new LocalTime(21, 0) } }, Day) },
        { "Element 1, new price: 2.00 EUR once per session", Build.Tariff(Day), Build.Tariff(Day with { Components = [.. Day.Components, Build.Price(Dimension.Flat, 2)] }) },
        { "The elements stand in another order", Build.Tariff(Night, Day), Build.Tariff(Day, Night) },
        { "New: At least 1.00 EUR without tax", Build.Tariff(Day), Build.Tariff(Day) with { Min = new PriceBound(1) } },
        { "Currency: EUR → CHF", Build.Tariff(Night), Build.Tariff(Night) with { Currency = Currency.Parse("CHF") } },
        { "New special days fairs: 1", Build.Tariff(Day), Build.Tariff(Day) with { Calendars = [new SpecialDays("fairs", [new LocalDate(2026, 5, 1)])] } },
    };

    [Theory, MemberData(nameof(Changes), DisableDiscoveryEnumeration = true)]
    public void A_change_is_told_in_words(string words, Tariff before, Tariff after)
    {
        CultureInfo.CurrentUICulture = CultureInfo.CurrentCulture = CultureInfo.GetCultureInfo("en");
        Assert.Equal([words], TariffDifference.Of(before, after));
        Assert.Empty(TariffDifference.Of(after, after));
    }

    [Fact]
    public void Two_that_differ_have_a_difference() =>
        Gen.Select(RandomCases.Tariffs, RandomCases.Tariffs).Sample(
            (one, other) =>
            {
                Assert.Empty(TariffDifference.Of(one, one));
                Assert.NotEmpty(TariffDifference.Of(one, other));
                // The slightest change too.
                var first = one.Elements[0];
                var touched = one with { Elements = [first with { Components = [first.Components[0] with { Price = first.Components[0].Price + 0.0001m }, .. first.Components.Skip(1)] }, .. one.Elements.Skip(1)] };
                Assert.NotEmpty(TariffDifference.Of(one, touched));
            },
            iter: 1_000);
}
