using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Shell.Audit;
using Busbar.Shell.Clients;
using Busbar.Shell.Encryption;
using Busbar.Shell.People;
using Busbar.Shell.PersonalData;
using Busbar.Shell.Retention;
using Busbar.Shell.SignOn;
using Busbar.Shell.Tenants;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Busbar.Shell;

/// <summary>The console's frame. Which pages there are is told by <see cref="MapConsole"/>'s caller: a literal list, never by scanning.</summary>
public static class ShellModule
{
    private const string Images = "img-src 'self' data:";
    private const string Policy =
        // Scripts and styles are files of ours. Only the attribute "style" is allowed beside them: the virtualised list sets the height of what it does not draw with it.
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; " + Images + "; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    /// <summary>The pages about what Busbar.Identity has: it stands to the left and can draw none.</summary>
    private static IReadOnlyList<ConsolePage> PeoplePages { get; } =
    [
        new ConsolePage("/people", typeof(PeoplePage), Scope.PeopleRead) { Entry = new NavigationEntry("person", () => PeopleTexts.Say("people")) { Key = "u" } },
        new ConsolePage("/people/{id}", typeof(PersonPage), Scope.PeopleRead) { Title = () => PeopleTexts.Say("person") },
        new ConsolePage("/roles", typeof(RolesPage), Scope.PeopleRead) { Title = () => PeopleTexts.Say("roles") },
        new ConsolePage("/profile", typeof(ProfilePage), null) { Title = () => PeopleTexts.Say("profile"), AtHome = true },
        new ConsolePage("/organisations", typeof(TenantsPage), Scope.TenantsRead, "state") { Entry = new NavigationEntry("tenants", () => TenantTexts.Say("tenants")) { Key = "o" } },
        // First: an open page is held to the scope of the first that its component has.
        new ConsolePage("/organisations/{slug}", typeof(TenantPage), Scope.TenantsRead),
        new ConsolePage("/organisations/new", typeof(TenantPage), Scope.TenantsWrite) { Title = () => TenantTexts.Say("new") },
        new ConsolePage("/sign-on", typeof(ProvidersPage), Scope.PeopleRead) { Title = () => SignOnTexts.Say("sign-on") },
        // First: an open page is held to the scope of the first that its component has.
        new ConsolePage("/sign-on/{id}", typeof(ProviderPage), Scope.PeopleRead) { Title = () => SignOnTexts.Say("provider") },
        new ConsolePage("/sign-on/new", typeof(ProviderPage), Scope.PeopleWrite) { Title = () => SignOnTexts.Say("new") },
    ];

    /// <param name="pages">In the navigation's order.</param>
    public static IServiceCollection AddShell(this IServiceCollection services, params IEnumerable<ConsolePage> pages)
    {
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddOptions<ConsoleOptions>().BindConfiguration(ConsoleOptions.Section).Validate(console => console.Usable,
            $"{ConsoleOptions.Section}:TileUrl must be an address such as https://tiles.example.com/{{z}}/{{x}}/{{y}}.png.").ValidateOnStart();
        services.AddNoPersonalData("shell", "it shows what the others keep");
        services.AddScoped<Visit>();
        services.AddSingleton<Search>();
        services.AddSingleton<AuditReading>();
        services.AddSingleton(new ConsoleMap([new ConsolePage("", typeof(HomePage), null) { Entry = new NavigationEntry("home", () => ShellTexts.Get("home")) { Key = "h" } }, .. pages, .. PeoplePages, .. ClientPages, .. AuditPages, .. PersonalDataPages, .. KeyPages, .. RetentionPages, new ConsolePage(Search.Path, typeof(SearchPage), null, "q")]));
        return services;
    }

    private static IReadOnlyList<ConsolePage> ClientPages { get; } =
    [
        new ConsolePage("/clients", typeof(ClientsPage), Scope.ClientsRead) { Entry = new NavigationEntry("key", () => ClientTexts.Say("clients")) { Key = "i" } },
        new ConsolePage("/clients/new", typeof(NewClientPage), Scope.ClientsWrite) { Title = () => ClientTexts.Say("new") },
        new ConsolePage("/clients/{id}", typeof(ClientPage), Scope.ClientsRead) { Title = () => ClientTexts.Say("client") },
    ];

    /// <summary>Who did what: the frame's own, since every room's changes are in it.</summary>
    private static IReadOnlyList<ConsolePage> AuditPages { get; } =
    [
        new ConsolePage(AuditPage.Path, typeof(AuditPage), Scope.AuditRead, AuditReading.Query) { Entry = new NavigationEntry("audit", () => AuditTexts.Say("audit")), Export = AuditReading.File },
        new ConsolePage(AuditPage.Path + "/{sequence}", typeof(AuditEntryPage), Scope.AuditRead),
    ];

    private static IReadOnlyList<ConsolePage> KeyPages { get; } = [new ConsolePage(EncryptionKeysPage.Path, typeof(EncryptionKeysPage), Scope.All) { Entry = new NavigationEntry("key", () => KeyTexts.Say("keys")) }];

    private static IReadOnlyList<ConsolePage> RetentionPages { get; } = [new ConsolePage(RetentionPage.Path, typeof(RetentionPage), Scope.TenantsRead) { Entry = new NavigationEntry("calendar", () => RetentionTexts.Say("retention")) }];
    private static IReadOnlyList<ConsolePage> PersonalDataPages { get; } =
        [new ConsolePage(PersonalDataPage.Path, typeof(PersonalDataPage), Scope.PersonalDataManage) { Entry = new NavigationEntry("person", () => PersonalDataTexts.Say("personal-data")) }];

    /// <summary>Before routing's endpoints, after it has chosen one.</summary>
    public static void UseShell(this IApplicationBuilder app) => Languages.Use(app);

    public static void MapConsole(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", () => TypedResults.Redirect(ConsoleMap.Root)).Open("leads to the console, which asks who comes").ExcludeFromDescription();
        Files.Map(app);
        PersonalDataFiles.Map(app);
        foreach (var page in app.ServiceProvider.GetRequiredService<ConsoleMap>().Pages)
        {
            var route = app.MapGet(ConsoleMap.Root + page.Path, http => ShowAsync(http, page)).NeedsOperatorAtPage(page.Scope).TellsItsRefusal().ExcludeFromDescription();
            if (page.WithinReach) route.WithinReach(page.Component);
            if (page.Export is { } list) ExportRoutes.Map(app, page, list);
        }
        app.MapGet(ConsoleMap.Root + Search.Path + ".json", Search.AnswerAsync).NeedsOperator().ExcludeFromDescription();
        // What an open page says to the server; LivePage judges each step by its page's scope.
        app.MapBlazorHub(ConsoleMap.Root + "/_blazor").NeedsOperator();
    }

    private static Task ShowAsync(HttpContext http, ConsolePage page)
    {
        var tiles = http.RequestServices.GetRequiredService<IOptions<ConsoleOptions>>().Value.TileOrigin;
        http.Response.Headers.ContentSecurityPolicy = tiles is null ? Policy : Policy.Replace(Images, $"{Images} {tiles}", StringComparison.Ordinal);
        // A page comes in one piece. Told that parts may follow, a browser reads it as a stream, and every so often calls that an aborted request.
        http.Response.OnStarting(() => { http.Response.Headers.Remove("ssr-framing"); return Task.CompletedTask; });
        var values = new Dictionary<string, object?>();
        foreach (var (name, value) in http.Request.RouteValues) values[name] = value as string;
        foreach (var name in page.Query) values[name] = http.Request.Query[name] is [{ Length: > 0 } text, ..] ? text : null;
        return new RazorComponentResult<Document>(new Dictionary<string, object?> { [nameof(Document.Page)] = page, [nameof(Document.Values)] = values }) { PreventStreamingRendering = true }
            .ExecuteAsync(http);
    }
}
