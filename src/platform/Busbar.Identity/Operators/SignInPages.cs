using Busbar.Storage.Audit;
using Busbar.Identity.Audit;
using Busbar.Identity.Http;
using Busbar.Identity.SignOn;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Busbar.Kernel;
using Microsoft.Extensions.DependencyInjection;
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
        Door.Shut(http) ?? (await SessionCookie.OperatorOfAsync(http, directory) is { } present
            ? directory.OwesSecondFactor(present.Operator, present.SignIn) ? Door.To(ProtectPages.Path) : Inside(http, present.Operator)
            : Form(http, null, "", Door.WayBack(http.Request.Query["return"]), providers: ProvidersOf(http, directory)));

    /// <summary>Of the tenant whose own address of the sign-in this is, and of no other.</summary>
    private static IReadOnlyList<KnownProvider> ProvidersOf(HttpContext http, IdentityDirectory directory) =>
        http.Request.Query["tenant"].ToString() is { Length: > 0 } slug && directory.Find(slug) is { } tenant ? directory.ProvidersOf(tenant.Id) : [];

    private static async Task<IResult> SignInAsync(
        HttpContext http, OperatorDesk desk, Entrance entrance, SignInThrottle throttle, KnownDevice device, DoorAudit audit, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (Door.Shut(http) is { } shut) return shut;
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        var (source, language) = (RequestLimits.SourceOf(http), DoorTexts.LanguageOf(http.Request));
        if (throttle.Source(source) is { Ticks: > 0 } wait) return TooOften(wait, "", null);
        if (await Door.FormAsync(http, ct) is not { } form) return Problems.OfStatus(StatusCodes.Status415UnsupportedMediaType);
        var (email, back) = (form["email"].ToString(), Door.WayBack(form["return"]));
        var account = OperatorDesk.Fold(email);
        if (throttle.Account(source, account, device.Knows(http, account)) is { Ticks: > 0 } longer) return TooOften(longer, email, back);
        switch (await desk.SignInAsync(email, form["password"].ToString(), ct))
        {
            case Entry.Granted granted:
                return await entrance.LeadAsync(http, granted, back);
            case Entry.Busy:
                return Form(http, Door.Later(http, TimeSpan.FromSeconds(1)), email, back, StatusCodes.Status503ServiceUnavailable);
            default:
                Log.SignInFailed(log, source, "wrong e-mail address or password");
                audit.SignInRefused(account, source);
                return Form(http, DoorTexts.Say("signin-wrong", language), email, back, StatusCodes.Status403Forbidden);
        }

        Page TooOften(TimeSpan wait, string email, string? back)
        {
            Log.SignInFailed(log, source, "too many tries");
            audit.SignInRefused(OperatorDesk.Fold(email), source);
            return Form(http, Door.Later(http, wait), email, back, StatusCodes.Status429TooManyRequests);
        }
    }

    private static async Task<IResult> SignOutAsync(HttpContext http, IdentityDirectory directory, SignIns signIns, ProviderLine line, ILogger<OperatorDesk> log, CancellationToken ct)
    {
        if (!Origins.AreOwn(http.Request)) return Problems.ForeignOrigin();
        var next = "/signin";
        if (await SessionCookie.OperatorOfAsync(http, directory) is { SignIn: var signIn })
        {
            // Who signed on elsewhere is offered to sign out there too.
            if (signIn.Provider is { } provider && directory.FindProvider(provider) is not null && line.Remembered(provider)?.EndSession is not null) next += $"?left={provider}";
            // The row goes: a cookie that somebody copied is worth nothing after a sign-out.
            await signIns.EndAsync(signIn.Tenant, signIn.Operator, signIn.Id, new Author(signIn.Operator.ToString(), AuditWay.Console, RequestLimits.SourceOf(http)), ct);
            Log.SignedOut(log, signIn.Operator);
        }
        await SessionCookie.EndAsync(http);
        return Door.To(next);
    }

    /// <param name="providers">By which one may come in too.</param>
    public static Page Form(HttpContext http, string? message, string email, string? back, int status = StatusCodes.Status200OK, IReadOnlyList<KnownProvider>? providers = null)
    {
        var directory = http.RequestServices.GetRequiredService<IdentityDirectory>();
        var language = DoorTexts.LanguageOf(http.Request);
        return new Page(DoorTexts.Say("signin-title", language),
            $"""
            {Page.Alert(message)}
            {Left(http, directory, language)}
            {string.Concat((providers ?? []).Select(provider => $"""<p><a class="button" href="{SignOnPages.With}/{provider.Id}{(back is null ? "" : "?return=" + Uri.EscapeDataString(back))}">{Text("signon-with", provider.Name)}</a></p>"""))}
            <form method="post" action="/signin">
              {(back is null ? "" : $"""<input type="hidden" name="return" value="{Page.Text(back)}">""")}
              <label>{Text("email")}
                <input name="email" type="email" required maxlength="254" autocomplete="username" value="{Page.Text(email)}"></label>
              <label>{Text("password")}
                <input name="password" type="password" required maxlength="128" autocomplete="current-password"></label>
              <button>{Text("signin-go")}</button>
              {(directory.HasProviders ? $"""<button formaction="{SignOnPages.Find}" formnovalidate>{Text("signon-go")}</button>""" : "")}
            </form>
            {(http.RequestServices.GetRequiredService<ForgottenPasswords>().IsOffered ? $"""<p><a href="{ForgottenPages.Path}">{Text("forgot-title")}</a></p>""" : "")}
            {SecondStepPages.PasskeyForm(language, back)}
            """, status, language);

        string Text(string text, params object?[] values) => Page.Text(DoorTexts.Say(text, language, values));
    }

    /// <summary>Of who has just signed out: the provider's own session goes on until it is ended there.</summary>
    private static string Left(HttpContext http, IdentityDirectory directory, string language) =>
        HttpMethods.IsGet(http.Request.Method) && TypedId.TryParse<IdentityProviderId>(http.Request.Query["left"].ToString(), out var id) && directory.FindProvider(id) is { } provider
            ? $"""<p role="status">{Page.Text(DoorTexts.Say("signon-left", language, provider.Name))} <a href="{SignOnPages.Out}/{provider.Id}">{Page.Text(DoorTexts.Say("signon-out", language, provider.Name))}</a></p>"""
            : "";

    private static Page Inside(HttpContext http, KnownOperator known)
    {
        var language = DoorTexts.LanguageOf(http.Request);
        return new Page("Busbar",
            $"""
            <p>{Text("signed-in", known.Email)} <a href="/">{Text("to-console")}</a> · <a href="/docs">{Text("to-api")}</a></p>
            <form method="post" action="/signout"><button>{Text("signout-go")}</button></form>
            """, language: language);

        string Text(string text, params object?[] values) => Page.Text(DoorTexts.Say(text, language, values));
    }
}

/// <summary>What the pages for coming in have in common.</summary>
internal static class Door
{
    /// <summary>A password does not cross a network in the clear: over plain HTTP, this machine only.</summary>
    public static IResult? Shut(HttpContext http) =>
        http.Request.IsHttps || SecurityHeaders.IsThisMachine(http.Request.Host.Host)
            ? null
            : Locked(DoorTexts.LanguageOf(http.Request));

    private static Page Locked(string language) =>
        new(DoorTexts.Say("https-title", language), $"<p>{Page.Text(DoorTexts.Say("https", language))}</p>", StatusCodes.Status403Forbidden, language);

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
        return DoorTexts.Say("later", DoorTexts.LanguageOf(http.Request), Math.Ceiling(wait.TotalSeconds));
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

    /// <summary>
    /// By a page of ours that leads on. Who comes from another site's page carries no strict cookie along a redirect; from this page they do.
    /// </summary>
    public static IResult ByPage(HttpContext http, string path)
    {
        var language = DoorTexts.LanguageOf(http.Request);
        http.Response.Headers["Refresh"] = $"0;url={path}";
        return new Page("Busbar", $"""<p><a href="{Page.Text(path)}">{Page.Text(DoorTexts.Say("code-go", language))}</a></p>""", language: language);
    }

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
