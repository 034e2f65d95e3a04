using System.Net;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Tests.Identity;

/// <summary>Who holds rights at some places only sees what stands there now, and of the rest not even that it exists.</summary>
[Trait("suite", "stories")]
public sealed class ReachTests(Servers servers)
{
    private const string Charge = "{\"chargePointVendor\":\"V\",\"chargePointModel\":\"M\"}";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_technician_of_one_place_works_there_and_finds_nothing_elsewhere(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var owner = await Staff.FoundAsync(server);
        var (harbour, mall) = (await PlaceAsync(owner, "Harbour"), await PlaceAsync(owner, "Mall"));
        foreach (var (name, place) in new[] { ("NEAR-1", harbour), ("FAR-1", mall), ("FAR-2", (string?)null) }) await StationAsync(owner, name, place);
        var technician = await Staff.JoinAsync(server, owner, "tech@example.org", new { role = "technician", where = "locations", ids = new[] { harbour } });

        await using var near = await WireStation.ConnectAsync(server.Address, "default/NEAR-1", "ocpp1.6", "NEAR-1", Password);
        near.Answers["Reset"] = """{"status":"Accepted"}""";
        await near.CallAsync("BootNotification", Charge);
        await using var far = await WireStation.ConnectAsync(server.Address, "default/FAR-1", "ocpp1.6", "FAR-1", Password);
        await far.CallAsync("BootNotification", Charge);
        var sessions = new List<string>();
        foreach (var station in new[] { near, far })
        {
            await station.CallAsync("StartTransaction", """{"connectorId":1,"idTag":"CARD","meterStart":0,"timestamp":"2026-01-01T10:00:00Z"}""");
        }
        foreach (var session in Items(await owner.GetAsync("/api/v1/sessions"))) sessions.Add(session.GetProperty("id").GetString()! + " " + session.GetProperty("stationId").GetString());
        Assert.Equal(2, sessions.Count);

        Assert.Equal(["NEAR-1"], Items(await technician.GetAsync("/api/v1/stations")).Select(station => station.GetProperty("stationId").GetString()));
        Assert.Equal(["NEAR-1"], Items(await technician.GetAsync("/api/v1/stations?online=true")).Select(station => station.GetProperty("stationId").GetString()));
        Assert.Empty(Items(await technician.GetAsync($"/api/v1/stations?locationId={mall}")));
        Assert.Equal([harbour], Items(await technician.GetAsync("/api/v1/locations")).Select(place => place.GetProperty("id").GetString()));
        Assert.Equal(["NEAR-1"], Items(await technician.GetAsync("/api/v1/sessions")).Select(session => session.GetProperty("stationId").GetString()));
        Assert.Empty(Items(await technician.GetAsync("/api/v1/sessions?stationId=FAR-1")));

        (await technician.FetchAsync(HttpMethod.Post, "/api/v1/stations/NEAR-1/commands/restart", new { hard = false })).Is(HttpStatusCode.OK);
        foreach (var path in new[] { "", "/messages", "/commands", "/connections" })
        {
            (await technician.GetAsync("/api/v1/stations/NEAR-1" + path)).Is(HttpStatusCode.OK);
            foreach (var away in new[] { "FAR-1", "FAR-2", "NOWHERE" }) (await technician.GetAsync($"/api/v1/stations/{away}{path}")).Is(HttpStatusCode.NotFound, "notFound");
        }
        // As what does not exist, word for word.
        Assert.Equal(Without("traceId", (await technician.GetAsync("/api/v1/stations/NOWHERE")).Text), Without("traceId", (await technician.GetAsync("/api/v1/stations/FAR-1")).Text));
        (await technician.FetchAsync(HttpMethod.Post, "/api/v1/stations/FAR-1/commands/restart", new { hard = false })).Is(HttpStatusCode.NotFound, "notFound");
        (await technician.GetAsync($"/api/v1/locations/{mall}")).Is(HttpStatusCode.NotFound);
        (await technician.GetAsync("/api/v1/orphan-events?stationId=FAR-1")).Is(HttpStatusCode.NotFound);
        foreach (var session in sessions)
            (await technician.GetAsync("/api/v1/sessions/" + session.Split(' ')[0])).Is(session.EndsWith("NEAR-1", StringComparison.Ordinal) ? HttpStatusCode.OK : HttpStatusCode.NotFound);
        var command = JsonElement.Parse((await owner.FetchAsync(HttpMethod.Post, "/api/v1/stations/FAR-1/commands/restart", new { hard = false })).Text).GetProperty("commandId").GetString();
        (await owner.GetAsync($"/api/v1/commands/{command}")).Is(HttpStatusCode.OK);
        (await technician.GetAsync($"/api/v1/commands/{command}")).Is(HttpStatusCode.NotFound);
        // What they hold nowhere is closed, and what filters by no place, and it says which right is missing where.
        var refused = await technician.FetchAsync(HttpMethod.Patch, "/api/v1/stations/NEAR-1", new { name = "mine" });
        refused.Is(HttpStatusCode.Forbidden, "forbidden");
        Assert.Contains("\"scope\":\"stations:write\",\"where\":\"anywhere\"", refused.Text, StringComparison.Ordinal);
        Assert.Contains("\"scope\":\"alerts:read\",\"where\":\"tenant\"", (await technician.GetAsync("/api/v1/alert-rules")).Text, StringComparison.Ordinal);

        foreach (var page in new[] { "/console", "/console/stations", "/console/stations/NEAR-1", "/console/stations/NEAR-1/history", "/console/stations/NEAR-1/messages", "/console/stations/NEAR-1/connect", "/console/stations/NEAR-1/label", "/console/t/NEAR-1", "/console/locations", $"/console/locations/{harbour}", "/console/sessions", "/console/profile", "/console/search?q=R-1" })
        {
            var shown = await technician.GetAsync(page);
            shown.Is(HttpStatusCode.OK);
            Assert.DoesNotContain("FAR-", shown.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("Mall", shown.Text, StringComparison.Ordinal);
        }
        foreach (var page in new[] { "/console/stations/FAR-1", "/console/stations/FAR-1/history", "/console/stations/FAR-1/messages", "/console/stations/FAR-1/connect", "/console/stations/FAR-1/label", "/console/t/FAR-1", $"/console/locations/{mall}" })
            (await technician.GetAsync(page)).Is(HttpStatusCode.NotFound);
        var forbidden = await technician.GetAsync("/console/tokens");
        forbidden.Is(HttpStatusCode.Forbidden);
        Assert.Contains("data-missing=\"tokens:read\"", forbidden.Text, StringComparison.Ordinal);
        foreach (var list in new[] { "stations", "locations", "sessions" })
        {
            var file = await technician.GetAsync($"/console/export/{list}.csv");
            file.Is(HttpStatusCode.OK);
            Assert.Contains(list == "locations" ? "Harbour" : "NEAR-1", file.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("FAR-", file.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("Mall", file.Text, StringComparison.Ordinal);
        }
        (await technician.GetAsync("/console/export/cdrs.csv")).Is(HttpStatusCode.Forbidden);
        foreach (var asked in new[] { "FAR", "Mall", sessions.Single(session => session.EndsWith("FAR-1", StringComparison.Ordinal)).Split(' ')[0] })
            Assert.Equal("[]", (await technician.GetAsync($"/console/search.json?q={asked}")).Text);
        Assert.Contains("NEAR-1", (await technician.GetAsync("/console/search.json?q=near")).Text, StringComparison.Ordinal);

        // Where a station stands now is what counts.
        (await owner.FetchAsync(HttpMethod.Patch, "/api/v1/stations/FAR-2", new { locationId = harbour })).Is(HttpStatusCode.OK);
        (await technician.GetAsync("/api/v1/stations/FAR-2")).Is(HttpStatusCode.OK);
        (await technician.GetAsync("/api/v1/stations/FAR-2/messages")).Is(HttpStatusCode.OK);
        (await owner.FetchAsync(HttpMethod.Patch, "/api/v1/stations/NEAR-1", new { locationId = mall })).Is(HttpStatusCode.OK);
        (await technician.GetAsync("/api/v1/stations/NEAR-1")).Is(HttpStatusCode.NotFound);
        (await technician.GetAsync("/api/v1/stations/NEAR-1/messages")).Is(HttpStatusCode.NotFound);
        (await technician.FetchAsync(HttpMethod.Post, "/api/v1/stations/NEAR-1/commands/restart", new { hard = false })).Is(HttpStatusCode.NotFound);
        Assert.Empty(Items(await technician.GetAsync("/api/v1/sessions")));
        await StationAsync(owner, "NEAR-2", harbour);
        Assert.Equal(["FAR-2", "NEAR-2"], Items(await technician.GetAsync("/api/v1/stations")).Select(station => station.GetProperty("stationId").GetString()));
    }

    [Fact]
    public async Task A_set_of_stations_is_reached_and_nothing_beside_them()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var owner = await Staff.FoundAsync(server);
        var harbour = await PlaceAsync(owner, "Harbour");
        foreach (var name in new[] { "CP-1", "CP-2", "CP-3" }) await StationAsync(owner, name, harbour);
        var partner = await Staff.JoinAsync(server, owner, "partner@example.org", new { role = "siteHost", where = "stations", ids = new[] { "CP-1", "CP-3" } });
        Assert.Equal(["CP-1", "CP-3"], Items(await partner.GetAsync("/api/v1/stations")).Select(station => station.GetProperty("stationId").GetString()));
        (await partner.GetAsync("/api/v1/stations/CP-2")).Is(HttpStatusCode.NotFound);
        Assert.Empty(Items(await partner.GetAsync("/api/v1/locations")));
        var host = await partner.GetAsync("/console/t/CP-1");
        host.Is(HttpStatusCode.OK);
        (await partner.FetchAsync(HttpMethod.Post, "/api/v1/stations/CP-1/commands/restart", new { hard = false })).Is(HttpStatusCode.Forbidden, "forbidden");
        // A new station of an old one's name is another.
        (await owner.FetchAsync(HttpMethod.Delete, "/api/v1/stations/CP-3", new { })).Is(HttpStatusCode.NoContent);
        await StationAsync(owner, "CP-3", harbour);
        (await partner.GetAsync("/api/v1/stations/CP-3")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Rights_of_two_roles_at_two_places_do_not_mix()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var owner = await Staff.FoundAsync(server);
        var (harbour, mall) = (await PlaceAsync(owner, "Harbour"), await PlaceAsync(owner, "Mall"));
        foreach (var (name, place) in new[] { ("H-1", harbour), ("M-1", mall) }) await StationAsync(owner, name, place);
        var both = await Staff.JoinAsync(server, owner, "both@example.org",
            new { role = "technician", where = "locations", ids = new[] { harbour } }, new { role = "siteHost", where = "locations", ids = new[] { mall } });
        Assert.Equal(2, Items(await both.GetAsync("/api/v1/stations")).Count());
        (await both.FetchAsync(HttpMethod.Post, "/api/v1/stations/H-1/commands/restart", new { hard = false })).Is(HttpStatusCode.Conflict, "stationOffline");
        (await both.FetchAsync(HttpMethod.Post, "/api/v1/stations/M-1/commands/restart", new { hard = false })).Is(HttpStatusCode.NotFound, "notFound");
    }

    private const string Password = "a-stations-own-password";

    private static async Task<string> PlaceAsync(Browser owner, string name)
    {
        var made = await owner.FetchAsync(HttpMethod.Post, "/api/v1/locations", new { name, timeZone = "Europe/Amsterdam", country = "NLD", address = name + " 1", city = "Rotterdam", coordinates = new { latitude = 51.9, longitude = 4.4 } });
        made.Is(HttpStatusCode.Created);
        return JsonElement.Parse(made.Text).GetProperty("id").GetString()!;
    }

    private static async Task StationAsync(Browser owner, string stationId, string? locationId) =>
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/stations", new { stationId, locationId, password = Password, evses = new[] { new { id = 1, connectors = new[] { new { id = 1 } } } } })).Is(HttpStatusCode.Created);

    private static IEnumerable<JsonElement> Items(PageAnswer answer)
    {
        answer.Is(HttpStatusCode.OK);
        return JsonElement.Parse(answer.Text).GetProperty("items").EnumerateArray();
    }

    private static string Without(string member, string json) =>
        string.Join(',', JsonElement.Parse(json).EnumerateObject().Where(one => one.Name != member).Select(one => $"{one.Name}:{one.Value}"));
}
