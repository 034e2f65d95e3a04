using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>Who may not see uids whole sees their ends, at every route that there is, in files and on pages (S13).</summary>
[Trait("suite", "stories")]
public sealed class MaskedUidTests(Servers servers)
{
    private const string Uid = "04A7C0FFEE51B2";
    private const string Orphans = "/api/v1/orphan-events?stationId=CP-1";

    [Fact]
    public async Task No_route_page_or_file_tells_a_uid_to_who_may_not_see_it_and_all_tell_it_to_who_may()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:Limits:RequestBurst=1000000", "--Busbar:Limits:SignInsPerSource=1000000");
        var owner = await Staff.FoundAsync(server);
        var ids = await ChargeAsync(server, owner);
        var everything = Scope.Known.Except([Scope.All, Scope.TokensReveal]).ToArray();
        var role = await owner.FetchAsync(HttpMethod.Post, "/api/v1/roles", new { name = "all but uids", scopes = everything });
        var person = await Staff.JoinAsync(server, owner, "masked@example.org", new { role = JsonElement.Parse(role.Text).GetProperty("id").GetString(), where = "tenant" });
        var (told, revealed, asked) = (new List<string>(), new List<string>(), 0);
        foreach (var path in Paths(server, ids).Append(Orphans))
        {
            asked++;
            if (path.Contains(Uid, StringComparison.Ordinal)) continue;
            var answer = await person.GetAsync(path);
            Assert.True((int)answer.Status < 500, $"{path}: {(int)answer.Status}");
            if (answer.Text.Contains(Uid, StringComparison.OrdinalIgnoreCase)) told.Add($"{path}: {answer.Status}");
            if ((await owner.GetAsync(path)).Text.Contains(Uid, StringComparison.OrdinalIgnoreCase)) revealed.Add(path);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{asked} routes; who may see them finds uids at {string.Join(' ', revealed)}");
        Assert.Empty(told);
        // The control: it is there to be told.
        Assert.Subset(revealed.ToHashSet(), new HashSet<string>
        {
            "/api/v1/tokens", "/api/v1/sessions", $"/api/v1/sessions/{ids["sessions"]}", "/api/v1/cdrs", $"/api/v1/cdrs/{ids["cdrs"]}", "/console/tokens", $"/console/tokens/{ids["tokens"]}",
            $"/console/sessions/{ids["sessions"]}", $"/console/cdrs/{ids["cdrs"]}", "/console/export/tokens.csv", "/console/export/sessions.csv",
            Orphans, $"/api/v1/tariffs/{ids["tariffs"]}/assignments", $"/console/tariffs/{ids["tariffs"]}", $"/console/tariffs/{ids["tariffs"]}/assignments",
        });

        // A cursor is read by who may not see what it stands at, and the beginning of a uid would tell the rest, a digit at a time.
        var next = JsonElement.Parse((await person.GetAsync("/api/v1/tokens?limit=1")).Text).GetProperty("nextCursor").GetString()!;
        Assert.DoesNotContain(Uid, System.Text.Encoding.UTF8.GetString(Convert.FromBase64String(Padded(next))), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("51B2", (await person.GetAsync("/console/tokens?q=04A7")).Text, StringComparison.Ordinal);
        Assert.Contains("51B2", (await person.GetAsync("/console/tokens?q=" + Uid)).Text, StringComparison.Ordinal);
        Assert.Contains(Uid, (await owner.GetAsync("/console/tokens?q=04A7")).Text, StringComparison.Ordinal);
    }

    private static async Task<Dictionary<string, string>> ChargeAsync(RunningServer server, Browser owner)
    {
        var place = Id(await MakeAsync("locations", Given.Location));
        var tariff = Id(await MakeAsync("tariffs", new { name = "T", currency = "EUR", tariff = new { currency = "EUR", elements = new[] { new { price_components = new[] { new { type = "ENERGY", price = 0.3, step_size = 1 } } } } } }));
        (await owner.FetchAsync(HttpMethod.Put, $"/api/v1/tariffs/{tariff}/assignments", new[] { new { scope = "driver", id = Uid } })).Is(HttpStatusCode.OK);
        var token = Id(await MakeAsync("tokens", new { uid = Uid, type = "rfid" }));
        await MakeAsync("tokens", new { uid = "04000000000001", type = "rfid" });
        var station = await MakeAsync("stations", new { stationId = "CP-1", locationId = place });
        await Charges.OneAsync(server, "default/CP-1", JsonElement.Parse(station.Text).GetProperty("password").GetString()!, Uid);
        await Charges.UnknownEndAsync(server, "default/CP-1", JsonElement.Parse(station.Text).GetProperty("password").GetString()!, Uid);
        var ids = new Dictionary<string, string> { ["locations"] = place, ["tokens"] = token, ["tariffs"] = tariff };
        foreach (var list in new[] { "sessions", "cdrs" }) ids[list] = JsonElement.Parse((await owner.GetAsync("/api/v1/" + list)).Text).GetProperty("items").EnumerateArray().First().GetProperty("id").GetString()!;
        return ids;

        async Task<PageAnswer> MakeAsync(string path, object body)
        {
            var made = await owner.FetchAsync(HttpMethod.Post, "/api/v1/" + path, body);
            made.Is(HttpStatusCode.Created);
            return made;
        }

        static string Id(PageAnswer made) => JsonElement.Parse(made.Text).GetProperty("id").GetString()!;
    }

    /// <summary>All that can be read, each with what this tenant has.</summary>
    private static IEnumerable<string> Paths(RunningServer server, Dictionary<string, string> ids) =>
        from route in server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        where route.Metadata.GetMetadata<NeedsScope>() is { OrLoopback: false } && (route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Contains("GET")
        let raw = "/" + route.RoutePattern.RawText!.Trim('/')
        where !raw.Contains("_blazor", StringComparison.Ordinal)
        let own = ids.FirstOrDefault(id => raw.Contains($"/{id.Key}/{{", StringComparison.Ordinal)).Value ?? "1"
        select string.Join('/', raw.Split('/').Select(part => part == "{stationId}" ? "CP-1" : part == "{uid}" ? Uid : part.StartsWith('{') ? own : part));

    private static string Padded(string base64Url) => base64Url.Replace('-', '+').Replace('_', '/').PadRight((base64Url.Length + 3) / 4 * 4, '=');
}
