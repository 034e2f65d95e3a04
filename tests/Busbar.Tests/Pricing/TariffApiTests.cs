using System.Net;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Rating;
using Busbar.Tests.Support;

namespace Busbar.Tests.Pricing;

public sealed class TariffApiTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_tariff_is_made_active_and_read_back_as_it_was_given(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var made = await api.PostAsync("tariffs", """
            {"name":"Day","currency":"EUR","tariff":{"currency":"EUR","type":"REGULAR","id":"12","min_price":{"excl_vat":1.50},
             "elements":[{"price_components":[{"type":"ENERGY","price":0.250,"vat":20.0,"step_size":1}]}]}}
            """);
        made.Is(HttpStatusCode.Created);
        var id = made.Text("id");
        Assert.StartsWith("tar", id, StringComparison.Ordinal);
        Assert.Equal($"/api/v1/tariffs/{id}", made.Headers.Location!.ToString());
        Assert.Equal((1, "active", "2.2.1"), (made.Body.GetProperty("version").GetInt32(), made.Text("state"), made.Text("ocpiVersion")));
        Assert.Equal(["/type"], made.Body.GetProperty("ignored").EnumerateArray().Select(pointer => pointer.GetString()));

        var read = await api.GetAsync($"tariffs/{id}");
        Assert.Equal(made.Body.ToString(), read.Body.ToString());
        Assert.Equal(made.Tag, read.Tag);
        Assert.Equal("0.250", read.Body.GetProperty("tariff").GetProperty("elements")[0].GetProperty("price_components")[0].GetProperty("price").GetRawText());

        var renamed = await api.PatchAsync($"tariffs/{id}", new { name = "Night" }, read.Tag);
        Assert.Equal("Night", renamed.Text("name"));
        (await api.PatchAsync($"tariffs/{id}", new { name = "Late" }, read.Tag)).Is(HttpStatusCode.PreconditionFailed);
        (await api.PatchAsync($"tariffs/{id}", new { currency = "USD" })).Is(HttpStatusCode.BadRequest, "unknownMember");
        Assert.Equal(["Night"], (await api.GetAsync("tariffs?state=active&currency=EUR")).Items.Select(item => item.GetProperty("name").GetString()));
        Assert.Empty((await api.GetAsync("tariffs?state=draft")).Items);
        (await api.GetAsync("tariffs?state=lost")).Is(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_version_that_begins_later_does_not_take_the_place_of_the_one_that_applies_now()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var later = TimeProvider.System.GetUtcNow().AddDays(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture);
        var element = """[{"price_components":[{"type":"ENERGY","price":0.5,"step_size":1}]}]""";
        var made = await api.PostAsync("tariffs", $$"""{"name":"T","currency":"EUR","tariff":{"currency":"EUR","elements":{{element}}} }""");
        var id = made.Text("id");
        var next = $$"""{"tariff":{"currency":"EUR","start_date_time":"{{later}}","elements":{{element}}},"draft":DRAFT}""";
        (await api.PostAsync($"tariffs/{id}/versions", next.Replace("DRAFT", "false", StringComparison.Ordinal), "key-1")).Is(HttpStatusCode.Conflict, "startsLater");
        (await api.PostAsync($"tariffs/{id}/versions", next.Replace("DRAFT", "true", StringComparison.Ordinal), "key-2")).Is(HttpStatusCode.Created);
        var draft = (await api.GetAsync($"tariffs/{id}/versions")).Items.Last().GetProperty("version").GetInt32();
        var read = await api.GetAsync($"tariffs/{id}");
        (await api.PatchAsync($"tariffs/{id}/versions/{draft}", new { state = "active" }, read.Tag)).Is(HttpStatusCode.Conflict, "startsLater");
        Assert.Equal("active", (await api.GetAsync($"tariffs/{id}")).Text("state"));
        // Where nothing applies yet, nothing is taken away.
        (await api.PostAsync("tariffs", $$"""{"name":"L","currency":"EUR","tariff":{"currency":"EUR","start_date_time":"{{later}}","elements":{{element}}} }""")).Is(HttpStatusCode.Created);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Lists_are_paged(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        for (var price = 1; price <= 3; price++) await api.GivenTariffAsync(price);
        var first = await api.GetAsync("tariffs?limit=2");
        var second = await api.GetAsync($"tariffs?limit=2&cursor={first.Text("nextCursor")}");
        Assert.Equal(["at 1", "at 2", "at 3"], first.Items.Concat(second.Items).Select(item => item.GetProperty("name").GetString()));
        Assert.Equal(JsonValueKind.Null, second.Body.GetProperty("nextCursor").ValueKind);
    }

    [Fact]
    public async Task Every_fault_is_named_by_its_pointer()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var shape = await api.PostAsync("tariffs", """
            {"name":"x","currency":"EUR","tariff":{"currency":"EUR","colour":1,"elements":[{"price_components":[{"type":"ENERGY","price":1,"unit":"kWh"}],"when":{}}]}}
            """);
        shape.Is(HttpStatusCode.BadRequest, "invalid");
        Assert.Equal(["/tariff/colour", "/tariff/elements/0/price_components/0/step_size", "/tariff/elements/0/price_components/0/unit", "/tariff/elements/0/when"], shape.Pointers.Order(StringComparer.Ordinal));

        await Refused("""{"currency":"EUR","tariff":{"currency":"EUR","elements":[]}}""", "/name");
        await Refused("""{"name":"","currency":"EUR","tariff":{"currency":"EUR","elements":[]}}""", "/name", "/tariff/elements");
        await Refused("""{"name":"x","currency":"EURO","tariff":{}}""", "/currency");
        await Refused("""{"name":"x","currency":"EUR","tariff":[]}""", "/tariff");
        await Refused("""{"name":"x","currency":"EUR","tariff":{"currency":"EUR","currency":"EUR"}}""", "/tariff/currency");
        await Refused("""{"name":"x","currency":"EUR","ocpiVersion":"2.0","tariff":{}}""", "/ocpiVersion");
        await Refused(With("\"currency\":\"USD\""), "/tariff/currency");
        await Refused(With("\"currency\":\"EUR\"", price: "\"1\""), "/tariff/elements/0/price_components/0/price");
        await Refused(With("\"currency\":\"EUR\"", price: "-1e30"), "/tariff/elements/0/price_components/0/price");
        await Refused(With("\"currency\":\"EUR\",\"start_date_time\":\"yesterday\""), "/tariff/start_date_time");
        await Refused(With("\"currency\":\"EUR\",\"start_date_time\":\"2026-01-02T00:00:00Z\",\"end_date_time\":\"2026-01-01T00:00:00\""), "/tariff/end_date_time");
        await Refused(With("\"currency\":\"EUR\",\"start_date_time\":\"9999-12-31T23:59:59-18:00\""), "/tariff/start_date_time");
        await Refused(With("\"currency\":\"EUR\",\"tax_included\":\"YES\"", more: ",\"ocpiVersion\":\"2.2.1\""), "/tariff/tax_included");
        await Refused(With("\"currency\":\"EUR\",\"extensions\":{\"colour\":1}"), "/tariff/extensions/colour");
        Assert.Empty((await api.GetAsync("tariffs")).Items);

        async Task Refused(string body, params string[] pointers)
        {
            var answer = await api.PostAsync("tariffs", body);
            answer.Is(HttpStatusCode.BadRequest);
            Assert.Equal(pointers, answer.Pointers.Order(StringComparer.Ordinal));
            Assert.DoesNotContain("Busbar.", answer.Body.ToString(), StringComparison.Ordinal);
        }

        static string With(string members, string price = "1", string more = "") =>
            $$"""{"name":"x","currency":"EUR"{{more}},"tariff":{ {{members}},"elements":[{"price_components":[{"type":"ENERGY","price":{{price}},"step_size":1}]}]} }""";
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Versions_follow_each_other_and_never_change(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var made = await api.GivenTariffAsync(0.25m);
        var versions = $"tariffs/{made.Text("id")}/versions";

        (await api.PostAsync(versions, new { tariff = Tariffs.Energy(0.30m) })).Is(HttpStatusCode.BadRequest, "idempotencyKeyRequired");
        var wrong = await api.PostAsync(versions, """{"tariff":{"currency":"USD","elements":[{"price_components":[{"type":"ENERGY","price":1,"step_size":1}]}]}}""", "wrong");
        Assert.Equal(["/tariff/currency"], wrong.Pointers);
        var second = await api.PostAsync(versions, new { tariff = Tariffs.Energy(0.30m) }, "one");
        second.Is(HttpStatusCode.Created);
        Assert.Equal(2, second.Body.GetProperty("version").GetInt32());
        Assert.Equal(second.Body.ToString(), (await api.PostAsync(versions, new { tariff = Tariffs.Energy(0.30m) }, "one")).Body.ToString());
        var draft = await api.PostAsync(versions, new { tariff = Tariffs.Energy(0.35m), draft = true }, ApiClient.NewKey());
        Assert.Equal("draft", draft.Text("state"));
        Assert.Equal(["1 retired", "2 active", "3 draft"], await StatesAsync());
        Assert.Equal(2, (await api.GetAsync($"tariffs/{made.Text("id")}")).Body.GetProperty("version").GetInt32());

        (await api.PatchAsync($"{versions}/3", new { state = "active" })).Is(HttpStatusCode.PreconditionRequired, "preconditionRequired");
        (await api.PatchAsync($"{versions}/3", new { state = "active" }, made.Tag)).Is(HttpStatusCode.PreconditionFailed);
        (await api.PatchAsync($"{versions}/3", new { state = "active" }, draft.Tag)).Is(HttpStatusCode.OK);
        Assert.Equal(["1 retired", "2 retired", "3 active"], await StatesAsync());
        var now = await api.GetAsync($"{versions}/3");
        (await api.PatchAsync($"{versions}/3", new { state = "draft" }, now.Tag)).Is(HttpStatusCode.BadRequest, "immutable");
        (await api.PatchAsync($"{versions}/3", new { tariff = Tariffs.Energy(9) }, now.Tag)).Is(HttpStatusCode.BadRequest, "unknownMember");

        (await api.PatchAsync($"tariffs/{made.Text("id")}", new { state = "retired" })).Is(HttpStatusCode.PreconditionRequired);
        var retired = await api.PatchAsync($"tariffs/{made.Text("id")}", new { state = "retired" }, now.Tag);
        Assert.Equal(("retired", JsonValueKind.Null), (retired.Text("state"), retired.Body.GetProperty("activeVersion").ValueKind));
        Assert.Equal(["1 retired", "2 retired", "3 retired"], await StatesAsync());
        (await api.PatchAsync($"{versions}/1", new { state = "active" }, retired.Tag)).Is(HttpStatusCode.OK);
        Assert.Equal(["1 active", "2 retired", "3 retired"], await StatesAsync());
        var first = await api.GetAsync($"{versions}/1");
        Assert.Equal((made.Text("hash"), made.Body.GetProperty("tariff").ToString()), (first.Text("hash"), first.Body.GetProperty("tariff").ToString()));
        (await api.GetAsync($"{versions}/4")).Is(HttpStatusCode.NotFound);

        async Task<IEnumerable<string>> StatesAsync() =>
            (await api.GetAsync(versions)).Items.Select(item => $"{item.GetProperty("version")} {item.GetProperty("state")}").ToArray();
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Successors_sent_at_once_get_numbers_of_their_own_or_a_conflict(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var id = (await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""")).Text("id");
        var answers = await Task.WhenAll(Enumerable.Range(2, 8).Select(price => api.PostAsync($"tariffs/{id}/versions", new { tariff = Tariffs.Energy(price) }, $"key {price}")));
        var made = answers.Where(answer => answer.Status == HttpStatusCode.Created).ToArray();
        Assert.NotEmpty(made);
        Assert.All(answers.Except(made), answer => answer.Is(HttpStatusCode.Conflict, "changedMeanwhile"));
        Assert.Equal(Enumerable.Range(2, made.Length), made.Select(answer => answer.Body.GetProperty("version").GetInt32()).Order());
        Assert.Single((await api.GetAsync($"tariffs/{id}/versions")).Items, item => item.GetProperty("state").GetString() == "active");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_draft_applies_nowhere_until_it_is_published(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CP1" })).Is(HttpStatusCode.Created);
        var made = await api.PostAsync("tariffs", new { name = "Soon", currency = "EUR", tariff = Tariffs.Energy(1), draft = true });
        Assert.Equal("draft", made.Text("state"));
        (await api.AssignAsync(made.Text("id"), """[{"scope":"tenant"}]""")).Is(HttpStatusCode.OK);
        (await api.QuoteAsync("CP1")).Is(HttpStatusCode.NotFound, "noTariff");
        (await api.PatchAsync($"tariffs/{made.Text("id")}", new { state = "active" }, "*")).Is(HttpStatusCode.OK);
        Assert.Equal("1.00", (await api.QuoteAsync("CP1")).Total());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Another_tenants_tariff_is_not_there(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var (mine, theirs) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        var id = (await theirs.GivenTariffAsync(1, """[{"scope":"tenant"}]""")).Text("id");
        foreach (var path in new[] { $"tariffs/{id}", $"tariffs/{id}/versions", $"tariffs/{id}/versions/1", $"tariffs/{id}/assignments" })
            (await mine.GetAsync(path)).Is(HttpStatusCode.NotFound, "notFound");
        (await mine.PatchAsync($"tariffs/{id}", new { name = "mine" }, "*")).Is(HttpStatusCode.NotFound);
        (await mine.PostAsync($"tariffs/{id}/versions", new { tariff = Tariffs.Energy(2) }, "k")).Is(HttpStatusCode.NotFound);
        (await mine.AssignAsync(id, "[]")).Is(HttpStatusCode.NotFound);
        Assert.Empty((await mine.GetAsync("tariffs")).Items);
        (await mine.PostAsync("stations", new { stationId = "CP1" })).Is(HttpStatusCode.Created);
        (await mine.QuoteAsync("CP1")).Is(HttpStatusCode.NotFound, "noTariff");
        (await theirs.QuoteAsync("CP1")).Is(HttpStatusCode.NotFound, "unknownStation");
    }

    [Fact]
    public async Task The_examples_of_ocpi_are_accepted()
    {
        var examples = Path.GetFullPath(Path.Combine(Repository.Root, "..", "shared", "data", "ocpi-examples"));
        if (!Directory.Exists(examples)) Assert.Skip("OCPI's examples are not in ../shared/data: nothing was read.");
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var read = 0;
        foreach (var version in new[] { "2.2.1", "2.3.0" })
        {
            foreach (var file in Directory.GetFiles(Path.Combine(examples, version), "tariff_*.json"))
            {
                var tariff = JsonElement.Parse(await File.ReadAllBytesAsync(file));
                var currency = tariff.GetProperty("currency").GetString();
                (await api.PostAsync("tariffs", new { name = Path.GetFileName(file), currency, tariff, ocpiVersion = version })).Is(HttpStatusCode.Created);
                read++;
            }
        }
        Assert.True(read >= 38, $"{read} examples");
    }
}
