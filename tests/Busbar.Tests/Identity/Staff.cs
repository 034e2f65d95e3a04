using System.Net;
using Busbar.Identity.Operators;
using Busbar.Identity.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Identity;
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
}
