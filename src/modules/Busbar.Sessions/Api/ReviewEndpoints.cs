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

/// <summary>A decision about a session that is held.</summary>
/// <param name="Decision"><c>bill</c>: as it stands. <c>waive</c>: never.</param>
/// <param name="Note">Why; at most 500 characters.</param>
internal sealed record ReviewInput(string Decision, string? Note = null);

internal static class ReviewEndpoints
{
    private const int LongestNote = 500;

    public static void Map(RouteGroupBuilder api) => api.MapPost("/sessions/{id}/review", Review).Needs(Scope.SessionsReview).RequiresIdempotencyKey().WithTags("Sessions").WithDescription(
        "Decides of a session that is held: `bill` makes its CDR as it stands (prices of the market that were missing are asked for once more), `waive` says that it is never billed. "
        + "`If-Match` with the session's ETag is required (428): what is told of it since then holds it again.");

    private static async Task<Results<Versioned<SessionView>, ProblemHttpResult>> Review(
        string id, Body<ReviewInput> body, IfMatch ifMatch, Caller caller, ReviewDesk desk, RoomDbFactory<SessionsDb> rooms, CancellationToken ct)
    {
        if (ifMatch.Tags is null) return Problems.PreconditionRequired("This decides about money: send the session's ETag as If-Match.");
        var check = new Check();
        var (decision, note) = (body.Value.Decision, body.Value.Note);
        check.That(decision is "bill" or "waive", "/decision", "unknownValue", "One of bill, waive.");
        check.OptionalText(note, "/note", LongestNote);
        if (check.Problem is { } problem) return problem;
        switch (await desk.DecideAsync(caller, id, version => ifMatch.Allows(version), decision == "bill", note, ct))
        {
            case ReviewOutcome.Missing: return Problems.NotFound();
            case ReviewOutcome.Changed: return Problems.PreconditionFailed();
            case ReviewOutcome.NotHeld: return Problems.Conflict("notHeld", "The session is not held.");
            case ReviewOutcome.Unbillable: return Problems.Conflict("cannotBeBilled", "Its start was never told, or its price cannot be computed: it can only be waived.");
            case ReviewOutcome.NotDurable: return Problems.Unavailable();
        }
        _ = TypedId.TryParse<SessionId>(id, out var session);
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var row = await db.Sessions.AsNoTracking().SingleAsync(candidate => candidate.Id == session, ct);
        return Answers.Found(SessionView.Of(row, caller), row.Version);
    }
}
