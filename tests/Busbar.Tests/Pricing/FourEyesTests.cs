using System.Net;
using System.Text.Json;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;

namespace Busbar.Tests.Pricing;

/// <summary>Where a tenant asks two people for a tariff, one alone publishes none, by whatever way.</summary>
public sealed class FourEyesTests(Servers servers)
{
    private static readonly object Priced = new { name = "T", currency = "EUR", tariff = Tariffs.Energy(1), draft = true };

    [Fact]
    public async Task A_version_is_published_when_a_second_person_has_approved_it()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(Busbar.Storage.DatabaseKind.Sqlite));
        var ada = await Staff.FoundAsync(server);
        var grace = await Staff.JoinAsync(server, ada, "grace@example.org", new { role = "finance", where = "tenant" });
        await SwitchAsync(ada, "tariffs");

        (await SendAsync(ada, "tariffs", new { name = "T", currency = "EUR", tariff = Tariffs.Energy(1), draft = false })).Is(HttpStatusCode.Conflict, "notApproved");
        var id = Id(await SendAsync(ada, "tariffs", Priced));
        (await MoveAsync(ada, id, new { state = "active" })).Is(HttpStatusCode.Conflict, "notApproved");
        (await MoveAsync(ada, id, new { state = "scheduled", activateAt = "2999-01-01T00:00:00Z" })).Is(HttpStatusCode.Conflict, "notApproved");
        (await MoveAsync(ada, id, new { state = "approved" })).Is(HttpStatusCode.Conflict, "approvedByAuthor");
        (await MoveAsync(grace, id, new { state = "approved" })).Is(HttpStatusCode.OK);
        (await MoveAsync(ada, id, new { state = "active" })).Is(HttpStatusCode.OK);
        (await SendAsync(ada, $"tariffs/{id}/versions", new { tariff = Tariffs.Energy(2) })).Is(HttpStatusCode.Conflict, "notApproved");

        // One who changes what the other wrote is its author now.
        var other = Id(await SendAsync(ada, "tariffs", Priced));
        (await grace.SendAsync(HttpMethod.Put, $"/api/v1/tariffs/{other}/versions/1", Browser.JsonContent(new { tariff = Tariffs.Energy(3), draft = true }), ("Origin", grace.Origin), ("If-Match", (await grace.GetAsync($"/api/v1/tariffs/{other}")).Header("ETag")))).Is(HttpStatusCode.OK);
        (await MoveAsync(grace, other, new { state = "approved" })).Is(HttpStatusCode.Conflict, "approvedByAuthor");
        (await MoveAsync(ada, other, new { state = "approved" })).Is(HttpStatusCode.OK);

        await SwitchAsync(ada);
        // One alone does not switch it off either.
        (await MoveAsync(ada, Id(await SendAsync(ada, "tariffs", Priced)), new { state = "active" })).Is(HttpStatusCode.Conflict, "notApproved");
        var eve = await Staff.JoinAsync(server, ada, "eve@example.org", new { role = "owner", where = "tenant" });
        var request = JsonElement.Parse((await ada.GetAsync("/api/v1/tenants/default/four-eyes")).Text).GetProperty("items")[0].GetProperty("id").GetString();
        (await SendAsync(eve, $"tenants/default/four-eyes/{request}/confirm", new { })).Is(HttpStatusCode.NoContent);
        var alone = Id(await SendAsync(ada, "tariffs", Priced));
        (await MoveAsync(ada, alone, new { state = "active" })).Is(HttpStatusCode.OK);
        Assert.Contains("\"fourEyes\":", (await ada.GetAsync("/api/v1/audit?kind=tenant")).Text.Replace("\\", "", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_program_is_no_second_person_and_whoever_has_its_key_is_none_beside_it()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(Busbar.Storage.DatabaseKind.Sqlite));
        var ada = await Staff.FoundAsync(server);
        var grace = await Staff.JoinAsync(server, ada, "grace@example.org", new { role = "owner", where = "tenant" });
        await SwitchAsync(ada, "tariffs");
        var robot = JsonElement.Parse((await SendAsync(ada, "api-clients", new { name = "robot", scopes = new[] { "*" } })).Text);
        var program = server.With(robot.GetProperty("key").GetString()!);
        // And one that the program made: whose hands it came from is followed.
        var second = await program.PostAsync("api-clients", new { name = "robot's own", scopes = new[] { "*" } });

        foreach (var author in new[] { program, server.With(second.Text("key")) })
        {
            var id = (await author.PostAsync("tariffs", Priced)).Text("id");
            (await author.PatchAsync($"tariffs/{id}/versions/1", new { state = "approved" }, (await author.GetAsync($"tariffs/{id}")).Tag)).Is(HttpStatusCode.Conflict, "approvedByProgram");
            (await MoveAsync(ada, id, new { state = "approved" })).Is(HttpStatusCode.Conflict, "approvedByAuthor");
            (await MoveAsync(grace, id, new { state = "approved" })).Is(HttpStatusCode.OK);
        }

        // Who revokes it afterwards, or lets it renew its own key, does not step out of it.
        var last = (await program.PostAsync("tariffs", Priced)).Text("id");
        var client = robot.GetProperty("id").GetString();
        var renewed = await program.PostAsync($"api-clients/{client}/rotate-key", new { });
        renewed.Is(HttpStatusCode.OK);
        (await MoveAsync(ada, last, new { state = "approved" })).Is(HttpStatusCode.Conflict, "approvedByAuthor");
        (await ada.SendAsync(HttpMethod.Delete, $"/api/v1/api-clients/{client}", null, ("Origin", ada.Origin))).Is(HttpStatusCode.NoContent);
        (await MoveAsync(ada, last, new { state = "approved" })).Is(HttpStatusCode.Conflict, "approvedByAuthor");
    }

    private static Task<PageAnswer> SendAsync(Browser browser, string path, object body) => browser.FetchAsync(HttpMethod.Post, "/api/v1/" + path, body, ("Idempotency-Key", ApiClient.NewKey()));

    private static async Task<PageAnswer> MoveAsync(Browser browser, string tariff, object state) =>
        await browser.FetchAsync(HttpMethod.Patch, $"/api/v1/tariffs/{tariff}/versions/1", state, ("If-Match", (await browser.GetAsync($"/api/v1/tariffs/{tariff}")).Header("ETag")));

    private static async Task SwitchAsync(Browser browser, params string[] acts) =>
        (await browser.FetchAsync(HttpMethod.Patch, "/api/v1/tenants/default", new { fourEyes = acts })).Is(HttpStatusCode.OK);

    private static string Id(PageAnswer made)
    {
        made.Is(HttpStatusCode.Created);
        return JsonElement.Parse(made.Text).GetProperty("id").GetString()!;
    }
}
