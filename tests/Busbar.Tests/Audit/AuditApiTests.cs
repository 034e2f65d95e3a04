using System.Net;
using System.Text.Json;
using Busbar.Identity.Audit;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Audit;

public sealed class AuditApiTests(Servers servers)
{
    private const string Password = "a-stations-own-password";
    private const string Uid = "04A1B2C3D4E5F6";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Whoever_changes_something_is_told_of_with_what_it_was_before(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        var place = await api.PostAsync("locations", new { name = "Depot", timeZone = "Europe/Amsterdam", country = "NLD", address = "Kade 1", city = "Delft", postalCode = "2611" });
        place.Is(HttpStatusCode.Created);
        var made = await api.PostAsync("stations", new { stationId = "CS-1", locationId = place.Text("id"), password = Password, evses = new[] { new { id = 1, evseId = "NL*ABC*E1", connectors = new[] { new { id = 1, standard = "IEC_62196_T2" } } } } });
        made.Is(HttpStatusCode.Created);
        (await api.PostAsync("stations", new { stationId = "CS-1" })).Is(HttpStatusCode.Conflict);
        (await api.PatchAsync("stations/CS-1", new { name = "By the gate" })).Is(HttpStatusCode.OK);
        (await api.PatchAsync("stations/CS-1", new { name = "By the gate" })).Is(HttpStatusCode.OK);
        (await api.PostAsync("stations/import", """[{"stationId":"CS-2"},{"stationId":"CS-3"}]""")).Is(HttpStatusCode.OK);
        (await api.PostAsync("tokens", new { uid = Uid, type = "rfid" })).Is(HttpStatusCode.Created);
        var tariff = await api.PostAsync("tariffs", """{"name":"Day","currency":"EUR","tariff":{"currency":"EUR","elements":[{"price_components":[{"type":"ENERGY","price":0.25,"step_size":1}]}]}}""");
        tariff.Is(HttpStatusCode.Created);
        (await api.DeleteAsync($"locations/{place.Text("id")}")).Is(HttpStatusCode.Conflict);

        var list = await api.GetAsync("audit?limit=200");
        list.Is(HttpStatusCode.OK);
        Assert.Equal(
            ["tenant.created", "location.created", "station.created", "station.changed", "station.created", "station.created", "token.created", "tariff.published"],
            list.Items.Reverse().Select(item => item.GetProperty("action").GetString()));
        Assert.Equal(Enumerable.Range(1, 8).Reverse(), list.Items.Select(item => item.GetProperty("sequence").GetInt32()));
        var entries = list.Items.Reverse().ToList();
        Assert.All(entries, entry =>
        {
            Assert.StartsWith("cli", entry.GetProperty("actor").GetString(), StringComparison.Ordinal);
            Assert.Equal(("Busbar:AdminKey", "api", "127.0.0.1", "done"), (entry.GetProperty("actorName").GetString(), entry.GetProperty("way").GetString(), entry.GetProperty("source").GetString(), entry.GetProperty("outcome").GetString()));
        });
        var station = entries[2];
        Assert.Equal(("station", "CS-1", JsonValueKind.Null), (station.GetProperty("kind").GetString(), station.GetProperty("name").GetString(), station.GetProperty("before").ValueKind));
        Assert.Equal("NL*ABC*E1", station.GetProperty("after").GetProperty("evses/1").GetProperty("evseId").GetString());
        Assert.Equal("IEC_62196_T2", station.GetProperty("after").GetProperty("evses/1/connectors/1").GetProperty("standard").GetString());
        Assert.Equal("""{"name":null} {"name":"By the gate"}""", $"{entries[3].GetProperty("before").GetRawText()} {entries[3].GetProperty("after").GetRawText()}");
        Assert.Equal("…E5F6", entries[6].GetProperty("name").GetString());
        Assert.Contains("0.25", entries[7].GetProperty("after").GetProperty("versions/1").GetProperty("document").GetString(), StringComparison.Ordinal);

        // What is secret is nowhere, whatever was typed; nor is a uid.
        var all = list.Body.GetRawText();
        Assert.DoesNotContain(Password, all, StringComparison.Ordinal);
        Assert.DoesNotContain(Uid, all, StringComparison.OrdinalIgnoreCase);
        Assert.Equal("(secret)", station.GetProperty("after").GetProperty("keyHash").GetString());

        // Narrowed, by pages, one by its place; and nobody else's.
        Assert.Equal(4, (await api.GetAsync("audit?kind=station")).Items.Count());
        Assert.Equal(2, (await api.GetAsync($"audit?kind=station&id={station.GetProperty("id").GetString()}")).Items.Count());
        Assert.Equal(5, (await api.GetAsync("audit?action=station.created")).Items.Count() + (await api.GetAsync("audit?action=t")).Items.Count() + (await api.GetAsync("audit?action=tariff.")).Items.Count() + (await api.GetAsync("audit?kind=token")).Items.Count());
        Assert.Equal(8, (await api.GetAsync($"audit?actor={station.GetProperty("actor").GetString()}&from=2020-01-01T00:00:00Z&to=2999-01-01T00:00:00Z")).Items.Count());
        Assert.Empty((await api.GetAsync("audit?to=2020-01-01T00:00:00Z")).Items);
        (await api.GetAsync("audit?from=yesterday")).Is(HttpStatusCode.BadRequest, "invalidInstant");
        var page = await api.GetAsync("audit?limit=5");
        Assert.Equal([3, 2, 1], (await api.GetAsync($"audit?limit=5&cursor={page.Text("nextCursor")}")).Items.Select(item => item.GetProperty("sequence").GetInt32()));
        (await api.GetAsync("audit?cursor=YWJj")).Is(HttpStatusCode.BadRequest, "invalidCursor");
        Assert.Equal("station.created", (await api.GetAsync("audit/3")).Text("action"));
        (await api.GetAsync("audit/9")).Is(HttpStatusCode.NotFound);
        Assert.Single((await (await server.NewTenantAsync()).GetAsync("audit")).Items);

        // The chain of the tenant is whole, in the database and as the file that anybody may verify.
        var exported = await api.Http.SendAsync(Asked(api, "/api/v1/audit/export"));
        var file = await exported.Content.ReadAsByteArrayAsync();
        Assert.Equal("application/jsonl", exported.Content.Headers.ContentType!.MediaType);
        await foreach (var verdict in AuditVerifier.VerifyAsync(new MemoryStream(file), [], default)) Assert.Equal((null, 8), (verdict.Break, verdict.Last));
        await foreach (var verdict in AuditVerifier.VerifyAsync(server.Services.GetRequiredService<Database>(), [], default)) Assert.Null(verdict.Break);
    }

    [Fact]
    public async Task A_client_without_the_right_reads_nothing_and_is_in_the_audit_for_it()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        var robot = await api.PostAsync("api-clients", new { name = "robot", scopes = new[] { "tokens:read" } });
        var weak = server.With(robot.Text("key"));
        for (var i = 0; i < 50; i++) (await weak.GetAsync("audit")).Is(HttpStatusCode.Forbidden);
        await server.Services.GetRequiredService<DoorAudit>().TellAsync(isLast: true);
        var refused = (await api.GetAsync("audit?action=right.refused")).Items.ToList();
        Assert.InRange(refused.Count, 1, 2);
        Assert.All(refused, entry => Assert.Equal(("right", "audit:read", "refused", "robot"),
            (entry.GetProperty("kind").GetString(), entry.GetProperty("id").GetString(), entry.GetProperty("outcome").GetString(), entry.GetProperty("actorName").GetString())));
        Assert.Equal(50, refused.Sum(entry => entry.GetProperty("after") is { ValueKind: JsonValueKind.Object } after ? after.GetProperty("times").GetInt64() : 1));
        Assert.DoesNotContain(robot.Text("key"), (await api.GetAsync("audit")).Body.GetRawText(), StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Who_comes_in_and_who_is_kept_out_is_told_and_guessing_fills_no_disk(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), null, "--Busbar:Limits:SignInsPerSource=100000", "--Busbar:Limits:SignInsPerAccount=100000", "--Busbar:Limits:ApiFailuresPerMinute=100000");
        var ada = await Staff.FoundAsync(server);
        var stranger = new Browser(server);
        for (var i = 0; i < 20; i++) (await Staff.SignInAsync(stranger, "wrong guess number " + i)).Is(HttpStatusCode.Forbidden);
        for (var i = 0; i < 5; i++) (await Staff.SignInAsync(stranger, email: $"nobody{i}@example.org")).Is(HttpStatusCode.Forbidden);
        for (var i = 0; i < 1_000; i++) (await server.With($"busbar_no-such-key-{i}").GetAsync("tokens")).Is(HttpStatusCode.Unauthorized);
        (await Staff.SignInAsync(stranger)).Is(HttpStatusCode.SeeOther);
        await server.Services.GetRequiredService<DoorAudit>().TellAsync(isLast: true);

        var list = JsonElement.Parse((await stranger.GetAsync("/api/v1/audit?limit=200")).Text).GetProperty("items").EnumerateArray().Reverse().ToList();
        var actions = list.Select(entry => entry.GetProperty("action").GetString()!).ToList();
        Assert.Equal(["tenant.created", "operator.created", "operator.signedIn"], actions.Take(3));
        Assert.InRange(actions.Count, 7, 10);
        Assert.Equal(2, actions.Count(action => action == "operator.signedIn"));
        Assert.Equal(20, Times("operator.signInRefused", entry => entry.GetProperty("name").GetString() == Staff.Email));
        Assert.Equal(5, Times("operator.signInRefused", entry => entry.GetProperty("id").GetString() == "unknown"));
        Assert.Equal(1_000, Times("apiClient.keyRefused", _ => true));
        var all = JsonSerializer.Serialize(list);
        foreach (var secret in (string[])["wrong guess", "nobody0", "no-such-key", Staff.Password]) Assert.DoesNotContain(secret, all, StringComparison.Ordinal);

        (await ada.SubmitAsync("/signout")).Is(HttpStatusCode.SeeOther);
        await Staff.SignInAsync(stranger);
        Assert.Equal("operator.signedOut", JsonElement.Parse((await stranger.GetAsync("/api/v1/audit?limit=2")).Text).GetProperty("items")[1].GetProperty("action").GetString());

        long Times(string action, Func<JsonElement, bool> which) => list.Where(entry => entry.GetProperty("action").GetString() == action && which(entry))
            .Sum(entry => entry.GetProperty("after") is { ValueKind: JsonValueKind.Object } after ? after.GetProperty("times").GetInt64() : 1);
    }

    private static HttpRequestMessage Asked(ApiClient api, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Add("Authorization", "Bearer " + api.Key);
        request.Headers.Add("Busbar-Tenant", api.Tenant);
        return request;
    }
}
