using System.Text.Json;
using System.Text.Json.Nodes;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Sessions.Api;

/// <summary>CDRs as they were issued: the answer is the stored document, with the token's uid as the caller may see it.</summary>
internal static class CdrEndpoints
{
    private const string TokenUid = "tokenUid";

    public static void Map(RouteGroupBuilder api)
    {
        var cdrs = api.MapGroup("/cdrs").WithTags("CDRs");
        cdrs.MapGet("", List).Needs(Scope.CdrsRead).WithinReach();
        cdrs.MapGet("/{id}", Get).Needs(Scope.CdrsRead).WithinReach();
    }

    /// <summary>Newest first; <c>from</c> and <c>to</c> filter the end of charging, the end of the range excluded.</summary>
    private static async Task<Results<Ok<Page<JsonElement>>, ProblemHttpResult>> List(
        PageRequest page, Caller caller, Reach reach, SessionReach within, RoomDbFactory<SessionsDb> rooms, CancellationToken ct,
        string? stationId = null, string? sessionId = null, string? from = null, string? to = null)
    {
        var check = new Check();
        var range = TimeRange.Read(check, from, to);
        SessionId session = default;
        if (sessionId is not null) check.That(TypedId.TryParse(sessionId, out session), "/sessionId", "invalidId", "Not a session's id.");
        if (check.Problem is { } problem) return problem;

        var stations = await within.StationsAsync(caller.Tenant, reach, ct);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Cdrs.AsNoTracking().At(stations);
        if (stationId is not null) rows = rows.Where(row => row.Station == stationId);
        if (sessionId is not null) rows = rows.Where(row => row.SessionId == session);
        if (range.From is { } start) rows = rows.Where(row => row.EndedAt >= start);
        if (range.To is { } end) rows = rows.Where(row => row.EndedAt < end);
        if (page.AfterId<CdrId>() is { } after) rows = rows.Where(row => row.Id < after);
        var found = await rows.OrderByDescending(row => row.Id).Take(page.Take).ToListAsync(ct);
        return TypedResults.Ok(page.Of(found, row => Document(row, caller), row => row.Id.ToString()));
    }

    private static async Task<Results<Ok<JsonElement>, ProblemHttpResult>> Get(string id, Caller caller, Reach reach, SessionReach within, RoomDbFactory<SessionsDb> rooms, CancellationToken ct)
    {
        if (!TypedId.TryParse<CdrId>(id, out var cdr)) return Problems.NotFound();
        CdrRow? row;
        await using (var db = await rooms.OpenAsync(caller.Rows, ct)) row = await db.Cdrs.AsNoTracking().SingleOrDefaultAsync(candidate => candidate.Id == cdr, ct);
        return row is null || !await within.CoversAsync(row.TenantId, reach, row.StationId, ct) ? Problems.NotFound() : TypedResults.Ok(Document(row, caller));
    }

    private static JsonElement Document(CdrRow row, Caller caller)
    {
        if (!caller.May(Scope.TokensReveal) && JsonNode.Parse(row.Document) is JsonObject masked && masked[TokenUid] is JsonValue uid)
        {
            masked[TokenUid] = Masked.Uid(uid.GetValue<string>());
            using var shown = JsonDocument.Parse(masked.ToJsonString());
            return shown.RootElement.Clone();
        }
        using var document = JsonDocument.Parse(row.Document);
        return document.RootElement.Clone();
    }
}
