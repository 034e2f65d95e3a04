using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Shell;

/// <summary>The addresses of lists as files: that of the page, below <c>/console/export</c>, with the file's ending.</summary>
internal static class ExportRoutes
{
    public const string Root = ConsoleMap.Root + "/export";

    /// <summary>In the page's address: what it should have made is more than the format holds.</summary>
    public const string Refused = "refused";

    private const string SheetType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

    public static void Map(IEndpointRouteBuilder app, ConsolePage page, FileOfList list)
    {
        var csv = app.MapGet($"{Root}{page.Path}.csv", (HttpContext http, Caller caller, Reach reach) => CsvAsync(http, caller, reach, page, list));
        var sheet = app.MapGet($"{Root}{page.Path}.xlsx", (HttpContext http, Caller caller, Reach reach) => SheetAsync(http, caller, reach, page, list));
        foreach (var route in new[] { csv, sheet })
        {
            route.NeedsOperatorAtPage(page.Scope).ExcludeFromDescription();
            // The page's mark is not enough: the file has rows of its own.
            if (page.WithinReach && list.TakesReach) route.WithinReach();
        }
    }

    private static Task CsvAsync(HttpContext http, Caller caller, Reach reach, ConsolePage page, FileOfList list)
    {
        var (request, zone) = Begin(http, caller, reach, page, "csv", "text/csv; charset=utf-8; header=present");
        return CsvFile.WriteAsync(http.Response.BodyWriter, list, request, zone, http.RequestAborted);
    }

    private static async Task SheetAsync(HttpContext http, Caller caller, Reach reach, ConsolePage page, FileOfList list)
    {
        if (await list.CountAsync(RequestOf(http, caller, reach, page), http.RequestAborted) > SheetFile.MostRows)
        {
            // Told on the page that it was asked on.
            var query = page.Query.Where(name => http.Request.Query.ContainsKey(name)).Select(name => KeyValuePair.Create(name, (string?)http.Request.Query[name]));
            http.Response.Redirect(ConsoleMap.Root + page.Path + QueryString.Create(query.Append(KeyValuePair.Create(Refused, (string?)"rows"))));
            return;
        }
        var (request, zone) = Begin(http, caller, reach, page, "xlsx", SheetType);
        await SheetFile.WriteAsync(http.Response.BodyWriter.AsStream(), page.Entry?.Title() ?? NameOf(page), list, request, zone, http.RequestAborted);
    }

    private static (FileRequest Request, DateTimeZone Zone) Begin(HttpContext http, Caller caller, Reach reach, ConsolePage page, string ending, string type)
    {
        var services = http.RequestServices;
        var zone = Zones.Find(services.GetRequiredService<ITenants>().Find(caller.Tenant)?.TimeZone ?? "Etc/UTC");
        var today = services.GetRequiredService<TimeProvider>().GetInstant().InZone(zone).Date;
        http.Response.ContentType = type;
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{NameOf(page)}-{today:uuuu-MM-dd}.{ending}\"";
        http.Response.Headers.CacheControl = "no-store";
        return (RequestOf(http, caller, reach, page), zone);
    }

    // What the route leaves open says nothing in a file's name.
    private static string NameOf(ConsolePage page) => string.Join('-', page.Path.Split('/').Where(part => part.Length > 0 && part[0] != '{'));

    private static FileRequest RequestOf(HttpContext http, Caller caller, Reach reach, ConsolePage page) => new(http.RequestServices, caller, page.Query.ToDictionary(
        name => name, name => http.Request.Query[name] is [{ Length: > 0 } text, ..] ? text : null)) { Reach = reach };
}
