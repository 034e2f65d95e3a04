using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Busbar.Kernel;
using Busbar.Pricing;
using Busbar.Rating;
using Busbar.Tests.Rating;
using CsCheck;
using NodaTime;
using static Busbar.Tests.Rating.Build;

namespace Busbar.Tests.Pricing;

public sealed class ProjectionTests
{
    private static readonly OcpiTariffName Partner = new("DE", "BUS", "1", Instant.FromUtc(2026, 1, 1, 0, 0));
    private static readonly ProjectionMoment Noon = new(Instant.FromUtc(2026, 6, 1, 12, 0), DateTimeZone.Utc, []);
    private static readonly LocalDate Today = new(2026, 6, 1);

    [Fact]
    public void Whatever_a_tariff_has_our_own_object_says_and_reads_back_to_the_same_bytes()
    {
        var (checkedOnes, refused) = (0, 0);
        RandomCases.Tariffs.Sample(tariff =>
        {
            if (TariffLint.Check(tariff).Count > 0)
            {
                Interlocked.Increment(ref refused);
                return;
            }
            Interlocked.Increment(ref checkedOnes);
            foreach (var version in new[] { OcpiTariffVersion.V221, OcpiTariffVersion.V230 })
            {
                var written = OcpiTariffs.Write(tariff, version);
                Assert.Empty(written.Lost);
                var read = OcpiTariffs.Read(written.Json!, version);
                Assert.True(read.Tariff is not null, $"{Encoding.UTF8.GetString(written.Json!)}: {string.Join("; ", read.Faults)}");
                Assert.Equal(TariffJson.Write(tariff), TariffJson.Write(read.Tariff));
            }
        }, iter: 8_000);
        Assert.True(checkedOnes > 1_000, $"{checkedOnes} checked, {refused} refused by the lint");
    }

    [Fact]
    public void An_object_that_lost_nothing_costs_a_partner_what_the_tariff_costs()
    {
        var same = new int[3];
        RandomCases.Cases.Sample(c =>
        {
            var tariff = Simpler(c.Tariff, c.Start.ToUnixTimeMilliseconds());
            if (TariffLint.Check(tariff).Count > 0) return;
            foreach (var version in Enum.GetValues<OcpiTariffVersion>())
            {
                var written = OcpiTariffs.Write(tariff, version, Partner, Noon);
                if (written.Lost.Count > 0) continue;
                Interlocked.Increment(ref same[(int)version]);
                var read = OcpiTariffs.Read(written.Json!, version).Tariff!;
                Assert.Equal((c with { Tariff = tariff }).Total(), (c with { Tariff = read }).Total());
            }
        }, iter: 6_000);
        Assert.All(same, count => Assert.True(count > 200, string.Join(", ", same)));
    }

    [Fact]
    public void A_price_whose_condition_cannot_be_said_never_becomes_one_that_always_holds()
    {
        RandomCases.Tariffs.Sample(tariff =>
        {
            foreach (var version in Enum.GetValues<OcpiTariffVersion>())
            {
                var written = OcpiTariffs.Write(tariff, version, Partner, Noon);
                if (written.Json is null) continue;
                var unrestricted = JsonElement.Parse(written.Json).GetProperty("elements").EnumerateArray()
                    .Count(element => !element.TryGetProperty("restrictions", out var when) || !when.EnumerateObject().Any());
                Assert.True(unrestricted <= tariff.Elements.Count(element => element.When is null || element.When == new Restrictions()), Encoding.UTF8.GetString(written.Json));
            }
        }, iter: 2_000);
    }

    [Fact]
    public void A_2_1_1_partner_gets_prices_before_taxes_and_a_text_of_the_rest()
    {
        var tariff = Tariff(
            Price(Dimension.Energy, 0.5m, 1, Vat(20)).When(new Restrictions { MinCurrentA = 16 }), Price(Dimension.Time, 3m).When(new Restrictions { Reservation = ReservationKind.Reserved }),
            Element(Price(Dimension.Energy, 0.4m, 1, Vat(20)))) with { Min = new PriceBound(1, 1.2m), Max = new PriceBound(10) };

        var written = OcpiTariffs.Write(tariff, OcpiTariffVersion.V211, Partner, Noon);

        Assert.Equal(
            ["/min boundNotSaid Less", "/max boundNotSaid More", "/elements/0/when/minCurrentA conditionNotSaid Unknown", "/elements/1/when/reservation conditionNotSaid Unknown", "/elements/2/components/0/taxes taxesNotSaid Less"],
            written.Lost.Select(Line));
        var json = JsonElement.Parse(written.Json!);
        Assert.Equal("""[{"price_components":[{"type":"ENERGY","price":0.4,"step_size":1}]}]""", json.GetProperty("elements").GetRawText());
        Assert.Equal(["id", "currency", "tariff_alt_text", "elements", "last_updated"], json.EnumerateObject().Select(member => member.Name));
        Assert.StartsWith("0.60 EUR per kWh (at 16 A or more); otherwise 0.48 EUR per kWh", json.GetProperty("tariff_alt_text")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        Assert.Equal(TariffJson.Hash(Tariff(Element(Price(Dimension.Energy, 0.4m)))), TariffJson.Hash(OcpiTariffs.Read(written.Json!, OcpiTariffVersion.V211).Tariff!));
    }

    [Fact]
    public void Where_nothing_can_be_said_there_is_no_object()
    {
        var written = OcpiTariffs.Write(Tariff(Price(Dimension.Energy, 0.5m).When(new Restrictions { TokenGroup = "staff" })), OcpiTariffVersion.V230, Partner, Noon);

        Assert.Null(written.Json);
        Assert.Equal(["/elements/0/when/tokenGroup groupNotSaid None", "/elements nothingSaid Unknown"], written.Lost.Select(Line));
    }

    [Fact]
    public void A_partner_gets_no_step_of_zero_and_no_price_of_a_group()
    {
        var tariff = Tariff(Price(Dimension.Energy, 0.2m).When(new Restrictions { TokenGroup = "staff" }), Element(Price(Dimension.Energy, 0.5m, 0), Price(Dimension.Time, 3m, 60)));

        foreach (var version in Enum.GetValues<OcpiTariffVersion>())
        {
            var written = OcpiTariffs.Write(tariff, version, Partner, Noon);
            Assert.Equal(
                """[{"price_components":[{"type":"ENERGY","price":0.5,"step_size":1},{"type":"TIME","price":3,"step_size":60}]}]""",
                JsonElement.Parse(written.Json!).GetProperty("elements").GetRawText());
            Assert.DoesNotContain("staff", Encoding.UTF8.GetString(written.Json!), StringComparison.Ordinal);
        }
        Assert.Equal(0, OcpiTariffs.Read(OcpiTariffs.Write(tariff, OcpiTariffVersion.V230).Json!).Tariff!.Elements[1].Components[0].StepSize);
        var datex = Datex2Rate.Of(tariff, "tar1", "Everybody", Partner.LastUpdated, Noon).Xml;
        Assert.Contains("<aegi:value>0.50</aegi:value>", datex, StringComparison.Ordinal);
        Assert.DoesNotContain("0.20", datex, StringComparison.Ordinal);
    }

    [Fact]
    public void A_price_of_the_market_is_told_as_that_of_now_only_on_the_days_that_its_element_is_for()
    {
        var (zone, noon) = (DateTimeZone.Utc, Instant.FromUtc(2026, 12, 25, 12, 0));
        var component = new PriceComponent(Dimension.Energy, 1m, 1, [], new CurvePricing("spot", CurveLock.EachInterval));
        var special = new TariffElement([component], new Restrictions { SpecialDays = "holidays" });
        var ordinary = new TariffElement([component], new Restrictions { ExceptSpecialDays = "holidays" });
        var tariff = new Tariff { Currency = Currency.Eur, TaxMode = TaxMode.NotApplicable, Elements = [special, ordinary], Calendars = [new SpecialDays("holidays", [new LocalDate(2026, 12, 25)])] };
        Assert.Equal((true, false), (Tells(special, noon), Tells(ordinary, noon)));
        Assert.Equal((false, true), (Tells(special, noon + Duration.FromDays(1)), Tells(ordinary, noon + Duration.FromDays(1))));

        bool Tells(TariffElement element, Instant at) =>
            new PriceWords(CultureInfo.InvariantCulture, CultureInfo.InvariantCulture) { Present = new ProjectionMoment(at, zone, [new PriceCurve("spot", noon, 3_600, [.. Enumerable.Repeat<decimal?>(0.3m, 48)])]) }
                .Now(component, element, tariff) is not null;
    }

    [Theory]
    [InlineData("2026-10-25", "00:00-02:00 0.10 03:00-24:00 0.50")]
    [InlineData("2026-03-29", "00:00-03:00 0.10 03:00-24:00 0.50")]
    [InlineData("2026-06-01", "00:00-02:00 0.10 02:00-03:00 0.20 03:00-24:00 0.50")]
    public void The_prices_of_a_day_are_told_by_the_wall_clock_and_an_hour_that_it_has_twice_is_not(string date, string expected)
    {
        var (zone, day) = (DateTimeZoneProviders.Tzdb["Europe/Berlin"], NodaTime.Text.LocalDatePattern.Iso.Parse(date).Value);
        var from = zone.AtStartOfDay(day).ToInstant();
        var prices = Enumerable.Range(0, 26).Select(hour => (from + Duration.FromHours(hour)).InZone(zone)).Select(at => (decimal?)(at.Date > day ? 9m : at.Hour < 2 ? 0.1m : at.Hour == 2 ? 0.2m : 0.5m)).ToList();
        var moment = new ProjectionMoment(from + Duration.FromHours(12), zone, [new PriceCurve("spot", from, 3_600, prices)]);
        var component = new PriceComponent(Dimension.Energy, 1m, 1, [], new CurvePricing("spot", CurveLock.EachInterval));

        var told = moment.PricesOf(component);

        Assert.Equal(expected, string.Join(' ', told.Select(price => FormattableString.Invariant($"{price.Start / 60:00}:00-{price.End / 60:00}:00 {price.Price:0.00}"))));
        Assert.Equal(0.5m, moment.PriceOf(component));
    }

    [Fact]
    public void A_partner_of_a_day_with_known_prices_comes_to_what_the_session_costs()
    {
        var (zone, start) = (DateTimeZoneProviders.Tzdb["Europe/Berlin"], Instant.FromUtc(2026, 6, 1, 4, 30));
        var curve = new PriceCurve("spot", Instant.FromUtc(2026, 5, 31, 22, 0), 900, [.. Enumerable.Range(0, 96).Select(i => (decimal?)(0.1m + i * 0.003m))]);
        var tariff = Tariff(
            new PriceComponent(Dimension.Energy, 0.9m, 1, [Vat(19)], new CurvePricing("spot", CurveLock.EachInterval, 110, 0.05m)).When(new Restrictions { StartTime = new LocalTime(7, 10), EndTime = new LocalTime(2, 0), Weekdays = Weekdays.Monday }),
            Element(new PriceComponent(Dimension.Energy, 0.7m, 1, [Vat(19)], new CurvePricing("spot", CurveLock.EachInterval)), Price(Dimension.Time, 1m)));
        var periods = Enumerable.Range(0, 40).Select(i => new MeasuredPeriod(start + Duration.FromMinutes(10 * i), start + Duration.FromMinutes(10 * i + 10), Energy.FromKilowattHours(1), VehicleState.Charging)).ToList();

        foreach (var version in Enum.GetValues<OcpiTariffVersion>())
        {
            var written = OcpiTariffs.Write(tariff, version, Partner, new ProjectionMoment(start, zone, [curve]));
            var read = OcpiTariffs.Read(written.Json!, version);
            Assert.True(read.Tariff is not null, string.Join("; ", read.Faults));
            var partner = read.Tariff!;

            Assert.InRange(partner.Elements.Count, 100, 402);
            Assert.All(["/elements/0/components/0/curve curveOfTheDay Unknown", "/elements/1/components/0/curve curveOfTheDay Unknown"], line => Assert.Contains(line, written.Lost.Select(Line)));
            Assert.Equal(Cost(tariff, [curve]).ExclTax, Cost(partner, []).ExclTax);
        }

        Cost Cost(Tariff one, IReadOnlyList<PriceCurve> curves) =>
            Rater.Finish(periods.Aggregate(Rater.Begin(one, zone, start, SessionContext.Unknown with { Curves = curves }), Rater.Extend)).Total;
    }

    [Theory]
    [InlineData("""{"elements":[{"element":0,"restrictions":{"evse_kind":"HVDC"}}]}""", "/extensions/elements/0/restrictions/evse_kind")]
    [InlineData("""{"elements":[{"element":9,"restrictions":{"evse_kind":"DC"}}]}""", "/extensions/elements/0/element")]
    [InlineData("""{"elements":[{"element":0,"restrictions":{"min_idle_time":60,"max_idle_time":60}}]}""", "/extensions/elements/0/restrictions/max_idle_time")]
    [InlineData("""{"elements":[{"element":0,"price_components":[{"price_component":0,"taxes":[{"name":"VAT","percent":-1}]}]}]}""", "/extensions/elements/0/price_components/0/taxes/0/percent")]
    [InlineData("""{"elements":[{"element":0,"price_components":[{"price_component":1,"type":"EXPORT"}]}]}""", "/extensions/elements/0/price_components/0/price")]
    [InlineData("""{"elements":[{"element":0,"price_components":[{"price_component":0,"curve":{"name":"spot","lock":"NEVER"}}]}]}""", "/extensions/elements/0/price_components/0/curve/lock")]
    [InlineData("""{"idle":{"grace_seconds":-5}}""", "/extensions/idle/grace_seconds")]
    [InlineData("""{"calendars":[{"name":"fairs","dates":["2026-02-30"]}]}""", "/extensions/calendars/0/dates/0")]
    [InlineData("""{"calendars":[null]}""", "/extensions/calendars/0")]
    [InlineData("""{"min_price":{"before_taxes":1}}""", "/extensions/min_price")]
    [InlineData("""{"tax_point":"SOMETIMES"}""", "/extensions/tax_point")]
    [InlineData("""{"surprise":1}""", "/extensions/surprise")]
    public void What_is_wrong_in_the_extensions_is_named_where_it_stands(string extensions, string pointer)
    {
        var read = OcpiTariffs.Read(Encoding.UTF8.GetBytes($$"""{"currency":"EUR","elements":[{"price_components":[{"type":"ENERGY","price":0.5,"step_size":1}]}],"extensions":{{extensions}}}"""));

        Assert.Null(read.Tariff);
        Assert.Equal(pointer, Assert.Single(read.Faults).Pointer);
    }

    [Fact]
    public void A_drivers_text_has_the_order_of_AFIR_and_prices_with_taxes()
    {
        var tariff = Tariff(
            Element(Price(Dimension.Flat, 1m, 1, Vat(20)), Price(Dimension.Idle, 6m, 60, Vat(20)), Price(Dimension.Time, 1.2m, 1, Vat(20))),
            Price(Dimension.Energy, 0.5m, 1, Vat(20)).When(new Restrictions { StartTime = new LocalTime(8, 0), EndTime = new LocalTime(20, 0) }),
            Element(Price(Dimension.Energy, 0.4m, 1, Vat(20)))) with { Idle = new IdleTerms { Grace = Duration.FromMinutes(10), Cap = new PriceBound(AfterTax: 12) }, Max = new PriceBound(AfterTax: 60) };

        Assert.Equal(
            "0.60 EUR per kWh (08:00–20:00); otherwise 0.48 EUR per kWh; 0.024 EUR per minute of charging; 0.12 EUR per minute that the vehicle stays and takes nothing, in steps of 60 s; "
            + "1.20 EUR once per session; At most 60.00 EUR with tax; The first 10 min of idle time are free; Idle time costs at most 12.00 EUR with tax; Prices include all taxes",
            DisplayText.Of(tariff, "en", day: Today).Text);
        Assert.StartsWith("0,60 EUR je kWh (08:00–20:00 Uhr); sonst 0,48 EUR je kWh; 0,024 EUR je Minute Laden", DisplayText.Of(tariff, "de", day: Today).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_text_that_is_too_long_drops_its_conditions_and_says_so()
    {
        var tariff = Tariff(
            Price(Dimension.Energy, 0.5m, 100, Vat(20)).When(new Restrictions { StartTime = new LocalTime(8, 0), EndTime = new LocalTime(20, 0), Weekdays = Weekdays.Monday | Weekdays.Wednesday }),
            Element(Price(Dimension.Energy, 0.4m, 1, Vat(20)))) with { Max = new PriceBound(AfterTax: 60) };

        var (shorter, shortest, cut) = (DisplayText.Of(tariff, "en", 110, Today), DisplayText.Of(tariff, "en", 50, Today), DisplayText.Of(tariff, "en", 24, Today));

        Assert.Equal("0.48–0.60 EUR per kWh; At most 60.00 EUR with tax; Prices include all taxes; Conditions apply", shorter.Text);
        Assert.Equal(["/elements/0/components/0/stepSize stepNotShown Less", "/elements/0/when conditionNotShown Unknown"], shorter.Lost.Select(Line));
        Assert.Equal("0.48–0.60 EUR per kWh; Conditions apply", shortest.Text);
        Assert.Contains("/max boundNotShown Unknown", shortest.Lost.Select(Line));
        Assert.Equal(("0.48–0.60 EUR per kWh;…", " cut Unknown"), (cut.Text, Line(cut.Lost[^1])));
        RandomCases.Tariffs.Sample(any => Assert.InRange(DisplayText.Of(any, "de", 255, Today).Text.Length, 1, 255), iter: 500);
    }

    [Fact]
    public void A_text_shows_nobody_the_prices_of_a_group_that_he_is_not_in()
    {
        var tariff = Tariff(Price(Dimension.Energy, 0.2m).When(new Restrictions { TokenGroup = "staff" }), Element(Price(Dimension.Energy, 0.4m)));

        Assert.Equal("0.40 EUR per kWh", DisplayText.Of(DisplayText.For(tariff, null), "en").Text);
        Assert.Equal("0.20 EUR per kWh; otherwise 0.40 EUR per kWh", DisplayText.Of(DisplayText.For(tariff, "Staff"), "en").Text);
    }

    [Fact]
    public void A_DATEX_rate_has_prices_that_may_be_added_and_no_condition_is_dropped()
    {
        var tariff = Tariff(
            Price(Dimension.Energy, 0.39m, 1, Vat(19)).When(new Restrictions { MaxEnergy = Energy.FromKilowattHours(10) }),
            Element(Price(Dimension.Energy, 0.59m, 1, Vat(19)), Price(Dimension.Idle, 6m, 1, Vat(19))),
            Price(Dimension.Flat, 1m).When(new Restrictions { MaxPower = Power.FromWatts(22_000) })) with { TaxMode = TaxMode.Inclusive, Idle = new IdleTerms { Grace = Duration.FromMinutes(5) } };

        var written = Datex2Rate.Of(tariff, "tar1", "<b>Night & day</b>\u0001", Instant.FromUtc(2026, 4, 14, 0, 0), Noon);

        XNamespace aegi = "http://datex2.eu/schema/3/afirEnergyInfrastructure";
        var rate = XElement.Parse(written.Xml);
        Assert.Equal(["ratePolicy", "lastUpdated", "applicableCurrency", "rateName", "combinationWithParkingFee", "additionalInformation", "energyPrice", "energyPrice", "energyPrice"], rate.Elements().Select(child => child.Name.LocalName));
        Assert.Equal("<b>Night & day</b>", rate.Element(aegi + "rateName")!.Value);
        Assert.Equal(
            ["pricePerKWh 0.39 -10", "pricePerKWh 0.59 10-", "other 0.10 -"],
            rate.Elements(aegi + "energyPrice").Select(price => $"{price.Element(aegi + "priceType")!.Value} {price.Element(aegi + "value")!.Value} "
                + $"{price.Descendants(aegi + "fromKWh").SingleOrDefault()?.Value}-{price.Descendants(aegi + "toKWh").SingleOrDefault()?.Value}"));
        Assert.Equal(["/idle/graceSeconds graceNotSaid More", "/elements/1/components/1 occupancyHasNoType Less", "/elements/2/when/maxPowerW conditionNotSaid Unknown"], written.Lost.Select(Line));
    }

    private static string Line(Loss loss) => $"{loss.Pointer} {loss.Code} {loss.Effect}";

    /// <summary>With what OCPI has more often than not, so that many of them lose nothing; the seed decides what more goes.</summary>
    private static Tariff Simpler(Tariff tariff, long seed)
    {
        var old = seed % 2 == 0;
        return tariff with
        {
            TaxMode = old ? TaxMode.Exclusive : tariff.TaxMode, TaxPoint = TaxPoint.SessionEnd, Idle = null, Min = old ? null : tariff.Min, Max = old ? null : tariff.Max,
            Elements = [.. tariff.Elements.Select(element => new TariffElement(
                [.. element.Components.Where(component => component.Dimension != Dimension.Export).Select(component => component with { Curve = null, Taxes = old || component.Taxes.Count == 0 ? [] : [new TaxRate("VAT", component.Taxes[0].Percent)] })],
                element.When is not { } when ? null : when with
                {
                    MinChargingTime = null, MaxChargingTime = null, MinIdleTime = null, MaxIdleTime = null, SpecialDays = null, ExceptSpecialDays = null, EvseKind = null, TokenGroup = null,
                    MinCurrentA = old ? null : when.MinCurrentA, MaxCurrentA = old ? null : when.MaxCurrentA,
                })).Where(element => element.Components.Count > 0)],
        };
    }
}

internal static class CaseTotals
{
    public static Cost Total(this RandomCases.Case c) => Rater.Finish(c.Periods.Aggregate(c.Begin(), Rater.Extend)).Total;
}
