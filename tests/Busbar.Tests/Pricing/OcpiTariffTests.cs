using System.Text;
using Busbar.Kernel;
using Busbar.Pricing;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class OcpiTariffTests
{
    [Fact]
    public void The_version_is_inferred_from_what_only_2_3_0_has()
    {
        Assert.Equal(OcpiTariffVersion.V221, Read("""{"currency":"EUR","elements":[]}""").Version);
        Assert.Equal(OcpiTariffVersion.V230, Read("""{"currency":"EUR","elements":[],"tax_included":"YES"}""").Version);
        Assert.Equal(OcpiTariffVersion.V230, Read("""{"currency":"EUR","elements":[],"min_price":{"before_taxes":1}}""").Version);
    }

    [Theory]
    [InlineData("NO", TaxMode.Exclusive)]
    [InlineData("YES", TaxMode.Inclusive)]
    [InlineData("N/A", TaxMode.NotApplicable)]
    public void Tax_included_is_the_tax_mode(string included, TaxMode mode) =>
        Assert.Equal(mode, Read($$"""{"currency":"EUR","tax_included":"{{included}}","elements":[{"price_components":[{"type":"TIME","price":2,"step_size":1}]}]}""").Tariff!.TaxMode);

    [Fact]
    public void Every_restriction_is_understood_and_written_back()
    {
        const string Json =
            """{"currency":"EUR","min_price":{"excl_vat":1,"incl_vat":1.2},"elements":[{"price_components":[{"type":"ENERGY","price":0.25,"vat":20,"step_size":100}],"restrictions":""" +
            """{"start_time":"22:00","end_time":"06:00","start_date":"2026-01-01","end_date":"2027-01-01","min_kwh":1.5,"max_kwh":20,"min_current":6,"max_current":32.5,"min_power":1.4,"max_power":22""" +
            ""","min_duration":60,"max_duration":3600,"day_of_week":["MONDAY","SUNDAY"]}},""" +
            """{"price_components":[{"type":"FLAT","price":4,"step_size":1}],"restrictions":{"reservation":"RESERVATION_EXPIRES"}}],"extensions":{"waive_below":{"energy_wh":100,"duration_seconds":90}}}""";

        var read = Read(Json);

        Assert.Empty(read.Faults);
        Assert.Empty(read.Lost);
        Assert.Equal((Energy.FromKilowattHours(1.5m), Power.FromWatts(22_000), Weekdays.Monday | Weekdays.Sunday),
            (read.Tariff!.Elements[0].When!.MinEnergy!.Value, read.Tariff.Elements[0].When!.MaxPower!.Value, read.Tariff.Elements[0].When!.Weekdays!.Value));
        var written = OcpiTariffs.Write(read.Tariff, OcpiTariffVersion.V221);
        Assert.Equal((Json, 0), (Encoding.UTF8.GetString(written.Json!), written.Lost.Count));
    }

    [Theory]
    [InlineData("""{"currency":"EUR","elements":[],"more":1}""", "/more")]
    [InlineData("""{"currency":"EUR","currency":"EUR","elements":[]}""", "/currency")]
    [InlineData("""{"currency":"EURO","elements":[{"price_components":[{"type":"TIME","price":2,"step_size":1}]}]}""", "/currency")]
    [InlineData("""{"currency":"EUR","elements":[]}""", "/elements")]
    [InlineData("""{"currency":"EUR","elements":[null]}""", "/elements/0")]
    [InlineData("""{"currency":"EUR","elements":[{"price_components":[{"type":"CO2","price":2,"step_size":1}]}]}""", "/elements/0/price_components/0/type")]
    [InlineData("""{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":"2","step_size":1}]}]}""", "/elements/0/price_components/0/price")]
    [InlineData("""{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":2,"step_size":-1}]}]}""", "/elements/0/price_components/0/step_size")]
    [InlineData("""{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":2,"vat":-1,"step_size":1}]}]}""", "/elements/0/price_components/0/vat")]
    [InlineData("""{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":2,"step_size":1}],"restrictions":{"start_time":"9:00"}}]}""", "/elements/0/restrictions/start_time")]
    [InlineData("""{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":2,"step_size":1}],"restrictions":{"day_of_week":["FUNDAY"]}}]}""", "/elements/0/restrictions/day_of_week/0")]
    [InlineData("""{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":2,"step_size":1}],"restrictions":{"min_kwh":5,"max_kwh":5}}]}""", "/elements/0/restrictions/max_kwh")]
    [InlineData("""{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":2,"step_size":1}]}],"max_price":{"excl_vat":2,"incl_vat":1}}""", "/max_price/incl_vat")]
    [InlineData("""{"currency":"EUR","tax_included":"MAYBE","elements":[{"price_components":[{"type":"TIME","price":2,"step_size":1}]}]}""", "/tax_included")]
    [InlineData("""{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":2,"step_size":1}]}],"extensions":{"waive_below":{"kwh":1}}}""", "/extensions/waive_below/kwh")]
    [InlineData("[]", "")]
    [InlineData("null", "")]
    [InlineData("{", "")]
    public void What_is_wrong_is_named_where_it_stands(string json, string pointer)
    {
        var read = Read(json);

        Assert.Null(read.Tariff);
        Assert.Equal(pointer, Assert.Single(read.Faults).Pointer);
    }

    [Fact]
    public void What_a_version_cannot_say_is_listed()
    {
        var tariff = new Tariff
        {
            Currency = Currency.Eur,
            TaxMode = TaxMode.Inclusive,
            Elements = [new TariffElement([new PriceComponent(Dimension.Energy, 1.2m, 1, [new TaxRate("GST", 10), new TaxRate("QST", 10, 1)])])],
            Max = new PriceBound(AfterTax: 50),
            WaiveBelow = new Waiver { Energy = Energy.FromWattHours(100) },
        };
        var name = new OcpiTariffName("DE", "BUS", "1", Instant.FromUtc(2026, 1, 1, 0, 0));

        var old = OcpiTariffs.Write(tariff, OcpiTariffVersion.V221, name, Noon);
        var recent = OcpiTariffs.Write(tariff, OcpiTariffVersion.V230, name, Noon);

        Assert.Equal(["/taxMode None", "/waiveBelow More", "/max More", "/elements/0/components/0/taxes None"], old.Lost.Select(loss => $"{loss.Pointer} {loss.Effect}"));
        Assert.Equal(["/waiveBelow", "/max", "/elements/0/components/0/taxes"], recent.Lost.Select(loss => loss.Pointer));
        Assert.Contains("\"price\":0.9917355372,\"vat\":21,", Encoding.UTF8.GetString(old.Json!), StringComparison.Ordinal);
        Assert.Contains("\"last_updated\":\"2026-01-01T00:00:00Z\"", Encoding.UTF8.GetString(old.Json!), StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_version_can_say_is_listed_and_a_price_for_energy_given_back_never_becomes_another()
    {
        TaxRate[] vat = [new("VAT", 19, Until: new LocalDate(2027, 1, 1)), new("VAT", 21, From: new LocalDate(2027, 1, 1))];
        var tariff = new Tariff
        {
            Currency = Currency.Eur, TaxMode = TaxMode.Exclusive, TaxPoint = TaxPoint.EachDay, Idle = new IdleTerms { Grace = Duration.FromMinutes(5), Cap = new PriceBound(5) },
            Calendars = [new SpecialDays("holidays", [new LocalDate(2026, 12, 25)])],
            Elements =
            [
                new([new(Dimension.Export, -0.1m, 1, [])], null),
                new([new(Dimension.Energy, 0.9m, 1, [])], new Restrictions
                {
                    MinChargingTime = Duration.FromMinutes(1), MaxChargingTime = Duration.FromMinutes(2), MinIdleTime = Duration.FromMinutes(1), MaxIdleTime = Duration.FromMinutes(2),
                    SpecialDays = "holidays", ExceptSpecialDays = "holidays", EvseKind = EvseKind.Dc, PaymentBrand = "Visa", PaymentRecognition = "CC",
                }),
                new([new(Dimension.Energy, 0.5m, 1, vat, new CurvePricing("spot", CurveLock.AtStart))]),
            ],
        };

        var written = OcpiTariffs.Write(tariff, OcpiTariffVersion.V230, new OcpiTariffName(null, null, "1", Instant.FromUtc(2026, 1, 1, 0, 0)), Noon);

        Assert.Equal(
            [
                "/idle/graceSeconds", "/idle/cap", "/taxPoint", "/elements/0/components/0",
                "/elements/1/when/minChargingTimeSeconds", "/elements/1/when/maxChargingTimeSeconds", "/elements/1/when/minIdleTimeSeconds", "/elements/1/when/maxIdleTimeSeconds",
                "/elements/1/when/specialDays", "/elements/1/when/exceptSpecialDays", "/elements/1/when/evseKind", "/elements/1/when/paymentBrand", "/elements/1/when/paymentRecognition",
                "/elements/2/components/0/curve", "/elements/2/components/0/taxes",
            ],
            written.Lost.Select(loss => loss.Pointer));
        var elements = System.Text.Json.JsonElement.Parse(written.Json!).GetProperty("elements").GetRawText();
        Assert.Equal("""[{"price_components":[{"type":"ENERGY","price":0.5,"vat":19,"step_size":1}]}]""", elements);
    }

    private static ProjectionMoment Noon => new(Instant.FromUtc(2026, 6, 1, 12, 0), DateTimeZone.Utc, []);

    private static OcpiTariffRead Read(string json) => OcpiTariffs.Read(Encoding.UTF8.GetBytes(json));
}
