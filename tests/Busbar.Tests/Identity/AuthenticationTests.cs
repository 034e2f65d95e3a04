using System.Net;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Server;
using Busbar.Shell;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

[Trait("suite", "stories")]
public sealed class AuthenticationTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Without_a_key_or_with_a_wrong_one_nobody_comes_in(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        foreach (var client in new[] { server.Anonymous, server.With("wrong"), server.With(""), server.With(RunningServer.AdminKey + "x") })
        {
            var answer = await client.GetAsync("tokens");
            answer.Is(HttpStatusCode.Unauthorized, "unauthenticated");
            Assert.Equal("Bearer", answer.Headers.WwwAuthenticate.ToString());
        }
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_client_may_do_what_its_scopes_say_until_it_is_revoked(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var admin = await server.NewTenantAsync();
        var made = await admin.PostAsync("api-clients", new { name = "reader", scopes = new[] { "tokens:read", "clients:write" } });
        made.Is(HttpStatusCode.Created);
        var reader = server.With(made.Text("key"));

        (await reader.GetAsync("tokens")).Is(HttpStatusCode.OK);
        (await reader.PostAsync("tokens", new { uid = "A", type = "rfid" })).Is(HttpStatusCode.Forbidden, "forbidden");
        // Nobody gives away a right that is not theirs.
        (await reader.PostAsync("api-clients", new { name = "greedy", scopes = new[] { "*" } })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        (await admin.PostAsync("api-clients", new { name = "typo", scopes = new[] { "tokens:reed" } })).Is(HttpStatusCode.BadRequest, "invalidValue");

        (await admin.DeleteAsync($"api-clients/{made.Text("id")}")).Is(HttpStatusCode.NoContent);
        (await reader.GetAsync("tokens")).Is(HttpStatusCode.Unauthorized);
        (await admin.GetAsync($"api-clients/{made.Text("id")}")).Is(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task When_a_client_was_last_used_is_kept_and_is_no_change(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var admin = await server.NewTenantAsync();
        var made = await admin.PostAsync("api-clients", new { name = "used", scopes = new[] { "tokens:read" } });
        (await server.With(made.Text("key")).GetAsync("tokens")).Is(HttpStatusCode.OK);
        await server.Services.GetRequiredService<IdentityDirectory>().WriteLastUsedAsync(CancellationToken.None);
        var read = await admin.GetAsync($"api-clients/{made.Text("id")}");
        Assert.EndsWith("Z", read.Text("lastUsedAt"), StringComparison.Ordinal);
        Assert.Equal(made.Tag, read.Tag);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_client_chooses_among_the_tenants_at_or_below_its_own(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var parent = await server.NewTenantAsync();
        var aside = await server.NewTenantAsync();
        (await parent.PostAsync("tenants", new { slug = parent.Tenant + "-sub", name = "Below" })).Is(HttpStatusCode.Created);
        var key = (await parent.PostAsync("api-clients", new { name = "own", scopes = new[] { "*" } })).Text("key");

        (await server.With(key).GetAsync("tokens")).Is(HttpStatusCode.OK);
        (await server.With(key, parent.Tenant + "-sub").GetAsync("tokens")).Is(HttpStatusCode.OK);
        (await server.With(key, aside.Tenant).GetAsync("tokens")).Is(HttpStatusCode.NotFound, "unknownTenant");
        (await server.With(key, "default").GetAsync("tokens")).Is(HttpStatusCode.NotFound, "unknownTenant");
        (await server.With(key, "nowhere").GetAsync("tokens")).Is(HttpStatusCode.NotFound, "unknownTenant");
        Assert.Equal(2, (await server.With(key).GetAsync("tenants")).Items.Count());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task What_another_tenant_owns_is_not_there(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var (mine, theirs) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        (await theirs.PostAsync("tokens", new { uid = "CARD", type = "rfid" })).Is(HttpStatusCode.Created);
        (await theirs.PostAsync("stations", new { stationId = "CP" })).Is(HttpStatusCode.Created);
        var location = (await theirs.PostAsync("locations", Given.Location)).Text("id");

        foreach (var path in new[] { "tokens/CARD", "stations/CP", $"locations/{location}" })
        {
            (await mine.GetAsync(path)).Is(HttpStatusCode.NotFound, "notFound");
            (await mine.PatchAsync(path, new { name = "x" })).Is(HttpStatusCode.NotFound, "notFound");
            (await mine.DeleteAsync(path)).Is(HttpStatusCode.NotFound, "notFound");
            (await theirs.GetAsync(path)).Is(HttpStatusCode.OK);
        }
        Assert.Empty((await mine.GetAsync("tokens")).Items);
        (await mine.PostAsync("stations", new { stationId = "CP2", locationId = location })).Is(HttpStatusCode.BadRequest, "unknownLocation");
        (await mine.PostAsync("tokens", new { uid = "card", type = "rfid" })).Is(HttpStatusCode.Created);
    }

    [Fact]
    public void A_route_that_does_not_say_who_may_call_it_stops_the_start()
    {
        Serving(silent: false).VerifyAnnotated();
        var error = Assert.Throws<InvalidOperationException>(Serving(silent: true).VerifyAnnotated);
        Assert.Contains("GET /group/silent", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("/said", error.Message, StringComparison.Ordinal);

        static WebApplication Serving(bool silent)
        {
            var app = WebApplication.CreateSlimBuilder().Build();
            app.UseRouting();
            app.MapGet("/said", () => "ok").Open("a test");
            if (silent) app.MapGroup("/group").MapGet("/silent", () => "oops");
            return app;
        }
    }

    [Fact]
    public void A_route_that_opens_within_a_reach_and_takes_none_stops_the_start()
    {
        Serving(app => app.MapGet("/seen", (Reach reach) => reach.IsWhole).Needs(Scope.StationsRead).WithinReach()).VerifyAnnotated();
        foreach (var blind in new Action<WebApplication>[]
        {
            app => app.MapGet("/blind", (Caller caller) => caller.Actor).Needs(Scope.StationsRead).WithinReach(), app => app.MapGet("/blind", (Reach reach) => reach.IsWhole).NeedsCaller().WithinReach(),
            app => app.MapGet("/blind", _ => Task.CompletedTask).NeedsOperatorAtPage(Scope.StationsRead).WithinReach(typeof(LivePage)),
        })
            Assert.Contains("GET /blind", Assert.Throws<InvalidOperationException>(Serving(blind).VerifyAnnotated).Message, StringComparison.Ordinal);

        static WebApplication Serving(Action<WebApplication> map)
        {
            var app = WebApplication.CreateSlimBuilder().Build();
            app.UseRouting();
            map(app);
            return app;
        }
    }

    [Fact]
    public async Task Every_route_of_the_server_says_who_may_call_it()
    {
        await using var app = BusbarHost.Build([.. await servers.NewStoreAsync(DatabaseKind.Sqlite)]);
        var routes = ((IEndpointRouteBuilder)app).DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>().ToList();
        Assert.NotEmpty(routes);
        Assert.All(routes, route => Assert.True(route.Metadata.GetMetadata<NeedsScope>() is not null ^ route.Metadata.GetMetadata<OpenRoute>() is not null, route.RoutePattern.RawText));
        Assert.DoesNotContain(routes, route => route.RoutePattern.RawText!.StartsWith("/api/", StringComparison.Ordinal) && route.Metadata.GetMetadata<OpenRoute>() is not null);
    }

    [Fact]
    public void A_short_admin_key_stops_the_start() =>
        Assert.Throws<InvalidOperationException>(() => BusbarHost.Build(["--Busbar:AdminKey=short"]));

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_restarted_server_knows_its_keys_and_a_new_admin_key_replaces_the_old(DatabaseKind kind)
    {
        var store = await servers.NewStoreAsync(kind);
        string key;
        await using (var first = await RunningServer.StartAsync(store))
            key = (await first.Admin.PostAsync("api-clients", new { name = "kept", scopes = new[] { "tokens:read" } })).Text("key");

        await using var second = await RunningServer.StartAsync(store, null, "--Busbar:AdminKey=another-admin-key-0123456789abcdefghij");
        (await second.With(key).GetAsync("tokens")).Is(HttpStatusCode.OK);
        (await second.Admin.GetAsync("tokens")).Is(HttpStatusCode.Unauthorized);
        (await second.With("another-admin-key-0123456789abcdefghij").GetAsync("tokens")).Is(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task An_admin_key_that_left_the_configuration_opens_nothing_and_may_come_back(DatabaseKind kind)
    {
        var store = await servers.NewStoreAsync(kind);
        string key;
        await using (var first = await RunningServer.StartAsync(store))
            key = (await first.Admin.PostAsync("api-clients", new { name = "reader", scopes = new[] { "clients:read" } })).Text("key");

        // A tool that looks at the store is no server that was started without the key.
        await using (var tool = BusbarHost.Build(["--Busbar:AdminKey=", .. store], RebuildCommand.LooksOnly))
        {
            await tool.StartAsync(TestContext.Current.CancellationToken);
            Assert.NotNull(tool.Services.GetRequiredService<IdentityDirectory>().Authenticate(RunningServer.AdminKey));
            await tool.StopAsync(TestContext.Current.CancellationToken);
        }
        await using (var without = await RunningServer.StartAsync(store, null, "--Busbar:AdminKey="))
        {
            (await without.Admin.GetAsync("tokens")).Is(HttpStatusCode.Unauthorized);
            Assert.Equal("reader", Assert.Single((await without.With(key).GetAsync("api-clients")).Items).GetProperty("name").GetString());
        }
        await using var again = await RunningServer.StartAsync(store);
        (await again.Admin.GetAsync("tokens")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task A_second_process_on_one_folder_does_not_start()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        await using var first = await RunningServer.StartAsync(store);
        await Assert.ThrowsAsync<InvalidOperationException>(() => RunningServer.StartAsync(store));
    }
}
