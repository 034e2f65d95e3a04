using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using NodaTime;

namespace Busbar.Identity.SignOn;

/// <summary>A provider's word that somebody's session there is over, which was verified (OpenID Connect Back-Channel Logout 1.0, 2.6).</summary>
/// <param name="Id">Its <c>jti</c>, of this provider, as one number: it is heard once.</param>
/// <param name="Until">After that it is too old anyway.</param>
internal sealed record LogoutToken(string Subject, Guid Id, Instant Until)
{
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";
    private const int LongestId = 1_000;

    /// <returns>The reason where there is no token: a word for the log.</returns>
    public static async Task<(LogoutToken? Token, string? Reason)> VerifyAsync(KnownProvider provider, IReadOnlyList<SecurityKey> keys, string text, Instant now)
    {
        var (claims, reason) = await ProviderToken.VerifyAsync(provider, keys, text, now);
        if (reason is not null) return (null, reason);
        if (!claims.TryGetProperty("events", out var events) || events.ValueKind != JsonValueKind.Object || !events.TryGetProperty(Event, out var what) || what.ValueKind != JsonValueKind.Object) return (null, "events");
        // An ID token is no logout token, whoever sends it here.
        if (claims.TryGetProperty("nonce", out _)) return (null, "nonce");
        if (ProviderToken.Text(claims, "jti") is not { Length: > 0 and <= LongestId } id) return (null, "jti");
        // By a session's own number alone nobody is found here: it is not kept.
        if (ProviderToken.Text(claims, "sub") is not { Length: > 0 } subject) return (null, "sub");
        var number = new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"{provider.Id} {id}")).AsSpan(0, 16));
        return (new LogoutToken(subject, number, now + ProviderToken.Oldest + ProviderToken.Oldest), null);
    }
}
