using Busbar.Identity.Http;
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

    /// <param name="pages">In the navigation's order.</param>
    public static IServiceCollection AddShell(this IServiceCollection services, params IEnumerable<ConsolePage> pages)
    {
        services.AddRazorComponents().AddInteractiveServerComponents();
        services.AddOptions<ConsoleOptions>().BindConfiguration(ConsoleOptions.Section).Validate(console => console.Usable,
            $"{ConsoleOptions.Section}:TileUrl must be an address such as https://tiles.example.com/{{z}}/{{x}}/{{y}}.png.").ValidateOnStart();
        services.AddScoped<Visit>();
        services.AddSingleton<Search>();
        services.AddSingleton(new ConsoleMap([new ConsolePage("", typeof(HomePage), null) { Entry = new NavigationEntry("home", () => ShellTexts.Get("home")) { Key = "h" } }, .. pages, new ConsolePage(Search.Path, typeof(SearchPage), null, "q")]));
        return services;
    }

    /// <summary>Before routing's endpoints, after it has chosen one.</summary>
    public static void UseShell(this IApplicationBuilder app) => Languages.Use(app);

    public static void MapConsole(this IEndpointRouteBuilder app)
    {
        app.MapGet("/", () => TypedResults.Redirect(ConsoleMap.Root)).Open("leads to the console, which asks who comes").ExcludeFromDescription();
        Files.Map(app);
        foreach (var page in app.ServiceProvider.GetRequiredService<ConsoleMap>().Pages)
        {
            app.MapGet(ConsoleMap.Root + page.Path, http => ShowAsync(http, page)).NeedsOperatorAtPage(page.Scope).ExcludeFromDescription();
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
