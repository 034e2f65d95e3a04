using System.Text;
using System.Text.Json.Serialization;
using Busbar.Identity.Http;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Identity.Clients;

/// <summary>RFC 6749 5.1.</summary>
internal sealed record TokenAnswer(
    [property: JsonPropertyName("access_token")] string AccessToken, [property: JsonPropertyName("token_type")] string TokenType, [property: JsonPropertyName("expires_in")] long ExpiresIn,
    [property: JsonPropertyName("scope")] string Scope);

/// <summary>RFC 6749 5.2.</summary>
internal sealed record TokenRefusal([property: JsonPropertyName("error")] string Error, [property: JsonPropertyName("error_description")] string Description);

/// <summary>RFC 8414.</summary>
internal sealed record ServerMetadata(
    [property: JsonPropertyName("issuer")] string Issuer, [property: JsonPropertyName("token_endpoint")] string TokenEndpoint, [property: JsonPropertyName("scopes_supported")] IReadOnlyList<string> Scopes,
    [property: JsonPropertyName("response_types_supported")] IReadOnlyList<string> ResponseTypes, [property: JsonPropertyName("grant_types_supported")] IReadOnlyList<string> GrantTypes,
    [property: JsonPropertyName("token_endpoint_auth_methods_supported")] IReadOnlyList<string> AuthMethods);

/// <summary>
/// OAuth 2, the grant of client credentials (RFC 6749 4.4): a client changes its key for a token of ten minutes. It says what others' libraries expect of it, and so no problem details.
/// </summary>
internal static class TokenEndpoints
{
    private const string Grant = "client_credentials";
    private const string Basic = "Basic ";
    private const int MaximumBytes = 16 * 1024;

    // Of both forms: a parameter that a library sends beside them is ignored (RFC 6749 3.2), one of these twice is not.
    private static readonly string[] Parameters = ["grant_type", "scope", "client_id", "client_secret"];

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost(IdentityModule.TokenPath, TokenAsync).Open("a client proves itself in the request: that is what it is for").ExcludeFromDescription();
        app.MapGet("/.well-known/oauth-authorization-server", Describe).Open("says where tokens are got, and holds nothing of anyone's").ExcludeFromDescription();
    }

    private static async Task<IResult> TokenAsync(HttpContext http, ClientDoor door, AccessTokens tokens, RequestLimits limits, CancellationToken ct)
    {
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.Pragma = "no-cache";
        if (await FormAsync(http, ct) is not { } form) return Refused("invalid_request", $"Send a form (application/x-www-form-urlencoded) of at most {MaximumBytes} bytes.");
        if (Array.Find(Parameters, name => form[name].Count > 1) is { } doubled) return Refused("invalid_request", $"{doubled} is sent twice.");
        if (form["grant_type"].ToString() is not { Length: > 0 } grant) return Refused("invalid_request", "grant_type is missing.");
        if (grant != Grant) return Refused("unsupported_grant_type", $"Only {Grant}.");
        var header = http.Request.Headers.Authorization;
        if (header.Count > 0 && form.ContainsKey("client_secret")) return Refused("invalid_request", "The client proves itself twice: by the header and in the form.");
        var (id, key) = header.Count > 0 ? ReadBasic(header.ToString()) : (form["client_id"].ToString(), form["client_secret"].ToString());
        if (header.Count > 0 && form["client_id"].ToString() is { Length: > 0 } named && named != id) return Refused("invalid_request", "client_id is not the one of the header.");
        if (door.EnterByKey(http, id, key) is not { } entry) return Unknown(http, limits);
        if (!entry.Client.Configured && limits.Wait(id) is { Ticks: > 0 } wait) return Later(http, wait);
        if (Narrow(entry.Rights, form["scope"].ToString()) is not { } scopes) return Refused("invalid_scope", "A scope is unknown, or the client does not hold it.");
        var token = tokens.Make(entry, scopes);
        return TypedResults.Json(new TokenAnswer(token.Text, "Bearer", (long)token.Life.TotalSeconds, scopes));
    }

    private static IResult Describe(HttpRequest request)
    {
        // As it was reached: behind a proxy that is the name that others reach too.
        var issuer = $"{request.Scheme}://{request.Host}";
        return TypedResults.Json(new ServerMetadata(issuer, issuer + IdentityModule.TokenPath, [.. Scope.Known.Order(StringComparer.Ordinal)], [], [Grant], ["client_secret_basic", "client_secret_post"]));
    }

    /// <summary>Null: a scope is not the client's. Nothing asked for is all that it holds.</summary>
    private static string? Narrow(Rights rights, string asked)
    {
        string[] scopes = [.. asked.Split(' ', StringSplitOptions.RemoveEmptyEntries).Distinct()];
        if (scopes.Length == 0) return string.Join(' ', rights.Everywhere.Concat(rights.InPlaces));
        return Array.TrueForAll(scopes, scope => Scope.Known.Contains(scope) && !rights.Within(scope).IsNowhere) ? string.Join(' ', scopes) : null;
    }

    private static IResult Unknown(HttpContext http, RequestLimits limits)
    {
        if (limits.FailedWait(http) is { Ticks: > 0 } wait) return Later(http, wait);
        http.Response.Headers.WWWAuthenticate = "Basic realm=\"busbar\", charset=\"UTF-8\"";
        return Refused("invalid_client", "The client is not known, or its key is wrong.", StatusCodes.Status401Unauthorized);
    }

    private static IResult Later(HttpContext http, TimeSpan wait)
    {
        RequestLimits.RetryAfter(http, wait);
        return Refused("temporarily_unavailable", "Slow down; Retry-After says for how long.", StatusCodes.Status429TooManyRequests);
    }

    private static IResult Refused(string error, string description, int status = StatusCodes.Status400BadRequest) => TypedResults.Json(new TokenRefusal(error, description), statusCode: status);

    /// <summary>Null: it is no form, or one that cannot be read.</summary>
    private static async Task<IFormCollection?> FormAsync(HttpContext http, CancellationToken ct)
    {
        if (http.Request.ContentType?.Split(';')[0].Trim() is not { } type || !type.Equals("application/x-www-form-urlencoded", StringComparison.OrdinalIgnoreCase)) return null;
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MaximumBytes;
        try { return await http.Request.ReadFormAsync(ct); }
        catch (Exception error) when (error is InvalidDataException or IOException) { return null; }
    }

    /// <summary>RFC 6749 2.3.1: both are written as a form writes them, and then put together as RFC 7617 says.</summary>
    private static (string Id, string Key) ReadBasic(string header)
    {
        if (!header.StartsWith(Basic, StringComparison.OrdinalIgnoreCase)) return ("", "");
        var written = header[Basic.Length..].Trim();
        var bytes = new byte[written.Length];
        if (!Convert.TryFromBase64String(written, bytes, out var length)) return ("", "");
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? ("", "") : (Read(text[..colon]), Read(text[(colon + 1)..]));

        static string Read(string part) => Uri.UnescapeDataString(part.Replace('+', ' '));
    }
}
