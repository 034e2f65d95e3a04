using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Http;

namespace Busbar.Identity.Operators;

/// <summary>
/// What a browser carries from one step of coming in to the next, sealed: nobody else can use it, and nothing is kept for who does not come back. Each kind is sealed by a key of its own and is good for
/// five minutes.
/// </summary>
internal sealed class DoorCookie(IDataProtectionProvider protection, TimeProvider clock)
{
    public static readonly TimeSpan Lasts = TimeSpan.FromMinutes(5);

    /// <param name="Id">Random: for what is good once.</param>
    public sealed record Content(Guid Id, DateTimeOffset Until, string Value);

    /// <param name="site">Lax: it comes back from another site's page, by a link.</param>
    public void Set(HttpContext http, string kind, string value, SameSiteMode site = SameSiteMode.Strict)
    {
        var content = new Content(new Guid(RandomNumberGenerator.GetBytes(16)), clock.GetUtcNow() + Lasts, value);
        http.Response.Cookies.Append(NameOf(http, kind), Box(kind).Protect(JsonSerializer.Serialize(content)), Options(http, Lasts, site));
    }

    /// <summary>Null: there is none, it is too old, or it was not made here for this.</summary>
    public Content? Find(HttpContext http, string kind)
    {
        if (!http.Request.Cookies.TryGetValue(NameOf(http, kind), out var value) || value is null) return null;
        try { return JsonSerializer.Deserialize<Content>(Box(kind).Unprotect(value)) is { } content && content.Until > clock.GetUtcNow() ? content : null; }
        catch (Exception error) when (error is CryptographicException or JsonException or DecoderFallbackException) { return null; }
    }

    public static void Clear(HttpContext http, string kind) => http.Response.Cookies.Delete(NameOf(http, kind), Options(http, null));

    private IDataProtector Box(string kind) => protection.CreateProtector("Busbar.Door", kind);

    private static CookieOptions Options(HttpContext http, TimeSpan? age, SameSiteMode site = SameSiteMode.Strict) => new()
    {
        HttpOnly = true, Secure = http.Request.IsHttps, SameSite = site, Path = "/", MaxAge = age, IsEssential = true,
    };

    private static string NameOf(HttpContext http, string kind) => $"{(http.Request.IsHttps ? SessionCookie.SecureName : SessionCookie.PlainName)}-{kind}";
}
