using System.Globalization;
using System.Net;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Pricing.Console;
using Busbar.Pricing;
using Busbar.Rating;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using NodaTime;

namespace Busbar.Tests.Shell;

/// <summary>What a charge costs, as its pages tell it.</summary>
public sealed class PricePagesTests(Servers servers)
{
    [Fact]
    public async Task A_sum_is_the_same_wherever_it_stands_and_every_reason_is_in_the_readers_language()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var browser = await Staff.FoundAsync(server);
        var api = await ExportTests.ClientAsync(server, browser);
        var again = await ExportTests.ChargeAsync(server, api);
        var session = (await api.GetAsync("sessions")).Items.Single();
        var (id, cdr) = (session.GetProperty("id").GetString(), session.GetProperty("cdrId").GetString());
        foreach (var path in new[] { $"/console/sessions/{id}", $"/console/cdrs/{cdr}" })
        {
            var page = await PageAsync(browser, path);
            Assert.Contains(">4,37 EUR<", page, StringComparison.Ordinal);
            Assert.Contains(">4,367979 EUR<", page, StringComparison.Ordinal);
            Assert.Contains("Flat, Version 1", page, StringComparison.Ordinal);
            Assert.Contains("EUR/kWh", page, StringComparison.Ordinal);
            Assert.Contains("4,37 EUR", await PageAsync(browser, path.Contains("cdrs", StringComparison.Ordinal) ? "/console/cdrs" : "/console/sessions"), StringComparison.Ordinal);
        }
        var reasons = await PageAsync(browser, $"/console/sessions/{id}");
        Assert.Contains("Element 1 des Tarifs: es gilt immer.", reasons, StringComparison.Ordinal);
        Assert.Contains("Nichts: Kein Element des Tarifs galt.", reasons, StringComparison.Ordinal);
        Assert.Contains("an der Station beendet", reasons, StringComparison.Ordinal);

        // The station tells another end: the record is taken back.
        await again(9_100);
        var chain = await PageAsync(browser, $"/console/cdrs/{cdr}");
        Assert.Contains("Beleg, Version 1, gutgeschrieben", chain, StringComparison.Ordinal);
        Assert.Contains("Gutschrift, Version 2", chain, StringComparison.Ordinal);
        Assert.Contains("Er zählt nicht mehr.", chain, StringComparison.Ordinal);
        var credit = (await api.GetAsync("cdrs")).Items.Single(item => item.GetProperty("creditOf").ValueKind == JsonValueKind.String).GetProperty("id").GetString();
        Assert.Contains(">-4,37 EUR<", await PageAsync(browser, $"/console/cdrs/{credit}"), StringComparison.Ordinal);
        var list = await PageAsync(browser, "/console/cdrs");
        Assert.Contains(">Gutgeschrieben<", list, StringComparison.Ordinal);
        Assert.Contains(">Gutschrift<", list, StringComparison.Ordinal);
    }

    [Fact]
    public void A_tariff_is_told_in_plain_words_with_all_its_conditions()
    {
        var tariff = new Tariff
        {
            Currency = Currency.Eur, TaxMode = TaxMode.Inclusive,
            Elements =
            [
                new([new(Dimension.Energy, 0.59m, 1, [new TaxRate("VAT", 19m)])], new Restrictions
                {
                    Weekdays = Weekdays.Monday | Weekdays.Tuesday | Weekdays.Wednesday | Weekdays.Thursday | Weekdays.Friday, StartTime = new LocalTime(8, 0), EndTime = LocalTime.Midnight,
                }),
                new([new(Dimension.Energy, 0.395m, 1_000, []), new(Dimension.Idle, 6m, 60, [])], new Restrictions { MinEnergy = Energy.FromWattHours(10_000), MaxPower = Power.FromWatts(22_000), MinDuration = Duration.FromMinutes(30) }),
                new([new(Dimension.Time, 2m, 1, [])], new Restrictions { Reservation = ReservationKind.Expired }),
            ],
            Min = new PriceBound(AfterTax: 1m),
        };
        var before = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        try
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (new CultureInfo("en-GB"), new CultureInfo("en-GB"));
            Assert.Equal("0.59 EUR per kWh, incl. VAT 19 % (Monday to Friday, 08:00–00:00); 0.395 EUR per kWh, in steps of 1,000 Wh (from 10 kWh on, below 22 kW, after 30 min); "
                + "0.10 EUR per minute that the vehicle stays and takes nothing, in steps of 60 s (from 10 kWh on, below 22 kW, after 30 min); "
                + "0.0333 EUR per minute of the reservation (2.00 EUR per hour) (for a reservation that nobody used); At least 1.00 EUR with tax", PriceWords.Here.Line(tariff));
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (new CultureInfo("de-DE"), new CultureInfo("de-DE"));
            Assert.StartsWith("0,59 EUR je kWh, inkl. VAT 19 % (Montag bis Freitag, 08:00–00:00 Uhr); 0,395 EUR je kWh, in Schritten von 1.000 Wh (ab 10 kWh, unter 22 kW Leistung, nach 30 min)", PriceWords.Here.Line(tariff), StringComparison.Ordinal);
        }
        finally { (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = before; }
    }

    [Fact]
    public void What_the_model_has_beyond_OCPI_is_told_in_plain_words_too()
    {
        TaxRate[] vat = [new("VAT", 19, Until: new LocalDate(2027, 1, 1)), new("VAT", 21, From: new LocalDate(2027, 1, 1))];
        var tariff = new Tariff
        {
            Currency = Currency.Eur, TaxMode = TaxMode.Exclusive, TaxPoint = TaxPoint.EachDay,
            Idle = new IdleTerms { Grace = Duration.FromMinutes(5), RestartAbove = Energy.FromWattHours(500), Cap = new PriceBound(10) },
            Elements =
            [
                new([new(Dimension.Export, -0.1m, 1, [])], null),
                new([new(Dimension.Energy, 0.5m, 1, vat, new CurvePricing("day-ahead", CurveLock.EachInterval, 110, 0.02m, 0.05m, 0.8m))], new Restrictions
                {
                    MinChargingTime = Duration.FromMinutes(1), MaxIdleTime = Duration.FromMinutes(2),
                    SpecialDays = "holidays", ExceptSpecialDays = "fairs", EvseKind = EvseKind.Dc, PaymentBrand = "Visa", PaymentRecognition = "CC", TokenGroup = "staff",
                }),
            ],
        };
        var before = (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);
        try
        {
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (new CultureInfo("en-GB"), new CultureInfo("en-GB"));
            Assert.Equal("-0.10 EUR per kWh that the vehicle gives back; the current price of day-ahead × 110 %, at least 0.05 EUR, at most 0.80 EUR + 0.02 EUR (where it is not known: 0.50 EUR) per kWh, "
                + "plus VAT 19 % before 01/01/2027 + VAT 21 % from 01/01/2027, by the day on which it was used "
                + "(after 1 min of charging, in the first 2 min of idle time, on days of holidays, not on days of fairs, at direct current, paid with Visa, paid with CC, for the group staff); "
                + "The first 5 min of idle time are free, and again after more than 0.5 kWh; Idle time costs at most 10.00 EUR before tax", PriceWords.Here.Line(tariff));
            (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = (new CultureInfo("de-DE"), new CultureInfo("de-DE"));
            Assert.EndsWith("Die ersten 5 min Standzeit sind frei, und wieder nach mehr als 0,5 kWh; Die Standzeit kostet höchstens 10,00 EUR vor Steuer", PriceWords.Here.Line(tariff), StringComparison.Ordinal);
        }
        finally { (CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture) = before; }
    }

    private static async Task<string> PageAsync(Browser browser, string path)
    {
        var page = await browser.SendAsync(HttpMethod.Get, path, null, ("Accept-Language", "de"));
        page.Is(HttpStatusCode.OK);
        return WebUtility.HtmlDecode(page.Text);
    }
}
