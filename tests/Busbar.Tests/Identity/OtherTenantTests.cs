using System.Net;
using System.Text.RegularExpressions;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Shell;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>
/// Two tenants beside each other (S4). Whatever a route's address can name is one of the other tenant's, really there: it answers, to every built-in role and an owner, as what does not exist
/// anywhere. A parameter that is added later is swapped too, or fails the test until the other tenant has such a thing.
/// </summary>
[Trait("suite", "stories")]
public sealed partial class OtherTenantTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_another_tenant_owns_answers_as_what_does_not_exist(DatabaseKind kind)
    {
        await using var world = await TwoTenants.StartAsync(servers, kind);
        await NothingLeaksAsync(world, kind.ToString());
    }

    /// <summary>The program's own filter taken away: on PostgreSQL its policies alone must hold.</summary>
    [Fact]
    public async Task It_does_by_row_level_security_alone()
    {
        await using var world = await TwoTenants.StartAsync(servers, DatabaseKind.Postgres, WithoutFilter.Add);
        await NothingLeaksAsync(world, "PostgreSQL without the program's filter");
    }

    /// <summary>The control: where neither is there, the same questions find the other tenant's things.</summary>
    [Fact]
    public async Task Without_the_filter_and_without_row_level_security_it_is_seen_to_leak()
    {
        await using var world = await TwoTenants.StartAsync(servers, DatabaseKind.Sqlite, WithoutFilter.Add);
        var wrong = new List<string>();
        // Only looked at: what may be changed would be.
        foreach (var (role, browser) in world.Askers) await AskAsync(world, role, browser, wrong, changes: false);
        var routes = wrong.Select(fault => fault.Split(' ')[2].Split('?')[0]).Distinct().ToList();
        TestContext.Current.TestOutputHelper?.WriteLine($"{wrong.Count} leaks at {routes.Count} addresses: {string.Join(' ', routes)}");
        Assert.True(routes.Count >= 20, $"{routes.Count} addresses are seen to leak");
    }

    /// <summary>Ids that a body names: of a place, a station, a session or a channel that is another tenant's, nothing is made, asked or done.</summary>
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Nothing_is_made_of_another_tenants_things(DatabaseKind kind)
    {
        await using var world = await TwoTenants.StartAsync(servers, kind);
        var (ida, bee) = (world.Ida, world.Bee);
        (await ida.FetchAsync(HttpMethod.Post, "/api/v1/stations", new { stationId = "MINE", locationId = world.Own["locations/{id}"] })).Is(HttpStatusCode.Created);
        foreach (var (method, path, mine, theirs) in new (string, string, object, object)[]
        {
            ("POST", "stations", new { stationId = "MINE-2", locationId = world.Own["locations/{id}"] }, new { stationId = "MINE-3", locationId = bee["locations/{id}"] }),
            ("PATCH", "stations/MINE", new { locationId = world.Own["locations/{id}"] }, new { locationId = bee["locations/{id}"] }),
            ("POST", "stations/import", new[] { new { stationId = "MINE-4", locationId = world.Own["locations/{id}"] } }, new[] { new { stationId = "MINE-5", locationId = bee["locations/{id}"] } }),
            ("POST", "quotes", new { stationId = "MINE", start = "2026-06-01T10:00:00Z", energyWh = 1_000, chargingSeconds = 600, idleSeconds = 0 }, new { stationId = OtherTenant.Station, start = "2026-06-01T10:00:00Z", energyWh = 1_000, chargingSeconds = 600, idleSeconds = 0 }),
            ("POST", "quotes", new { locationId = world.Own["locations/{id}"], start = "2026-06-01T10:00:00Z", energyWh = 1_000, chargingSeconds = 600, idleSeconds = 0 }, new { locationId = bee["locations/{id}"], start = "2026-06-01T10:00:00Z", energyWh = 1_000, chargingSeconds = 600, idleSeconds = 0 }),
            ("PUT", $"tariffs/{world.Own["tariffs/{id}"]}/assignments", new[] { new { scope = "location", id = world.Own["locations/{id}"] } }, new[] { new { scope = "location", id = bee["locations/{id}"] } }),
            ("PUT", $"tariffs/{world.Own["tariffs/{id}"]}/assignments", new[] { new { scope = "station", id = "MINE" } }, new[] { new { scope = "station", id = OtherTenant.Station } }),
            ("POST", "invitations", new { email = "one@example.org", grants = new[] { new { role = "readOnly", where = "locations", ids = new[] { world.Own["locations/{id}"] } } } }, new { email = "two@example.org", grants = new[] { new { role = "readOnly", where = "locations", ids = new[] { bee["locations/{id}"] } } } }),
            ("POST", "invitations", new { email = "three@example.org", grants = new[] { new { role = world.Own["roles/{id}"], where = "tenant" } } }, new { email = "four@example.org", grants = new[] { new { role = bee["roles/{id}"], where = "tenant" } } }),
            ("POST", "invitations", new { email = "five@example.org", grants = new[] { new { role = "readOnly", where = "stations", ids = new[] { "MINE" } } } }, new { email = "six@example.org", grants = new[] { new { role = "readOnly", where = "stations", ids = new[] { OtherTenant.Station } } } }),
            ("POST", "api-clients", new { name = "by place", scopes = new[] { "stations:read" }, where = new { locations = new[] { world.Own["locations/{id}"] } } }, new { name = "by theirs", scopes = new[] { "stations:read" }, where = new { locations = new[] { bee["locations/{id}"] } } }),
            ("POST", "api-clients", new { name = "by station", scopes = new[] { "stations:read" }, where = new { stations = new[] { "MINE" } } }, new { name = "by their station", scopes = new[] { "stations:read" }, where = new { stations = new[] { OtherTenant.Station } } }),
            ("POST", $"tariffs/{world.Own["tariffs/{id}"]}/versions/1/simulations", new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z", locationId = world.Own["locations/{id}"] }, new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z", locationId = bee["locations/{id}"], stationId = OtherTenant.Station }),
            ("POST", "identity-providers", Provider("mine", world.Own["roles/{id}"], world.Own["locations/{id}"]), Provider("theirs", bee["roles/{id}"], world.Own["locations/{id}"])),
            ("POST", "identity-providers", Provider("mine-too", "readOnly", world.Own["locations/{id}"]), Provider("theirs-too", "readOnly", bee["locations/{id}"])),
            ("POST", "personal-data/find", new { operatorId = world.Own["people/{id}"] }, new { operatorId = bee["people/{id}"] }),
        })
        {
            var refused = await ida.FetchAsync(new HttpMethod(method), "/api/v1/" + path, theirs);
            Assert.True((int)refused.Status is >= 400 and < 500, $"{method} {path}: {(int)refused.Status} {refused.Text}");
            Assert.DoesNotContain("CANARY", refused.Text, StringComparison.Ordinal);
            var taken = await ida.FetchAsync(new HttpMethod(method), "/api/v1/" + path, mine);
            Assert.True((int)taken.Status is >= 200 and < 300, $"{method} {path} with one's own: {(int)taken.Status} {taken.Text}");
        }
    }

    private static object Provider(string name, string role, string place) => new
    {
        name, issuer = "https://login.example.com", clientId = name, roleClaim = "groups", domains = new[] { name + ".example.com" }, mappings = new[] { new { value = "a", role, where = "locations", ids = new[] { place } } },
    };

    /// <summary>What the bodies above name things by, and members that sound so and name nothing of a tenant's; a new one must be said here, and asked for above.</summary>
    private static readonly Dictionary<string, string> BodyMembers = new()
    {
        ["StationInput.LocationId"] = "asked", ["QuoteInput.StationId"] = "asked", ["QuoteInput.LocationId"] = "asked", ["AssignmentInput.Id"] = "asked", ["GrantInput.Role"] = "asked", ["GrantInput.Ids"] = "asked",
        ["ClientPlaces.Locations"] = "asked", ["ClientPlaces.Stations"] = "asked", ["SimulationInput.LocationId"] = "asked", ["SimulationInput.StationId"] = "asked", ["SubjectInput.OperatorId"] = "asked",
        ["RoleMappingInput.Role"] = "asked", ["RoleMappingInput.Ids"] = "asked", ["LegalEntity.VatId"] = "an authority's",
        ["StationInput.StationId"] = "what it is to be called", ["StationInput.EvseId"] = "what it is to be called", ["EvseInput.EvseId"] = "what it is to be called", ["EvseInput.Id"] = "a number of the station's",
        ["ConnectorInput.Id"] = "a number of the EVSE's", ["TokenInput.Uid"] = "what it is to be", ["TokenInput.DriverId"] = "the tenant's own word", ["TokenInput.GroupId"] = "the tenant's own word",
        ["QuoteInput.TokenUid"] = "anybody may show any", ["QuoteInput.DriverId"] = "the tenant's own word", ["SubjectInput.TokenUid"] = "a station may have told of any", ["SubjectInput.DriverId"] = "the tenant's own word",
        ["SimulationInput.TariffId"] = "narrows one's own sessions", ["IdentityProviderInput.ClientId"] = "the provider's",
    };

    [Fact]
    public async Task Every_member_of_a_body_that_may_name_a_thing_is_known()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var found = new HashSet<string>();
        var seen = new HashSet<Type>();
        foreach (var handler in Routes(server).SelectMany(route => route.Metadata.OfType<System.Reflection.MethodInfo>()))
            foreach (var type in handler.GetParameters().Select(parameter => parameter.ParameterType).Where(type => type.IsGenericType && type.Namespace == typeof(Caller).Namespace)) Members(type.GetGenericArguments()[0], seen, found);
        TestContext.Current.TestOutputHelper?.WriteLine($"{seen.Count} types of bodies, {found.Count} members: {string.Join(' ', found.Order())}");
        Assert.Empty(found.Except(BodyMembers.Keys));
        Assert.True(seen.Count > 30 && BodyMembers.Where(member => member.Value == "asked").All(member => found.Contains(member.Key)), string.Join(' ', BodyMembers.Keys.Except(found)));
    }

    private static void Members(Type type, HashSet<Type> seen, HashSet<string> found)
    {
        if (type.IsGenericType) foreach (var part in type.GetGenericArguments()) Members(part, seen, found);
        if (type.Namespace?.StartsWith("Busbar", StringComparison.Ordinal) != true || !seen.Add(type)) return;
        foreach (var member in type.GetProperties())
        {
            var isName = member.PropertyType == typeof(string) || member.PropertyType == typeof(int) || typeof(IEnumerable<string>).IsAssignableFrom(member.PropertyType)
                || (Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType) is { IsValueType: true, Namespace: { } space } && space.StartsWith("Busbar", StringComparison.Ordinal);
            if (isName && NamesThing().IsMatch(member.Name)) found.Add($"{member.DeclaringType!.Name}.{member.Name}");
            else Members(Nullable.GetUnderlyingType(member.PropertyType) ?? member.PropertyType, seen, found);
        }
    }

    [GeneratedRegex("(Ids?|Uid|Role|Locations|Stations|Tariff|Channel|Session)$")]
    private static partial Regex NamesThing();

    private static async Task NothingLeaksAsync(TwoTenants world, string where)
    {
        Assert.Empty(Unseeded(world));
        var (wrong, asked) = (new List<string>(), 0);
        foreach (var (role, browser) in world.Askers) asked += await AskAsync(world, role, browser, wrong, changes: true);
        Assert.True(wrong.Count == 0, $"{wrong.Count}\n{string.Join('\n', wrong.Take(40))}");
        TestContext.Current.TestOutputHelper?.WriteLine($"{where}: {asked} requests by {world.Askers.Count} roles, {world.Bee.Things.Count} kinds of things");
        Assert.True(asked > 1_500, $"{asked} requests");
    }

    /// <summary>What an address or a query names, and the other tenant has none of.</summary>
    private static IEnumerable<string> Unseeded(TwoTenants world) =>
        Routes(world.Server).SelectMany(route => ParametersOf(route).Select(parameter => parameter.Key).Concat(QueriesOf(route).Select(query => query.Kind ?? "?" + query.Name)))
            .Distinct().Where(kind => !world.Bee.Things.ContainsKey(kind) && !OtherTenant.Nameless.Contains(kind));

    private static async Task<int> AskAsync(TwoTenants world, string role, Browser browser, List<string> wrong, bool changes)
    {
        var asked = 0;
        foreach (var route in Routes(world.Server))
            foreach (var method in route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"])
            {
                if (method != "GET" && !changes) continue;
                foreach (var (path, twin) in PathsOf(route, method, world))
                {
                    asked++;
                    var answer = await SendAsync(method, path);
                    var fault = (int)answer.Status >= 500 ? "failed"
                        : world.Bee.Canaries.FirstOrDefault(canary => answer.Text.Contains(canary, StringComparison.OrdinalIgnoreCase) && !path.Contains(canary, StringComparison.OrdinalIgnoreCase)) is { } told ? "tells " + told
                        : null;
                    if (fault is null && twin is not null)
                    {
                        asked++;
                        var nobodys = await SendAsync(method, twin);
                        // A file, and a list that is narrowed to it, are empty, whoever's it would be.
                        if ((answer.Status, CodeOf(answer)) != (nobodys.Status, CodeOf(nobodys))) fault = $"is not as what does not exist ({(int)nobodys.Status} {CodeOf(nobodys)})";
                        else if ((int)answer.Status is >= 200 and < 300 && !path.Contains('?', StringComparison.Ordinal) && !path.Contains("/export/", StringComparison.Ordinal)) fault = "is known";
                        else if ((int)answer.Status is >= 200 and < 300 && path.StartsWith("/api/", StringComparison.Ordinal) && answer.Text != nobodys.Text) fault = "is told more of than what does not exist";
                    }
                    if (fault is not null) wrong.Add($"{role} {method} {path}: {(int)answer.Status} {CodeOf(answer)}, {fault}");
                }
            }
        return asked;

        Task<PageAnswer> SendAsync(string method, string path) => method == "GET" ? browser.GetAsync(path) : browser.FetchAsync(new HttpMethod(method), path, new { });
    }

    /// <summary>
    /// With each of its parameters one of the other tenant's, what stands before that one's own; as its twin the same with what nobody has. A list too, and narrowed by what it can be narrowed to.
    /// </summary>
    private static IEnumerable<(string Path, string? Twin)> PathsOf(RouteEndpoint route, string method, TwoTenants world)
    {
        var parameters = ParametersOf(route).ToList();
        var named = parameters.Where(parameter => !OtherTenant.Nameless.Contains(parameter.Key)).ToList();
        if (named.Count == 0 && method == "GET") yield return (Fill(route, parameters, world, _ => null), null);
        foreach (var one in named) yield return Both(key => key == one.Key);
        if (named.Count > 1) yield return Both(_ => true);
        if (method != "GET") yield break;
        var path = Fill(route, parameters, world, _ => null);
        foreach (var (name, kind) in QueriesOf(route)) yield return ($"{path}?{name}={world.Bee[kind!]}", $"{path}?{name}={TwinOf(world.Bee[kind!])}");
        foreach (var sought in Sought(path, world)) yield return ($"{path}?q={sought}", null);

        (string, string) Both(Func<string, bool> isSwapped) =>
            (Fill(route, parameters, world, key => isSwapped(key) ? world.Bee[key] : null), Fill(route, parameters, world, key => isSwapped(key) ? TwinOf(world.Bee[key]) : null));
    }

    // The console's search, and its lists with what they are searched for.
    private static IEnumerable<string> Sought(string path, TwoTenants world) =>
        path.EndsWith("/search.json", StringComparison.Ordinal) ? world.Bee.Things.Values.Distinct()
        : world.Server.Services.GetRequiredService<ConsoleMap>().Pages.Any(page => page.Query.Contains("q") && path == ConsoleMap.Root + page.Path) ? [OtherTenant.Station, OtherTenant.Uid, world.Bee["sessions/{id}"], world.Bee["cdrs/{id}"]]
        : [];

    private static string Fill(RouteEndpoint route, List<(string Part, string Key)> parameters, TwoTenants world, Func<string, string?> swapped)
    {
        var path = "/" + route.RoutePattern.RawText!.Trim('/');
        foreach (var (part, key) in parameters)
            path = path.Replace(part, swapped(key) is { } value ? value : key == "commands/{command}" ? "restart" : key == "projections/{format}" ? "text" : OtherTenant.Nameless.Contains(key) ? "1" : world.Own.GetValueOrDefault(key, "1"), StringComparison.Ordinal);
        return path;
    }

    private static string? CodeOf(PageAnswer answer) => (int)answer.Status >= 400 ? answer.Code : null;

    /// <summary>Another of its form, which nobody has: the last two signs are others.</summary>
    private static string TwinOf(string value) => value[..^2] + (value[^1] == '0' ? "11" : "00");

    private static IEnumerable<(string Part, string Key)> ParametersOf(RouteEndpoint route)
    {
        var parts = route.RoutePattern.RawText!.Trim('/').Split('/');
        for (var i = 1; i < parts.Length; i++)
            if (Parameter().Match(parts[i]) is { Success: true } match) yield return (match.Value, $"{parts[i - 1]}/{{{match.Groups[1].Value}}}");
    }

    // What a list is narrowed to by an id; a new one must be said here.
    private static IEnumerable<(string Name, string? Kind)> QueriesOf(RouteEndpoint route) =>
        from handler in route.Metadata.OfType<System.Reflection.MethodInfo>()
        from parameter in handler.GetParameters()
        where parameter.ParameterType == typeof(string) && parameter.Name is { } name && (name is "id" or "actor" || name.EndsWith("Id", StringComparison.Ordinal) || name.EndsWith("Uid", StringComparison.Ordinal))
            && !route.RoutePattern.RawText!.Contains("{" + parameter.Name, StringComparison.Ordinal)
        select (parameter.Name!, parameter.Name switch
        {
            "stationId" => "stations/{stationId}", "locationId" => "locations/{id}", "sessionId" => "sessions/{id}", "tokenUid" => "tokens/{uid}", "channelId" => "notification-channels/{id}",
            "tariffId" => "tariffs/{id}", "id" or "actor" => "people/{id}",
            // Names that a tenant gives: as free a text as any.
            "driverId" or "groupId" => "tokens/{uid}",
            _ => null,
        });

    private static List<RouteEndpoint> Routes(RunningServer server) =>
    [
        .. server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(route => route.Metadata.GetMetadata<NeedsScope>() is { OrLoopback: false } && !route.RoutePattern.RawText!.Contains("_blazor", StringComparison.Ordinal)),
    ];

    [GeneratedRegex(@"\{(\w+)(?::\w+)?\}")]
    private static partial Regex Parameter();
}
