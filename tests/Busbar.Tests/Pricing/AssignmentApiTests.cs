using System.Net;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Tests.Pricing;

public sealed class AssignmentApiTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_tariff_applies_where_it_is_assigned_and_nowhere_before(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var site = (await api.PostAsync("locations", Given.Location)).Text("id");
        (await api.PostAsync("stations", new { stationId = "CP1", locationId = site })).Is(HttpStatusCode.Created);
        (await api.PostAsync("stations", new { stationId = "CP2" })).Is(HttpStatusCode.Created);
        (await api.PostAsync("tokens", new { uid = "CARD", type = "rfid", groupId = "Fleet" })).Is(HttpStatusCode.Created);
        var idle = await api.GivenTariffAsync(9);
        (await api.QuoteAsync("CP1")).Is(HttpStatusCode.NotFound, "noTariff");
        Assert.Equal(["/start"], (await api.QuoteAsync("CP1", start: "1969-12-31T23:59:59Z")).Pointers);

        await api.GivenTariffAsync(1, """[{"scope":"tenant"}]""");
        Assert.Equal("1.00", (await api.QuoteAsync("CP1")).Total());
        await api.GivenTariffAsync(2, """[{"scope":"tokenGroup","id":"FLEET"}]""");
        Assert.Equal(("1.00", "2.00"), ((await api.QuoteAsync("CP1")).Total(), (await api.QuoteAsync("CP1", tokenUid: "card")).Total()));
        await api.GivenTariffAsync(3, $$"""[{"scope":"location","id":"{{site}}"}]""");
        Assert.Equal(("3.00", "1.00"), ((await api.QuoteAsync("CP1", tokenUid: "CARD")).Total(), (await api.QuoteAsync("CP2")).Total()));
        var station = await api.GivenTariffAsync(4, """[{"scope":"station","id":"CP1"},{"scope":"evse","id":"CP2/2"}]""");
        Assert.Equal(("4.00", "1.00", "4.00"), ((await api.QuoteAsync("CP1")).Total(), (await api.QuoteAsync("CP2", 1)).Total(), (await api.QuoteAsync("CP2", 2)).Total()));
        var quoted = await api.PostAsync("quotes", new { locationId = site, start = "2026-03-02T12:00:00Z", energyWh = 1000, chargingSeconds = 60, idleSeconds = 0 });
        Assert.Equal("3.00", quoted.Total());

        (await api.AssignAsync(idle.Text("id"), """[{"scope":"tenant","priority":1,"from":"2026-03-02T12:00:00Z","to":"2026-03-02T13:00:00Z"}]""")).Is(HttpStatusCode.OK);
        Assert.Equal("4.00", (await api.QuoteAsync("CP1", start: "2026-03-02T11:59:59.999Z")).Total());
        Assert.Equal("9.00", (await api.QuoteAsync("CP1", start: "2026-03-02T12:00:00Z")).Total());
        Assert.Equal("4.00", (await api.QuoteAsync("CP1", start: "2026-03-02T13:00:00Z")).Total());

        (await api.AssignAsync(station.Text("id"), "[]")).Is(HttpStatusCode.OK);
        Assert.Equal("3.00", (await api.QuoteAsync("CP1", start: "2026-03-02T15:00:00Z")).Total());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Assignments_are_replaced_as_a_whole_and_read_back(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CP 1" })).Is(HttpStatusCode.Created);
        var made = await api.GivenTariffAsync(1);
        var id = made.Text("id");
        var put = await api.AssignAsync(id, """[{"scope":"station","id":"CP 1","from":"2026-01-01T01:00:00+01:00"},{"scope":"tenant","priority":-5}]""", made.Tag);
        put.Is(HttpStatusCode.OK);
        var read = await api.GetAsync($"tariffs/{id}/assignments");
        Assert.Equal((put.Body.ToString(), put.Tag), (read.Body.ToString(), read.Tag));
        Assert.Equal("""{"scope":"station","id":"CP 1","priority":0,"from":"2026-01-01T00:00:00.000Z","to":null}""", read.Items.First().GetRawText());
        (await api.AssignAsync(id, "[]", made.Tag)).Is(HttpStatusCode.PreconditionFailed);
        // What was read can be put back.
        Assert.Equal(read.Body.ToString(), (await api.AssignAsync(id, read.Body.GetProperty("items").GetRawText(), read.Tag)).Body.ToString());
    }

    /// <summary>Who may not see uids changes where a tariff applies, and takes nobody's agreed price away by putting back what they read.</summary>
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_masked_driver_is_put_back_as_the_one_that_it_stands_for(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CP1" })).Is(HttpStatusCode.Created);
        var clerk = server.With((await api.PostAsync("api-clients", new { name = "clerk", scopes = new[] { "tariffs:read", "tariffs:write", "stations:read" } })).Text("key"));
        var id = (await api.GivenTariffAsync(1)).Text("id");
        (await api.AssignAsync(id, """[{"scope":"driver","id":"04A7C0FFEE51B2"},{"scope":"contract","id":"NL-ABC-C1234567"},{"scope":"driver","id":"04FFFFFFFF51B2","priority":7}]""")).Is(HttpStatusCode.OK);

        var read = await clerk.GetAsync($"tariffs/{id}/assignments");
        Assert.Equal(["…51B2", "…4567", "…51B2"], read.Items.Select(item => item.GetProperty("id").GetString()));
        var put = await clerk.AssignAsync(id, read.Body.GetProperty("items").GetRawText()[..^1] + """,{"scope":"station","id":"CP1"},{"scope":"driver","id":"04NEW"}]""", read.Tag);
        put.Is(HttpStatusCode.OK);
        Assert.Equal("…51B2", put.Items.First().GetProperty("id").GetString());
        Assert.Equal(["04A7C0FFEE51B2", "NL-ABC-C1234567", "04FFFFFFFF51B2", "CP1", "04NEW"], (await api.GetAsync($"tariffs/{id}/assignments")).Items.Select(item => item.GetProperty("id").GetString()));

        // It stands for nobody here, or for two: whoever means somebody says so.
        foreach (var unclear in new[] { """[{"scope":"driver","id":"…9999"}]""", """[{"scope":"driver","id":"…51B2","priority":3}]""" })
        {
            var refused = await clerk.AssignAsync(id, unclear);
            refused.Is(HttpStatusCode.BadRequest, "maskedId");
            Assert.Equal(["/0/id"], refused.Pointers);
        }
    }

    [Fact]
    public async Task Every_fault_is_named_by_its_pointer()
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CP1" })).Is(HttpStatusCode.Created);
        var id = (await api.GivenTariffAsync(1)).Text("id");
        await Refused("""[{"scope":"tenant","id":"x"}]""", "/0/id");
        await Refused("""[{"scope":"station"},{"scope":"station","id":"CP9"},{"scope":"location","id":"CP1"},{"scope":"evse","id":"CP1"},{"scope":"evse","id":"CP9/1"}]""", "/0/id", "/1/id", "/2/id", "/3/id", "/4/id");
        await Refused("""[{"scope":"tenant","priority":1001,"from":"2026-01-01T00:00:00Z","to":"2026-01-01T00:00:00Z"}]""", "/0/priority", "/0/to");
        await Refused("""[{"scope":"tenant"},{"scope":"tenant"}]""", "/1");
        await Refused("""[{"scope":"galaxy"}]""", "/0/scope");
        await Refused("""[{"scope":"tenant","color":1}]""", "/0/color");
        await Refused("{}", "");
        Assert.Empty((await api.GetAsync($"tariffs/{id}/assignments")).Items);
        (await api.AssignAsync("tar00000000000000000000000000", "[]")).Is(HttpStatusCode.NotFound);

        async Task Refused(string body, params string[] pointers)
        {
            var answer = await api.AssignAsync(id, body);
            answer.Is(HttpStatusCode.BadRequest);
            Assert.Equal(pointers, answer.Pointers.Order(StringComparer.Ordinal));
        }
    }
}
