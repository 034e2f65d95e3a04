using System.Net;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;

namespace Busbar.Tests.Shell;

/// <summary>The page of a thing leads to what was done to it, whoever may read that.</summary>
[Trait("suite", "stories")]
public sealed class AuditLinkTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_things_page_leads_to_its_audit_for_who_may_read_it_and_for_nobody_else(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var owner = await Staff.FoundAsync(server);
        var role = Read(await owner.FetchAsync(HttpMethod.Post, "/api/v1/roles", new
        {
            name = "Looks, and not at the audit", scopes = new[] { "stations:read", "locations:read", "tariffs:read", "clients:read", "people:read", "tenants:read" },
        }), "id");
        var reader = await Staff.JoinAsync(server, owner, "read@example.org", new { role, where = "tenant" });
        var tariff = Read(await owner.FetchAsync(HttpMethod.Post, "/api/v1/tariffs", new
        {
            name = "T", currency = "EUR", tariff = new { currency = "EUR", elements = new[] { new { price_components = new[] { new { type = "ENERGY", price = 0.3, step_size = 1 } } } } },
        }, ("Idempotency-Key", ApiClient.NewKey())), "id");
        var person = Read(await owner.GetAsync("/api/v1/me"), "id");
        var pages = new List<(string Path, string Kind, string Id)>
        {
            ("stations/CP-1", "station", Read(await owner.FetchAsync(HttpMethod.Post, "/api/v1/stations", new { stationId = "CP-1" }), "id")),
            ("tariffs/" + tariff, "tariff", tariff), ("people/" + person, "operator", person), ("organisations/default", "tenant", Read(await owner.GetAsync("/api/v1/tenants/default"), "id")),
        };
        var location = Read(await owner.FetchAsync(HttpMethod.Post, "/api/v1/locations", Given.Location), "id");
        pages.Add(("locations/" + location, "location", location));
        var client = Read(await owner.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "robot", scopes = new[] { "stations:read" } }, ("Idempotency-Key", ApiClient.NewKey())), "id");
        pages.Add(("clients/" + client, "apiClient", client));
        foreach (var (path, thing, id) in pages)
        {
            var link = $"/console/audit?kind={thing}&amp;id={id}";
            var page = await owner.GetAsync("/console/" + path);
            page.Is(HttpStatusCode.OK);
            Assert.Contains(link, page.Text, StringComparison.Ordinal);
            Assert.Contains(id, (await owner.GetAsync(WebUtility.HtmlDecode(link))).Text, StringComparison.Ordinal);
            var shown = await reader.GetAsync("/console/" + path);
            shown.Is(HttpStatusCode.OK);
            Assert.DoesNotContain("/console/audit", shown.Text, StringComparison.Ordinal);
        }
    }

    private static string Read(PageAnswer answer, string member)
    {
        Assert.True((int)answer.Status is >= 200 and < 300, $"{(int)answer.Status} {answer.Text}");
        var body = JsonElement.Parse(answer.Text);
        return (body.TryGetProperty(member, out var found) ? found : body.EnumerateObject().First(one => one.Value.ValueKind == JsonValueKind.Object && one.Value.TryGetProperty(member, out _)).Value.GetProperty(member)).GetString()!;
    }
}
