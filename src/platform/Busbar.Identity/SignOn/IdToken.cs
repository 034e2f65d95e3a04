using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;
using NodaTime;

namespace Busbar.Identity.SignOn;

/// <summary>What an ID token says that was verified.</summary>
/// <param name="Email">Null: nothing.</param>
/// <param name="IsEmailVerified">The provider has seen that it is theirs.</param>
/// <param name="Roles">The values of the claims that are mapped.</param>
/// <param name="HadSecondFactor">The provider says that more than a password was asked for.</param>
internal sealed record IdToken(string Subject, string? Email, bool IsEmailVerified, string? Name, IReadOnlySet<string> Roles, bool HadSecondFactor)
{
    private const int LongestSubject = 255, MostRoles = 2_000;

    /// <summary>OpenID Connect Core 1.0, 3.1.3.7.</summary>
    /// <returns>The reason where there is no token: a word for the log.</returns>
    public static async Task<(IdToken? Token, string? Reason)> VerifyAsync(KnownProvider provider, IReadOnlyList<SecurityKey> keys, string token, string nonce, Instant now)
    {
        var (claims, reason) = await ProviderToken.VerifyAsync(provider, keys, token, now);
        if (reason is not null) return (null, reason);
        if (ProviderToken.Text(claims, "nonce") is not { } said || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(said), Encoding.UTF8.GetBytes(nonce))) return (null, "nonce");
        if (ProviderToken.Text(claims, "sub") is not { Length: > 0 and <= LongestSubject } subject || subject.Any(char.IsControl)) return (null, "sub");
        return (new IdToken(subject, ProviderToken.Text(claims, "email"), Says(claims, "email_verified") || Says(claims, "xms_edov"), ProviderToken.Text(claims, "name"), RolesOf(provider, claims), HadMore(claims)), null);
    }

    private static HashSet<string> RolesOf(KnownProvider provider, JsonElement claims)
    {
        var values = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in provider.RoleClaims)
        {
            if (!claims.TryGetProperty(name, out var value)) continue;
            foreach (var one in value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Take(MostRoles) : [value])
                if (one.ValueKind == JsonValueKind.String) values.Add(one.GetString()!);
        }
        return values;
    }

    /// <summary>RFC 8176 says mfa; phr, phrh and the policy of PAPE are OpenID's own words for it.</summary>
    private static bool HadMore(JsonElement claims) =>
        (claims.TryGetProperty("amr", out var methods) && methods.ValueKind == JsonValueKind.Array && methods.EnumerateArray().Any(method => method.ValueKind == JsonValueKind.String && method.GetString() == "mfa"))
        || ProviderToken.Text(claims, "acr") is "phr" or "phrh" or "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

    private static bool Says(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && (value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.String && value.GetString() is "true"));
}
