using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Busbar.Identity.Operators;

/// <summary><c>/signin</c> and <c>/signout</c>. There is no JSON form of them: a program has a key of its own.</summary>
internal static class SignInPages
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/signin", ShowAsync).Open("where a session begins").ExcludeFromDescription();
        app.MapPost("/signin", SignInAsync).Open("where a session begins; the password is asked for").ExcludeFromDescription();
        app.MapPost("/signout", SignOutAsync).Open("ends the session that it is sent with, and nothing without one").ExcludeFromDescription();
        app.MapGet("/door.css", () => TypedResults.Text(Page.Style, "text/css")).Open("the style of the sign-in pages").ExcludeFromDescription();
    }

    private static async Task<IResult> ShowAsync(HttpContext http, IdentityDirectory directory) =>
        Door.Shut(http) ?? (await SessionCookie.OperatorOfAsync(http, directory) is { } known ? Inside(known) : Form(null, "", Door.WayBack(http.Request.Query["return"])));

    private static async Task<IResult> SignInAsync(
        HttpContext http, OperatorDesk desk, SignInThrottle throttle, KnownDevice device, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        var source = RequestLimits.SourceOf(http);
        if (throttle.Source(source) is { Ticks: > 0 } wait) return TooOften(wait, "", null);
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var (email, back) = (form["email"].ToString(), Door.WayBack(form["return"]));
        var account = OperatorDesk.Fold(email);
        if (throttle.Account(source, account, device.Knows(http, account)) is { Ticks: > 0 } longer) return TooOften(longer, email, back);
        switch (await desk.SignInAsync(email, form["password"].ToString(), ct))
        {
            case Entry.Granted granted:
                Log.SignedIn(log, granted.Operator, source);
                await SessionCookie.BeginAsync(http, granted.Operator, granted.Stamp);
                device.Remember(http, account);
                return Door.To(back ?? Door.Inside);
            case Entry.Busy:
                return Form(Door.Later(http, TimeSpan.FromSeconds(1)), email, back, StatusCodes.Status503ServiceUnavailable);
            default:
                Log.SignInFailed(log, source, "wrong e-mail address or password");
                return Form("The e-mail address or the password is wrong.", email, back, StatusCodes.Status403Forbidden);
        }

        Page TooOften(TimeSpan wait, string email, string? back)
        {
            Log.SignInFailed(log, source, "too many tries");
            return Form(Door.Later(http, wait), email, back, StatusCodes.Status429TooManyRequests);
        }
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, IdentityDirectory directory, OperatorDesk desk, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        if (await SessionCookie.OperatorOfAsync(http, directory) is { } known)
        {
            await desk.SignOutAsync(known, ct);
            Log.SignedOut(log, known.Id);
        }
        await SessionCookie.EndAsync(http);
        return Door.To("/signin");
    }

    private static Page Form(string? message, string email, string? back, int status = StatusCodes.Status200OK) => new("Sign in",
        $"""
        {Page.Alert(message)}
        <form method="post" action="/signin">
          {(back is null ? "" : $"""<input type="hidden" name="return" value="{Page.Text(back)}">""")}
          <label>E-mail address
            <input name="email" type="email" required maxlength="254" autocomplete="username" value="{Page.Text(email)}"></label>
          <label>Password
            <input name="password" type="password" required maxlength="128" autocomplete="current-password"></label>
          <button>Sign in</button>
        </form>
        """, status);

    private static Page Inside(KnownOperator known) => new("Busbar",
        $"""
        <p>You are signed in as {Page.Text(known.Email)}. <a href="/">The console</a> · <a href="/docs">The API</a></p>
        <form method="post" action="/signout"><button>Sign out</button></form>
        """);
}

/// <summary>What the pages for coming in have in common.</summary>
internal static class Door
{
    /// <summary>A password does not cross a network in the clear: over plain HTTP, this machine only.</summary>
    public static IResult? Shut(HttpContext http) =>
        http.Request.IsHttps || SecurityHeaders.IsThisMachine(http.Request.Host.Host)
            ? null
            : new Page("HTTPS is needed", "<p>Passwords are taken over HTTPS only. Behind a proxy that ends TLS, set ASPNETCORE_FORWARDEDHEADERS_ENABLED=true and have it send X-Forwarded-Proto; on the server's own machine, use localhost.</p>", StatusCodes.Status403Forbidden);

    /// <summary>Null: it is no form.</summary>
    /// <exception cref="ProblemException">It is cut short, has too many fields, or holds what is no text.</exception>
    public static async Task<IFormCollection?> FormAsync(HttpContext http, CancellationToken ct)
    {
        if (!http.Request.HasFormContentType) return null;
        try
        {
            var form = await http.Request.ReadFormAsync(ct);
            if (form.All(field => field.Value.All(text => text?.Contains('\0', StringComparison.Ordinal) != true))) return form;
        }
        catch (Exception error) when (error is InvalidDataException or IOException and not BadHttpRequestException)
        {
            // Told below, as for what is no text.
        }
        throw new ProblemException(Problems.BadRequest("malformedForm", "The form cannot be read."));
    }

    public static string Later(HttpContext http, TimeSpan wait)
    {
        RequestLimits.RetryAfter(http, wait);
        return $"Too many tries for the moment. Try again in {Math.Ceiling(wait.TotalSeconds):0} s.";
    }

    /// <summary>Where the console's pages lie. They are of a room to the right.</summary>
    private const string Console = "/console";

    /// <summary>Leads on to the first page.</summary>
    public const string Inside = "/";

    /// <summary>The sign-in that leads back to what was asked for.</summary>
    public static string SignInFor(HttpRequest asked) =>
        WayBack(asked.Path + asked.QueryString) is { } back ? $"/signin?return={Uri.EscapeDataString(back)}" : "/signin";

    /// <summary>Only into our own pages: a link that a stranger made leads to no other site. A backslash counts as a slash in browsers. Null: nowhere.</summary>
    public static string? WayBack(string? path) =>
        path is { Length: > 0 and <= 2_000 } && (path == Console || path.StartsWith(Console + "/", StringComparison.Ordinal) || path.StartsWith(Console + "?", StringComparison.Ordinal))
        && path.All(c => c is > ' ' and <= '~' and not '\\')
            ? path
            : null;

    /// <summary>303: the browser asks for it anew, and a reload sends nothing twice.</summary>
    public static IResult To(string path) => new SeeOther(path);

    private sealed class SeeOther(string path) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = path;
            return Task.CompletedTask;
        }
    }
}
