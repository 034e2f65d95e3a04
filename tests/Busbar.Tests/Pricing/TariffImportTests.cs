using System.Text.Json;
using Busbar.Pricing;
using Busbar.Pricing.Console;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using Busbar.Stations.Dialects.Ocpp2;
using Busbar.Tests.Rating;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class TariffImportTests
{
    private const string Ocpi = """{ "id": "day", "currency": "EUR", "type": "REGULAR", "start_date_time": "2026-06-01T00:00:00Z", "elements": [ { "price_components": [ { "type": "ENERGY", "price": 0.4, "vat": 21, "step_size": 1 } ] } ] }""";

    private static Imported Read(string text) => Imported.Read(text, [new Ocpp21TariffProjection()]);

    [Fact]
    public void An_ocpi_object_is_read_with_its_days_and_what_is_lost()
    {
        var read = Read(Ocpi);
        Assert.Equal(("OCPI 2.2.1", "day"), (read.Format, read.Name));
        Assert.Equal(Instant.FromUtc(2026, 6, 1, 0, 0), read.Validity.From);
        Assert.Equal(["/type"], read.Lost);
        Assert.Equal("0.4", read.Form!.Elements[0].Components[0].Price);
        Assert.Equal("0.4", Read($$"""{ "status_code": 1000, "data": {{Ocpi}} }""").Form!.Elements[0].Components[0].Price);
    }

    [Fact]
    public void A_day_that_its_offset_carries_beyond_the_last_instant_is_none() =>
        Assert.Null(Read(Ocpi.Replace("2026-06-01T00:00:00Z", "9999-12-31T23:59:59-18:00", StringComparison.Ordinal)).Validity.From);

    [Fact]
    public void One_with_a_fault_comes_with_it()
    {
        var read = Read(Ocpi.Replace("\"step_size\": 1", "\"step_size\": -5", StringComparison.Ordinal));
        Assert.Equal("/elements/0/components/0/stepSize", Assert.Single(read.Form!.Read().Faults).Pointer);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("[1]", "")]
    [InlineData("{\"elements\":[{\"price_components\":[{\"type\":\"ENERGY\",\"price\":\"x\",\"step_size\":1}]}],\"currency\":\"EUR\"}", "/elements/0/price_components/0/price")]
    [InlineData("{\"taxMode\":\"exclusive\",\"currency\":\"EUR\",\"elements\":[{\"components\":[null]}]}", "/elements/0/components/0")]
    public void What_is_no_tariff_says_where(string text, string pointer)
    {
        var read = Read(text);
        Assert.Null(read.Form);
        Assert.Equal(pointer, read.Faults[0].Pointer);
    }

    [Fact]
    public void A_stations_tariff_is_read_alone_or_in_its_message_and_not_where_a_price_would_be_missing()
    {
        const string tariff = """{"tariffId":"T1","currency":"EUR","validFrom":"2026-06-01T00:00:00Z","energy":{"prices":[{"priceKwh":0.5,"conditions":{"startTimeOfDay":"08:00"}}],"taxRates":[{"type":"VAT","tax":19}]},"idleTime":{"prices":[{"priceMinute":0.1}]}}""";
        foreach (var text in new[] { tariff, $$"""{"evseId":0,"tariff":{{tariff}}}""" })
        {
            var read = Read(text);
            Assert.Equal(("OCPP 2.1", "T1", Instant.FromUtc(2026, 6, 1, 0, 0)), (read.Format, read.Name, read.Validity.From));
            Assert.Equal([("0.5", "19"), ("6", "")], read.Form!.Elements.Select(element => (element.Components[0].Price, element.Components[0].Taxes is [var tax] ? tax.Percent : "")));
        }
        var wrong = Read(tariff.Replace("08:00", "8 am", StringComparison.Ordinal));
        Assert.Null(wrong.Form);
        Assert.Equal("/energy/prices/0/conditions/startTimeOfDay", Assert.Single(wrong.Faults).Pointer);
        Assert.Equal("/energy", Assert.Single(Read("""{"tariffId":"T1","currency":"EUR","energy":7}""").Faults).Pointer);
    }

    [Fact]
    public void Our_own_json_comes_back_as_it_went()
    {
        var tariff = Build.Tariff(Build.Price(Dimension.Energy, 0.3m, 1, Build.Vat(20)).When(new Restrictions { TokenGroup = "staff", MinIdleTime = Duration.FromMinutes(5) })) with { Idle = new IdleTerms { Grace = Duration.FromMinutes(15) } };
        Assert.Equal(TariffJson.Hash(tariff), TariffJson.Hash(Read(TariffForm.Json(tariff)).Form!.Read().Tariff));
    }

    [Fact]
    public void What_stands_beside_the_prices_is_kept_when_they_change()
    {
        var before = new VersionRow
        {
            Document = System.Text.Encoding.UTF8.GetBytes("""{ "currency": "EUR", "tariff_alt_url": "https://example.com/t", "energy_mix": { "is_green_energy": true }, "elements": [] }"""), OcpiVersion = "2.2.1", Hash = "", Canonical = [],
            TenantId = default, TariffId = default, Version = 1, State = VersionState.Draft, CreatedAt = default,
        };
        var document = TariffEditing.Document(Build.Tariff(Build.Element(Build.Price(Dimension.Energy, 0.3m))), new Validity(Instant.FromUtc(2026, 6, 1, 0, 0), null), before);
        Assert.Equal("https://example.com/t", document.GetProperty("tariff_alt_url").GetString());
        Assert.True(document.GetProperty("energy_mix").GetProperty("is_green_energy").GetBoolean());
        Assert.Equal("2026-06-01T00:00:00Z", document.GetProperty("start_date_time").GetString());
        Assert.Equal(JsonValueKind.Undefined, document.TryGetProperty("end_date_time", out var end) ? end.ValueKind : JsonValueKind.Undefined);
    }
}
