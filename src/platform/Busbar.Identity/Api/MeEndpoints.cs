using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity.Api;

internal enum CallerKind
{
    ApiClient,
    Operator,
}

/// <summary>Who the server takes the caller for, and the tenant that this call is for.</summary>
/// <param name="Scopes">Those that are held in the whole tenant.</param>
/// <param name="Name">Of an operator, if it was said.</param>
/// <param name="Rights">Of an operator, where each scope is held and by which role.</param>
internal sealed record MeView(string Id, CallerKind Kind, string? Email, TenantId Tenant, string TenantSlug, IReadOnlyList<string> Scopes)
{
    public string? Name { get; init; }
    public IReadOnlyList<RightView>? Rights { get; init; }
}

/// <param name="Where"><c>tenant</c>, <c>locations</c> or <c>stations</c>.</param>
internal sealed record RightView(string Scope, string Role, string Where, IReadOnlyList<string>? Ids);

internal sealed record PasswordChange
{
    public required string CurrentPassword { get; init; }
    public required string NewPassword { get; init; }
}

internal static class MeEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var me = api.MapGroup("/me").WithTags("Me");
        me.MapGet("", Get).WithSummary("Get who calls").NeedsCaller();
        me.MapPost("/password", ChangePassword).WithSummary("Change one's own password").NeedsCaller();
        me.MapGet("/sign-ins", SignInsOf).NeedsOperator();
        me.MapDelete("/sign-ins", EndOthers).WithSummary("End one's other sessions").NeedsOperator().WithDescription("Ends all sessions of the caller but this one.");
        me.MapDelete("/sign-ins/{id}", End).NeedsOperator();
    }

    private static async Task<Ok<MeView>> Get(Caller caller, IdentityDirectory directory, GrantBook book, CancellationToken ct)
    {
        var known = caller.Operator is { } id ? directory.Find(id) : null;
        var view = new MeView(caller.Actor, known is null ? CallerKind.ApiClient : CallerKind.Operator, known?.Email, caller.Tenant, directory.Find(caller.Tenant)!.Slug, [.. caller.Rights.Everywhere]);
        if (known is null) return TypedResults.Ok(view);
        var groups = await book.ShowAsync(known.Tenant, known.Grants, ct);
        return TypedResults.Ok(view with
        {
            Name = known.Name,
            Rights =
            [
                .. from grant in groups
                   from scope in grant.Role.Scopes
                   orderby scope
                   select new RightView(scope, grant.Role.Key, GrantView.NameOf(grant.Where), grant.Where == PlaceKind.Tenant ? null : [.. grant.Places.Select(place => place.Name)]),
            ],
        });
    }

    private static async Task<Ok<Page<SignInView>>> SignInsOf(Caller caller, IdentityDirectory directory, SignIns signIns, CancellationToken ct) =>
        TypedResults.Ok(new Page<SignInView>(await signIns.ListAsync(directory.Find(caller.Operator!.Value)!.Tenant, caller.Operator.Value, ct), null));

    private static async Task<NoContent> EndOthers(Caller caller, HttpContext http, IdentityDirectory directory, SignIns signIns, CancellationToken ct)
    {
        var here = await SessionCookie.OperatorOfAsync(http, directory);
        await signIns.EndAllAsync(directory.Find(caller.Operator!.Value)!.Tenant, caller.Operator.Value, here?.SignIn.Id, caller.Author, ct);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> End(string id, Caller caller, IdentityDirectory directory, SignIns signIns, CancellationToken ct) =>
        TypedId.TryParse<SignInId>(id, out var signIn) && await signIns.EndAsync(directory.Find(caller.Operator!.Value)!.Tenant, caller.Operator.Value, signIn, caller.Author, ct) ? TypedResults.NoContent() : Problems.NotFound();

    private static async Task<Results<NoContent, ProblemHttpResult>> ChangePassword(
        Body<PasswordChange> body, Caller caller, HttpContext http, IdentityDirectory directory, OperatorDesk desk, SignInThrottle throttle, AccountMail mails, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (caller.Operator is not { } id || directory.Find(id) is not { } known) return Problems.Forbidden("Only an operator has a password.");
        // The session is known, so nobody else's tries count here.
        if (throttle.Account(RequestLimits.SourceOf(http), known.Id.ToString(), known: true) is { Ticks: > 0 } wait) return Later(StatusCodes.Status429TooManyRequests, wait);
        var here = await SessionCookie.OperatorOfAsync(http, directory);
        switch (await desk.ChangePasswordAsync(known, body.Value.CurrentPassword, body.Value.NewPassword, ct))
        {
            case Entry.Granted granted:
                Log.PasswordChanged(log, known.Id);
                mails.Tell(known.Id, AccountEvent.PasswordChanged, caller.Source);
                await SessionCookie.BeginAsync(http, granted with { Provider = here?.SignIn.Provider, HadSecondFactor = here?.SignIn.HadSecondFactor == true });
                return TypedResults.NoContent();
            case Entry.Wrong wrong:
                return wrong.Check.Problem!;
            case Entry.Busy:
                return Later(StatusCodes.Status503ServiceUnavailable, TimeSpan.FromSeconds(1));
            default:
                return Problems.Of(StatusCodes.Status403Forbidden, "wrongPassword", "The current password is wrong.");
        }

        ProblemHttpResult Later(int status, TimeSpan wait)
        {
            RequestLimits.RetryAfter(http, wait);
            return Problems.OfStatus(status);
        }
    }
}
