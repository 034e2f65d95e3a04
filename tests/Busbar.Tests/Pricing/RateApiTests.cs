using System.Globalization;
using System.Net;
using System.Text.Json;
using Busbar.Pricing;
using Busbar.Rating;
using Busbar.Storage;
using Busbar.Tests.Rating;
using Busbar.Tests.Support;

namespace Busbar.Tests.Pricing;

public sealed class RateApiTests(Servers servers)
{
    [Fact]
    public async Task The_golden_sessions_cost_the_same_through_the_api()
    {
        var api = (await servers.OnAsync(DatabaseKind.Sqlite)).Admin;
        var rated = 0;
        foreach (var folder in Directory.GetDirectories(Path.Combine(Repository.Root, "tests", "data", "tariffs")))
        {
            var written = OcpiTariffs.Write(TariffJson.Read(await File.ReadAllBytesAsync(Path.Combine(folder, "tariff.json"))), OcpiTariffVersion.V230);
            if (written.Lost.Count > 0) continue;       // OCPI cannot say this tariff
            var (session, expected) = (await ReadAsync(folder, "session"), await ReadAsync(folder, "expected"));
            JsonElement? context = session.TryGetProperty("context", out var said) ? said : null;
            var answer = await api.PostAsync("rate", new { tariff = JsonElement.Parse(written.Json), timeZone = session.GetProperty("timeZone"), timeline = session.GetProperty("timeline"), context });
            answer.Is(HttpStatusCode.OK);
            var total = answer.Body.GetProperty("totalCost");
            Assert.Equal((Text(expected, "exclTax"), Text(expected, "inclTax")), (Text(total, "exclTax"), Text(total, "inclTax")));
            Assert.NotEmpty(answer.Body.GetProperty("trace").EnumerateArray());
            if (expected.TryGetProperty("lines", out var lines))
                Assert.Equal(lines.EnumerateArray().Select(Line), answer.Body.GetProperty("lines").EnumerateArray().Select(Line));
            if (expected.TryGetProperty("quantities", out var quantities))
                foreach (var quantity in quantities.EnumerateObject())
                    Assert.Equal(Number(quantity.Value), answer.Body.GetProperty("lines").EnumerateArray().Where(line => Text(line, "kind") == quantity.Name).Sum(line => Number(line.GetProperty("quantity"))));
            rated++;
        }
        Assert.True(rated >= 30, $"{rated} golden sessions");

        static (string?, decimal, decimal, decimal) Line(JsonElement line) => (Text(line, "kind"), Number(line.GetProperty("quantity")), Number(line.GetProperty("exclTax")), Number(line.GetProperty("inclTax")));
    }

    [Fact]
    public async Task What_cannot_be_rated_is_named_by_its_pointer()
    {
        var api = (await servers.OnAsync(DatabaseKind.Sqlite)).Admin;
        await Refused(["/timeZone"], timeZone: "Mars/Olympus");
        await Refused(["/timeZone"], timeZone: "");
        await Refused(["/tariff/elements"], tariff: """{"currency":"EUR","elements":[]}""");
        await Refused(["/context"], context: """{"evseKind":"three-phase"}""");
        await Refused(["/context"], context: """{"colour":"red"}""");
        await Refused(["/context"], context: "[]");
        await Refused(["/context/curves/0/stepSeconds"], context: """{"tokenGroup":"fleet","curves":[{"name":"spot","from":"2026-03-02T12:00:00Z","stepSeconds":0,"prices":[1]}]}""");
        await Refused(["/timeline/end"], timeline: """{"start":"2026-03-02T12:00:00Z","end":"2026-03-02T11:00:00Z","readings":[],"states":[]}""");
        await Refused(["/timeline/end"], timeline: """{"start":"2026-03-02T12:00:00Z","end":"2027-03-02T11:00:00Z","readings":[],"states":[]}""");
        await Refused(["/timeline/readings", "/timeline/states"], timeline: """{"start":"2026-03-02T12:00:00Z","end":"2026-03-02T13:00:00Z"}""");
        await Refused(["/timeline/readings/0"], readings: """{"at":"2026-03-02T12:00:00Z"}""");
        await Refused(["/timeline/readings/0/at"], readings: """{"at":"2026-03-02T12:00:00","registerWh":1}""");
        await Refused(["/timeline/readings/1/intervalWh"], readings: """{"at":"2026-03-02T12:00:00Z","registerWh":1},{"at":"2026-03-02T12:30:00Z","intervalWh":1}""");
        await Refused(["/timeline/readings/0/intervalWh"], readings: """{"at":"2026-03-02T12:00:00Z","intervalWh":-1}""");
        await Refused(["/timeline/readings/0/registerWh"], readings: """{"at":"2026-03-02T12:00:00Z","registerWh":1e308}""");
        await Refused(["/timeline/readings/0/powerW"], readings: """{"at":"2026-03-02T12:00:00Z","powerW":1e20}""");
        await Refused(["/timeline/readings"], readings: string.Join(',', Enumerable.Repeat("""{"at":"2026-03-02T12:30:00Z","intervalWh":8999999999999}""", 3)));
        await Refused(["/timeline/states/0/state"], states: """{"from":"2026-03-02T12:00:00Z","state":"asleep"}""");
        await Refused(["/timeline/reserved/to"], timeline: """{"start":"2026-03-02T12:00:00Z","end":"2026-03-02T13:00:00Z","readings":[],"states":[],"reserved":{"from":"2026-03-02T12:00:00Z","to":"2026-03-02T12:30:00Z","expired":false}}""");

        await Refused(["/timeline/withheld/0/to"], timeline: """{"start":"2026-03-02T12:00:00Z","end":"2026-03-02T13:00:00Z","readings":[],"states":[],"withheld":[{"from":"2026-03-02T12:30:00Z","to":"2026-03-02T12:20:00Z","by":"operator"}]}""");
        await Refused(["/timeline/withheld/0/by"], timeline: """{"start":"2026-03-02T12:00:00Z","end":"2026-03-02T13:00:00Z","readings":[],"states":[],"withheld":[{"from":"2026-03-02T12:00:00Z","to":"2026-03-02T12:20:00Z","by":"nobody"}]}""");

        async Task Refused(string[] pointers, string? tariff = null, string timeZone = "UTC", string? timeline = null, string readings = "", string states = "", string context = "null")
        {
            timeline ??= $$"""{"start":"2026-03-02T12:00:00Z","end":"2026-03-02T13:00:00Z","readings":[{{readings}}],"states":[{{states}}]}""";
            var answer = await api.PostAsync("rate", $$"""{"tariff":{{tariff ?? Tariffs.Energy(1).GetRawText()}},"timeZone":"{{timeZone}}","timeline":{{timeline}},"context":{{context}}}""");
            answer.Is(HttpStatusCode.BadRequest);
            Assert.Equal(pointers, answer.Pointers.Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task A_trace_that_would_be_huge_is_refused_before_it_is_written()
    {
        var elements = string.Join(',', Enumerable.Range(0, 1_000).Select(i =>
            string.Create(CultureInfo.InvariantCulture, $$"""{"price_components":[{"type":"TIME","price":1,"step_size":1}],"restrictions":{"start_time":"{{i / 60:00}}:{{i % 60:00}}","end_time":"{{(i + 1) / 60:00}}:{{(i + 1) % 60:00}}"} }""")));
        var answer = await (await servers.OnAsync(DatabaseKind.Sqlite)).Admin.PostAsync("rate", $$"""
            {"tariff":{"currency":"EUR","elements":[{{elements}}]},"timeZone":"UTC",
             "timeline":{"start":"2026-03-01T00:00:00Z","end":"2026-03-31T00:00:00Z","readings":[],"states":[{"from":"2026-03-01T00:00:00Z","state":"charging"}]} }
            """);
        answer.Is(HttpStatusCode.BadRequest, "tooMuch");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_quote_says_what_a_session_would_cost(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CP1", locationId = (await api.PostAsync("locations", Given.Location)).Text("id") })).Is(HttpStatusCode.Created);
        var made = await api.PostAsync("tariffs", """
            {"name":"Day and night","currency":"EUR","tariff":{"currency":"EUR","elements":[
              {"price_components":[{"type":"FLAT","price":1,"vat":19,"step_size":1}]},
              {"price_components":[{"type":"ENERGY","price":0.40,"vat":19,"step_size":1}],"restrictions":{"start_time":"06:00","end_time":"22:00"}},
              {"price_components":[{"type":"ENERGY","price":0.25,"vat":19,"step_size":1}]},
              {"price_components":[{"type":"TIME","price":1.20,"vat":19,"step_size":1},{"type":"PARKING_TIME","price":6,"vat":19,"step_size":1}]}]}}
            """);
        (await api.AssignAsync(made.Text("id"), """[{"scope":"tenant"}]""")).Is(HttpStatusCode.OK);

        // 21:30 to 22:15 in Amsterdam in summer: 6 kWh by day, 3 by night, 0.75 h charging, 0.5 h idle, the start.
        var quote = await api.PostAsync("quotes", new { stationId = "CP1", start = "2026-07-14T19:30:00Z", energyWh = 9000, chargingSeconds = 2700, idleSeconds = 1800 });

        quote.Is(HttpStatusCode.OK);
        var total = quote.Body.GetProperty("totalCost");
        Assert.Equal(("8.05", "9.5795", "EUR"), (Text(total, "exclTax"), Text(total, "inclTax"), Text(total, "currency")));
        Assert.Equal((made.Text("id"), 1), (Text(quote.Body.GetProperty("tariff"), "id"), quote.Body.GetProperty("tariff").GetProperty("version").GetInt32()));
        Assert.Equal(["charging", "charging", "idle"], quote.Body.GetProperty("periods").EnumerateArray().Select(period => Text(period, "state")));
        Assert.Equal(9000m, quote.Body.GetProperty("periods").EnumerateArray().Sum(period => period.GetProperty("energyWh").GetDecimal()));
        // Energy in no time, and no session at all, have a price too.
        Assert.Equal("4.60", (await api.PostAsync("quotes", new { stationId = "CP1", start = "2026-07-14T12:00:00Z", energyWh = 9000, chargingSeconds = 0, idleSeconds = 0 })).Total());
        (await api.PostAsync("quotes", new { stationId = "CP1", start = "2026-07-14T12:00:00Z", energyWh = 0, chargingSeconds = 0, idleSeconds = 0 })).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_quote_needs_a_place_and_sane_numbers()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        await Refused("", "/stationId");
        await Refused("\"stationId\":\"a\",\"locationId\":\"b\",", "/locationId");
        await Refused("\"locationId\":\"b\",\"evse\":1,", "/evse");
        await Refused("\"stationId\":\"a\",\"evse\":0,", "/evse");
        (await api.PostAsync("quotes", Body("\"locationId\":\"b\","))).Is(HttpStatusCode.NotFound, "unknownLocation");
        var wrong = await api.PostAsync("quotes", """{"stationId":"a","start":"2026-01-01T00:00:00Z","energyWh":-1,"chargingSeconds":-1,"idleSeconds":99999999}""");
        Assert.Equal(["/chargingSeconds", "/energyWh", "/idleSeconds"], wrong.Pointers.Order(StringComparer.Ordinal));

        async Task Refused(string place, string pointer)
        {
            var answer = await api.PostAsync("quotes", Body(place));
            answer.Is(HttpStatusCode.BadRequest);
            Assert.Equal([pointer], answer.Pointers);
        }

        static string Body(string place) => $$"""{ {{place}}"start":"2026-01-01T00:00:00Z","energyWh":1,"chargingSeconds":1,"idleSeconds":1}""";
    }

    private static async Task<JsonElement> ReadAsync(string folder, string file) => JsonElement.Parse(await File.ReadAllBytesAsync(Path.Combine(folder, file + ".json")));

    private static string? Text(JsonElement element, string member) => element.GetProperty(member).GetString();

    private static decimal Number(JsonElement text) => decimal.Parse(text.GetString()!, CultureInfo.InvariantCulture);
}
