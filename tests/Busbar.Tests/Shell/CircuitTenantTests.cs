using System.Reflection;
using System.Text.RegularExpressions;
using Busbar.Identity;
using Busbar.Identity.Operators;
using Busbar.Kernel;
using Busbar.Shell;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Busbar.Tests.Shell;

/// <summary>
/// Every page of the console, by reflection, as an open page's connection draws it (S4). What a page is of comes to the connection from the browser, sealed but not bound to a person: here it comes
/// with another tenant's things, in one's own tenant and in theirs.
/// </summary>
[Trait("suite", "stories")]
public sealed partial class CircuitTenantTests(Servers servers)
{
    // On the embedded store, where the program's filter is all that there is.
    [Fact]
    public async Task No_page_is_drawn_of_another_tenant_whoevers_page_the_connection_is_told()
    {
        await using var world = await TwoTenants.StartAsync(servers, DatabaseKind.Sqlite);
        var pages = world.Server.Services.GetRequiredService<ConsoleMap>().Pages;
        Assert.Equal(Components().Select(page => page.Name).Order(), pages.Select(page => page.Component.Name).Distinct().Order());

        var (drawn, told, own) = (0, new List<string>(), new SortedSet<string>(StringComparer.Ordinal));
        foreach (var page in pages)
        {
            var things = ThingsOf(page, world.Bee);
            foreach (var (role, browser) in world.Askers)
                foreach (var tenant in new[] { null, world.Bee["tenants/{id}"] })
                {
                    drawn++;
                    var html = await DrawAsync(world.Server, browser, page, things, tenant);
                    if (world.Bee.Canaries.FirstOrDefault(canary => html.Contains(canary, StringComparison.OrdinalIgnoreCase) && !things.ContainsValue(canary)) is { } seen) told.Add($"{page.Path} to {role} in {tenant ?? "their own"}: {seen}");
                }
            // The control: to the other tenant's owner they show it.
            var shown = Glass().Replace(await DrawAsync(world.Server, world.Owner, page, things, null), "");
            if (world.Bee.Canaries.Any(canary => shown.Contains(canary, StringComparison.OrdinalIgnoreCase) && !things.ContainsValue(canary))) own.Add(page.Path);
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{drawn} drawings of {pages.Count} pages; its own owner finds the tenant's things at {own.Count}: {string.Join(' ', own)}");
        Assert.True(told.Count == 0, string.Join('\n', told.Take(20)));
        Assert.True(own.Count >= 25, $"{own.Count} pages show anything");
    }

    // That somebody came in from above stands on every page.
    [GeneratedRegex("<p class=\"note bad glass\".*?</p>", RegexOptions.Singleline)]
    private static partial Regex Glass();

    /// <summary>All that a connection could be told to draw.</summary>
    private static IEnumerable<Type> Components() =>
        AppDomain.CurrentDomain.GetAssemblies().Where(assembly => assembly.GetName().Name is { } name && name.StartsWith("Busbar.", StringComparison.Ordinal) && !name.Contains("Tests", StringComparison.Ordinal) && name != "Busbar.Schema")
            .SelectMany(assembly => assembly.GetTypes()).Where(type => type is { IsAbstract: false } && typeof(LivePage).IsAssignableFrom(type));

    /// <summary>The parameters that its address would set.</summary>
    private static Dictionary<string, object?> ThingsOf(ConsolePage page, OtherTenant other)
    {
        var parts = page.Path.Trim('/').Split('/');
        return Enumerable.Range(0, parts.Length).Where(i => parts[i].StartsWith('{')).ToDictionary(
            i => page.Component.GetProperty(parts[i].Trim('{', '}'), BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase)!.Name,
            i => (object?)(OtherTenant.Nameless.Contains($"{parts[i - 1]}/{parts[i]}") ? "1" : other[$"{parts[i - 1]}/{parts[i]}"]));
    }

    private static async Task<string> DrawAsync(RunningServer server, Browser browser, ConsolePage page, Dictionary<string, object?> things, string? tenant)
    {
        await using var scope = server.Services.CreateAsyncScope();
        var http = new DefaultHttpContext { RequestServices = scope.ServiceProvider, Request = { Scheme = "http", Host = new HostString(server.Address.Authority) } };
        http.Request.Headers.Cookie = string.Join("; ", browser.Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}"));
        var principal = await SessionCookie.PrincipalOfAsync(http) ?? throw new InvalidOperationException("Nobody is signed in.");
        ((IHostEnvironmentAuthenticationStateProvider)scope.ServiceProvider.GetRequiredService<AuthenticationStateProvider>()).SetAuthenticationState(Task.FromResult(new AuthenticationState(principal)));
        ((IHostEnvironmentNavigationManager)scope.ServiceProvider.GetRequiredService<NavigationManager>()).Initialize(server.Address.ToString(), server.Address + "console" + page.Path);
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, scope.ServiceProvider.GetRequiredService<ILoggerFactory>());
        try
        {
            return await renderer.Dispatcher.InvokeAsync(async () =>
                (await renderer.RenderComponentAsync(page.Component, ParameterView.FromDictionary(new Dictionary<string, object?>(things) { [nameof(LivePage.OfTenant)] = tenant }))).ToHtmlString());
        }
        catch (NavigationException)
        {
            // Led to the sign-in.
            return "";
        }
    }
}
