using System.Text;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using Busbar.Rating;
using Busbar.Stations.Dialects;
using Busbar.Stations.Dialects.Ocpp2;
using Busbar.Tests.Rating;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Stations;

public sealed class Ocpp21TariffTests
{
    private static readonly TaxRate Vat = new("VAT", 20);

    [Fact]
    public void Energy_is_per_kilowatt_hour_time_per_minute_and_conditions_are_in_watt_hours_and_watts()
    {
        var said = Tariffs.Write(new Tariff
        {
            Currency = Currency.Eur, TaxMode = TaxMode.Exclusive,
            Elements =
            [
                new TariffElement([Price(Dimension.Energy, 0.40m)], new Restrictions
                {
                    StartTime = new LocalTime(8, 0), EndTime = new LocalTime(18, 0), Weekdays = Weekdays.Monday | Weekdays.Sunday, MinEnergy = Energy.FromKilowattHours(10), MaxPower = Power.FromWatts(11_000),
                    StartDate = new LocalDate(2026, 1, 1), MaxDuration = Duration.FromHours(1),
                }),
                new TariffElement([Price(Dimension.Energy, 0.25m), Price(Dimension.Time, 3), Price(Dimension.Idle, 6)]),
                new TariffElement([Price(Dimension.Flat, 1)], new Restrictions { EvseKind = EvseKind.Dc, PaymentBrand = "Visa" }),
                new TariffElement([Price(Dimension.Time, 1.2m), Price(Dimension.Flat, 2)], new Restrictions { Reservation = ReservationKind.Reserved }),
            ],
            Min = new PriceBound(AfterTax: 1), Max = new PriceBound(50, 60), Idle = new IdleTerms { Grace = Duration.FromMinutes(5) },
        }, "t-1", new Dictionary<string, string> { ["en"] = "0.25 €/kWh" }, Instant.FromUtc(2026, 12, 1, 0, 0));
        Assert.Empty(said.Lost);
        Assert.Equal("""
            {"tariffId":"t-1","currency":"EUR","description":[{"format":"UTF8","content":"0.25 €/kWh","language":"en"}],
            "energy":{"prices":[{"priceKwh":0.4,"conditions":{"startTimeOfDay":"08:00","endTimeOfDay":"18:00","dayOfWeek":["Monday","Sunday"],"validFromDate":"2026-01-01","minEnergy":10000,"maxPower":11000,"maxTime":3600}},{"priceKwh":0.25}],"taxRates":[{"type":"VAT","tax":20}]},
            "validFrom":"2026-12-01T00:00:00.000Z",
            "chargingTime":{"prices":[{"priceMinute":0.05}],"taxRates":[{"type":"VAT","tax":20}]},
            "idleTime":{"prices":[{"priceMinute":0.1,"conditions":{"minIdleTime":300}}],"taxRates":[{"type":"VAT","tax":20}]},
            "fixedFee":{"prices":[{"priceFixed":1,"conditions":{"evseKind":"DC","paymentBrand":"Visa"}}],"taxRates":[{"type":"VAT","tax":20}]},
            "reservationTime":{"prices":[{"priceMinute":0.02}],"taxRates":[{"type":"VAT","tax":20}]},
            "reservationFixed":{"prices":[{"priceFixed":2}],"taxRates":[{"type":"VAT","tax":20}]},
            "minCost":{"inclTax":1},"maxCost":{"exclTax":50,"inclTax":60}}
            """.ReplaceLineEndings(""), Json(said.Tariff), StringComparer.Ordinal);
    }

    [Fact]
    public void Prices_that_include_tax_are_given_without_it_to_the_last_digits_and_taxes_stack()
    {
        var said = Tariffs.Write(One(Price(Dimension.Energy, 0.59m) with { Taxes = [new TaxRate("VAT", 19)] }) with { TaxMode = TaxMode.Inclusive }, "t");
        Assert.Contains("\"priceKwh\":0.49579832", Json(said.Tariff), StringComparison.Ordinal);
        Assert.Equal(["rounded"], said.Lost.Select(loss => loss.Code));
        Assert.True(said.IsExact);

        var stacked = Tariffs.Write(One(Price(Dimension.Energy, 1.32m) with { Taxes = [new TaxRate("VAT", 20, 1), new TaxRate("energy", 10)] }) with { TaxMode = TaxMode.Inclusive }, "t");
        Assert.Empty(stacked.Lost);
        Assert.Contains("""{"prices":[{"priceKwh":1}],"taxRates":[{"type":"energy","tax":10},{"type":"VAT","tax":20,"stack":1}]}""", Json(stacked.Tariff), StringComparison.Ordinal);
    }

    public static TheoryData<string, string, string> Losses
    {
        get
        {
            var rows = new TheoryData<string, string, string>();
            foreach (var (code, pointer, tariff) in LostTariffs) rows.Add(code, pointer, Encoding.UTF8.GetString(TariffJson.Write(tariff)));
            return rows;
        }
    }

    private static IEnumerable<(string Code, string Pointer, Tariff Tariff)> LostTariffs =>
    [
        ("condition", "/elements/0/when/tokenGroup", Two(new Restrictions { TokenGroup = "staff" })),
        ("condition", "/elements/0/when/specialDays", Two(new Restrictions { SpecialDays = "fairs" })),
        ("condition", "/elements/0/when/minDurationSeconds", Two(new Restrictions { MinDuration = Duration.FromMilliseconds(1_500) })),
        ("condition", "/elements/0/when/paymentBrand", Two(new Restrictions { PaymentBrand = new string('v', 21) })),
        ("condition", "/elements/0/when/minEnergyWh", Two(new Restrictions { MinEnergy = Energy.FromWattHours(1) }, Dimension.Flat)),
        ("atStart", "/elements/0/when", Two(new Restrictions { StartTime = new LocalTime(22, 0) }, Dimension.Flat)),
        ("expiredReservation", "/elements/0/components/0", Two(new Restrictions { Reservation = ReservationKind.Expired }, Dimension.Time)),
        ("curve", "/elements/0/components/0/curve", One(Price(Dimension.Energy, 1) with { Curve = new CurvePricing("spot", CurveLock.AtStart) })),
        ("datedTax", "/elements/0/components/0/taxes", One(Price(Dimension.Energy, 1) with { Taxes = [Vat with { Until = new LocalDate(2027, 1, 1) }] })),
        ("step", "/elements/0/components/0/stepSize", One(Price(Dimension.Energy, 1) with { StepSize = 1_000 })),
        ("export", "/elements/0/components/0", One(Price(Dimension.Export, -0.1m))),
        ("waiver", "/waiveBelow", One(Price(Dimension.Energy, 1)) with { WaiveBelow = new Waiver { Energy = Energy.FromWattHours(100) } }),
        ("idleCap", "/idle/cap", One(Price(Dimension.Idle, 60)) with { Idle = new IdleTerms { Cap = new PriceBound(10) } }),
        ("idleGrace", "/idle/restartAboveWh", One(Price(Dimension.Idle, 60)) with { Idle = new IdleTerms { Grace = Duration.FromMinutes(1), RestartAbove = Energy.FromWattHours(1) } }),
        ("taxes", "/elements/1/components/0/taxes", One(Price(Dimension.Energy, 1)) with { Elements = [new TariffElement([Price(Dimension.Energy, 1)], new Restrictions { MaxEnergy = Energy.FromWattHours(9) }), new TariffElement([Price(Dimension.Energy, 2) with { Taxes = [] }])] }),
    ];

    [Theory, MemberData(nameof(Losses))]
    public void What_a_station_cannot_be_told_is_listed_and_never_said_without_its_condition(string code, string pointer, string tariff)
    {
        var said = Tariffs.Write(TariffJson.Read(Encoding.UTF8.GetBytes(tariff)), "t");
        var loss = Assert.Single(said.Lost);
        Assert.Equal((code, pointer), (loss.Code, loss.Pointer));
        Assert.NotEqual("", loss.Detail);
        Assert.False(said.IsExact);

        // The only unrestricted price of the two is the second one's.
        if (code == "condition") Assert.DoesNotContain(":7", Json(said.Tariff), StringComparison.Ordinal);
    }

    [Fact]
    public void A_station_that_calculates_with_a_tariff_that_lost_nothing_comes_to_our_price()
    {
        var told = 0;
        Check.Sample(RandomCases.Cases, one =>
        {
            var tariff = Sayable(one.Tariff);
            var said = Tariffs.Write(tariff, "t");
            if (said.Lost.Count > 0) return true;
            var (back, lost) = TariffReading.Read(Ocpp2Json.Read<TariffType>(Ocpp2Json.Write(said.Tariff, OcppVersion.V21)));
            if (back is null) return Total(one, tariff with { Min = null, Max = null }) == (0, 0);
            Interlocked.Increment(ref told);
            return lost.Count == 0 && Total(one, tariff) == Total(one, back) && Json(Tariffs.Write(back, "t").Tariff) == Json(said.Tariff);
        }, iter: 3_000, threads: 1);
        Assert.True(told > 500, $"only {told} of the random tariffs could be said");
    }

    [Theory]
    [InlineData("""{"tariffId":"t","currency":"XXQ","energy":{"prices":[{"priceKwh":1}]}}""", "currency")]
    [InlineData("""{"tariffId":"t","currency":"EUR"}""", "empty")]
    [InlineData("""{"tariffId":"t","currency":"EUR","energy":{"prices":[{"priceKwh":1,"conditions":{"startTimeOfDay":"25:00"}}]}}""", "condition,empty")]
    [InlineData("""{"tariffId":"t","currency":"EUR","energy":{"prices":[{"priceKwh":1,"conditions":{"dayOfWeek":["Caturday"]}}]}}""", "condition,empty")]
    [InlineData("""{"tariffId":"t","currency":"EUR","energy":{"prices":[{"priceKwh":1,"conditions":{"maxEnergy":79228162514264337593543950335}}]}}""", "condition,empty")]
    [InlineData("""{"tariffId":"t","currency":"EUR","chargingTime":{"prices":[{"priceMinute":79228162514264337593543950335}]}}""", "price,empty")]
    public void What_nobody_can_price_with_is_not_read_as_a_tariff(string json, string codes)
    {
        var (tariff, lost) = TariffReading.Read(Ocpp2Json.Read<TariffType>(Encoding.UTF8.GetBytes(json)));
        Assert.Null(tariff);
        Assert.Equal(codes, string.Join(',', lost.Select(loss => loss.Code)));
    }

    [Fact]
    public void A_name_of_more_than_60_characters_is_no_tariffs()
    {
        Assert.Equal(60, Tariffs.Write(One(Price(Dimension.Energy, 1)), new string('t', 60)).Tariff.TariffId.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => Tariffs.Write(One(Price(Dimension.Energy, 1)), new string('t', 61)));
    }

    [Theory]
    [InlineData("0.25 €/kWh", 100, null, "0.25 €/kWh")]
    [InlineData("a\nb\tc\u0000\u001b[31m\u202eevil\u200b\u2028", 100, null, "a b c[31mevil")]
    [InlineData("abcdef", 3, null, "abc")]
    [InlineData("ab😀", 3, null, "ab")]
    [InlineData("€€€", 10, 7, "€€")]
    [InlineData("a\ud800b", 10, null, "ab")]
    public void A_text_for_a_screen_has_no_control_characters_and_is_cut_between_characters(string text, int most, int? bytes, string shown) =>
        Assert.Equal(shown, DisplayText.Cut(text, most, bytes), StringComparer.Ordinal);

    // Without what a station is never told, so that many of them can be said.
    private static Tariff Sayable(Tariff tariff) => tariff with
    {
        Elements = [.. tariff.Elements.Select(element => element with
        {
            Components = [.. element.Components.Where(component => component.Dimension != Dimension.Export).Select(component => component with
            {
                StepSize = 1, Curve = null, Taxes = [Vat], Price = component.Price * 60,
            })],
            When = element.When is not { } when ? null : element.Components.Any(component => component.Dimension == Dimension.Flat) ? new Restrictions { EvseKind = when.EvseKind }
                : when with { SpecialDays = null, ExceptSpecialDays = null, TokenGroup = null },
        })],
        TaxMode = tariff.TaxMode == TaxMode.Inclusive ? TaxMode.Exclusive : tariff.TaxMode,
        Idle = tariff.Idle is { } idle ? new IdleTerms { Grace = idle.Grace } : null,
        TaxPoint = TaxPoint.SessionEnd,
    };

    private static (decimal, decimal) Total(RandomCases.Case one, Tariff tariff)
    {
        var state = Rater.Begin(tariff, one.Zone, one.Start, one.Context);
        var total = Rater.Finish(one.Periods.Aggregate(state, Rater.Extend)).Total;
        return (total.ExclTax, total.InclTax);
    }

    private static Tariff One(PriceComponent component) => new() { Currency = Currency.Eur, TaxMode = TaxMode.Exclusive, Elements = [new TariffElement([component])] };

    private static Tariff Two(Restrictions when, Dimension dimension = Dimension.Energy) => new()
    {
        Currency = Currency.Eur, TaxMode = TaxMode.Exclusive, Elements = [new TariffElement([Price(dimension, 7)], when), new TariffElement([Price(Dimension.Energy, 1)])],
    };

    private static PriceComponent Price(Dimension dimension, decimal price) => new(dimension, price, 1, [Vat]);

    private static string Json(TariffType tariff) => Encoding.UTF8.GetString(Ocpp2Json.Write(tariff, OcppVersion.V21)).Replace("\\u20AC", "€", StringComparison.Ordinal);
}
