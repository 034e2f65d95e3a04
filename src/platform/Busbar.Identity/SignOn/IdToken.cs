using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
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
    /// <summary>Asymmetric ones alone: with a key that everybody has, nobody signs.</summary>
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private const int Longest = 64 * 1024, LongestSubject = 255, MostRoles = 2_000;
    private static readonly Duration Skew = Duration.FromMinutes(1);

    /// <summary>It is made while somebody waits for it.</summary>
    private static readonly Duration Oldest = Duration.FromMinutes(10);

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = Longest };

    /// <summary>The key that it says it is signed with; null: it names none, or it is no token.</summary>
    public static string? KeyIdOf(string token) => Handler.CanReadToken(token) && TryRead(token) is { Kid: { Length: > 0 } id } ? id : null;

    /// <summary>OpenID Connect Core 1.0, 3.1.3.7.</summary>
    /// <returns>The reason where there is no token: a word for the log.</returns>
    public static async Task<(IdToken? Token, string? Reason)> VerifyAsync(KnownProvider provider, IReadOnlyList<SecurityKey> keys, string token, string nonce, Instant now)
    {
        if (token.Length > Longest || TryRead(token) is not { } read) return (null, "unreadable");
        var judged = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidAlgorithms = Algorithms, ValidIssuer = provider.Issuer, ValidAudience = provider.ClientId, IssuerSigningKeys = keys, RequireSignedTokens = true, RequireExpirationTime = true,
            // A token that names a key is of that one; one that names none is of any.
            TryAllIssuerSigningKeys = string.IsNullOrEmpty(read.Kid),
            LifetimeValidator = (from, until, _, _) => until is { } end && Instant.FromDateTimeUtc(DateTime.SpecifyKind(end, DateTimeKind.Utc)) + Skew > now
                && (from is not { } begin || Instant.FromDateTimeUtc(DateTime.SpecifyKind(begin, DateTimeKind.Utc)) - Skew <= now),
        });
        if (!judged.IsValid) return (null, judged.Exception?.GetType().Name ?? "invalid");
        var claims = JsonElement.Parse(Base64UrlEncoder.DecodeBytes(read.EncodedPayload));
        var party = Text(claims, "azp");
        if (party is null ? read.Audiences.Count() != 1 : party != provider.ClientId) return (null, "azp");
        if (Text(claims, "nonce") is not { } said || !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(said), Encoding.UTF8.GetBytes(nonce))) return (null, "nonce");
        if (!claims.TryGetProperty("iat", out var issued) || issued.ValueKind != JsonValueKind.Number || !issued.TryGetDouble(out var seconds)) return (null, "iat");
        if (Math.Abs(seconds) > 1e11 || Instant.FromUnixTimeSeconds((long)seconds) is var at && (at > now + Skew || at < now - Oldest)) return (null, "iat");
        if (Text(claims, "sub") is not { Length: > 0 and <= LongestSubject } subject || subject.Any(char.IsControl)) return (null, "sub");
        return (new IdToken(subject, Text(claims, "email"), Says(claims, "email_verified") || Says(claims, "xms_edov"), Text(claims, "name"), RolesOf(provider, claims), HadMore(claims)), null);
    }

    private static JsonWebToken? TryRead(string token)
    {
        try { return Handler.ReadJsonWebToken(token); }
        catch (Exception error) when (error is ArgumentException or SecurityTokenException or FormatException or JsonException) { return null; }
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
        || Text(claims, "acr") is "phr" or "phrh" or "http://schemas.openid.net/pape/policies/2007/06/multi-factor";

    private static string? Text(JsonElement claims, string name) => claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static bool Says(JsonElement claims, string name) =>
        claims.TryGetProperty(name, out var value) && (value.ValueKind == JsonValueKind.True || (value.ValueKind == JsonValueKind.String && value.GetString() is "true"));
}
