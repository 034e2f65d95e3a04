using System.Net;
using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;

namespace Busbar.Tests.Shell;

/// <summary>The box in the console's frame, as its script asks.</summary>
public sealed class SearchTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Each_room_answers_for_who_may_see_its_finds(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var browser = await Staff.FoundAsync(server);
        foreach (var (path, body) in new (string, object)[]
        {
            ("tenants", new { slug = "others", name = "Others", currency = "EUR", timeZone = "UTC" }), ("stations", new { stationId = "Ab-1", name = "Quay" }), ("stations", new { stationId = "x-ab-1" }),
            ("tokens", new { uid = "ab12", type = "rfid" }), ("tokens", new { uid = "cab12", type = "rfid" }),
            ("tariffs", new { name = "Stable", currency = "EUR", tariff = JsonElement.Parse("""{ "currency": "EUR", "elements": [ { "price_components": [ { "type": "FLAT", "price": 1, "step_size": 1 } ] } ] }""") }),
        }) (await browser.FetchAsync(HttpMethod.Post, "/api/v1/" + path, body)).Is(HttpStatusCode.Created);
        (await browser.SendAsync(HttpMethod.Post, "/api/v1/stations", Browser.JsonContent(new { stationId = "AB-THEIRS" }), ("Origin", browser.Origin), ("Busbar-Tenant", "others"))).Is(HttpStatusCode.Created);

        Assert.Equal(["Stations: Ab-1, x-ab-1", "Tokens: ab12", "Tariffs: Stable"], await FindAsync(browser, "aB"));
        Assert.Equal(["Stations: Ab-1"], await FindAsync(browser, " quay "));
        Assert.Empty(await FindAsync(browser, ""));
        Assert.Empty(await FindAsync(browser, "a\0b"));
        Assert.Empty(await FindAsync(browser, new string('a', 101)));
        Assert.Empty(await FindAsync(browser, "ses00000000000000000000000000"));
        Assert.Empty(await FindAsync(browser, "%"));
        Assert.Empty(await FindAsync(browser, "' OR 1=1 --"));

        await Staff.LimitAsync(server, Scope.TokensRead);
        // Who may not see uids has to know one whole.
        Assert.Empty(await FindAsync(browser, "ab"));
        Assert.Equal(["Tokens: …12"], await FindAsync(browser, "AB12"));
        (await new Browser(server).GetAsync("/console/search.json?q=ab")).Is(HttpStatusCode.Unauthorized, "unauthenticated");
        (await browser.SendAsync(HttpMethod.Get, "/console/search.json?q=ab", null, ("Authorization", "Bearer x"))).Is(HttpStatusCode.Unauthorized);
    }

    private static async Task<string[]> FindAsync(Browser browser, string text)
    {
        var answer = await browser.SendAsync(HttpMethod.Get, "/console/search.json?q=" + Uri.EscapeDataString(text), null, ("Accept-Language", "en"));
        answer.Is(HttpStatusCode.OK);
        return [.. JsonElement.Parse(answer.Text).EnumerateArray().Select(group =>
            $"{group.GetProperty("title").GetString()}: {string.Join(", ", group.GetProperty("hits").EnumerateArray().Select(hit => hit.GetProperty("name").GetString()))}")];
    }
}
