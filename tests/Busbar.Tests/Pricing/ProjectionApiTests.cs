using System.Net;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Pricing;

public sealed class ProjectionApiTests(Servers servers)
{
    private const string Hostile = "</com:value><script>alert(1)</script>&\"'";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_tariff_is_read_in_every_form_by_its_own_tenant_only(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var made = await api.PostAsync("tariffs", JsonSerializer.Serialize(new { name = Hostile, currency = "EUR", tariff = Object }));
        made.Is(HttpStatusCode.Created);
        var at = $"tariffs/{made.Text("id")}/projections";

        foreach (var form in new[] { "ocpi-2.1.1", "ocpi-2.2.1", "ocpi-2.3.0", "ocpp-2.1", "datex2", "text" })
        {
            var read = await api.GetAsync($"{at}/{form}");
            read.Is(HttpStatusCode.OK);
            Assert.Equal((form, 1), (read.Text("format"), read.Body.GetProperty("version").GetInt32()));
        }
        var partner = await api.GetAsync($"{at}/ocpi-2.2.1");
        Assert.Equal("/idle/graceSeconds graceNotSaid more", Lost(partner).Single());
        Assert.False(partner.Body.GetProperty("document").TryGetProperty("extensions", out _));
        Assert.Contains("The first 5 min of idle time are free", partner.Body.GetProperty("document").GetProperty("tariff_alt_text")[0].GetProperty("text").GetString(), StringComparison.Ordinal);
        var xml = System.Xml.Linq.XElement.Parse((await api.GetAsync($"{at}/datex2")).Text("document"));
        Assert.Equal(Hostile, xml.Descendants("{http://datex2.eu/schema/3/common}value").First().Value);
        Assert.StartsWith("0,59 EUR je kWh", (await api.GetAsync($"{at}/text?lang=de")).Text("document"), StringComparison.Ordinal);
        Assert.Equal("0.59 EUR per kWh; 0.10 EU…", (await api.GetAsync($"{at}/text?maxLength=26")).Text("document"));

        (await api.GetAsync($"{at}/text?lang=xx&maxLength=1")).Is(HttpStatusCode.BadRequest);
        Assert.Equal(["/lang", "/maxLength"], (await api.GetAsync($"{at}/text?lang=xx&maxLength=1")).Pointers.Order(StringComparer.Ordinal));
        (await api.GetAsync($"{at}/morse")).Is(HttpStatusCode.NotFound, "unknownFormat");
        (await api.GetAsync($"{at}/text?version=2")).Is(HttpStatusCode.NotFound);
        var stranger = await (await servers.OnAsync(kind)).NewTenantAsync();
        (await stranger.GetAsync($"{at}/text")).Is(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Each_version_is_a_tariff_of_its_own_to_a_partner_and_ends_where_the_next_one_begins(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var id = (await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""")).Text("id");
        (await api.PostAsync($"tariffs/{id}/versions", new { tariff = Tariffs.Energy(2), draft = true }, ApiClient.NewKey())).Is(HttpStatusCode.Created);
        Assert.Equal([($"{id}-1", null, null), ($"{id}-2", null, null)], new[] { await SaidAsync(1), await SaidAsync(2) });

        const string Then = "2100-01-01T12:00:00Z";
        (await MoveAsync(new { state = "scheduled", activateAt = Then })).Is(HttpStatusCode.OK);
        Assert.Equal([($"{id}-1", null, Then), ($"{id}-2", (string?)Then, null)], new[] { await SaidAsync(1), await SaidAsync(2) });

        (await MoveAsync(new { state = "active" })).Is(HttpStatusCode.OK);
        var (former, active) = (await SaidAsync(1), await SaidAsync(2));
        Assert.Equal(($"{id}-1", null, active.From), former);
        Assert.Equal(($"{id}-2", (string?)null), (active.Id, active.Until));
        Assert.InRange(active.From!, "2020", "2099");
        Assert.InRange(active.Id.Length, 1, 36);
        var datex = (await api.GetAsync($"tariffs/{id}/projections/datex2?version=1")).Text("document");
        Assert.Contains($"id=\"{id}-1\"", datex, StringComparison.Ordinal);
        Assert.Contains($"<com:overallEndTime>{active.From}</com:overallEndTime>", datex, StringComparison.Ordinal);

        async Task<Answer> MoveAsync(object change) => await api.PatchAsync($"tariffs/{id}/versions/2", change, (await api.GetAsync($"tariffs/{id}")).Tag);

        async Task<(string Id, string? From, string? Until)> SaidAsync(int version)
        {
            var document = (await api.GetAsync($"tariffs/{id}/projections/ocpi-2.2.1?version={version}")).Body.GetProperty("document");
            return (document.GetProperty("id").GetString()!, Time("start_date_time"), Time("end_date_time"));

            string? Time(string member) => document.TryGetProperty(member, out var at) ? at.GetString() : null;
        }
    }

    [Fact]
    public async Task The_day_of_a_projection_is_the_sites_and_a_curves_price_is_that_of_now()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var east = TimeProvider.System.GetInstant().InZone(DateTimeZoneProviders.Tzdb["Pacific/Kiritimati"]).Date;
        // At any moment it is at least a day later there.
        Assert.StartsWith("1.21 EUR per kWh", await TextAsync("Pacific/Kiritimati"), StringComparison.Ordinal);
        Assert.StartsWith("1.19 EUR per kWh", await TextAsync("Etc/GMT+12"), StringComparison.Ordinal);

        (await api.PostAsync("price-curves", new { name = "spot", currency = "EUR", timeZone = "UTC", stepSeconds = 900, gap = "fallback", fallbackPrice = "0.2" })).Is(HttpStatusCode.Created);
        var made = await api.PostAsync("tariffs", JsonSerializer.Serialize(new
        {
            name = "Spot", currency = "EUR",
            tariff = JsonElement.Parse("""{"currency":"EUR","elements":[{"price_components":[{"type":"ENERGY","price":0.9,"vat":20,"step_size":1}]}],"extensions":{"elements":[{"element":0,"price_components":[{"price_component":0,"curve":{"name":"spot","lock":"EACH_INTERVAL","percent":100,"add":0.1}}]}]}}"""),
        }));
        made.Is(HttpStatusCode.Created);
        var at = $"tariffs/{made.Text("id")}/projections";
        Assert.StartsWith("0.36 EUR per kWh now, with all taxes (", (await api.GetAsync($"{at}/text")).Text("document"), StringComparison.Ordinal);
        Assert.Contains("<aegi:value>0.36</aegi:value>", (await api.GetAsync($"{at}/datex2")).Text("document"), StringComparison.Ordinal);
        var first = (await api.GetAsync($"{at}/ocpi-2.2.1")).Body.GetProperty("document").GetProperty("elements");
        Assert.Equal(2, first.GetArrayLength());
        Assert.Equal("0.3", first[0].GetProperty("price_components")[0].GetProperty("price").GetRawText());
        Assert.Equal("0.9", first[1].GetProperty("price_components")[0].GetProperty("price").GetRawText());
        Assert.Equal(["start_date", "end_date"], first[0].GetProperty("restrictions").EnumerateObject().Select(member => member.Name));

        async Task<string> TextAsync(string zone)
        {
            var site = (await api.PostAsync("locations", new { name = "Far", timeZone = zone, country = "DEU", address = "1", city = "C", postalCode = "1", coordinates = new { latitude = 1.5, longitude = 1.5 } })).Text("id");
            var id = (await api.PostAsync("tariffs", JsonSerializer.Serialize(new
            {
                name = zone, currency = "EUR",
                tariff = JsonElement.Parse("""{"currency":"EUR","elements":[{"price_components":[{"type":"ENERGY","price":1,"step_size":1}]}],"extensions":{"elements":[{"element":0,"price_components":[{"price_component":0,"taxes":[{"name":"VAT","percent":19,"until":"DAY"},{"name":"VAT","percent":21,"from":"DAY"}]}]}]}}"""
                    .Replace("DAY", east.ToString("uuuu-MM-dd", System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal)),
            }))).Text("id");
            (await api.AssignAsync(id, $$"""[{"scope":"location","id":"{{site}}"}]""")).Is(HttpStatusCode.OK);
            return (await api.GetAsync($"tariffs/{id}/projections/text")).Text("document");
        }
    }

    [Fact]
    public async Task A_2_1_1_object_is_taken_where_it_says_what_it_is()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var body = """{"name":"Old","currency":"EUR","ocpiVersion":"2.1.1","tariff":{"currency":"EUR","elements":[{"price_components":[{"type":"TIME","price":2,"step_size":300}]}]}}""";

        var made = await api.PostAsync("tariffs", body);
        var refused = await api.PostAsync("tariffs", body.Replace("\"price\":2", "\"price\":2,\"vat\":20", StringComparison.Ordinal));

        made.Is(HttpStatusCode.Created);
        Assert.Equal("2.1.1", made.Text("ocpiVersion"));
        Assert.Equal(["/tariff/elements/0/price_components/0/vat"], refused.Pointers);
    }

    [Fact]
    public async Task A_station_is_told_the_price_that_applies_there()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CP1" })).Is(HttpStatusCode.Created);
        var made = await api.PostAsync("tariffs", JsonSerializer.Serialize(new { name = "Day", currency = "EUR", tariff = Object }));
        (await api.AssignAsync(made.Text("id"), """[{"scope":"station","id":"CP1"}]""")).Is(HttpStatusCode.OK);
        Assert.True(TypedId.TryParse<TenantId>((await api.GetAsync("me")).Text("tenant"), out var tenant));
        var station = (await server.Services.GetRequiredService<IStationCatalog>().FindAsync(tenant, "CP1", default))!.Id;

        var display = server.Services.GetRequiredService<IPriceDisplay>();
        var prices = await display.FindAsync(new ScreenQuestion(tenant, station, null, Instant.FromUtc(2026, 6, 1, 12, 0)), default);

        Assert.Empty(prices.Apart);
        var shown = prices.Whole;
        Assert.Equal(made.Text("id") + "-1", shown!.TariffId);
        Assert.InRange(shown.TariffId.Length, 1, 36);
        Assert.Equal(["de", "en"], shown.Text.Keys.Order(StringComparer.Ordinal));
        Assert.StartsWith("0.59 EUR per kWh; 0.10 EUR per minute that the vehicle stays and takes nothing; The first 5 min", shown.Text["en"], StringComparison.Ordinal);
        Assert.True((await display.FindAsync(new ScreenQuestion(tenant, new StationId(Guid.Empty), null, Instant.FromUtc(2026, 6, 1, 12, 0)), default)).IsNone);
        // Whose token it is may have another price.
        (await api.PostAsync("tokens", new { uid = "ANN-1", type = "rfid", driverId = "ann" })).Is(HttpStatusCode.Created);
        await api.GivenTariffAsync(0.30m, """[{"scope":"driver","id":"ann"}]""");
        var hers = await server.Services.GetRequiredService<IPriceDisplay>().FindAsync(new ScreenQuestion(tenant, station, new PresentedToken("ann-1", ""), Instant.FromUtc(2026, 6, 1, 12, 0)), default);
        Assert.StartsWith("0.36 EUR per kWh", hers.Text["en"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_station_is_told_the_price_of_each_evse_and_of_the_driver_as_their_sessions_are_priced()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        (await api.PostAsync("stations", """{"stationId":"CP1","evses":[{"id":1,"connectors":[{"id":1}]},{"id":2,"connectors":[{"id":1}]}]}""")).Is(HttpStatusCode.Created);
        var whole = await GivenAsync("0.40", """[{"scope":"station","id":"CP1"}]""");
        var own = await GivenAsync("0.60", """[{"scope":"evse","id":"CP1/2"}]""");
        var drivers = await GivenAsync("0.25", """[{"scope":"driver","id":"04A1B2C3"}]""");
        Assert.True(TypedId.TryParse<TenantId>((await api.GetAsync("me")).Text("tenant"), out var tenant));
        var station = (await server.Services.GetRequiredService<IStationCatalog>().FindAsync(tenant, "CP1", default))!.Id;
        var asked = new ScreenQuestion(tenant, station, null, Instant.FromUtc(2026, 6, 1, 12, 0));
        var display = server.Services.GetRequiredService<IPriceDisplay>();

        var prices = await display.FindAsync(asked, default);
        var (evse, apart) = Assert.Single(prices.Apart);
        Assert.Equal((whole + "-1", 2, own + "-1"), (prices.Whole!.TariffId, evse, apart!.TariffId));
        Assert.Equal(KeyValuePair.Create("en", "Charge point 1: 0.40 EUR per kWh | Charge point 2: 0.60 EUR per kWh"), prices.Text.First());
        var german = await display.FindAsync(asked with { Language = "de-AT" }, default);
        Assert.Equal(KeyValuePair.Create("de", "Ladepunkt 1: 0,40 EUR je kWh | Ladepunkt 2: 0,60 EUR je kWh"), german.Text.First());
        Assert.Equal(KeyValuePair.Create("de", "0,40 EUR je kWh"), german.Whole!.Text.First());

        var driver = await display.FindAsync(asked with { Token = new PresentedToken("04a1b2c3", "") }, default);
        Assert.Equal((drivers + "-1", 0), (driver.Whole!.TariffId, driver.Apart.Count));
        Assert.Equal("0.25 EUR per kWh", driver.Text["en"]);

        async Task<string> GivenAsync(string price, string places)
        {
            var made = await api.PostAsync("tariffs", $$$"""{"name":"{{{price}}}","currency":"EUR","tariff":{"currency":"EUR","elements":[{"price_components":[{"type":"ENERGY","price":{{{price}}},"step_size":1}]}]}}""");
            made.Is(HttpStatusCode.Created);
            (await api.AssignAsync(made.Text("id"), places)).Is(HttpStatusCode.OK);
            return made.Text("id");
        }
    }

    [Fact]
    public async Task A_tariff_is_read_as_a_2_1_station_calculates_with_it_and_what_it_cannot_is_listed()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var made = await api.PostAsync("tariffs",
            """{"name":"Steps","currency":"EUR","tariff":{"currency":"EUR","elements":[{"price_components":[{"type":"ENERGY","price":0.50,"vat":19,"step_size":1},{"type":"TIME","price":6,"vat":19,"step_size":60}]}]}}""");
        made.Is(HttpStatusCode.Created);

        var read = await api.GetAsync($"tariffs/{made.Text("id")}/projections/ocpp-2.1");

        read.Is(HttpStatusCode.OK);
        var tariff = read.Body.GetProperty("document");
        Assert.Equal((made.Text("id") + "-1", 0.50m, 0.10m), (tariff.GetProperty("tariffId").GetString(), tariff.GetProperty("energy").GetProperty("prices")[0].GetProperty("priceKwh").GetDecimal(),
            tariff.GetProperty("chargingTime").GetProperty("prices")[0].GetProperty("priceMinute").GetDecimal()));
        Assert.Equal(["/elements/0/components/1/stepSize step unknown"], Lost(read));
    }

    private static JsonElement Object => JsonElement.Parse(
        """{"currency":"EUR","tax_included":"YES","elements":[{"price_components":[{"type":"ENERGY","price":0.59,"vat":19,"step_size":1},{"type":"PARKING_TIME","price":6,"vat":19,"step_size":1}]}],"extensions":{"idle":{"grace_seconds":300}}}""");

    private static IEnumerable<string> Lost(Answer answer) =>
        answer.Body.GetProperty("lost").EnumerateArray().Where(loss => loss.GetProperty("effect").GetString() != "none").Select(loss => $"{loss.GetProperty("pointer")} {loss.GetProperty("code")} {loss.GetProperty("effect")}");
}
