using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Identity.Operators;

/// <summary><c>/signin/forgot</c>: asks for the address, and says the same whoever's it is.</summary>
internal static class ForgottenPages
{
    public const string Path = "/signin/forgot";
    private const string Reason = "who forgot the password has no session; the answer tells nothing of whom there is";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet(Path, (HttpContext http, ForgottenPasswords forgotten) => Door.Shut(http) ?? Form(http, forgotten, null)).Open(Reason).ExcludeFromDescription();
        app.MapPost(Path, AskAsync).Open(Reason).ExcludeFromDescription();
    }

    private static async Task<IResult> AskAsync(HttpContext http, ForgottenPasswords forgotten, SignInThrottle throttle, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        if (!forgotten.IsOffered) return Form(http, forgotten, null);
        var (source, language) = (RequestLimits.SourceOf(http), DoorTexts.LanguageOf(http.Request));
        if (throttle.Source(source) is { Ticks: > 0 } wait) return Form(http, forgotten, Door.Later(http, wait), StatusCodes.Status429TooManyRequests);
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var email = form["email"].ToString();
        if (!OperatorDesk.IsAddress(email.Trim())) return Form(http, forgotten, DoorTexts.Say("forgot-wrong", language), StatusCodes.Status400BadRequest);
        forgotten.Ask(email, source, language);
        return new Page(DoorTexts.Say("forgot-title", language),
            $"""
            <p role="status">{Page.Text(DoorTexts.Say("forgot-asked", language))}</p>
            <p><a href="/signin">{Page.Text(DoorTexts.Say("signin-title", language))}</a></p>
            """, language: language);
    }

    private static Page Form(HttpContext http, ForgottenPasswords forgotten, string? message, int status = StatusCodes.Status200OK)
    {
        var language = DoorTexts.LanguageOf(http.Request);
        return new Page(DoorTexts.Say("forgot-title", language), !forgotten.IsOffered ? $"<p>{Text("forgot-not-offered")}</p>" :
            $"""
            <p>{Text("forgot-lead")}</p>
            {Page.Alert(message)}
            <form method="post" action="{Path}">
              <label>{Text("email")}
                <input name="email" type="email" required maxlength="254" autocomplete="username"></label>
              <button>{Text("forgot-go")}</button>
            </form>
            """, status, language);

        string Text(string text) => Page.Text(DoorTexts.Say(text, language));
    }
}
