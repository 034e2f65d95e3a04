using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Identity.Api;

internal sealed record Confirmation
{
    public required string CurrentPassword { get; init; }
}

internal sealed record AuthenticatorInput
{
    /// <summary>As <c>POST /me/authenticator/draft</c> gave it.</summary>
    public required string Draft { get; init; }

    /// <summary>What the app shows now.</summary>
    public required string Code { get; init; }
}

/// <param name="RecoveryCodes">Shown here and never again; empty where some are left from before.</param>
internal sealed record RecoveryCodesView(IReadOnlyList<string> RecoveryCodes);

internal sealed record PasskeyInput
{
    public required string Name { get; init; }

    /// <summary>What <c>navigator.credentials.create</c> made, as WebAuthn's <c>RegistrationResponseJSON</c>.</summary>
    public required JsonElement Credential { get; init; }
}

/// <param name="RecoveryCodes">Shown here and never again; empty where some are left from before.</param>
internal sealed record AddedPasskeyView(PasskeyView Passkey, IReadOnlyList<string> RecoveryCodes);

/// <summary>What operators have beside their password: their own, and, for who manages people, others'.</summary>
internal static class FactorEndpoints
{
    private const string Proof = "The session must have begun, or been confirmed by `POST /me/confirm`, within ten minutes; else 403 `confirmFirst`.";

    public static void Map(RouteGroupBuilder api)
    {
        var me = api.MapGroup("/me").WithTags("Me");
        me.MapPost("/confirm", Confirm).WithSummary("Prove once more who one is").NeedsOperator().WithDescription("By the password, for ten minutes: what changes how one signs in asks for it.");
        me.MapGet("/second-factors", Mine).NeedsOperator();
        me.MapPost("/authenticator/draft", Draft).WithSummary("Begin to set up an authenticator app").NeedsOperator().WithDescription("A secret for an app (RFC 6238). Nothing is kept until a code of it is sent.");
        me.MapPost("/authenticator", TurnOn).WithSummary("Turn an authenticator app on").NeedsOperator().RunsOnce().WithDescription(Proof);
        me.MapDelete("/authenticator", TurnOff).WithSummary("Turn the authenticator app off").NeedsOperator().WithDescription(Proof);
        me.MapPost("/recovery-codes", RenewCodes).WithSummary("Make new recovery codes").NeedsOperator().RunsOnce().WithDescription("Those before are worth nothing then. " + Proof);
        me.MapPost("/passkeys/options", BeginPasskey).WithSummary("Begin to add a passkey").NeedsOperator().Produces<JsonElement>().WithDescription("What `navigator.credentials.create` is asked for. " + Proof);
        me.MapPost("/passkeys", AddPasskey).WithSummary("Add a passkey").NeedsOperator().WithDescription(Proof);
        me.MapDelete("/passkeys/{id}", RemovePasskey).NeedsOperator().WithDescription(Proof);

        var people = api.MapGroup("/people").WithTags("People");
        people.MapGet("/{id}/second-factors", Theirs).Needs(Scope.PeopleRead);
        people.MapDelete("/{id}/second-factors", Reset).WithSummary("Take away the second factors of a person").Needs(Scope.PeopleWrite).WithDescription("For who lost them: the password alone opens the account then.");
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> Confirm(Body<Confirmation> body, Caller caller, HttpContext http, IdentityDirectory directory, SecondFactors factors, CancellationToken ct) =>
        Emptily(http, await factors.ConfirmAsync(caller, await HereAsync(http, directory), body.Value.CurrentPassword, ct));

    private static async Task<Ok<FactorsView>> Mine(Caller caller, IdentityDirectory directory, SecondFactors factors, CancellationToken ct) =>
        TypedResults.Ok(await factors.FindAsync(directory.Find(caller.Operator!.Value)!.Tenant, caller.Operator.Value, ct));

    private static Ok<AuthenticatorDraft> Draft(Caller caller, SecondFactors factors) => TypedResults.Ok(factors.Draft(caller));

    private static async Task<Results<Ok<RecoveryCodesView>, ProblemHttpResult>> TurnOn(
        Body<AuthenticatorInput> body, Caller caller, HttpContext http, IdentityDirectory directory, SecondFactors factors, CancellationToken ct) =>
        WithCodes(http, await factors.TurnOnAsync(caller, await HereAsync(http, directory), body.Value.Draft, body.Value.Code, ct));

    private static async Task<Results<NoContent, ProblemHttpResult>> TurnOff(Caller caller, HttpContext http, IdentityDirectory directory, SecondFactors factors, CancellationToken ct) =>
        Emptily(http, await factors.TurnOffAsync(caller, await HereAsync(http, directory), ct));

    private static async Task<Results<Ok<RecoveryCodesView>, ProblemHttpResult>> RenewCodes(Caller caller, HttpContext http, IdentityDirectory directory, SecondFactors factors, CancellationToken ct) =>
        WithCodes(http, await factors.RenewCodesAsync(caller, await HereAsync(http, directory), ct));

    private static async Task<Results<ContentHttpResult, ProblemHttpResult>> BeginPasskey(
        Caller caller, HttpContext http, IdentityDirectory directory, SecondFactors factors, Passkeys passkeys, CancellationToken ct)
    {
        var known = directory.Find(caller.Operator!.Value)!;
        // Before a finger is asked for.
        if (!await factors.IsConfirmedAsync(known.Tenant, await HereAsync(http, directory), ct)) return ProblemOf(http, new FactorChange.Unconfirmed());
        return TypedResults.Text(await passkeys.BeginAddingAsync(http, known), "application/json");
    }

    private static async Task<Results<Ok<AddedPasskeyView>, ProblemHttpResult>> AddPasskey(Body<PasskeyInput> body, Caller caller, HttpContext http, IdentityDirectory directory, Passkeys passkeys, CancellationToken ct) =>
        await passkeys.AddAsync(http, caller, await HereAsync(http, directory), body.Value.Name, body.Value.Credential.GetRawText(), ct) is var change && change is FactorChange.Done { Passkey: { } passkey } done
            ? TypedResults.Ok(new AddedPasskeyView(passkey, done.RecoveryCodes))
            : ProblemOf(http, change);

    private static async Task<Results<NoContent, ProblemHttpResult>> RemovePasskey(string id, Caller caller, HttpContext http, IdentityDirectory directory, Passkeys passkeys, CancellationToken ct) =>
        Emptily(http, await passkeys.RemoveAsync(caller, await HereAsync(http, directory), id, ct));

    private static async Task<Results<Ok<FactorsView>, ProblemHttpResult>> Theirs(string id, Caller caller, PeopleDesk desk, SecondFactors factors, CancellationToken ct) =>
        await desk.FindAsync(caller, id, ct) is { } person ? TypedResults.Ok(await factors.FindAsync(caller.Tenant, person.Id, ct)) : Problems.NotFound();

    private static async Task<Results<NoContent, ProblemHttpResult>> Reset(string id, Caller caller, SecondFactors factors, CancellationToken ct) =>
        await factors.ResetAsync(caller, id, ct) is var change and not PeopleChange.Done ? PeopleProblems.Of(change) : TypedResults.NoContent();

    /// <summary>The session that this is.</summary>
    private static async ValueTask<SignInId> HereAsync(HttpContext http, IdentityDirectory directory) => (await SessionCookie.OperatorOfAsync(http, directory))?.SignIn.Id ?? default;

    private static Results<NoContent, ProblemHttpResult> Emptily(HttpContext http, FactorChange change) => change is FactorChange.Done ? TypedResults.NoContent() : ProblemOf(http, change);

    private static Results<Ok<RecoveryCodesView>, ProblemHttpResult> WithCodes(HttpContext http, FactorChange change) =>
        change is FactorChange.Done done ? TypedResults.Ok(new RecoveryCodesView(done.RecoveryCodes)) : ProblemOf(http, change);

    private static ProblemHttpResult ProblemOf(HttpContext http, FactorChange change)
    {
        switch (change)
        {
            case FactorChange.Unconfirmed: return Problems.Of(StatusCodes.Status403Forbidden, "confirmFirst", "Prove who you are first: POST /me/confirm, or a new sign-in.");
            case FactorChange.WrongPassword: return Problems.Of(StatusCodes.Status403Forbidden, "wrongPassword", "The current password is wrong.");
            case FactorChange.WrongCode: return Problems.BadRequest("wrongCode", "This is not the app's code of now.");
            case FactorChange.WrongPasskey: return Problems.BadRequest("wrongPasskey", "The browser's answer does not hold.");
            case FactorChange.WrongName: return Problems.BadRequest("invalidLength", "A name has 1 to 80 characters.");
            case FactorChange.Stale: return Problems.Conflict("stale", "This was begun too long ago, or by another browser: begin again.");
            case FactorChange.Already: return Problems.Conflict("already", "There is one already.");
            case FactorChange.TooMany: return Problems.Conflict("tooManyPasskeys", "20 passkeys are enough: remove one first.");
            case FactorChange.Gone: return Problems.NotFound();
            case FactorChange.Busy:
                RequestLimits.RetryAfter(http, TimeSpan.FromSeconds(1));
                return Problems.Unavailable();
            case FactorChange.TooOften often: return Problems.TooManyRequests(http, often.Wait);
            default: throw new InvalidOperationException($"{change.GetType().Name} is no refusal.");
        }
    }
}
