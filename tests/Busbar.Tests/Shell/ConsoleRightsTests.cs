using System.Net;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;

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
            await using var rows = await Staff.RowsAsync(first);
            (await rows.Operators.SingleAsync()).Scopes = "stations:read locations:read";
            await rows.CommitAsync(TestContext.Current.CancellationToken);
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
}
