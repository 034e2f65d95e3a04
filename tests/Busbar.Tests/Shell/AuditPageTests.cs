using System.Net;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Tests.Shell;

public sealed class AuditPageTests(Servers servers)
{
    [Fact]
    public async Task The_audit_is_searched_opened_and_taken_along_by_who_may()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        await using (var first = await Staff.StartAsync(store))
        {
            var ada = await Staff.FoundAsync(first);
            (await ada.FetchAsync(HttpMethod.Post, "/api/v1/stations", new { stationId = "CP-1", name = "=1+1" })).Is(HttpStatusCode.Created);
            (await ada.FetchAsync(HttpMethod.Patch, "/api/v1/stations/CP-1", new { name = "<b>Gate</b>" }, ("If-Match", "*"))).Is(HttpStatusCode.OK);

            var list = await Page(ada, "/console/audit");
            foreach (var text in (string[])["Station · created", "Station · changed", "Operator · signed in", "Ada@Example.org", "CP-1"]) Assert.Contains(text, list, StringComparison.Ordinal);
            var found = await Page(ada, "/console/audit?q=CP-1");
            Assert.DoesNotContain("Operator · signed in", found, StringComparison.Ordinal);
            Assert.Contains("Nothing found", await Page(ada, "/console/audit?q=nowhere"), StringComparison.Ordinal);
            Assert.Contains("2 entries", await Page(ada, "/console/audit?kind=station&when=today"), StringComparison.Ordinal);

            var entry = await Page(ada, "/console/audit/5");
            Assert.Contains("<td class=\"told\">=1+1</td><td class=\"told\"><b>Gate</b></td>", entry, StringComparison.Ordinal);
            Assert.Contains("&lt;b&gt;Gate", (await ada.GetAsync("/console/audit/5")).Text, StringComparison.Ordinal);
            Assert.Contains("the console", entry, StringComparison.Ordinal);
            Assert.Contains("127.0.0.1", entry, StringComparison.Ordinal);
            // Who may do what is in it, though a grant has no member but its name.
            Assert.Contains(">grants/owner/tenant</th>", await Page(ada, "/console/audit/2"), StringComparison.Ordinal);
            foreach (var nothing in (string[])["/console/audit/99", "/console/audit/x", "/console/audit/99999999999999999999"]) (await ada.GetAsync(nothing)).Is(HttpStatusCode.NotFound);
            Assert.Contains("Station · geändert", WebUtility.HtmlDecode((await ada.SendAsync(HttpMethod.Get, "/console/audit", null, ("Accept-Language", "de"))).Text), StringComparison.Ordinal);

            var csv = (await ada.GetAsync("/console/export/audit.csv?kind=station")).Text;
            Assert.Equal(3, csv.TrimEnd().Split("\r\n").Length);
            Assert.Contains("station.changed", csv, StringComparison.Ordinal);
            (await ada.GetAsync("/console/export/audit.xlsx")).Is(HttpStatusCode.OK);
            Assert.Contains("\"action\":\"station.changed\"", (await ada.GetAsync("/api/v1/audit/export")).Text, StringComparison.Ordinal);

            await Staff.LimitAsync(first, "stations:read");
        }
        await using var server = await Staff.StartAsync(store);
        var browser = new Browser(server);
        (await Staff.SignInAsync(browser)).Is(HttpStatusCode.SeeOther);
        foreach (var path in (string[])["/console/audit", "/console/audit/1", "/console/export/audit.csv", "/console/export/audit.xlsx", "/api/v1/audit", "/api/v1/audit/1", "/api/v1/audit/export"])
            (await browser.GetAsync(path)).Is(HttpStatusCode.Forbidden);
        Assert.DoesNotContain("href=\"/console/audit\"", (await browser.GetAsync("/console/stations")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_a_role_holds_is_told_by_the_places_name_and_not_by_its_id()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var ada = await Staff.FoundAsync(server);
        (await ada.FetchAsync(HttpMethod.Post, "/api/v1/stations", new { stationId = "CP-1" })).Is(HttpStatusCode.Created);
        await Staff.JoinAsync(server, ada, "grace@example.org", new { role = "technician", where = "stations", ids = new[] { "CP-1" } });
        var last = JsonElement.Parse((await ada.GetAsync("/api/v1/audit?limit=1&action=operator.created")).Text).GetProperty("items")[0].GetProperty("sequence").GetInt64();
        Assert.Contains(">grants/technician/station/CP-1</th>", await Page(ada, $"/console/audit/{last}"), StringComparison.Ordinal);
    }

    private static async Task<string> Page(Browser browser, string path)
    {
        var page = await browser.SendAsync(HttpMethod.Get, path, null, ("Accept-Language", "en"));
        page.Is(HttpStatusCode.OK);
        return WebUtility.HtmlDecode(page.Text);
    }
}
