using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity.Operators;

/// <summary>Where the links of <see cref="InvitationDesk"/> lead: <c>/accept</c> for who was invited, <c>/password</c> for who sets a password anew.</summary>
internal static class LinkPages
{
    // The page works without it: the code is then copied from the link by hand.
    private const string Script =
        """
        const code = location.hash.slice(1);
        if (code) {
          document.getElementById('code').value = code;
          document.getElementById('code').closest('label').hidden = true;
          history.replaceState(null, '', location.pathname);
        }

        """;

    private const string Reason = "who was given a link has no session yet; its code is asked for";

    public static void Map(IEndpointRouteBuilder app)
    {
        Map(app, "/" + InvitationDesk.AcceptPath, isInvitation: true);
        Map(app, "/" + InvitationDesk.PasswordPath, isInvitation: false);
        app.MapGet("/link.js", () => TypedResults.Text(Script, "text/javascript")).Open("a script of the links' pages, without a secret").ExcludeFromDescription();
    }

    private static void Map(IEndpointRouteBuilder app, string path, bool isInvitation)
    {
        app.MapGet(path, (HttpContext http) => Door.Shut(http) ?? Form(http, isInvitation, null, "")).Open(Reason).ExcludeFromDescription();
        app.MapPost(path, (HttpContext http, InvitationDesk desk, Entrance entrance, SignInThrottle throttle, AccountMail mails, ILogger<OperatorDesk> log, CancellationToken ct) => EnterAsync(http, isInvitation, desk, entrance, throttle, mails, log, ct))
            .Open(Reason).ExcludeFromDescription();
    }

    private static async Task<IResult> EnterAsync(HttpContext http, bool isInvitation, InvitationDesk desk, Entrance entrance, SignInThrottle throttle, AccountMail mails, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        var (source, language) = (RequestLimits.SourceOf(http), DoorTexts.LanguageOf(http.Request));
        if (throttle.Source(source) is { Ticks: > 0 } wait) return Form(http, isInvitation, Door.Later(http, wait), "", StatusCodes.Status429TooManyRequests);
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var (code, name, password) = (form["code"].ToString().Trim(), form["name"].ToString(), form["password"].ToString());
        switch (isInvitation ? await desk.AcceptAsync(code, name, password, source, ct) : await desk.SetPasswordAsync(code, password, source, ct))
        {
            case Entry.Granted granted:
                if (!isInvitation) mails.Tell(granted.Operator, AccountEvent.PasswordChanged, source);
                // A link stands for the password, and not for what somebody has beside it.
                if (await entrance.AskAsync(http, granted, null) is { } step) return step;
                await SessionCookie.BeginAsync(http, granted);
                return Door.To(Door.Inside);
            case Entry.Wrong wrong:
                var said = wrong.Check.Errors.Select(error => DoorTexts.Say(error.Pointer == "/name" ? "wrong-name" : "wrong-" + error.Error.Code, language)).Distinct();
                // The code once more: it has not been used.
                return Form(http, isInvitation, string.Join(' ', said), name, StatusCodes.Status400BadRequest, code);
            case Entry.Busy:
                return Form(http, isInvitation, Door.Later(http, TimeSpan.FromSeconds(1)), name, StatusCodes.Status503ServiceUnavailable, code);
            default:
                Log.SignInFailed(log, source, "a link that is not valid");
                return Form(http, isInvitation, DoorTexts.Say("link-invalid", language), name, StatusCodes.Status403Forbidden);
        }
    }

    private static Page Form(HttpContext http, bool isInvitation, string? message, string name, int status = StatusCodes.Status200OK, string code = "")
    {
        var language = DoorTexts.LanguageOf(http.Request);
        var nameField = $"""<label>{Text("name")} <input name="name" required maxlength="200" autocomplete="name" value="{Page.Text(name)}"></label>""";
        return new Page(Say(isInvitation ? "accept-title" : "password-title"),
            $"""
            <p>{Text(isInvitation ? "accept-lead" : "password-lead")}</p>
            {Page.Alert(message)}
            <form method="post" action="/{(isInvitation ? InvitationDesk.AcceptPath : InvitationDesk.PasswordPath)}">
              <label>{Text("code")}
                <input id="code" name="code" required autocomplete="off" spellcheck="false" value="{Page.Text(code)}"></label>
              {(isInvitation ? nameField : "")}
              <label>{Text("new-password")}
                <input name="password" type="password" required minlength="12" maxlength="128" autocomplete="new-password"></label>
              <button>{Text(isInvitation ? "accept-go" : "password-go")}</button>
            </form>
            <script src="/link.js" defer></script>
            """, status, language);

        string Say(string text) => DoorTexts.Say(text, language);
        string Text(string text) => Page.Text(Say(text));
    }
}
