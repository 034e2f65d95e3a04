using Busbar.Identity.Http;
using Busbar.Identity.Personal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Shell.PersonalData;

/// <summary>A person's data as a file for the browser. It is asked for with a form, so that nobody's name stands in an address.</summary>
internal static class PersonalDataFiles
{
    public const string Path = ConsoleMap.Root + PersonalDataPage.Path + "/export";

    public static void Map(IEndpointRouteBuilder app) => app.MapPost(Path, WriteAsync).NeedsOperator(Scope.PersonalDataManage).ExcludeFromDescription();

    private static async Task<IResult> WriteAsync(HttpContext http, Caller caller, PersonalDataDesk desk, CancellationToken ct)
    {
        if (!http.Request.HasFormContentType) return Problems.BadRequest("invalidForm", "Send the form of the page.");
        var form = await http.Request.ReadFormAsync(ct);
        if (await desk.IdentifyAsync(caller, form["kind"].ToString(), form["name"].ToString(), ct) is not { } subject) return Problems.NotFound();
        await desk.TellExportedAsync(caller, subject, ct);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Stream(_ => PersonalDataFile.WriteAsync(http.Response.BodyWriter, desk.ExportAsync(subject, ct), ct), "application/json", "personal-data.json");
    }
}
