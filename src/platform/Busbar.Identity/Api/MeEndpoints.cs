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
internal sealed record MeView(string Id, CallerKind Kind, string? Email, TenantId Tenant, string TenantSlug, IReadOnlyList<string> Scopes);

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
        me.MapGet("", Get).NeedsCaller();
        me.MapPost("/password", ChangePassword).NeedsCaller();
    }

    private static Ok<MeView> Get(Caller caller, IdentityDirectory directory) => TypedResults.Ok(new MeView(
        caller.Actor, caller.Operator is null ? CallerKind.ApiClient : CallerKind.Operator, caller.Operator is { } id ? directory.Find(id)?.Email : null,
        caller.Tenant, directory.Find(caller.Tenant)!.Slug, [.. caller.Scopes.Order(StringComparer.Ordinal)]));

    private static async Task<Results<NoContent, ProblemHttpResult>> ChangePassword(
        Body<PasswordChange> body, Caller caller, HttpContext http, IdentityDirectory directory, OperatorDesk desk, SignInThrottle throttle, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (caller.Operator is not { } id || directory.Find(id) is not { } known) return Problems.Forbidden("Only an operator has a password.");
        // The session is known, so nobody else's tries count here.
        if (throttle.Account(RequestLimits.SourceOf(http), known.Id.ToString(), known: true) is { Ticks: > 0 } wait) return Later(StatusCodes.Status429TooManyRequests, wait);
        switch (await desk.ChangePasswordAsync(known, body.Value.CurrentPassword, body.Value.NewPassword, ct))
        {
            case Entry.Granted granted:
                Log.PasswordChanged(log, known.Id);
                await SessionCookie.BeginAsync(http, granted.Operator, granted.Stamp);
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
