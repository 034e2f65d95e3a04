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
        app.MapGet("/setup", (HttpContext http, SetupLinks links) => Door.Shut(http) ?? (links.Open ? Form(null, "") : Problems.NotFound()))
            .Open("the first operator has no account yet; the printed code is asked for").ExcludeFromDescription();
        app.MapPost("/setup", SetUpAsync).Open("the first operator has no account yet; the printed code is asked for").ExcludeFromDescription();
        app.MapGet("/setup.js", () => TypedResults.Text(Script, "text/javascript")).Open("a script of the set-up page, without a secret").ExcludeFromDescription();
    }

    private static async Task<IResult> SetUpAsync(HttpContext http, SetupLinks links, OperatorDesk desk, SignInThrottle throttle, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        if (!links.Open) return Problems.NotFound();
        var source = RequestLimits.SourceOf(http);
        if (throttle.Source(source) is { Ticks: > 0 } wait) return Form(Door.Later(http, wait), "", StatusCodes.Status429TooManyRequests);
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var email = form["email"].ToString();
        switch (await desk.FoundAsync(form["code"].ToString().Trim(), email, form["password"].ToString(), ct))
        {
            case Entry.Granted granted:
                Log.OperatorFounded(log, granted.Operator, source);
                await SessionCookie.BeginAsync(http, granted.Operator, granted.Stamp);
                return Door.To(Door.Inside);
            case Entry.Wrong wrong:
                return Form(string.Join(' ', wrong.Check.Messages), email, StatusCodes.Status400BadRequest);
            case Entry.Busy:
                return Form(Door.Later(http, TimeSpan.FromSeconds(1)), email, StatusCodes.Status503ServiceUnavailable);
            case Entry.Closed:
                return Problems.NotFound();
            default:
                Log.SignInFailed(log, source, "a set-up code that is not valid");
                return Form("This code is not valid: it may be mistyped, used or older than a day. The server prints a new one when it starts.", email, StatusCodes.Status403Forbidden);
        }
    }

    private static Page Form(string? message, string email, int status = StatusCodes.Status200OK) => new("Set up Busbar",
        $"""
        <p>You become the first operator, with all rights.</p>
        {Page.Alert(message)}
        <form method="post" action="/setup">
          <label>Set-up code, as the server printed it behind the #
            <input id="code" name="code" required autocomplete="off" spellcheck="false"></label>
          <label>E-mail address
            <input name="email" type="email" required maxlength="254" autocomplete="username" value="{Page.Text(email)}"></label>
          <label>Password, 12 characters or more
            <input name="password" type="password" required minlength="12" maxlength="128" autocomplete="new-password"></label>
          <button>Set up and sign in</button>
        </form>
        <script src="/setup.js" defer></script>
        """, status);
}
