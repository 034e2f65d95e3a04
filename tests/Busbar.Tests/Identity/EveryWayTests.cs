using System.Reflection;
using Busbar.Identity.Http;
using Busbar.Shell;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>
/// The ways in that the matrices of roles and tenants do not ask are few, and each is known by name with the test that holds it; all others they find by reflection (S4). A new one stands here or is
/// asked there.
/// </summary>
[Trait("suite", "stories")]
public sealed class EveryWayTests(Servers servers)
{
    [Fact]
    public async Task What_opens_without_a_scope_is_known()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        // To be read in a review: none of these tells anything of a tenant to who has not proved to be of it.
        Assert.Equal(
            [
                "/", "/.well-known/oauth-authorization-server", "/accept", "/console/assets/blazor.web.js", "/console/assets/console.css", "/console/assets/console.js", "/console/assets/map.js", "/console/assets/world.json",
                "/docs/favicon.svg", "/docs/scalar.aspnetcore.js", "/docs/scalar.js", "/docs/{documentName?}", "/door.css", "/health/live", "/health/ready", "/link.js", "/oauth/token", "/ocpp/{stationId}", "/ocpp/{tenant}/{stationId}",
                "/openapi/{documentName}.json", "/passkey.js", "/password", "/setup", "/setup.js", "/signin", "/signin/backchannel/{id}", "/signin/callback", "/signin/code", "/signin/forgot", "/signin/out/{id}", "/signin/passkey", "/signin/passkey/options", "/signin/protect", "/signin/protect/passkey", "/signin/protect/passkey/options",
                "/signin/sso", "/signin/with/{id}", "/signout",
            ], Names(routes.Where(route => route.Metadata.GetMetadata<OpenRoute>() is not null)));
        // What this machine may always read: figures without names of tenants.
        Assert.Equal(["/metrics"], Names(routes.Where(route => route.Metadata.GetMetadata<NeedsScope>() is { OrLoopback: true })));
        Assert.Empty(Names(routes.Where(route => route.Metadata.GetMetadata<NeedsScope>() is null && route.Metadata.GetMetadata<OpenRoute>() is null)));
    }

    /// <summary>Pages' connections: CircuitTenantTests, ConsoleDoorTests, EveryRouteTests. Stations' sockets: StationDoorTests, ShadowingTests, StationIsolationTests.</summary>
    [Fact]
    public async Task Hubs_and_sockets_are_known()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToList();
        var hubs = routes.Where(route => route.Metadata.GetMetadata<HubMetadata>() is not null || route.RoutePattern.RawText!.Contains("_blazor", StringComparison.Ordinal)).ToList();
        Assert.Equal(["/console/_blazor", "/console/_blazor/disconnect", "/console/_blazor/initializers", "/console/_blazor/negotiate"], Names(hubs));
        Assert.All(hubs, hub => Assert.True(hub.Metadata.GetMetadata<NeedsScope>() is { OfOperators: true }, hub.RoutePattern.RawText));
        Assert.Equal(["/ocpp/{stationId}", "/ocpp/{tenant}/{stationId}"], Names(routes.Where(route => route.RoutePattern.RawText!.Contains("ocpp", StringComparison.Ordinal))));
    }

    /// <summary>Every list that can be a file is a page's, and its file asks for what its page asks for.</summary>
    [Fact]
    public async Task Every_file_is_behind_its_pages_scope_and_reach()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var pages = server.Services.GetRequiredService<ConsoleMap>().Pages.Where(page => page.Export is not null).ToList();
        var lists = AppDomain.CurrentDomain.GetAssemblies().Where(assembly => assembly.GetName().Name is { } name && name.StartsWith("Busbar.", StringComparison.Ordinal) && !name.Contains("Tests", StringComparison.Ordinal) && name != "Busbar.Schema")
            .SelectMany(assembly => assembly.GetTypes()).SelectMany(type => type.GetProperties(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            .Where(property => typeof(FileOfList).IsAssignableFrom(property.PropertyType)).Select(property => (FileOfList)property.GetValue(null)!).ToList();
        Assert.True(lists.Count >= 8, $"{lists.Count} lists");
        Assert.Equal(lists.ToHashSet(), pages.Select(page => page.Export!).ToHashSet());

        var routes = server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToDictionary(route => "/" + route.RoutePattern.RawText!.Trim('/') + route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods[0]);
        foreach (var page in pages)
            foreach (var ending in new[] { "csv", "xlsx" })
            {
                var file = routes[$"/console/export{page.Path}.{ending}GET"];
                Assert.Equal(page.Scope, file.Metadata.GetMetadata<NeedsScope>()!.Scope);
                Assert.Equal(page.WithinReach, file.Metadata.GetMetadata<FiltersByReach>() is not null);
            }
        TestContext.Current.TestOutputHelper?.WriteLine($"{lists.Count} lists, {2 * pages.Count} files");
    }

    private static IEnumerable<string> Names(IEnumerable<RouteEndpoint> routes) => routes.Select(route => "/" + route.RoutePattern.RawText!.Trim('/')).Distinct().Order(StringComparer.Ordinal);
}
