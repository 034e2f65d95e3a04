using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Identity.Operators;

/// <summary><c>/signin/protect</c>: who has no second factor, and is of a tenant that requires one, makes a passkey or sets up an authenticator app. Until then they see nothing else.</summary>
internal static class ProtectPages
{
    public const string Path = "/signin/protect";
    private const string Passkey = Path + "/passkey";
    private const string Reason = "who came in without a second factor sets one up; without a session it leads to the sign-in";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, ShowAsync).Open(Reason).ExcludeFromDescription();
        app.MapPost(Path, TurnOnAsync).Open(Reason).ExcludeFromDescription();
        app.MapPost(Passkey + "/options", BeginPasskeyAsync).Open(Reason).ExcludeFromDescription();
        app.MapPost(Passkey, AddPasskeyAsync).Open(Reason).ExcludeFromDescription();
    }

    private static async Task<IResult> ShowAsync(HttpContext http, IdentityDirectory directory, SecondFactors factors, CancellationToken ct) =>
        Door.Shut(http) ?? (await OwesAsync(http, directory) is { } present ? await FormAsync(http, present, factors, null, ct) : Door.To(Door.Inside));

    private static async Task<IResult> TurnOnAsync(HttpContext http, IdentityDirectory directory, SecondFactors factors, SignInThrottle throttle, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        if (await OwesAsync(http, directory) is not { } present) return Door.To(Door.Inside);
        var language = DoorTexts.LanguageOf(http.Request);
        if (throttle.Source(RequestLimits.SourceOf(http)) is { Ticks: > 0 } wait) return await FormAsync(http, present, factors, Door.Later(http, wait), ct, StatusCodes.Status429TooManyRequests);
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        switch (await factors.TurnOnAsync(CallerOf(http, present), present.SignIn.Id, form["draft"].ToString(), form["code"].ToString(), ct))
        {
            case FactorChange.Done done:
                return Done(done, language);
            case FactorChange.TooOften { Wait: var pause }:
                return await FormAsync(http, present, factors, Door.Later(http, pause), ct, StatusCodes.Status429TooManyRequests);
            default:
                return await FormAsync(http, present, factors, DoorTexts.Say("protect-wrong", language), ct, StatusCodes.Status403Forbidden, form["draft"].ToString());
        }
    }

    private static async Task<IResult> BeginPasskeyAsync(HttpContext http, IdentityDirectory directory, SecondFactors factors, Passkeys passkeys, SignInThrottle throttle, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        if (await OwesAsync(http, directory) is not { } present) return Problems.Unauthenticated();
        if (throttle.Source(RequestLimits.SourceOf(http)) is { Ticks: > 0 } wait) return Problems.TooManyRequests(http, wait);
        // Before a finger is asked for.
        if (!await IsFreshAsync(present, factors, ct)) return Problems.SecondFactorRequired();
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Text(await passkeys.BeginAddingAsync(http, present.Operator), "application/json");
    }

    private static async Task<IResult> AddPasskeyAsync(HttpContext http, IdentityDirectory directory, SecondFactors factors, Passkeys passkeys, SignInThrottle throttle, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        if (await OwesAsync(http, directory) is not { } present) return Door.To(Door.Inside);
        var language = DoorTexts.LanguageOf(http.Request);
        if (throttle.Source(RequestLimits.SourceOf(http)) is { Ticks: > 0 } wait) return await FormAsync(http, present, factors, Door.Later(http, wait), ct, StatusCodes.Status429TooManyRequests);
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        // Who has a second factor already uses it: a session without it adds none.
        return await IsFreshAsync(present, factors, ct) && await passkeys.AddAsync(http, CallerOf(http, present), present.SignIn.Id, form["name"].ToString(), form["credential"].ToString(), ct) is FactorChange.Done done
            ? Done(done, language)
            : await FormAsync(http, present, factors, DoorTexts.Say("protect-passkey-failed", language), ct, StatusCodes.Status403Forbidden);
    }

    private static Page Done(FactorChange.Done done, string language) =>
        new(DoorTexts.Say("protect-done-title", language),
            $"""
            <p>{Page.Text(DoorTexts.Say("protect-done", language))}</p>
            <ul data-codes>{string.Concat(done.RecoveryCodes.Select(code => $"<li><code>{Page.Text(code)}</code></li>"))}</ul>
            <p><a class="button" href="{Door.Inside}">{Page.Text(DoorTexts.Say("protect-go-on", language))}</a></p>
            """, language: language);

    /// <summary>A session that was found open adds no way in, and who has a second factor uses it.</summary>
    private static async Task<bool> IsFreshAsync(Present present, SecondFactors factors, CancellationToken ct) =>
        await factors.IsConfirmedAsync(present.Operator.Tenant, present.SignIn.Id, ct) && !(await factors.FindAsync(present.Operator.Tenant, present.Operator.Id, ct)).IsProtected;

    private static async Task<Present?> OwesAsync(HttpContext http, IdentityDirectory directory) =>
        await SessionCookie.OperatorOfAsync(http, directory) is { } present && directory.OwesSecondFactor(present.Operator, present.SignIn) ? present : null;

    /// <summary>They may change what is theirs, and nothing else.</summary>
    private static Caller CallerOf(HttpContext http, Present present) =>
        new(present.Operator.Tenant, present.Operator.Id.ToString(), Rights.None) { Operator = present.Operator.Id, Source = RequestLimits.SourceOf(http) };

    private static async Task<Page> FormAsync(HttpContext http, Present present, SecondFactors factors, string? message, CancellationToken ct, int status = StatusCodes.Status200OK, string? begun = null)
    {
        var language = DoorTexts.LanguageOf(http.Request);
        var signOut = $"""<form method="post" action="/signout"><button>{Text("signout-go")}</button></form>""";
        if (!await IsFreshAsync(present, factors, ct)) return new Page(Say("protect-title"), $"<p>{Text("protect-anew")}</p>{signOut}", status, language);
        var caller = CallerOf(http, present);
        var draft = (begun is null ? null : factors.Reopen(caller, begun)) ?? factors.Draft(caller);
        return new Page(Say("protect-title"),
            $"""
            <p>{Text("protect-lead")}</p>
            {Page.Alert(message)}
            <form method="post" action="{Passkey}" data-passkey="new" hidden>
              <h2>{Text("protect-passkey-title")}</h2>
              <p>{Text("protect-passkey-lead")}</p>
              <input type="hidden" name="credential">
              <label>{Text("protect-passkey-name")} <input name="name" required maxlength="80" autocomplete="off" value="{Text("protect-passkey-default")}"></label>
              <button type="button">{Text("protect-passkey-go")}</button>
              <p role="alert" data-failed="{Text("protect-passkey-failed")}" data-busy="{Text("passkey-later")}"></p>
            </form>
            <script src="/passkey.js" type="module"></script>
            <h2>{Text("protect-app-title")}</h2>
            <p>{Text("protect-scan")}</p>
            {Qr(draft.Uri, Text("protect-qr"))}
            <p>{Text("protect-secret")} <code data-secret>{Page.Text(draft.Secret)}</code></p>
            <p><a href="{Page.Text(draft.Uri)}">{Text("protect-open")}</a></p>
            <form method="post" action="{Path}">
              <input type="hidden" name="draft" value="{Page.Text(draft.Draft)}">
              <label>{Text("protect-code")} <input name="code" required maxlength="10" inputmode="numeric" autocomplete="one-time-code"></label>
              <button>{Text("protect-go")}</button>
            </form>
            {signOut}
            """, status, language);

        string Say(string text) => DoorTexts.Say(text, language);
        string Text(string text) => Page.Text(Say(text));
    }

    // Dark on light in both themes: what reads it is a camera. By attributes: the page's policy lets no style in that stands in it.
    private static string Qr(string content, string label)
    {
        var (size, path) = QrDrawing.Draw(content);
        return $"""<svg class="qr" viewBox="0 0 {size} {size}" role="img" aria-label="{label}" shape-rendering="crispEdges"><rect width="{size}" height="{size}" fill="#fff"/><path d="{path}" fill="#000"/></svg>""";
    }
}
