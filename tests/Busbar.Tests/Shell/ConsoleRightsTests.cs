using System.Net;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Shell;
using Busbar.Stations.Console;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Shell;

/// <summary>Who may only look finds no form, and no button that would lead to one.</summary>
public sealed class ConsoleRightsTests(Servers servers)
{
    [Fact]
    public async Task Who_may_only_look_makes_and_commands_nothing()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        await using (var first = await Staff.StartAsync(store))
        {
            var founder = await Staff.FoundAsync(first);
            (await founder.FetchAsync(HttpMethod.Post, "/api/v1/stations", new { stationId = "CP-1" })).Is(HttpStatusCode.Created);
            await Staff.LimitAsync(first, "stations:read locations:read");
        }
        await using var server = await Staff.StartAsync(store);
        var browser = new Browser(server);
        (await Staff.SignInAsync(browser)).Is(HttpStatusCode.SeeOther);
        foreach (var path in new[] { "/console/stations/new", "/console/locations/new", "/console/locations/loc00000000000000000000000000/edit" })
            (await browser.GetAsync(path)).Is(HttpStatusCode.Forbidden);
        foreach (var path in new[] { "/console/stations", "/console/locations" })
        {
            var page = await browser.GetAsync(path);
            page.Is(HttpStatusCode.OK);
            Assert.DoesNotContain("/new\"", page.Text, StringComparison.Ordinal);
        }
        foreach (var path in new[] { "/console/t/CP-1", "/console/stations/CP-1/connect", "/console/stations/CP-1/history", "/console/stations/CP-1/messages", "/console/stations/CP-1/label" })
            (await browser.GetAsync(path)).Is(HttpStatusCode.OK);
        Assert.Contains("stations:command", (await browser.GetAsync("/console/t/CP-1")).Text, StringComparison.Ordinal);
        Assert.Matches("<button[^>]*disabled[^>]*>New password</button>", (await browser.SendAsync(HttpMethod.Get, "/console/stations/CP-1/connect", null, ("Accept-Language", "en"))).Text);
    }

    [Fact]
    public async Task Who_may_only_read_tariffs_looks_into_the_editor_and_changes_nothing()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        string tariff;
        await using (var first = await Staff.StartAsync(store))
        {
            var founder = await Staff.FoundAsync(first);
            var made = await founder.FetchAsync(HttpMethod.Post, "/api/v1/tariffs", new
            {
                name = "Flat <b>", currency = "EUR", tariff = new { currency = "EUR", elements = new[] { new { price_components = new[] { new { type = "ENERGY", price = 0.4, step_size = 1 } } } } },
            });
            made.Is(HttpStatusCode.Created);
            tariff = System.Text.Json.JsonElement.Parse(made.Text).GetProperty("id").GetString()!;
            await Staff.LimitAsync(first, "tariffs:read");
        }
        await using var server = await Staff.StartAsync(store);
        var browser = new Browser(server);
        (await Staff.SignInAsync(browser)).Is(HttpStatusCode.SeeOther);
        (await browser.GetAsync("/console/tariffs/new")).Is(HttpStatusCode.Forbidden);
        (await browser.GetAsync("/console/quote")).Is(HttpStatusCode.OK);
        var page = await browser.SendAsync(HttpMethod.Get, $"/console/tariffs/{tariff}/edit", null, ("Accept-Language", "en"));
        page.Is(HttpStatusCode.OK);
        Assert.Contains("Flat &lt;b&gt;", page.Text, StringComparison.Ordinal);
        Assert.Matches("<input[^>]*id=\"at-elements-0-components-0-price\"[^>]*disabled", page.Text);
        foreach (var action in new[] { "Save as draft", "Publish …", "Add an element", ">Import<" }) Assert.DoesNotContain(action, page.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("/tariffs/new\"", (await browser.GetAsync("/console/tariffs")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stations:read locations:read", true)]
    [InlineData("locations:read", false)]
    public async Task How_a_locations_stations_are_is_shown_to_who_may_see_stations(string scopes, bool maySee)
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        string place;
        await using (var first = await Staff.StartAsync(store))
        {
            var founder = await Staff.FoundAsync(first);
            var made = await founder.FetchAsync(HttpMethod.Post, "/api/v1/locations", new { name = "Harbour", timeZone = "Europe/Amsterdam", country = "NLD", address = "Kade 1", city = "Rotterdam", coordinates = new { latitude = 51.9, longitude = 4.5 } });
            made.Is(HttpStatusCode.Created);
            place = System.Text.Json.JsonElement.Parse(made.Text).GetProperty("id").GetString()!;
            (await founder.FetchAsync(HttpMethod.Post, "/api/v1/stations", new { stationId = "CP-1", locationId = place })).Is(HttpStatusCode.Created);
            await Staff.LimitAsync(first, scopes);
        }
        await using var server = await Staff.StartAsync(store);
        var browser = new Browser(server);
        (await Staff.SignInAsync(browser)).Is(HttpStatusCode.SeeOther);
        foreach (var path in new[] { "/console/locations", $"/console/locations/{place}" })
        {
            var page = await browser.SendAsync(HttpMethod.Get, path, null, ("Accept-Language", "en"));
            page.Is(HttpStatusCode.OK);
            Assert.Contains("Harbour", page.Text, StringComparison.Ordinal);
            foreach (var word in new[] { "1 station", "1 never connected", "Never connected" }) Assert.Equal(maySee, page.Text.Contains(word, StringComparison.Ordinal));
            // Not known is not none, neither in a row nor in the map's key.
            if (!maySee) Assert.DoesNotContain("No stations", page.Text, StringComparison.Ordinal);
        }
        // A filter would tell it too: nothing is faulted, and who may not know it sees all.
        Assert.Equal(!maySee, (await browser.GetAsync("/console/locations?state=faulted")).Text.Contains("Harbour", StringComparison.Ordinal));

        var tenant = server.Services.GetRequiredService<ITenants>().Find("default")!.Id;
        var seen = Assert.Single(await server.Services.GetRequiredService<LocationSurvey>().ForAsync(new Caller(tenant, "opr", Rights.Of(scopes.Split(' '))), Reach.Whole, TestContext.Current.CancellationToken));
        Assert.Equal(maySee ? new StationsThere(1, 0, 0, 1) : null, seen.Stations);
        var point = LocationAtAGlance.PointOf(seen)!;
        Assert.Equal(maySee ? (Tone.Neutral, "1 station, 1 never connected") : (Tone.Neutral, "Rotterdam"), (point.Tone, point.Text));
    }
}
