using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Busbar.Identity.Audit;
using Busbar.Identity.Http;
using Busbar.Identity.Operators;
using Busbar.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity.SignOn;

/// <summary>
/// Single sign-on: the authorisation code flow with PKCE, state and nonce, which lie sealed in a cookie of the browser that asked. What goes wrong leads to the sign-in, which says it in plain words.
/// </summary>
internal static class SignOnPages
{
    public const string Find = "/signin/sso", With = "/signin/with", Callback = "/signin/callback", Out = "/signin/out", BackChannel = "/signin/backchannel";

    private const string Cookie = "sso";
    private const int LongestCode = 4_096;

    /// <summary>What the browser carries while its user is at the provider.</summary>
    private sealed record Asked(string Provider, string State, string Nonce, string Verifier, string Redirect, string? Back);

    /// <summary>What a refusal needs to be told.</summary>
    private sealed record Desk(HttpContext Http, DoorAudit Audit, SignOnMetrics Metrics, ILogger<SignOnDesk> Log);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(Find, FindAsync).Open("which providers there are for an address's domain; it opens nothing").ExcludeFromDescription();
        app.MapGet(With + "/{id}", BeginAsync).Open("leads to a tenant's identity provider; it opens nothing").ExcludeFromDescription();
        app.MapGet(Callback, EnterAsync).Open("where a session begins; what the provider says is verified").ExcludeFromDescription();
        app.MapPost(BackChannel + "/{id}", BackChannelAsync).Open("a provider says that somebody's session there is over; it is told by a token that it signed").ExcludeFromDescription();
        app.MapGet(Out + "/{id}", LeaveAsync).Open("leads to where a session at the provider is ended; ours is over already").ExcludeFromDescription();
    }

    /// <summary>The buttons for an address; only those of its domain.</summary>
    private static async Task<IResult> FindAsync(HttpContext http, IdentityDirectory directory, SignInThrottle throttle, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        if (throttle.Source(RequestLimits.SourceOf(http)) is { Ticks: > 0 } wait) return SignInPages.Form(http, Door.Later(http, wait), "", null, StatusCodes.Status429TooManyRequests);
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var (email, back) = (form["email"].ToString(), Door.WayBack(form["return"]));
        var found = directory.ProvidersFor(email);
        return SignInPages.Form(http, found.Count > 0 ? null : DoorTexts.Say("signon-none", DoorTexts.LanguageOf(http.Request)), email, back, providers: found);
    }

    private static async Task<IResult> BeginAsync(
        string id, HttpContext http, IdentityDirectory directory, ProviderLine line, DoorCookie cookies, SignInThrottle throttle, DoorAudit audit, SignOnMetrics metrics, ILogger<SignOnDesk> log, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        var desk = new Desk(http, audit, metrics, log);
        if (throttle.Source(RequestLimits.SourceOf(http)) is { Ticks: > 0 } wait) return SignInPages.Form(http, Door.Later(http, wait), "", null, StatusCodes.Status429TooManyRequests);
        if (!TypedId.TryParse<IdentityProviderId>(id, out var known) || directory.FindProvider(known) is not { } provider) return Refuse(desk, null, "unknownProvider", StatusCodes.Status404NotFound);
        if (await line.DocumentOfAsync(provider, ct) is not { } document) return Refuse(desk, provider, "unreachable", StatusCodes.Status502BadGateway);
        // As the browser reached us: a proxy's name is the one that it comes back to.
        var asked = new Asked(id, Random(), Random(), Random(), $"{http.Request.Scheme}://{http.Request.Host}{Callback}", Door.WayBack(http.Request.Query["return"]));
        // Lax: the answer comes from the provider's site.
        cookies.Set(http, Cookie, JsonSerializer.Serialize(asked), SameSiteMode.Lax);
        http.Response.Headers.CacheControl = "no-store";
        return Door.To(QueryHelpers.AddQueryString(document.Authorization.AbsoluteUri, new Dictionary<string, string?>
        {
            ["response_type"] = "code", ["response_mode"] = "query", ["client_id"] = provider.ClientId, ["redirect_uri"] = asked.Redirect, ["scope"] = provider.Scopes, ["state"] = asked.State,
            ["nonce"] = asked.Nonce, ["code_challenge"] = Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(asked.Verifier))), ["code_challenge_method"] = "S256",
        }));
    }

    private static async Task<IResult> EnterAsync(
        HttpContext http, IdentityDirectory directory, ProviderLine line, SignOnDesk people, DoorCookie cookies, Entrance entrance, SignInThrottle throttle, TimeProvider clock, DoorAudit audit, SignOnMetrics metrics,
        ILogger<SignOnDesk> log, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        var (desk, source, query) = (new Desk(http, audit, metrics, log), RequestLimits.SourceOf(http), http.Request.Query);
        if (throttle.Source(source) is { Ticks: > 0 } wait) return SignInPages.Form(http, Door.Later(http, wait), "", null, StatusCodes.Status429TooManyRequests);
        if (cookies.Find(http, Cookie) is not { } begun || JsonSerializer.Deserialize<Asked>(begun.Value) is not { } asked) return Refuse(desk, null, "notBegun");
        var provider = TypedId.TryParse<IdentityProviderId>(asked.Provider, out var id) ? directory.FindProvider(id) : null;
        if (!IsSame(query["state"].ToString(), asked.State)) return Refuse(desk, provider, "state");
        // What was asked is answered, whatever the answer is.
        DoorCookie.Clear(http, Cookie);
        if (provider is null) return Refuse(desk, null, "unknownProvider");
        if (query["error"].ToString() is { Length: > 0 } error) return Refuse(desk, provider, error == "access_denied" ? "denied" : "providerError");
        if (await line.DocumentOfAsync(provider, ct) is not { } document) return Refuse(desk, provider, "unreachable", StatusCodes.Status502BadGateway);
        // RFC 9207: an answer of another provider is not taken to this one.
        var issuer = query["iss"].ToString();
        if (issuer.Length > 0 ? issuer != provider.Issuer : document.TellsIssuer) return Refuse(desk, provider, "issuer");
        if (query["code"].ToString() is not { Length: > 0 and <= LongestCode } code) return Refuse(desk, provider, "providerError");
        if (await line.ExchangeAsync(provider, document, code, asked.Verifier, asked.Redirect, ct) is not { } text) return Refuse(desk, provider, "code");
        var keys = await line.KeysOfAsync(provider, document, ProviderToken.KeyIdOf(text), ct);
        var (token, reason) = await IdToken.VerifyAsync(provider, keys, text, asked.Nonce, clock.GetInstant());
        if (token is null) return Refuse(desk, provider, "token", detail: reason);
        switch (await people.EnterAsync(provider, token, begun, source, ct))
        {
            case SignOnOutcome.Granted { Entry: var granted }:
                metrics.Ended("entered");
                var isStrong = provider.TrustsSecondFactor && token.HadSecondFactor;
                return await entrance.LeadAsync(http, granted with { HadSecondFactor = isStrong }, asked.Back);
            case SignOnOutcome.Refused { Why: var why }:
                return Refuse(desk, provider, char.ToLowerInvariant(why.ToString()[0]) + why.ToString()[1..]);
            default:
                throw new InvalidOperationException("A sign-on came to nothing.");
        }
    }

    /// <summary>OpenID Connect Back-Channel Logout 1.0.</summary>
    private static async Task<IResult> BackChannelAsync(
        string id, HttpContext http, IdentityDirectory directory, ProviderLine line, SignOnDesk people, RequestLimits limits, TimeProvider clock, DoorAudit audit, SignOnMetrics metrics, ILogger<SignOnDesk> log, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (!TypedId.TryParse<IdentityProviderId>(id, out var known) || directory.FindProvider(known) is not { } provider) return limits.Failed(http) is { } often ? often : Problems.NotFound();
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        // It sends it again, when it finds its own keys again.
        if (await line.DocumentOfAsync(provider, ct) is not { } document) return Problems.Unavailable();
        var (text, source) = (form["logout_token"].ToString(), RequestLimits.SourceOf(http));
        var (token, reason) = await LogoutToken.VerifyAsync(provider, await line.KeysOfAsync(provider, document, ProviderToken.KeyIdOf(text), ct), text, clock.GetInstant());
        if (token is not null && await people.LogOutAsync(provider, token, source, ct) is { } ended)
        {
            metrics.LoggedOut(ended > 0 ? "ended" : "nothing");
            Log.LoggedOutElsewhere(log, provider.Id, ended);
            return TypedResults.Ok();
        }
        metrics.LoggedOut("refused");
        Log.SignOnRefused(log, provider.Id.ToString(), source, $"logoutToken {reason ?? "replayed"}");
        audit.SignOnRefused(provider, source, "logoutToken");
        return limits.Failed(http) is { } tooMany ? tooMany : Problems.BadRequest("invalidLogoutToken", "This is no logout token of this provider for this client, or it came before.");
    }

    private static async Task<IResult> LeaveAsync(string id, HttpContext http, IdentityDirectory directory, ProviderLine line, SignInThrottle throttle, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (throttle.Source(RequestLimits.SourceOf(http)) is { Ticks: > 0 } wait) return SignInPages.Form(http, Door.Later(http, wait), "", null, StatusCodes.Status429TooManyRequests);
        if (!TypedId.TryParse<IdentityProviderId>(id, out var known) || directory.FindProvider(known) is not { } provider || await line.DocumentOfAsync(provider, ct) is not { EndSession: { } end }) return Door.To("/signin");
        return Door.To(QueryHelpers.AddQueryString(end.AbsoluteUri, new Dictionary<string, string?>
        {
            ["client_id"] = provider.ClientId, ["post_logout_redirect_uri"] = $"{http.Request.Scheme}://{http.Request.Host}/signin",
        }));
    }

    private static Page Refuse(Desk desk, KnownProvider? provider, string why, int status = StatusCodes.Status403Forbidden, string? detail = null)
    {
        var (source, language) = (RequestLimits.SourceOf(desk.Http), DoorTexts.LanguageOf(desk.Http.Request));
        Log.SignOnRefused(desk.Log, provider?.Id.ToString() ?? "nobody", source, detail is null ? why : $"{why} {detail}");
        desk.Metrics.Ended(why);
        if (provider is null) desk.Audit.SignInRefused("", source);
        else desk.Audit.SignOnRefused(provider, source, why);
        return SignInPages.Form(desk.Http, DoorTexts.Say("signon-" + why, language, provider?.Name), "", null, status, provider is null ? [] : [provider]);
    }

    private static bool IsSame(string given, string wanted) => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(given), Encoding.UTF8.GetBytes(wanted));

    private static string Random() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
