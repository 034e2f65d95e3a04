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

        foreach (var form in new[] { "ocpi-2.1.1", "ocpi-2.2.1", "ocpi-2.3.0", "datex2", "text" })
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

        var shown = await server.Services.GetRequiredService<IPriceDisplay>().FindAsync(tenant, station, 1, null, Instant.FromUtc(2026, 6, 1, 12, 0), default);

        Assert.Equal(made.Text("id") + "-1", shown!.TariffId);
        Assert.InRange(shown.TariffId.Length, 1, 36);
        Assert.Equal(["de", "en"], shown.Text.Keys.Order(StringComparer.Ordinal));
        Assert.StartsWith("0.59 EUR per kWh; 0.10 EUR per minute that the vehicle stays and takes nothing; The first 5 min", shown.Text["en"], StringComparison.Ordinal);
        Assert.Null(await server.Services.GetRequiredService<IPriceDisplay>().FindAsync(tenant, new StationId(Guid.Empty), 1, null, Instant.FromUtc(2026, 6, 1, 12, 0), default));
    }

    private static JsonElement Object => JsonElement.Parse(
        """{"currency":"EUR","tax_included":"YES","elements":[{"price_components":[{"type":"ENERGY","price":0.59,"vat":19,"step_size":1},{"type":"PARKING_TIME","price":6,"vat":19,"step_size":1}]}],"extensions":{"idle":{"grace_seconds":300}}}""");

    private static IEnumerable<string> Lost(Answer answer) =>
        answer.Body.GetProperty("lost").EnumerateArray().Where(loss => loss.GetProperty("effect").GetString() != "none").Select(loss => $"{loss.GetProperty("pointer")} {loss.GetProperty("code")} {loss.GetProperty("effect")}");
}
