using System.Text;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;
using static Busbar.Tests.Rating.Build;

namespace Busbar.Tests.Rating;

/// <summary>Bad tariffs and contexts are refused, fault by fault, where each is.</summary>
public sealed class TariffLintTests
{
    private static readonly string[] Hostile = ["", "a\u0000b", "\u202Egnp.exe", "a\u200Bb", "line\u2028line", "\uD800", new('x', 65), "tab\there"];

    [Fact]
    public void What_the_model_has_beyond_OCPI_is_refused_where_it_is_wrong()
    {
        var day = new LocalDate(2026, 7, 1);
        var broken = Tariff(
            Element(new PriceComponent(Dimension.Energy, 1, 1, [new("VAT", 19, 0, day, day)], new CurvePricing("", (CurveLock)9, -1, 0.00000000001m, 2, 1))),
            Price(Dimension.Export, -1, 10).When(new Restrictions
            {
                MinChargingTime = Duration.FromMinutes(5), MaxChargingTime = Duration.FromMinutes(5), MinIdleTime = Duration.FromDays(400), SpecialDays = "none", ExceptSpecialDays = "none",
                EvseKind = (EvseKind)7, PaymentBrand = "", PaymentRecognition = "\n", TokenGroup = "",
            }),
            Price(Dimension.Export, -1).When(new Restrictions { Reservation = ReservationKind.Reserved })) with
        {
            TaxPoint = (TaxPoint)3, Idle = new IdleTerms { Grace = Duration.Zero, RestartAbove = new Energy(-1), Cap = new PriceBound() },
            Calendars = [new SpecialDays("a", []), new SpecialDays("a", [day, day])],
        };

        Assert.Equal(
            [
                "/elements/0/components/0/curve/name", "/elements/0/components/0/curve/lock", "/elements/0/components/0/curve/percent", "/elements/0/components/0/curve/add",
                "/elements/0/components/0/curve/most", "/elements/0/components/0/taxes/0/until", "/elements/1/components/0/stepSize", "/elements/1/when/maxChargingTimeSeconds",
                "/elements/1/when/minIdleTimeSeconds", "/elements/1/when/specialDays", "/elements/1/when/exceptSpecialDays", "/elements/1/when/exceptSpecialDays", "/elements/1/when/evseKind",
                "/elements/1/when/paymentBrand", "/elements/1/when/paymentRecognition", "/elements/1/when/tokenGroup", "/elements/2/components/0/dimension", "/taxPoint", "/idle/graceSeconds",
                "/idle/restartAboveWh", "/idle/cap", "/calendars/0/dates", "/calendars/1/name", "/calendars/1/dates/1",
            ],
            TariffLint.Check(broken).Select(fault => fault.Pointer));
        Assert.Equal("/idle/restartAboveWh", Assert.Single(TariffLint.Check(Tariff(Element(Price(Dimension.Energy, 1))) with { Idle = new IdleTerms { RestartAbove = new Energy(1) } })).Pointer);
    }

    [Fact]
    public void Rates_of_one_tax_that_hold_on_the_same_days_are_refused_and_those_that_follow_each_other_are_not()
    {
        var (july, august) = (new LocalDate(2026, 7, 1), new LocalDate(2026, 8, 1));

        Assert.Empty(Faults(new("VAT", 19, Until: july), new("VAT", 21, From: july), new("CITY", 1)));
        Assert.Equal(["/elements/0/components/0/taxes/1/from"], Faults(new("VAT", 19, Until: august), new("VAT", 21, From: july)));
        Assert.Equal(["/elements/0/components/0/taxes/1/from"], Faults(new("VAT", 19), new("VAT", 21, From: july)));
        Assert.Empty(Faults(new("VAT", 19), new("VAT", 21, 1, july)));

        static IEnumerable<string> Faults(params TaxRate[] rates) => TariffLint.Check(Tariff(Element(Price(Dimension.Energy, 1, 1, rates)))).Select(fault => fault.Pointer);
    }

    [Theory]
    [InlineData(10.0, null, null, 11.0, "/max/afterTax")]
    [InlineData(10.0, null, null, 11.99, null)]
    [InlineData(null, 13.0, 10.0, null, "/max/beforeTax")]
    [InlineData(null, 12.01, 10.0, null, null)]
    [InlineData(10.0, 10.5, 10.9, 11.0, "/max/afterTax")]
    [InlineData(4.19, 4.99, 4.19, 4.99, null)]
    public void A_minimum_and_a_maximum_that_no_tax_of_the_tariff_brings_together_are_refused(double? minBefore, double? minAfter, double? maxBefore, double? maxAfter, string? pointer)
    {
        // 20 % of all that is charged; with the cents of 19 % forgiven in the last case.
        var percent = minBefore == 4.19 ? 19 : 20;
        var tariff = Tariff(Element(Price(Dimension.Energy, 1, 1, Vat(percent)))) with
        {
            Min = new PriceBound((decimal?)minBefore, (decimal?)minAfter), Max = new PriceBound((decimal?)maxBefore, (decimal?)maxAfter),
        };

        Assert.Equal(pointer, TariffLint.Check(tariff).SingleOrDefault()?.Pointer);
        // What is not taxed may fit.
        if (minBefore == 10) Assert.Empty(TariffLint.Check(tariff with { Elements = [.. tariff.Elements, Element(Price(Dimension.Flat, 1))] }));
    }

    public static TheoryData<Restrictions?, Restrictions?, bool> Pairs => new()
    {
        { null, null, true },
        { null, new Restrictions { Weekdays = Weekdays.Monday }, true },
        { new Restrictions { Weekdays = Weekdays.Monday }, null, false },
        { Clock(22, 6), Clock(23, 5), true },
        { Clock(22, 6), Clock(1, 5), true },
        { Clock(22, 6), Clock(21, 23), false },
        { Clock(22, 0), Clock(23, 0), true },
        { Clock(22, 6), new Restrictions { StartTime = new LocalTime(5, 0), EndTime = new LocalTime(6, 1) }, false },
        { Clock(8, 20), Clock(19, 21), false },
        { new Restrictions { MaxEnergy = Energy.FromKilowattHours(5) }, new Restrictions { MaxEnergy = Energy.FromKilowattHours(4) }, true },
        { new Restrictions { MaxEnergy = Energy.FromKilowattHours(5) }, new Restrictions { MinEnergy = Energy.FromKilowattHours(4), MaxEnergy = Energy.FromKilowattHours(6) }, false },
        { new Restrictions { MinCurrentA = 0 }, null, false },
        { new Restrictions { TokenGroup = "staff" }, new Restrictions { TokenGroup = "staff", EvseKind = EvseKind.Ac }, true },
        { new Restrictions { TokenGroup = "staff" }, new Restrictions { TokenGroup = "STAFF" }, true },
        { new Restrictions { EvseKind = EvseKind.Dc }, new Restrictions { EvseKind = EvseKind.Ac }, false },
        { null, new Restrictions { Reservation = ReservationKind.Reserved }, false },
        { new Restrictions { SpecialDays = "a" }, new Restrictions { ExceptSpecialDays = "a" }, false },
        { new Restrictions { MinIdleTime = Duration.FromMinutes(5) }, new Restrictions { MinIdleTime = Duration.FromMinutes(6) }, true },
    };

    [Theory, MemberData(nameof(Pairs))]
    public void A_price_behind_one_that_always_holds_when_it_would_is_refused(Restrictions? first, Restrictions? second, bool refused)
    {
        var tariff = Tariff(new TariffElement([Price(Dimension.Time, 1)], first), new TariffElement([Price(Dimension.Flat, 1), Price(Dimension.Time, 2)], second)) with
        {
            Calendars = [new SpecialDays("a", [new LocalDate(2026, 1, 1)])],
        };

        Assert.Equal(refused ? [("/elements/1/components/1", "neverApplies")] : [], TariffLint.Check(tariff).Select(fault => (fault.Pointer, fault.Code)));
    }

    [Fact]
    public void A_name_that_turns_hides_or_breaks_the_writing_is_refused_wherever_it_stands()
    {
        foreach (var name in Hostile)
        {
            var tariff = Tariff(new TariffElement([Price(Dimension.Energy, 1, 1, new TaxRate(name, 1)) with { Curve = new CurvePricing(name, CurveLock.AtStart) }], new Restrictions { TokenGroup = name, PaymentBrand = name, PaymentRecognition = name })) with
            {
                Calendars = [new SpecialDays(name, [new LocalDate(2026, 1, 1)])],
            };
            Assert.Equal(
                [
                    "/elements/0/components/0/curve/name", "/elements/0/components/0/taxes/0/name", "/elements/0/when/paymentBrand", "/elements/0/when/paymentRecognition",
                    "/elements/0/when/tokenGroup", "/calendars/0/name",
                ],
                TariffLint.Check(tariff).Select(fault => fault.Pointer));
        }
        Assert.Empty(TariffLint.Check(Tariff(Element(Price(Dimension.Energy, 1, 1, new TaxRate("ПДВ ⚡ 增值税", 1))))));
    }

    [Fact]
    public void A_context_is_refused_where_it_is_wrong()
    {
        var broken = new SessionContext
        {
            TokenGroup = "", Curves = [new PriceCurve("spot", Noon, 59, []), new PriceCurve("spot", Noon, 900, [1, 200_000_000m])],
            Allowances =
            [
                new Allowance { Name = "\n", Dimension = Dimension.Export, PercentOff = 101, Energy = new Energy(-1), Time = Duration.FromSeconds(-1) },
                new Allowance { Name = "a", Dimension = Dimension.Idle, PercentOff = 0.5m, Time = Duration.FromHours(1) },
            ],
        };

        Assert.Equal(
            [
                "/tokenGroup", "/curves/0/stepSeconds", "/curves/0/prices", "/curves/1/name", "/curves/1/prices/1", "/allowances/0/name", "/allowances/0/dimension", "/allowances/0/percentOff",
                "/allowances/0/energyWh", "/allowances/0/timeSeconds", "/allowances/0/energyWh", "/allowances/0/timeSeconds",
            ],
            TariffLint.Check(broken).Select(fault => fault.Pointer));
    }

    [Fact]
    public void A_thousand_elements_are_checked_in_a_moment_and_ten_thousand_faults_are_cut_off()
    {
        var many = Tariff([.. Enumerable.Range(0, TariffLint.MaxElements).Select(i => Price(Dimension.Energy, -1, -1, new TaxRate("", -1)).When(new Restrictions { MinEnergy = Energy.FromWattHours(i), MaxEnergy = Energy.FromWattHours(i) }))]);

        Assert.Equal(1_000, TariffLint.Check(many).Count);
    }

    [Theory]
    [InlineData("""{"currency":"EUR","taxMode":"exclusive","elements":[],"taxPoint":"never"}""", "/taxPoint")]
    [InlineData("""{"currency":"EUR","taxMode":"exclusive","elements":[],"calendars":[{"name":"a","dates":["2026-02-30"]}]}""", "/calendars/0/dates/0")]
    [InlineData("""{"currency":"EUR","taxMode":"exclusive","elements":[],"idle":{"graceSeconds":"1"}}""", "/idle/graceSeconds")]
    [InlineData("""{"currency":"EUR","taxMode":"exclusive","elements":[],"calendars":[null]}""", "/calendars/0")]
    [InlineData("""{"currency":"EUR","taxMode":"exclusive","elements":[{"components":[{"dimension":"export","price":1,"stepSize":1,"taxes":[],"curve":{"name":"a","lock":"later"}}]}]}""", "/elements/0/components/0/curve/lock")]
    public void What_is_no_tariff_is_refused_where_it_is_wrong(string json, string pointer)
    {
        Assert.False(TariffJson.TryRead(Encoding.UTF8.GetBytes(json), out _, out var fault));
        Assert.Equal(pointer, fault.Pointer);
    }

    private static Restrictions Clock(int from, int to) => new() { StartTime = new LocalTime(from, 0), EndTime = new LocalTime(to, 0) };
}
