using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using NodaTime;

namespace Busbar.Identity.SignOn;

/// <summary>What all tokens of a provider have in common: whose they are, for whom, of when, and that it signed them.</summary>
internal static class ProviderToken
{
    /// <summary>Asymmetric ones alone: with a key that everybody has, nobody signs.</summary>
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private const int Longest = 64 * 1024;
    private static readonly Duration Skew = Duration.FromMinutes(1);

    /// <summary>It is made while somebody waits for it.</summary>
    public static readonly Duration Oldest = Duration.FromMinutes(10);

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = Longest };

    /// <summary>The key that it says it is signed with; null: it names none, or it is no token.</summary>
    public static string? KeyIdOf(string token) => token.Length <= Longest && Handler.CanReadToken(token) && TryRead(token) is { Kid: { Length: > 0 } id } ? id : null;

    /// <returns>What it says; the reason where it is not good: a word for the log.</returns>
    public static async Task<(JsonElement Claims, string? Reason)> VerifyAsync(KnownProvider provider, IReadOnlyList<SecurityKey> keys, string token, Instant now)
    {
        if (token.Length > Longest || TryRead(token) is not { } read) return (default, "unreadable");
        var judged = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidAlgorithms = Algorithms, ValidIssuer = provider.Issuer, ValidAudience = provider.ClientId, IssuerSigningKeys = keys, RequireSignedTokens = true, RequireExpirationTime = true,
            // A token that names a key is of that one; one that names none is of any.
            TryAllIssuerSigningKeys = string.IsNullOrEmpty(read.Kid),
            LifetimeValidator = (from, until, _, _) => until is { } end && Instant.FromDateTimeUtc(DateTime.SpecifyKind(end, DateTimeKind.Utc)) + Skew > now
                && (from is not { } begin || Instant.FromDateTimeUtc(DateTime.SpecifyKind(begin, DateTimeKind.Utc)) - Skew <= now),
        });
        if (!judged.IsValid) return (default, judged.Exception?.GetType().Name ?? "invalid");
        var claims = JsonElement.Parse(Base64UrlEncoder.DecodeBytes(read.EncodedPayload));
        var party = Text(claims, "azp");
        if (party is null ? read.Audiences.Count() != 1 : party != provider.ClientId) return (default, "azp");
        if (!claims.TryGetProperty("iat", out var issued) || issued.ValueKind != JsonValueKind.Number || !issued.TryGetDouble(out var seconds)) return (default, "iat");
        if (Math.Abs(seconds) > 1e11 || Instant.FromUnixTimeSeconds((long)seconds) is var at && (at > now + Skew || at < now - Oldest)) return (default, "iat");
        return (claims, null);
    }

    public static string? Text(JsonElement claims, string name) => claims.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static JsonWebToken? TryRead(string token)
    {
        try { return Handler.ReadJsonWebToken(token); }
        catch (Exception error) when (error is ArgumentException or SecurityTokenException or FormatException or JsonException) { return null; }
    }
}
