using Busbar.Identity.Audit;
using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity.Operators;

/// <summary><c>/signin/code</c>, which asks for the second factor after the right password, and <c>/signin/passkey</c>, which asks for nothing else.</summary>
internal static class SecondStepPages
{
    private const string Passkey = "/signin/passkey";
    private static readonly byte[] Script = ReadScript();

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Entrance.Step, ShowAsync).Open("the second step of a sign-in; who gave no password is led to the first").ExcludeFromDescription();
        app.MapPost(Entrance.Step, EnterAsync).Open("the second step of a sign-in; a code is asked for").ExcludeFromDescription();
        app.MapPost(Passkey + "/options", BeginAsync).Open("a challenge for a passkey; it opens nothing by itself").ExcludeFromDescription();
        app.MapPost(Passkey, SignInAsync).Open("where a session begins; a passkey is asked for").ExcludeFromDescription();
        app.MapGet("/passkey.js", () => TypedResults.Bytes(Script, "text/javascript; charset=utf-8")).Open("a script of the sign-in page and of the profile, without a secret").ExcludeFromDescription();
    }

    private static async Task<IResult> ShowAsync(HttpContext http, Entrance entrance, SecondFactors factors) =>
        Door.Shut(http) ?? (entrance.Find(http) is { } waiting ? await FormAsync(http, factors, waiting, null) : Door.To("/signin"));

    private static async Task<IResult> EnterAsync(
        HttpContext http, Entrance entrance, SecondFactors factors, SignInThrottle throttle, KnownDevice device, DoorAudit audit, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        if (entrance.Find(http) is not { Operator: var known } waiting) return Door.To("/signin");
        var (source, language) = (RequestLimits.SourceOf(http), DoorTexts.LanguageOf(http.Request));
        var wait = throttle.Source(source);
        if (wait == TimeSpan.Zero) wait = throttle.Code(source, known.Id, device.Knows(http, OperatorDesk.Fold(known.Email)));
        if (wait > TimeSpan.Zero)
        {
            Refused("too many codes");
            return await FormAsync(http, factors, waiting, Door.Later(http, wait), StatusCodes.Status429TooManyRequests);
        }
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        switch (await factors.UseAsync(known, form["code"].ToString(), source, ct))
        {
            case CodeVerdict.Authenticator: return await EnterAsync("authenticator");
            case CodeVerdict.Recovery: return await EnterAsync("recoveryCode");
            default:
                Refused("wrong code");
                return await FormAsync(http, factors, waiting, DoorTexts.Say("code-wrong", language), StatusCodes.Status403Forbidden);
        }

        Task<IResult> EnterAsync(string by) => entrance.EnterAsync(http, new Entry.Granted(known.Tenant, known.Id, known.Stamp) { Provider = waiting.Provider, HadSecondFactor = true }, by, waiting.Back);

        void Refused(string why)
        {
            Log.SignInFailed(log, source, why);
            audit.SecondFactorRefused(known, source);
        }
    }

    private static async Task<IResult> BeginAsync(HttpContext http, Passkeys passkeys, SignInThrottle throttle)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        if (throttle.Source(RequestLimits.SourceOf(http)) is { Ticks: > 0 } wait) return Problems.TooManyRequests(http, wait);
        http.Response.Headers.CacheControl = "no-store";
        return TypedResults.Text(await passkeys.BeginSignInAsync(http), "application/json");
    }

    private static async Task<IResult> SignInAsync(
        HttpContext http, Passkeys passkeys, Entrance entrance, SignInThrottle throttle, DoorAudit audit, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        var (source, language) = (RequestLimits.SourceOf(http), DoorTexts.LanguageOf(http.Request));
        if (throttle.Source(source) is { Ticks: > 0 } wait) return SignInPages.Form(http, Door.Later(http, wait), "", null, StatusCodes.Status429TooManyRequests);
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var half = entrance.Find(http);
        var back = Door.WayBack(form["return"]) ?? half?.Back;
        if (await passkeys.SignInAsync(http, form["credential"].ToString(), half, source, ct) is Entry.Granted granted) return await entrance.EnterAsync(http, granted, "passkey", back);
        Log.SignInFailed(log, source, "a passkey that is not valid");
        audit.SignInRefused("", source);
        return SignInPages.Form(http, DoorTexts.Say("passkey-refused", language), "", back, StatusCodes.Status403Forbidden);
    }

    /// <summary>The button that a script brings to life, and the form that carries what the browser answers.</summary>
    public static string PasskeyForm(string language, string? back) =>
        $"""
        <form method="post" action="{Passkey}" data-passkey hidden>
          {(back is null ? "" : $"""<input type="hidden" name="return" value="{Page.Text(back)}">""")}
          <input type="hidden" name="credential">
          <button type="button">{Page.Text(DoorTexts.Say("passkey-go", language))}</button>
          <p role="alert" data-failed="{Page.Text(DoorTexts.Say("passkey-failed", language))}" data-busy="{Page.Text(DoorTexts.Say("passkey-later", language))}"></p>
        </form>
        <script src="/passkey.js" type="module"></script>
        """;

    private static async Task<Page> FormAsync(HttpContext http, SecondFactors factors, Entrance.Waiting waiting, string? message, int status = StatusCodes.Status200OK)
    {
        var language = DoorTexts.LanguageOf(http.Request);
        var has = await factors.FindAsync(waiting.Operator.Tenant, waiting.Operator.Id, http.RequestAborted);
        var app = has.AuthenticatorSince is not null;
        return new Page(DoorTexts.Say("code-title", language),
            $"""
            <p>{Text(app ? "code-lead" : "code-lead-passkey")}</p>
            {Page.Alert(message)}
            {(has.Passkeys.Count > 0 ? PasskeyForm(language, waiting.Back) : "")}
            <form method="post" action="{Entrance.Step}">
              <label>{Text(app ? "code-label" : "code-label-recovery")}
                <input name="code" required maxlength="40" autocomplete="one-time-code" spellcheck="false" autocapitalize="none"{(app ? " autofocus" : "")}></label>
              <button>{Text("code-go")}</button>
            </form>
            <p>{Text("code-lost")} <a href="/signin">{Text("code-other")}</a></p>
            """, status, language);

        string Text(string text) => Page.Text(DoorTexts.Say(text, language));
    }

    private static byte[] ReadScript()
    {
        using var stream = typeof(SecondStepPages).Assembly.GetManifestResourceStream("passkey.js") ?? throw new InvalidOperationException("passkey.js is not embedded.");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
