using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Shell;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>
/// All routes that there are, by reflection, against every built-in role (S4): who holds the route's scope is let in, who does not is refused with its name, and of another tenant, or of a place
/// out of reach, there is nothing in any answer. A route that is added later is asked too.
/// </summary>
[Trait("suite", "stories")]
public sealed class RoleMatrixTests(Servers servers)
{
    // Of each a name that no address has, and the name that its station has in addresses.
    private const string Elsewhere = "CANARY-ELSEWHERE", Away = "CANARY-AWAY", Here = "CANARY-HERE", Station = "-STATION";

    /// <summary>Written by hand, as people were told: a role that changes changes here too.</summary>
    private static readonly Dictionary<string, string> Table = new()
    {
        ["operator"] = "locations:read locations:write stations:read stations:write stations:command tokens:read tokens:write tokens:reveal tariffs:read tariffs:write sessions:read cdrs:read alerts:read alerts:write notifications:read notifications:write people:read sessions:review audit:read",
        ["technician"] = "locations:read stations:read stations:command sessions:read alerts:read alerts:write",
        ["support"] = "locations:read stations:read stations:command tokens:read tokens:write tariffs:read sessions:read cdrs:read alerts:read sessions:review",
        ["finance"] = "locations:read stations:read tariffs:read tariffs:write sessions:read cdrs:read sessions:review",
        ["siteHost"] = "locations:read stations:read sessions:read cdrs:read alerts:read",
        ["readOnly"] = "locations:read stations:read tokens:read tariffs:read sessions:read cdrs:read alerts:read notifications:read",
    };

    private static readonly string[] Unlimited = ["--Busbar:Limits:RequestBurst=1000000", "--Busbar:Limits:ApiFailuresPerMinute=1000000", "--Busbar:Limits:SignInsPerSource=1000000"];

    /// <param name="Foreign">Of another tenant's things, the id of one by the list that it is in: <c>tariffs</c>.</param>
    private sealed record Seed(string Place, string AwayPlace, string OtherPlace, IReadOnlyDictionary<string, string> Foreign);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Every_role_gets_from_every_route_what_its_scopes_say_and_nothing_of_another_tenant(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), null, "--Busbar:Limits:RequestBurst=1000000", "--Busbar:Limits:ApiFailuresPerMinute=1000000", "--Busbar:Limits:SignInsPerSource=1000000");
        var owner = await Staff.FoundAsync(server);
        var seed = await SeedAsync(server, owner);
        var routes = Routes(server);
        Assert.True(routes.Count(route => IsApi(route)) > 80, $"{routes.Count} routes");

        var asked = await AskAllAsync(server, new Browser(server), routes, null, seed, []);
        // Last: with all rights, requests that change something may.
        foreach (var (role, scopes) in Table)
        {
            var browser = await Staff.JoinAsync(server, owner, $"{role}@example.org", new { role, where = "tenant" });
            asked += await AskAllAsync(server, browser, routes, scopes.Split(' '), seed, [Elsewhere, "ELSEWHERE" + Station]);
        }
        asked += await AskAllAsync(server, owner, routes, [.. Scope.Known], seed, [Elsewhere, "ELSEWHERE" + Station]);
        TestContext.Current.TestOutputHelper?.WriteLine($"{asked} requests at {routes.Count} routes on {kind}");
    }

    /// <summary>The program's own filter taken away: on PostgreSQL its policies alone must hold.</summary>
    [Fact]
    public async Task Row_level_security_alone_keeps_tenants_apart()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Postgres), WithoutFilter.Add, Unlimited);
        var owner = await Staff.FoundAsync(server);
        var (seed, routes) = (await SeedAsync(server, owner), Routes(server));
        var asked = 0;
        foreach (var role in Table.Keys)
            asked += await AskAllAsync(server, await Staff.JoinAsync(server, owner, $"{role}@example.org", new { role, where = "tenant" }), routes, Table[role].Split(' '), seed, [Elsewhere, "ELSEWHERE" + Station]);
        asked += await AskAllAsync(server, owner, routes, [.. Scope.Known], seed, [Elsewhere, "ELSEWHERE" + Station]);
        TestContext.Current.TestOutputHelper?.WriteLine($"{asked} requests without the filter");
    }

    /// <summary>The control: where neither is there, the same questions find the other tenant's things.</summary>
    [Fact]
    public async Task Without_the_filter_and_without_row_level_security_the_matrix_sees_what_leaks()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), WithoutFilter.Add, Unlimited);
        var owner = await Staff.FoundAsync(server);
        var seed = await SeedAsync(server, owner);
        var wrong = new List<string>();
        await AskEachAsync(new Browser(server), Routes(server), null, seed, [], false, wrong);
        Assert.Empty(wrong);
        await AskEachAsync(owner, Routes(server), [.. Scope.Known], seed, [Elsewhere, "ELSEWHERE" + Station], false, wrong);
        TestContext.Current.TestOutputHelper?.WriteLine($"{wrong.Count} leaks: {string.Join("; ", wrong.Take(5))}");
        Assert.True(wrong.Count >= 5, $"{wrong.Count} leaks are seen");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Every_role_at_one_place_gets_what_filters_by_place_and_nothing_of_another(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), null, "--Busbar:Limits:RequestBurst=1000000", "--Busbar:Limits:SignInsPerSource=1000000");
        var owner = await Staff.FoundAsync(server);
        var seed = await SeedAsync(server, owner);
        var (routes, asked) = (Routes(server), 0);
        foreach (var (role, scopes) in Table)
        {
            var browser = await Staff.JoinAsync(server, owner, $"{role}@example.org", new { role, where = "locations", ids = new[] { seed.Place } });
            asked += await AskAllAsync(server, browser, routes, scopes.Split(' '), seed, [Elsewhere, Away, "ELSEWHERE" + Station, "AWAY" + Station], limited: true);
            Assert.Contains(Here, (await browser.GetAsync("/api/v1/stations")).Text, StringComparison.Ordinal);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{asked} requests at {routes.Count} routes on {kind}");
    }

    [Fact]
    public void Roles_are_those_of_the_table() => Assert.All(Table, row => Assert.Equal(row.Value.Split(' ').Order(), Role.FindBuiltIn(row.Key)!.Scopes.Order()));

    [Fact]
    public async Task What_opens_to_part_of_a_tenant_is_known()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        // A list to be read in a review: each of these filters by place, and has a test that it does (ReachTests, PlaceReachTests).
        Assert.Equal(
            [
                "/api/v1/alerts", "/api/v1/alerts/{id}", "/api/v1/alerts/{id}/acknowledge", "/api/v1/cdrs", "/api/v1/cdrs/{id}", "/api/v1/commands/{id}", "/api/v1/locations", "/api/v1/locations/{id}", "/api/v1/orphan-events", "/api/v1/sessions", "/api/v1/sessions/{id}", "/api/v1/stations", "/api/v1/stations/{stationId}",
                "/api/v1/stations/{stationId}/commands", "/api/v1/stations/{stationId}/commands/{command}", "/api/v1/stations/{stationId}/connections", "/api/v1/stations/{stationId}/messages",
                "/console/alerts", "/console/alerts/{id}", "/console/cdrs", "/console/cdrs/{id}",
                "/console/export/alerts.csv", "/console/export/alerts.xlsx", "/console/export/cdrs.csv", "/console/export/cdrs.xlsx", "/console/export/locations.csv", "/console/export/locations.xlsx", "/console/export/sessions.csv", "/console/export/sessions.xlsx", "/console/export/stations.csv", "/console/export/stations.xlsx",
                "/console/locations", "/console/locations/{id}", "/console/sessions", "/console/sessions/{id}", "/console/stations", "/console/stations/{stationId}", "/console/stations/{stationId}/connect",
                "/console/stations/{stationId}/edit", "/console/stations/{stationId}/history", "/console/stations/{stationId}/label", "/console/stations/{stationId}/messages", "/console/t/{stationId}",
            ],
            Routes(server).Where(route => route.Metadata.GetMetadata<FiltersByReach>() is not null).Select(route => "/" + route.RoutePattern.RawText!.Trim('/')).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(["CdrSearch", "LocationSearch", "SessionSearch", "StationSearch"], server.Services.GetServices<ISearch>().OfType<IReachSearch>().Select(search => search.GetType().Name).Order());
        Assert.Equal(["AlertsHomePanel", "SessionsHomePanel", "StationsHomePanel"], server.Services.GetServices<IPanel<Home>>().OfType<IReachPanel<Home>>().Select(panel => panel.GetType().Name).Order());
        Assert.Equal(["StationSessionsPanel"], server.Services.GetServices<IPanel<Busbar.Stations.Contracts.StationId>>().OfType<IReachPanel<Busbar.Stations.Contracts.StationId>>().Select(panel => panel.GetType().Name));
    }

    /// <param name="held">Null: nobody is signed in.</param>
    /// <param name="limited">They hold it at one place only.</param>
    private static async Task<int> AskAllAsync(RunningServer server, Browser browser, IReadOnlyList<RouteEndpoint> routes, string[]? held, Seed seed, string[] canaries, bool limited = false)
    {
        var wrong = new List<string>();
        var asked = await AskEachAsync(browser, routes, held, seed, canaries, limited, wrong);
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(40)));
        return asked;
    }

    private static async Task<int> AskEachAsync(Browser browser, IReadOnlyList<RouteEndpoint> routes, string[]? held, Seed seed, string[] canaries, bool limited, List<string> wrong)
    {
        var asked = 0;
        foreach (var route in routes)
        {
            var needs = route.Metadata.GetMetadata<NeedsScope>()!;
            foreach (var method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                foreach (var path in PathsOf(route, seed))
                {
                    asked++;
                    var answer = method == "GET" ? await browser.GetAsync(path) : await browser.FetchAsync(new HttpMethod(method), path, new { });
                    var code = (int)answer.Status;
                    var fault = held is null ? (IsApi(route) || needs is { OfOperators: true } ? code is 401 or 303 : code == 401) ? null : "let a stranger in"
                        : code >= 500 ? "failed"
                        : Refusal(route, needs, held, limited) is { } missing
                            ? code != 403 ? "let in who lacks " + missing : IsApi(route) && !answer.Text.Contains(missing, StringComparison.Ordinal) ? "does not name " + missing : null
                        : code is 401 or 303 || (code == 403 && !IsOfItsOwn(answer)) ? "refused who holds " + needs.Scope
                        : null;
                    if (fault is null && canaries.FirstOrDefault(canary => answer.Text.Contains(canary, StringComparison.Ordinal) && !path.Contains(canary, StringComparison.Ordinal)) is { } told) fault = "tells " + told;
                    if (fault is null && code is >= 200 and < 300 && IsForeign(path, seed)) fault = "knows another tenant's thing";
                    if (fault is not null) wrong.Add($"{method} {path}: {code}, {fault}");
                }
            }
        }
        return asked;
    }

    /// <summary>The scope for which this route must be refused; null: it must not be.</summary>
    private static string? Refusal(RouteEndpoint route, NeedsScope needs, string[] held, bool limited)
    {
        var filters = route.Metadata.GetMetadata<FiltersByReach>() is not null;
        return needs.Scope is { } scope && (!held.Contains(scope) || (limited && !filters)) ? scope : null;
    }

    // A wrong password, or a right that is missing to give it away: the handler was reached.
    private static bool IsOfItsOwn(PageAnswer answer) => answer.Code is "wrongPassword" or "beyondYourRights";

    private static bool IsApi(RouteEndpoint route) => route.RoutePattern.RawText!.TrimStart('/').StartsWith("api/", StringComparison.Ordinal);

    /// <summary>With what is not there, and where a place or a station is named with those of another tenant and of another place.</summary>
    private static IEnumerable<string> PathsOf(RouteEndpoint route, Seed seed)
    {
        var raw = "/" + route.RoutePattern.RawText!.Trim('/');
        string[] wanted = raw.Contains("/locations/{", StringComparison.Ordinal) ? [seed.OtherPlace, seed.AwayPlace] : raw.Contains("{stationId}", StringComparison.Ordinal) ? ["ELSEWHERE" + Station, "AWAY" + Station]
            : seed.Foreign.FirstOrDefault(thing => raw.Contains($"/{thing.Key}/{{", StringComparison.Ordinal)) is { Value: { } foreign } ? [foreign, "1"] : ["1"];
        foreach (var value in wanted)
            yield return string.Join('/', raw.Split('/').Select((part, i) => part.StartsWith('{') ? (part == "{command}" ? "restart" : part.StartsWith("{version", StringComparison.Ordinal) ? "1" : value) : part));
    }

    // The file of a list that is not there is empty, whoever's it would be.
    private static bool IsForeign(string path, Seed seed) => !path.Contains("/export/", StringComparison.Ordinal) && (path.Contains(seed.OtherPlace, StringComparison.Ordinal) || seed.Foreign.Values.Any(id => path.Contains("/" + id, StringComparison.Ordinal)));

    private static List<RouteEndpoint> Routes(RunningServer server) =>
    [
        .. server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            // The pages' connection is held to its pages' scopes (ConsoleDoorTests), and what this machine may always read is open here.
            .Where(route => route.Metadata.GetMetadata<NeedsScope>() is { OrLoopback: false } && !route.RoutePattern.RawText!.Contains("_blazor", StringComparison.Ordinal))
            // Ends the very sessions that are asked with.
            .OrderBy(route => route.RoutePattern.RawText!.Contains("/sign-ins", StringComparison.Ordinal)),
    ];

    private static async Task<Seed> SeedAsync(RunningServer server, Browser owner)
    {
        var other = await MakeAsync(owner, "tenants", new { slug = "elsewhere", name = "Another", currency = "EUR", timeZone = "Europe/Amsterdam" });
        other.Is(HttpStatusCode.Created);
        var theirs = await PlaceAsync(Elsewhere, "elsewhere");
        var station = await MakeAsync(owner, "stations", new { stationId = "ELSEWHERE" + Station, locationId = theirs, name = Elsewhere }, "elsewhere");
        await MakeAsync(owner, "tokens", new { uid = Elsewhere, type = "rfid" }, "elsewhere");
        await MakeAsync(owner, "notification-channels", new { kind = "mail", name = Elsewhere, address = "canary@example.com" }, "elsewhere");
        var (here, away) = (await PlaceAsync(Here, null), await PlaceAsync(Away, null));
        foreach (var (name, place) in new[] { (Here, here), (Away, away) }) (await MakeAsync(owner, "stations", new { stationId = name["CANARY-".Length..] + Station, locationId = place, name })).Is(HttpStatusCode.Created);
        var foreign = new Dictionary<string, string> { ["tokens"] = Elsewhere };
        foreach (var (list, body) in new (string, object)[]
        {
            ("tariffs", new { name = Elsewhere, currency = "EUR", tariff = new { currency = "EUR", elements = new[] { new { price_components = new[] { new { type = "ENERGY", price = 0.3, step_size = 1 } } } } } }),
            ("price-curves", new { name = Elsewhere, currency = "EUR", timeZone = "Europe/Amsterdam" }), ("roles", new { name = Elsewhere, scopes = new[] { "stations:read" } }),
            ("api-clients", new { name = Elsewhere, scopes = new[] { "stations:read" } }),
            ("identity-providers", new { name = Elsewhere, issuer = "https://login.example.com", clientId = "x", domains = new[] { "example.com" } }),
            ("invitations", new { email = "canary@example.org", grants = new[] { new { role = "readOnly", where = "tenant" } } }),
        })
        {
            var made = await MakeAsync(owner, list, body, "elsewhere");
            Assert.True((int)made.Status is 200 or 201, $"{list}: {(int)made.Status} {made.Text}");
            if (JsonElement.Parse(made.Text).TryGetProperty("id", out var id)) foreign[list] = id.GetString()!;
        }
        await Charges.OneAsync(server, "elsewhere/ELSEWHERE" + Station, JsonElement.Parse(station.Text).GetProperty("password").GetString()!, Elsewhere);
        foreach (var list in new[] { "sessions", "cdrs", "people" })
        {
            if (list == "people") await Staff.JoinAsync(server, owner, "CANARY-ELSEWHERE@example.org", "elsewhere", new { role = "readOnly", where = "tenant" });
            var held = await owner.SendAsync(HttpMethod.Get, "/api/v1/" + list, null, ("Busbar-Tenant", "elsewhere"));
            foreign[list] = JsonElement.Parse(held.Text).GetProperty("items").EnumerateArray().First().GetProperty("id").GetString()!;
        }
        return new Seed(here, away, theirs, foreign);

        async Task<string> PlaceAsync(string name, string? tenant)
        {
            var made = await MakeAsync(owner, "locations", new { name, timeZone = "Europe/Amsterdam", country = "NLD", address = name, city = "Rotterdam" }, tenant);
            made.Is(HttpStatusCode.Created);
            return JsonElement.Parse(made.Text).GetProperty("id").GetString()!;
        }
    }

    private static Task<PageAnswer> MakeAsync(Browser owner, string path, object body, string? tenant = null) =>
        tenant is null ? owner.FetchAsync(HttpMethod.Post, "/api/v1/" + path, body) : owner.FetchAsync(HttpMethod.Post, "/api/v1/" + path, body, ("Busbar-Tenant", tenant));
}
