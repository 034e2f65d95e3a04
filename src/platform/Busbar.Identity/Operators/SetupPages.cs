using Busbar.Identity.Audit;
using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity.Operators;

/// <summary><c>/setup</c>: the first operator, once.</summary>
internal static class SetupPages
{
    // The page works without it: the code is then copied from the terminal by hand.
    private const string Script =
        """
        const code = location.hash.slice(1);
        if (code) {
          document.getElementById('code').value = code;
          history.replaceState(null, '', location.pathname);
        }

        """;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/setup", (HttpContext http, SetupLinks links) => Door.Shut(http) ?? (links.Open ? Form(http, null, "") : Problems.NotFound()))
            .Open("the first operator has no account yet; the printed code is asked for").ExcludeFromDescription();
        app.MapPost("/setup", SetUpAsync).Open("the first operator has no account yet; the printed code is asked for").ExcludeFromDescription();
        app.MapGet("/setup.js", () => TypedResults.Text(Script, "text/javascript")).Open("a script of the set-up page, without a secret").ExcludeFromDescription();
    }

    private static async Task<IResult> SetUpAsync(HttpContext http, SetupLinks links, OperatorDesk desk, SignInThrottle throttle, DoorAudit audit, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        if (!links.Open) return Problems.NotFound();
        var source = RequestLimits.SourceOf(http);
        if (throttle.Source(source) is { Ticks: > 0 } wait) return Form(http, Door.Later(http, wait), "", StatusCodes.Status429TooManyRequests);
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var email = form["email"].ToString();
        switch (await desk.FoundAsync(form["code"].ToString().Trim(), email, form["password"].ToString(), ct))
        {
            case Entry.Granted granted:
                Log.OperatorFounded(log, granted.Operator, source);
                await audit.SignedInAsync(granted.Operator, source);
                await SessionCookie.BeginAsync(http, granted);
                return Door.To(Door.Inside);
            case Entry.Wrong wrong:
                var said = wrong.Check.Errors.Select(error => DoorTexts.Say("wrong-" + (error.Pointer == "/email" ? "email" : error.Error.Code), DoorTexts.LanguageOf(http.Request)));
                return Form(http, string.Join(' ', said), email, StatusCodes.Status400BadRequest);
            case Entry.Busy:
                return Form(http, Door.Later(http, TimeSpan.FromSeconds(1)), email, StatusCodes.Status503ServiceUnavailable);
            case Entry.Closed:
                return Problems.NotFound();
            default:
                Log.SignInFailed(log, source, "a set-up code that is not valid");
                audit.SignInRefused("", source);
                return Form(http, DoorTexts.Say("setup-invalid", DoorTexts.LanguageOf(http.Request)), email, StatusCodes.Status403Forbidden);
        }
    }

    private static Page Form(HttpContext http, string? message, string email, int status = StatusCodes.Status200OK)
    {
        var language = DoorTexts.LanguageOf(http.Request);
        return new Page(DoorTexts.Say("setup-title", language),
            $"""
            <p>{Text("setup-lead")}</p>
            {Page.Alert(message)}
            <form method="post" action="/setup">
              <label>{Text("setup-code")}
                <input id="code" name="code" required autocomplete="off" spellcheck="false"></label>
              <label>{Text("email")}
                <input name="email" type="email" required maxlength="254" autocomplete="username" value="{Page.Text(email)}"></label>
              <label>{Text("new-password")}
                <input name="password" type="password" required minlength="12" maxlength="128" autocomplete="new-password"></label>
              <button>{Text("setup-go")}</button>
            </form>
            <script src="/setup.js" defer></script>
            """, status, language);

        string Text(string text) => Page.Text(DoorTexts.Say(text, language));
    }
}
