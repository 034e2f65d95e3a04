using System.Globalization;
using System.Text.Json;
using Busbar.Identity.Audit;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using NodaTime;

namespace Busbar.Identity.Api;

/// <param name="Sequence">Its place in the tenant's chain.</param>
/// <param name="Actor">An operator's or a client's id, or <c>system:</c> and a part of the program.</param>
/// <param name="ActorName">What it is called now; null: not known.</param>
/// <param name="Way"><c>console</c>, <c>api</c> or <c>system</c>.</param>
/// <param name="Kind">Of the thing.</param>
/// <param name="Id">Of the thing.</param>
/// <param name="Name">What it was called then; of a person what they are called now.</param>
/// <param name="Before">The members that changed; null: it was made.</param>
/// <param name="After">Null: it was removed.</param>
/// <param name="Hash">In hexadecimal.</param>
internal sealed record AuditView(
    long Sequence, Instant At, string Actor, string? ActorName, string Way, string? Source, string Action, string Kind, string Id, string? Name, string Outcome, JsonElement? Before, JsonElement? After,
    string Hash)
{
    public static AuditView Of(SealedEntry found, IReadOnlyDictionary<string, string> names) => new(
        found.Sequence, found.Entry.At, found.Entry.Actor, names.GetValueOrDefault(found.Entry.Actor), found.Entry.Way, found.Entry.Source, found.Entry.Action, found.Entry.Kind, found.Entry.Thing,
        AuditNames.Called(found.Entry, names), found.Entry.Outcome, Json(found.Entry.Before), Json(found.Entry.After), Convert.ToHexStringLower(found.Hash));

    private static JsonElement? Json(string? text) => text is null ? null : JsonElement.Parse(text);
}

/// <summary>Who did what to which thing.</summary>
internal static class AuditEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var audit = api.MapGroup("/audit").WithTags("Audit");
        audit.MapGet("", List).Needs(Scope.AuditRead);
        audit.MapGet("/{sequence}", Get).WithSummary("Get an entry of the audit").Needs(Scope.AuditRead);
        audit.MapGet("/export", Export).WithSummary("Export the audit").Needs(Scope.AuditRead);
    }

    /// <summary>The newest first. An action that ends with a dot stands for all that begin so.</summary>
    private static async Task<Results<Ok<Page<AuditView>>, ProblemHttpResult>> List(
        PageRequest page, Caller caller, AuditLog audit, AuditNames names, CancellationToken ct,
        string? actor = null, string? action = null, string? kind = null, string? id = null, string? from = null, string? to = null)
    {
        var check = new Check();
        var range = TimeRange.Read(check, from, to);
        if (check.Problem is { } problem) return problem;
        long? before = page.After is null ? null : long.TryParse(page.After, NumberStyles.None, CultureInfo.InvariantCulture, out var last) ? last
            : throw new ProblemException(Problems.BadRequest("invalidCursor", "Pass the nextCursor of the page before."));
        var found = await audit.ListAsync(caller.Rows, new AuditFilter(actor, action, kind, id, range.From, range.To), before, page.Take, ct);
        var known = await names.OfAsync([.. found.Select(one => one.Entry)], ct);
        return TypedResults.Ok(page.Of(found, one => AuditView.Of(one, known), one => one.Sequence.ToString(CultureInfo.InvariantCulture)));
    }

    private static async Task<Results<Ok<AuditView>, ProblemHttpResult>> Get(string sequence, Caller caller, AuditLog audit, AuditNames names, CancellationToken ct) =>
        long.TryParse(sequence, NumberStyles.None, CultureInfo.InvariantCulture, out var place) && await audit.FindAsync(caller.Rows, place, ct) is { } found ? TypedResults.Ok(AuditView.Of(found, await names.OfAsync([found.Entry], ct))) : Problems.NotFound();

    /// <summary>The tenant's chain as JSON Lines, the oldest first, with all that its hashes are made of: what <c>busbar audit verify --file</c> reads.</summary>
    private static PushStreamHttpResult Export(Caller caller, AuditLog audit, HttpContext http, CancellationToken ct, long fromSequence = 1) => TypedResults.Stream(
        _ => AuditFile.WriteAsync(http.Response.BodyWriter, audit.ChainAsync(caller.Rows, fromSequence, ct), ct), "application/jsonl", "audit.jsonl");
}
