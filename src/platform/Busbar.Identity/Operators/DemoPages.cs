using Busbar.Identity.Audit;
using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity.Operators;

/// <summary><c>/demo</c>: the link that a demo prints. It is there in a demo only.</summary>
internal static class DemoPages
{
    // The page works without it: the code is then copied from the terminal by hand.
    private const string Script =
        """
        const code = location.hash.slice(1);
        if (code) {
          document.getElementById('code').value = code;
          history.replaceState(null, '', location.pathname);
          document.forms[0].submit();
        }

        """;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/demo", (HttpContext http) => Door.Shut(http) ?? Form(null)).Open("the way into a demo; the printed code is asked for").ExcludeFromDescription();
        app.MapPost("/demo", EnterAsync).Open("the way into a demo; the printed code is asked for").ExcludeFromDescription();
        app.MapGet("/demo.js", () => TypedResults.Text(Script, "text/javascript")).Open("a script of the demo's page, without a secret").ExcludeFromDescription();
    }

    private static async Task<IResult> EnterAsync(HttpContext http, DemoDoor demo, SignInThrottle throttle, DoorAudit audit, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        var source = RequestLimits.SourceOf(http);
        if (throttle.Source(source) is { Ticks: > 0 } wait) return Form(Door.Later(http, wait), StatusCodes.Status429TooManyRequests);
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        if (demo.Enter(form["code"].ToString().Trim()) is not { } granted)
        {
            Log.SignInFailed(log, source, "a demo's code that is not valid");
            audit.SignInRefused("", source);
            return Form("This code is not valid. The server prints a new one when it starts.", StatusCodes.Status403Forbidden);
        }
        Log.SignedIn(log, granted.Operator, source);
        await audit.SignedInAsync(granted.Operator, source);
        await SessionCookie.BeginAsync(http, granted);
        return Door.To(Door.Inside);
    }

    private static Page Form(string? message, int status = StatusCodes.Status200OK) => new("Busbar's demo",
        $"""
        {Page.Alert(message)}
        <form method="post" action="/demo">
          <label>Code, as the server printed it behind the #
            <input id="code" name="code" required autocomplete="off" spellcheck="false"></label>
          <button>Look at the demo</button>
        </form>
        <script src="/demo.js" defer></script>
        """, status);
}
