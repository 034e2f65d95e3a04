using System.Net;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Operations;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>What is broken, what was earned and what may be changed, for who works at one place: all of it there, and nothing of it elsewhere.</summary>
[Trait("suite", "stories")]
public sealed class PlaceReachTests(Servers servers)
{
    private const string Near = "NEAR-1", Far = "FAR-1", Uid = "04A7C0FFEE51B2";

    private sealed record Town(RunningServer Server, Browser Owner, string Harbour, string Mall, IReadOnlyDictionary<string, string> Passwords) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Server.DisposeAsync();

        public Task<Browser> AtHarbourAsync(string role) => Staff.JoinAsync(Server, Owner, $"{role}-here@example.org", new { role, where = "locations", ids = new[] { Harbour } });
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Alerts_are_seen_and_taken_up_where_ones_stations_stand(DatabaseKind kind)
    {
        await using var town = await TownAsync(kind);
        var alerts = await AlertsAsync(town);
        var (owner, technician) = (town.Owner, await town.AtHarbourAsync("technician"));
        // The control: they are all there.
        Assert.Equal(alerts.Values.Order(), Ids(await owner.GetAsync("/api/v1/alerts")).Order());
        Assert.Equal(new[] { alerts["near"], alerts["harbour"] }.Order(), Ids(await technician.GetAsync("/api/v1/alerts")).Order());
        Assert.Equal([alerts["near"]], Ids(await technician.GetAsync($"/api/v1/alerts?stationId={Near}")));
        Assert.Empty(Ids(await technician.GetAsync($"/api/v1/alerts?stationId={Far}")));
        foreach (var (name, id) in alerts)
        {
            var isHere = name is "near" or "harbour";
            var address = "/api/v1/alerts/" + id;
            (await technician.GetAsync(address)).Is(isHere ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            (await technician.FetchAsync(HttpMethod.Patch, address, new { note = "seen" })).Is(isHere ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            (await technician.FetchAsync(HttpMethod.Post, address + "/acknowledge", new { })).Is(isHere ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            (await technician.GetAsync("/console/alerts/" + id)).Is(isHere ? HttpStatusCode.OK : HttpStatusCode.NotFound);
            Assert.Equal(isHere, (await owner.GetAsync(address)).Text.Contains("\"note\":\"seen\"", StringComparison.Ordinal));
        }
        // A merge patch of what is out of reach says nothing of its revision either.
        (await technician.FetchAsync(HttpMethod.Patch, "/api/v1/alerts/" + alerts["far"], new { note = "x" }, ("If-Match", "\"99\""))).Is(HttpStatusCode.NotFound);
        foreach (var page in new[] { "/console", "/console/alerts", "/console/alerts?state=acknowledged", "/console/export/alerts.csv", "/console/export/alerts.csv?state=acknowledged" })
        {
            var (mine, all) = (await technician.GetAsync(page), await owner.GetAsync(page));
            mine.Is(HttpStatusCode.OK);
            Assert.Equal(page is "/console" || page.Contains("acknowledged", StringComparison.Ordinal), mine.Text.Contains(Near, StringComparison.Ordinal));
            foreach (var told in new[] { "FAR-", "Mall", "SPOT-CURVE" }) Assert.DoesNotContain(told, mine.Text, StringComparison.Ordinal);
            Assert.True(all.Text.Contains("FAR-", StringComparison.Ordinal) || page.Contains("acknowledged", StringComparison.Ordinal), page);
        }

        // Who may only look takes nothing up; rules and who is told are the tenant's.
        var host = await town.AtHarbourAsync("siteHost");
        Assert.Equal(2, Ids(await host.GetAsync("/api/v1/alerts")).Count);
        (await host.FetchAsync(HttpMethod.Post, $"/api/v1/alerts/{alerts["near"]}/acknowledge", new { })).Is(HttpStatusCode.Forbidden, "forbidden");
        Assert.Contains("disabled", Between((await host.GetAsync("/console/alerts/" + alerts["near"])).Text, "<textarea", ">"), StringComparison.Ordinal);
        Assert.DoesNotContain("disabled", Between((await technician.GetAsync("/console/alerts/" + alerts["near"])).Text, "<textarea", ">"), StringComparison.Ordinal);
        foreach (var closed in new[] { "/api/v1/alert-rules", "/api/v1/deliveries" }) (await technician.GetAsync(closed)).Is(HttpStatusCode.Forbidden, "forbidden");

        // Where a station stands now is what counts; its site's alert stays the site's.
        (await owner.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Near, new { locationId = town.Mall })).Is(HttpStatusCode.OK);
        Assert.Equal([alerts["harbour"]], Ids(await technician.GetAsync("/api/v1/alerts")));
        (await technician.GetAsync("/api/v1/alerts/" + alerts["near"])).Is(HttpStatusCode.NotFound);
        (await owner.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Far, new { locationId = town.Harbour })).Is(HttpStatusCode.OK);
        (await technician.GetAsync("/api/v1/alerts/" + alerts["far"])).Is(HttpStatusCode.OK);

        // A set of stations is no site.
        var partner = await Staff.JoinAsync(town.Server, owner, "partner@example.org", new { role = "technician", where = "stations", ids = new[] { Far } });
        Assert.Equal([alerts["far"]], Ids(await partner.GetAsync("/api/v1/alerts")));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Cdrs_are_read_and_taken_along_where_ones_stations_stand(DatabaseKind kind)
    {
        await using var town = await TownAsync(kind);
        var owner = town.Owner;
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/tokens", new { uid = Uid, type = "rfid" })).Is(HttpStatusCode.Created);
        foreach (var station in new[] { Near, Far }) await Charges.OneAsync(town.Server, "default/" + station, town.Passwords[station], Uid);
        var cdrs = Items(await owner.GetAsync("/api/v1/cdrs")).ToDictionary(cdr => cdr.GetProperty("stationId").GetString()!, cdr => (Id: cdr.GetProperty("id").GetString()!, Session: cdr.GetProperty("sessionId").GetString()!));
        Assert.Equal(2, cdrs.Count);
        foreach (var role in new[] { "siteHost", "finance" })
        {
            var browser = await town.AtHarbourAsync(role);
            Assert.Equal([cdrs[Near].Id], Ids(await browser.GetAsync("/api/v1/cdrs")));
            Assert.Equal([cdrs[Near].Id], Ids(await browser.GetAsync($"/api/v1/cdrs?sessionId={cdrs[Near].Session}")));
            foreach (var query in new[] { $"stationId={Far}", $"sessionId={cdrs[Far].Session}" }) Assert.Empty(Ids(await browser.GetAsync("/api/v1/cdrs?" + query)));
            foreach (var root in new[] { "/api/v1/cdrs/", "/console/cdrs/" })
            {
                (await browser.GetAsync(root + cdrs[Near].Id)).Is(HttpStatusCode.OK);
                (await browser.GetAsync(root + cdrs[Far].Id)).Is(HttpStatusCode.NotFound);
            }
            // Uids are whole for who may reveal them in the whole tenant.
            Assert.DoesNotContain(Uid, (await browser.GetAsync("/api/v1/cdrs/" + cdrs[Near].Id)).Text, StringComparison.Ordinal);
            foreach (var page in new[] { "/console/cdrs", "/console/export/cdrs.csv", "/console/sessions/" + cdrs[Near].Session })
            {
                var shown = await browser.GetAsync(page);
                shown.Is(HttpStatusCode.OK);
                Assert.Contains(Near, shown.Text, StringComparison.Ordinal);
                Assert.Contains(cdrs[Near].Id, shown.Text, StringComparison.Ordinal);
                Assert.DoesNotContain("FAR-", shown.Text, StringComparison.Ordinal);
                Assert.DoesNotContain(cdrs[Far].Id, shown.Text, StringComparison.Ordinal);
            }
            (await browser.GetAsync("/console/export/cdrs.xlsx")).Is(HttpStatusCode.OK);
            Assert.Contains(cdrs[Near].Id, (await browser.GetAsync("/console/search.json?q=" + cdrs[Near].Id)).Text, StringComparison.Ordinal);
            Assert.Equal("[]", (await browser.GetAsync("/console/search.json?q=" + cdrs[Far].Id)).Text);
            Assert.DoesNotContain("FAR-", (await browser.GetAsync("/console")).Text, StringComparison.Ordinal);
        }
        // Who may see sessions and no CDRs is told no prices of them.
        var technician = await town.AtHarbourAsync("technician");
        Assert.DoesNotContain(cdrs[Near].Id, (await technician.GetAsync("/console/sessions/" + cdrs[Near].Session)).Text, StringComparison.Ordinal);
        (await technician.GetAsync("/api/v1/cdrs")).Is(HttpStatusCode.Forbidden, "forbidden");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_station_is_changed_where_it_stands_and_not_taken_away(DatabaseKind kind)
    {
        await using var town = await TownAsync(kind);
        var (owner, here) = (town.Owner, await town.AtHarbourAsync("operator"));
        var second = await PlaceAsync(owner, "Pier");
        var changed = await here.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Near, new { name = "Bay 3", evses = new[] { new { id = 1, evseId = "NL*BUS*E1", connectors = new[] { new { id = 1, maxPower = 22_000 } } } } });
        changed.Is(HttpStatusCode.OK);
        Assert.Contains("Bay 3", (await owner.GetAsync("/api/v1/stations/" + Near)).Text, StringComparison.Ordinal);
        // As what does not exist, and before anything is said of the change.
        foreach (var body in new object[] { new { name = "mine" }, new { stationId = "OTHER" }, new { locationId = town.Harbour } })
            (await here.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Far, body, ("If-Match", "\"99\""))).Is(HttpStatusCode.NotFound, "notFound");
        // Elsewhere is no place that they know, and nowhere is none that they may put it to.
        var nowhere = Without("traceId", (await here.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Near, new { locationId = "loc00000000000000000000000000" })).Text);
        foreach (var place in new[] { town.Mall, second })
        {
            var refused = await here.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Near, new { locationId = place });
            refused.Is(HttpStatusCode.BadRequest);
            Assert.Equal(nowhere, Without("traceId", refused.Text));
        }
        var outside = await here.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Near, new { locationId = (string?)null });
        outside.Is(HttpStatusCode.BadRequest);
        Assert.Contains("\"code\":\"outOfReach\"", outside.Text, StringComparison.Ordinal);
        Assert.Contains(town.Harbour, (await owner.GetAsync("/api/v1/stations/" + Near)).Text, StringComparison.Ordinal);
        // What makes and ends stations is the tenant's.
        (await here.FetchAsync(HttpMethod.Post, "/api/v1/stations", new { stationId = "NEW-1", locationId = town.Harbour })).Is(HttpStatusCode.Forbidden, "forbidden");
        (await here.FetchAsync(HttpMethod.Delete, "/api/v1/stations/" + Near, new { })).Is(HttpStatusCode.Forbidden, "forbidden");

        // Of two places one may be left for the other.
        var both = await Staff.JoinAsync(town.Server, owner, "both@example.org", new { role = "operator", where = "locations", ids = new[] { town.Harbour, second } });
        (await both.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Near, new { locationId = second })).Is(HttpStatusCode.OK);
        (await here.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Near, new { name = "too late" })).Is(HttpStatusCode.NotFound);
        (await both.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Near, new { locationId = town.Harbour })).Is(HttpStatusCode.OK);
        // Who holds a station and no place changes it, and puts it nowhere else.
        var one = await Staff.JoinAsync(town.Server, owner, "one@example.org", new { role = "operator", where = "stations", ids = new[] { Near } });
        (await one.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Near, new { name = "Bay 4" })).Is(HttpStatusCode.OK);
        foreach (var place in new[] { town.Mall, null }) (await one.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Near, new { locationId = place })).Is(HttpStatusCode.BadRequest);
        // Rights to read there and to change elsewhere do not mix.
        var mixed = await Staff.JoinAsync(town.Server, owner, "mixed@example.org", new { role = "operator", where = "locations", ids = new[] { town.Harbour } }, new { role = "siteHost", where = "locations", ids = new[] { town.Mall } });
        (await mixed.GetAsync("/api/v1/stations/" + Far)).Is(HttpStatusCode.OK);
        (await mixed.FetchAsync(HttpMethod.Patch, "/api/v1/stations/" + Far, new { name = "mine" })).Is(HttpStatusCode.NotFound);

        // The same in the console.
        Assert.Contains("/edit", (await here.GetAsync("/console/stations/" + Near)).Text, StringComparison.Ordinal);
        Assert.DoesNotContain("/edit", (await mixed.GetAsync("/console/stations/" + Far)).Text, StringComparison.Ordinal);
        var form = await here.GetAsync($"/console/stations/{Near}/edit");
        form.Is(HttpStatusCode.OK);
        Assert.Contains("Harbour", form.Text, StringComparison.Ordinal);
        foreach (var told in new[] { "Mall", "Pier" }) Assert.DoesNotContain(told, form.Text, StringComparison.Ordinal);
        Assert.Contains("Mall", (await owner.GetAsync($"/console/stations/{Near}/edit")).Text, StringComparison.Ordinal);
        (await here.GetAsync($"/console/stations/{Far}/edit")).Is(HttpStatusCode.NotFound);
        (await mixed.GetAsync($"/console/stations/{Far}/edit")).Is(HttpStatusCode.NotFound);
        (await (await town.AtHarbourAsync("technician")).GetAsync($"/console/stations/{Near}/edit")).Is(HttpStatusCode.Forbidden);
    }

    private async Task<Town> TownAsync(DatabaseKind kind)
    {
        var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), null, "--Busbar:Limits:RequestBurst=1000000", "--Busbar:Alerts:Settle=1.00:00:00");
        var owner = await Staff.FoundAsync(server);
        var (harbour, mall) = (await PlaceAsync(owner, "Harbour"), await PlaceAsync(owner, "Mall"));
        var passwords = new Dictionary<string, string>();
        foreach (var (name, place) in new[] { (Near, harbour), (Far, mall) })
        {
            var made = await owner.FetchAsync(HttpMethod.Post, "/api/v1/stations", new { stationId = name, locationId = place });
            made.Is(HttpStatusCode.Created);
            passwords[name] = JsonElement.Parse(made.Text).GetProperty("password").GetString()!;
        }
        return new Town(server, owner, harbour, mall, passwords);
    }

    /// <summary>Open ones of a station and of a site at each place, and one that is about no place, as the watch writes them.</summary>
    private static async Task<Dictionary<string, string>> AlertsAsync(Town town)
    {
        var services = town.Server.Services;
        var (tenant, ids, now) = (services.GetRequiredService<Busbar.Identity.ITenants>().Find("default")!.Id, services.GetRequiredService<IdSource>(), services.GetRequiredService<TimeProvider>().GetInstant());
        Dictionary<string, StationId> stations;
        await using (var db = await services.GetRequiredService<RoomDbFactory<StationsDb>>().OpenAsync(TenantScope.Of(tenant), CancellationToken.None))
            stations = await db.Stations.ToDictionaryAsync(row => row.Identity, row => row.Id);
        var rows = new Dictionary<string, AlertRow>
        {
            ["near"] = Row(AlertRule.ConnectorFaulted, Near), ["far"] = Row(AlertRule.ConnectorFaulted, Far),
            ["harbour"] = Row(AlertRule.SiteOffline, null, town.Harbour, "Harbour"), ["mall"] = Row(AlertRule.SiteOffline, null, town.Mall, "Mall"), ["prices"] = Row(AlertRule.PricesMissing, null, error: "SPOT-CURVE"),
        };
        await using var operations = await services.GetRequiredService<RoomDbFactory<OperationsDb>>().OpenAsync(TenantScope.Of(tenant), CancellationToken.None);
        operations.AddRange(rows.Values);
        await operations.CommitAsync(CancellationToken.None);
        return rows.ToDictionary(row => row.Key, row => row.Value.Id.ToString());

        AlertRow Row(AlertRule rule, string? station, string? location = null, string? site = null, string? error = null) => new()
        {
            TenantId = tenant, Id = ids.New<AlertId>(), Rule = rule, Thing = station ?? location ?? "no place", StationId = station is null ? null : stations[station], Station = station,
            LocationId = TypedId.TryParse<LocationId>(location, out var place) ? place : null, Location = site, Evse = station is null ? null : 1, Connector = station is null ? null : 1, Error = error, Since = now, RaisedAt = now,
        };
    }

    private static async Task<string> PlaceAsync(Browser owner, string name)
    {
        var made = await owner.FetchAsync(HttpMethod.Post, "/api/v1/locations", new { name, timeZone = "Europe/Amsterdam", country = "NLD", address = name + " 1", city = "Rotterdam" });
        made.Is(HttpStatusCode.Created);
        return JsonElement.Parse(made.Text).GetProperty("id").GetString()!;
    }

    private static List<string> Ids(PageAnswer answer) => [.. Items(answer).Select(item => item.GetProperty("id").GetString()!)];

    private static IEnumerable<JsonElement> Items(PageAnswer answer)
    {
        answer.Is(HttpStatusCode.OK);
        return JsonElement.Parse(answer.Text).GetProperty("items").EnumerateArray();
    }

    private static string Between(string text, string from, string to) => text[text.IndexOf(from, StringComparison.Ordinal)..] is var rest ? rest[..rest.IndexOf(to, StringComparison.Ordinal)] : "";

    private static string Without(string member, string json) =>
        string.Join(',', JsonElement.Parse(json).EnumerateObject().Where(one => one.Name != member).Select(one => $"{one.Name}:{one.Value}"));
}
