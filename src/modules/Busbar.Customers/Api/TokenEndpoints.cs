using Busbar.Customers.Storage;
using Busbar.Identity.Http;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Customers.Api;

internal static class TokenEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var tokens = api.MapGroup("/tokens").WithTags("Tokens");
        tokens.MapPost("", Create).Needs(Scope.TokensWrite);
        tokens.MapPost("/import", TokenImport.Run).Needs(Scope.TokensWrite);
        tokens.MapGet("", List).Needs(Scope.TokensRead);
        tokens.MapGet("/{uid}", Get).Needs(Scope.TokensRead);
        tokens.MapPatch("/{uid}", Change).Needs(Scope.TokensWrite);
        tokens.MapDelete("/{uid}", Delete).Needs(Scope.TokensWrite);
    }

    private static async Task<Results<Made<TokenView>, ProblemHttpResult>> Create(
        Body<TokenInput> body, Caller caller, TokenDesk desk, CancellationToken ct)
    {
        var input = body.Value;
        var check = new Check();
        input.Examine(check, "");
        if (check.Problem is { } problem) return problem;
        return await desk.AddAsync(caller, input, ct) is { } row
            ? Answers.Made($"tokens/{Uri.EscapeDataString(row.Uid)}", TokenView.Of(row), row.Revision)
            : Problems.Conflict("tokenExists", "A token with this uid exists; case does not distinguish uids.");
    }

    private static async Task<Ok<Page<TokenView>>> List(
        PageRequest page, Caller caller, RoomDbFactory<CustomersDb> rooms, CancellationToken ct,
        Named<TokenType>? type = null, Named<TokenState>? status = null, string? driverId = null, string? groupId = null)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Tokens.AsNoTracking();
        if (type is { Value: var kind }) rows = rows.Where(row => row.Type == kind);
        if (status is { Value: var state }) rows = rows.Where(row => row.Status == state);
        if (driverId is not null) rows = rows.Where(row => row.DriverId == driverId);
        if (groupId is not null) rows = rows.Where(row => row.GroupId == groupId);
        if (page.AfterId<TokenId>() is { } after) rows = rows.Where(row => row.Id > after);
        // By the id: a cursor is read by those who may not see uids.
        return TypedResults.Ok(page.Of(await rows.OrderBy(row => row.Id).Take(page.Take).ToListAsync(ct), row => TokenView.Of(row) with { Uid = caller.Shown(row.Uid)! }, row => row.Id.ToString()));
    }

    private static async Task<Results<Versioned<TokenView>, ProblemHttpResult>> Get(string uid, Caller caller, RoomDbFactory<CustomersDb> rooms, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await FindAsync(db, uid, ct) is { } row ? Answers.Found(TokenView.Of(row), row.Revision) : Problems.NotFound();
    }

    private static async Task<Results<Versioned<TokenView>, ProblemHttpResult>> Change(
        string uid, MergePatch<TokenInput> patch, IfMatch ifMatch, Caller caller, RoomDbFactory<CustomersDb> rooms, TokenBook book, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, uid, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        var input = patch.ApplyTo(TokenInput.Of(row));
        var check = new Check();
        input.Examine(check, "");
        check.That(input.Uid == row.Uid, "/uid", "immutable", "Cannot change; make another token.");
        check.That(input.Status is not null, "/status", "required", "Must not be null.");
        if (check.Problem is { } problem) return problem;
        input.WriteTo(row);
        await db.CommitAsync(ct);
        book.Forget(caller.Tenant, row.Uid);
        return Answers.Found(TokenView.Of(row), row.Revision);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Delete(
        string uid, IfMatch ifMatch, Caller caller, RoomDbFactory<CustomersDb> rooms, TokenBook book, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        if (await FindAsync(db, uid, ct) is not { } row) return Problems.NotFound();
        if (!ifMatch.Allows(row.Revision)) return Problems.PreconditionFailed();
        db.Remove(row);
        await db.CommitAsync(ct);
        book.Forget(caller.Tenant, row.Uid);
        return TypedResults.NoContent();
    }

    private static Task<TokenRow?> FindAsync(CustomersDb db, string uid, CancellationToken ct)
    {
        var folded = TokenRow.Fold(uid);
        return folded.Contains('\0', StringComparison.Ordinal) ? Task.FromResult<TokenRow?>(null) : db.Tokens.SingleOrDefaultAsync(row => row.UidFolded == folded, ct);
    }
}
