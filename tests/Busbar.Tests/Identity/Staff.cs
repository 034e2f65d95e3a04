using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>Servers without a configured key, and the people who set them up.</summary>
internal static class Staff
{
    public const string Email = "Ada@Example.org";
    public const string Password = "engine of analysis";

    public static Task<RunningServer> StartAsync(string[] store, Action<IServiceCollection>? configure = null, params string[] more) => RunningServer.StartAsync(store, services =>
    {
        // What a hash costs is the subject of other tests.
        services.PostConfigure<PasswordHasherOptions>(hasher => hasher.IterationCount = 1_000);
        configure?.Invoke(services);
    }, ["--Busbar:AdminKey=", .. more]);

    public static Uri? Link(RunningServer server) => server.Services.GetRequiredService<SetupLinks>().Printed;

    public static string Code(RunningServer server) => Link(server)!.Fragment[1..];

    public static Task<PageAnswer> SetUpAsync(Browser browser, string code, string email = Email, string password = Password) =>
        browser.SubmitAsync("/setup", ("code", code), ("email", email), ("password", password));

    public static Task<PageAnswer> SignInAsync(Browser browser, string password = Password, string email = Email) =>
        browser.SubmitAsync("/signin", ("email", email), ("password", password));

    /// <summary>A browser that has set the server up and is signed in.</summary>
    public static async Task<Browser> FoundAsync(RunningServer server)
    {
        var browser = new Browser(server);
        (await SetUpAsync(browser, Code(server))).Is(HttpStatusCode.SeeOther);
        return browser;
    }

    public static ValueTask<IdentityDb> RowsAsync(RunningServer server) =>
        server.Services.GetRequiredService<RoomDbFactory<IdentityDb>>().OpenAsync(TenantScope.System, CancellationToken.None);

    /// <summary>Of its rights, the one operator keeps these scopes, in the whole tenant.</summary>
    public static async Task LimitAsync(RunningServer server, string scopes)
    {
        await using (var rows = await RowsAsync(server))
        {
            var person = await rows.Operators.SingleAsync();
            var role = new RoleRow { TenantId = person.TenantId, Id = server.Services.GetRequiredService<IdSource>().New<RoleId>(), Name = scopes, Scopes = scopes };
            rows.RemoveRange(await rows.Grants.ToListAsync());
            rows.Add(role);
            rows.Add(GrantRow.Of(person.TenantId, person.Id, new Grant(role.Id.ToString(), Place.Tenant)));
            await rows.CommitAsync(CancellationToken.None);
        }
        await server.Services.GetRequiredService<IdentityDirectory>().ReloadAsync(CancellationToken.None);
    }

    /// <summary>A browser of somebody who was invited by this one and has come in.</summary>
    public static Task<Browser> JoinAsync(RunningServer server, Browser inviter, string email, params object[] grants) => JoinAsync(server, inviter, email, null, grants);

    /// <inheritdoc cref="JoinAsync(RunningServer, Browser, string, object[])" />
    /// <param name="tenant">Null: the inviter's own.</param>
    public static async Task<Browser> JoinAsync(RunningServer server, Browser inviter, string email, string? tenant, params object[] grants)
    {
        (string, string)[] there = tenant is null ? [] : [("Busbar-Tenant", tenant)];
        var made = await inviter.FetchAsync(HttpMethod.Post, "/api/v1/invitations", new { email, grants }, there);
        made.Is(HttpStatusCode.OK);
        var browser = new Browser(server);
        (await AcceptAsync(browser, CodeOf(made), email.Split('@')[0])).Is(HttpStatusCode.SeeOther);
        return browser;
    }

    /// <summary>A page that an operator, who may do most things, neither opens nor finds in the menu.</summary>
    public static async Task OnlyTheOwnerSeesAsync(RunningServer server, string path)
    {
        var owner = await FoundAsync(server);
        var operators = await JoinAsync(server, owner, "o@example.org", new { role = "operator", where = "tenant" });
        (await operators.GetAsync(path)).Is(HttpStatusCode.Forbidden);
        Assert.DoesNotContain(path, (await operators.GetAsync("/console")).Text, StringComparison.Ordinal);
        Assert.Contains(path, (await owner.GetAsync("/console")).Text, StringComparison.Ordinal);
    }

    public static Task<PageAnswer> AcceptAsync(Browser browser, string code, string name = "Grace", string password = Password) =>
        browser.SubmitAsync("/accept", ("code", code), ("name", name), ("password", password));

    public static string CodeOf(PageAnswer made) => new Uri(JsonElement.Parse(made.Text).GetProperty("link").GetString()!).Fragment[1..];
}
