using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using Busbar.Kernel;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Identity.Operators;

/// <summary>
/// An operator's session: a sealed cookie that holds who it is and the security stamp at that time. A changed stamp (another password, a
/// sign-out, a disabled account) ends it everywhere, within <c>Database.BeliefAge</c> in other processes.
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
        options.Events.OnValidatePrincipal = context =>
        {
            var services = context.HttpContext.RequestServices;
            var now = services.GetRequiredService<TimeProvider>().GetUtcNow().ToUnixTimeMilliseconds();
            var until = long.Parse(context.Properties.GetString(Until) ?? "0", CultureInfo.InvariantCulture);
            if (now >= until || Find(context.Principal, services.GetRequiredService<IdentityDirectory>()) is null) context.RejectPrincipal();
            return Task.CompletedTask;
        };
    }

    /// <summary>Null: no session, or one that has ended.</summary>
    public static async ValueTask<KnownOperator?> OperatorOfAsync(HttpContext context, IdentityDirectory directory) => Find(await PrincipalOfAsync(context), directory);

    public static async ValueTask<ClaimsPrincipal?> PrincipalOfAsync(HttpContext context)
    {
        if (!context.Request.Cookies.ContainsKey(context.Request.IsHttps ? SecureName : PlainName)) return null;
        var found = await context.AuthenticateAsync(SchemeOf(context));
        return found.Succeeded ? found.Principal : null;
    }

    public static Task BeginAsync(HttpContext context, OperatorId id, string stamp)
    {
        var scheme = SchemeOf(context);
        var until = context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow() + Absolute;
        var properties = new AuthenticationProperties();
        var end = until.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        properties.SetString(Until, end);
        // In the principal too: a page that stays open is told no properties.
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, id.ToString()), new Claim(Stamp, stamp), new Claim(Until, end)], scheme);
        return context.SignInAsync(scheme, new ClaimsPrincipal(identity), properties);
    }

    public static Task EndAsync(HttpContext context) => context.SignOutAsync(SchemeOf(context));

    private static string SchemeOf(HttpContext context) => context.Request.IsHttps ? Secure : Plain;

    /// <summary>Null: nobody, or the twelve hours are over.</summary>
    public static KnownOperator? FindNow(ClaimsPrincipal? principal, IdentityDirectory directory, TimeProvider clock) =>
        long.TryParse(principal?.FindFirstValue(Until), NumberStyles.None, CultureInfo.InvariantCulture, out var until) && clock.GetUtcNow().ToUnixTimeMilliseconds() < until
            ? Find(principal, directory)
            : null;

    public static KnownOperator? Find(ClaimsPrincipal? principal, IdentityDirectory directory) =>
        TypedId.TryParse<OperatorId>(principal?.FindFirstValue(ClaimTypes.NameIdentifier) ?? "", out var id)
        && directory.Find(id) is { } known && known.Stamp == principal!.FindFirstValue(Stamp)
            ? known
            : null;
}

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
