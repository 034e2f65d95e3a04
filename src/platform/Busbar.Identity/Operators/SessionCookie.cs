using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Identity.Operators;

/// <summary>
/// An operator's session: a sealed cookie that names the session's row, who it is, and the security stamp at that time. A row that is gone (a sign-out, a session that was
/// ended from elsewhere), a changed stamp (another password) or a disabled account ends it everywhere, within <c>Database.BeliefAge</c> in other processes.
/// </summary>
internal static class SessionCookie
{
    public static readonly TimeSpan Idle = TimeSpan.FromHours(1);
    public static readonly TimeSpan Absolute = TimeSpan.FromHours(12);

    // __Host-: from this very host over HTTPS, and from no sub-domain. A laptop without TLS cannot have that.
    public const string SecureName = "__Host-busbar";
    public const string PlainName = "busbar";

    private const string Secure = "operator";
    private const string Plain = "operator-plain";
    private const string Stamp = "stamp";
    private const string Until = "until";
    private const string Source = "source";
    private const string SignIn = "sign-in";

    public static void AddSessionCookie(this IServiceCollection services) => services.AddAuthentication()
        .AddCookie(Secure, cookie => Configure(cookie, SecureName, CookieSecurePolicy.Always))
        .AddCookie(Plain, cookie => Configure(cookie, PlainName, CookieSecurePolicy.SameAsRequest));

    private static void Configure(CookieAuthenticationOptions options, string name, CookieSecurePolicy secure)
    {
        options.Cookie.Name = name;
        options.Cookie.Path = "/";
        options.Cookie.HttpOnly = true;
        options.Cookie.SecurePolicy = secure;
        options.Cookie.SameSite = SameSiteMode.Lax;
        options.ExpireTimeSpan = Idle;
        options.SlidingExpiration = true;
        options.Events.OnValidatePrincipal = async context =>
        {
            var services = context.HttpContext.RequestServices;
            var directory = services.GetRequiredService<IdentityDirectory>();
            // One that began in another process a moment ago is made known here.
            if (OperatorOf(context.Principal, directory) is { } known && SignInOf(context.Principal) is { } id) await directory.FindAsync(known.Tenant, id, context.HttpContext.RequestAborted);
            if (FindNow(context.Principal, directory, services.GetRequiredService<TimeProvider>()) is null) context.RejectPrincipal();
        };
    }

    /// <summary>Null: no session, or one that has ended.</summary>
    public static async ValueTask<Present?> OperatorOfAsync(HttpContext context, IdentityDirectory directory) =>
        FindNow(await PrincipalOfAsync(context), directory, context.RequestServices.GetRequiredService<TimeProvider>());

    public static async ValueTask<ClaimsPrincipal?> PrincipalOfAsync(HttpContext context)
    {
        if (!context.Request.Cookies.ContainsKey(context.Request.IsHttps ? SecureName : PlainName)) return null;
        var found = await context.AuthenticateAsync(SchemeOf(context));
        return found.Succeeded ? found.Principal : null;
    }

    /// <summary>Writes the session's row, then sets its cookie.</summary>
    public static async Task BeginAsync(HttpContext context, Entry.Granted granted)
    {
        var services = context.RequestServices;
        var signIn = await services.GetRequiredService<SignIns>().BeginAsync(
            granted, Duration.FromTimeSpan(Absolute), RequestLimits.SourceOf(context), context.Request.Headers.UserAgent.ToString(), context.RequestAborted);
        var scheme = SchemeOf(context);
        // In the principal: a page that stays open is told no properties.
        var identity = new ClaimsIdentity(
        [
            new Claim(ClaimTypes.NameIdentifier, granted.Operator.ToString()), new Claim(Stamp, granted.Stamp), new Claim(SignIn, signIn.Id.ToString()),
            new Claim(Until, signIn.Until.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture)),
        ], scheme);
        await context.SignInAsync(scheme, new ClaimsPrincipal(identity));
    }

    public static Task EndAsync(HttpContext context) => context.SignOutAsync(SchemeOf(context));

    private static string SchemeOf(HttpContext context) => context.Request.IsHttps ? Secure : Plain;

    /// <summary>The same with the address that it comes from now: a page stays open longer than its request is there to be asked.</summary>
    public static ClaimsPrincipal From(ClaimsPrincipal principal, string source) => new([.. principal.Identities, new ClaimsIdentity([new Claim(Source, source)])]);

    /// <summary>Null: it is not known.</summary>
    public static string? SourceOf(ClaimsPrincipal principal) => principal.FindFirstValue(Source);

    /// <summary>Null: nobody, the session was ended, or the twelve hours are over. What is found counts as seen.</summary>
    public static Present? FindNow(ClaimsPrincipal? principal, IdentityDirectory directory, TimeProvider clock)
    {
        if (!long.TryParse(principal?.FindFirstValue(Until), NumberStyles.None, CultureInfo.InvariantCulture, out var until) || clock.GetUtcNow().ToUnixTimeMilliseconds() >= until) return null;
        if (OperatorOf(principal, directory) is not { } known || SignInOf(principal) is not { } id || directory.Find(id) is not { } signIn || signIn.Operator != known.Id) return null;
        directory.Seen(signIn);
        return new Present(known, signIn);
    }

    private static SignInId? SignInOf(ClaimsPrincipal? principal) => TypedId.TryParse<SignInId>(principal?.FindFirstValue(SignIn) ?? "", out var id) ? id : null;

    private static KnownOperator? OperatorOf(ClaimsPrincipal? principal, IdentityDirectory directory) =>
        TypedId.TryParse<OperatorId>(principal?.FindFirstValue(ClaimTypes.NameIdentifier) ?? "", out var id)
        && directory.Find(id) is { } known && known.Stamp == principal!.FindFirstValue(Stamp)
            ? known
            : null;
}

/// <summary>Who is there, and in which session.</summary>
internal sealed record Present(KnownOperator Operator, KnownSignIn SignIn);

/// <summary>
/// A cookie that says: in this browser someone signed in to that account before. It opens nothing; it keeps its owner out of the queue of
/// strangers while the account is under attack.
/// </summary>
internal sealed class KnownDevice(IDataProtectionProvider protection)
{
    private static readonly TimeSpan Age = TimeSpan.FromDays(180);
    private readonly ITimeLimitedDataProtector _box = protection.CreateProtector("Busbar.KnownDevice").ToTimeLimitedDataProtector();

    public bool Knows(HttpContext context, string account)
    {
        if (!context.Request.Cookies.TryGetValue(NameFor(context), out var value) || value is null) return false;
        try { return _box.Unprotect(value) == account; }
        catch (CryptographicException) { return false; }   // old, of another installation, or made up: a stranger's
    }

    public void Remember(HttpContext context, string account) => context.Response.Cookies.Append(NameFor(context), _box.Protect(account, Age), new CookieOptions
    {
        HttpOnly = true, Secure = context.Request.IsHttps, SameSite = SameSiteMode.Strict, Path = "/", MaxAge = Age, IsEssential = true,
    });

    private static string NameFor(HttpContext context) => (context.Request.IsHttps ? SessionCookie.SecureName : SessionCookie.PlainName) + "-device";
}
