using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Busbar.Identity.SignOn;

/// <summary>What a provider says of itself (OpenID Connect Discovery 1.0), as far as it is used.</summary>
/// <param name="SecretInBody">Its token endpoint takes the secret in the form and not in a header.</param>
/// <param name="TellsIssuer">Its answers name their issuer (RFC 9207).</param>
/// <param name="EndSession">Where a session there is ended; null: it does not say.</param>
internal sealed record ProviderDocument(Uri Authorization, Uri Token, Uri Keys, bool SecretInBody, bool TellsIssuer, Uri? EndSession)
{
    /// <summary>Reads a document of the issuer that it is asked of. Anything but what is expected is a fault.</summary>
    public static (ProviderDocument? Document, ProviderFault? Fault, string? Detail) Read(string issuer, byte[] json)
    {
        JsonElement root;
        try { root = JsonElement.Parse(json); }
        catch (JsonException) { return (null, ProviderFault.Unreadable, null); }
        if (root.ValueKind != JsonValueKind.Object) return (null, ProviderFault.Unreadable, null);
        if (Text(root, "issuer") is not { } named) return (null, ProviderFault.Unreadable, "issuer");
        // To the letter: whose tokens they are hangs on it.
        if (named != issuer) return (null, ProviderFault.OtherIssuer, string.Concat(named.Where(c => !char.IsControl(c)).Take(500)));
        var isPlain = new Uri(issuer).Scheme == Uri.UriSchemeHttp;
        if (Address(root, "authorization_endpoint", isPlain) is not { } authorization) return (null, ProviderFault.Endpoint, "authorization_endpoint");
        if (Address(root, "token_endpoint", isPlain) is not { } token) return (null, ProviderFault.Endpoint, "token_endpoint");
        if (Address(root, "jwks_uri", isPlain) is not { } keys) return (null, ProviderFault.Endpoint, "jwks_uri");
        if (!Says(root, "response_types_supported", "code")) return (null, ProviderFault.Flow, "response_types_supported");
        if (!Says(root, "code_challenge_methods_supported", "S256")) return (null, ProviderFault.Flow, "code_challenge_methods_supported");
        var secretInBody = !Says(root, "token_endpoint_auth_methods_supported", "client_secret_basic") && Says(root, "token_endpoint_auth_methods_supported", "client_secret_post");
        var tellsIssuer = root.TryGetProperty("authorization_response_iss_parameter_supported", out var tells) && tells.ValueKind == JsonValueKind.True;
        return (new ProviderDocument(authorization, token, keys, secretInBody, tellsIssuer, Address(root, "end_session_endpoint", isPlain)), null, null);
    }

    /// <summary>Those that can verify a signature: public ones, of kinds that are taken. Null: it is no set of keys.</summary>
    public static IReadOnlyList<SecurityKey>? ReadKeys(byte[] json)
    {
        try
        {
            return [.. new JsonWebKeySet(System.Text.Encoding.UTF8.GetString(json)).Keys.Where(key => key.Kty is "RSA" or "EC" && key.Use is null or "" or "sig").Take(100)];
        }
        catch (Exception error) when (error is ArgumentException or JsonException or FormatException or InvalidOperationException) { return null; }
    }

    private static string? Text(JsonElement root, string name) => root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static Uri? Address(JsonElement root, string name, bool isPlain) =>
        Text(root, name) is { Length: <= 2_000 } text && Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || (isPlain && url.Scheme == Uri.UriSchemeHttp))
        && url is { UserInfo.Length: 0, Fragment.Length: 0 } ? url : null;

    /// <summary>Who says nothing of it may do it: many leave it out.</summary>
    private static bool Says(JsonElement root, string name, string value) =>
        !root.TryGetProperty(name, out var list) || list.ValueKind != JsonValueKind.Array || list.EnumerateArray().Any(one => one.ValueKind == JsonValueKind.String && one.GetString() == value);
}
