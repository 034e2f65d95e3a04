using System.Buffers.Text;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Busbar.Tests.Operations;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.WebUtilities;

namespace Busbar.Tests.Identity;

/// <summary>An OpenID provider that says whatever a test wants it to, also what no provider should.</summary>
internal sealed class FakeOpenId : IAsyncDisposable
{
    public const string ClientId = "busbar&co=1", Secret = "s3cret: of the+client";

    private readonly HttpListener _listener = new();
    private readonly Task _serving;

    public FakeOpenId()
    {
        Port = SmtpReceiver.FreePort();
        Issuer = $"http://127.0.0.1:{Port}";
        _listener.Prefixes.Add(Issuer + "/");
        _listener.Start();
        _serving = ServeAsync();
    }

    public string Issuer { get; }
    public int Port { get; }
    public RSA Key { get; set; } = RSA.Create(2048);
    public string KeyId { get; set; } = "one";

    /// <summary>The next ID token.</summary>
    public string? Next { get; set; }

    /// <summary>What its document says besides, or instead.</summary>
    public Dictionary<string, object?> Document { get; } = [];

    /// <summary>Where its document is said to be instead.</summary>
    public string? Elsewhere { get; set; }

    public TimeProvider Clock { get; set; } = TimeProvider.System;
    public volatile int DocumentAsked, KeysAsked, TokenAsked;
    public string Authorization { get; private set; } = "";
    public Dictionary<string, Microsoft.Extensions.Primitives.StringValues> Form { get; private set; } = [];

    /// <summary>A server that may reach it.</summary>
    public string[] Allowed =>
        ["--Busbar:Egress:Purposes:SignOn:Http=true", "--Busbar:Egress:Purposes:SignOn:AllowedNetworks:0=127.0.0.0/8", $"--Busbar:Egress:Purposes:SignOn:Ports:0={Port}", "--Busbar:Limits:SignInsPerSource=1000", "--Busbar:Limits:SignInsPerAccount=1000"];

    public Dictionary<string, object?> Claims(string nonce, string subject = "sub-1", string email = "grace@corp.example", params string[] groups) => new()
    {
        ["iss"] = Issuer, ["aud"] = ClientId, ["sub"] = subject, ["nonce"] = nonce, ["iat"] = Now, ["exp"] = Now + 300, ["email"] = email, ["email_verified"] = true, ["name"] = "Grace", ["groups"] = groups,
    };

    public long Now => Clock.GetUtcNow().ToUnixTimeSeconds();

    public string Sign(Dictionary<string, object?> claims, string? keyId = null) => Sign(claims, new() { ["alg"] = "RS256", ["kid"] = keyId ?? KeyId }, text => Key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public static string Sign(Dictionary<string, object?> claims, Dictionary<string, object?> header, Func<byte[], byte[]> sign)
    {
        var text = $"{Part(header)}.{Part(claims)}";
        return $"{text}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)))}";

        static string Part(Dictionary<string, object?> part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
    }

    /// <summary>Somebody comes back from it with this token.</summary>
    /// <param name="token">By the nonce that was asked with.</param>
    public async Task<PageAnswer> ComeAsync(Browser browser, string provider, Func<string, string> token)
    {
        var asked = await BeginAsync(browser, provider);
        Next = token(asked["nonce"]!);
        return await browser.GetAsync($"/signin/callback?code=c&state={asked["state"]}");
    }

    public Task<PageAnswer> ComeAsync(Browser browser, string provider, string subject, string email, params string[] groups) => ComeAsync(browser, provider, nonce => Sign(Claims(nonce, subject, email, groups)));

    public async Task<Dictionary<string, string?>> BeginAsync(Browser browser, string provider)
    {
        var begun = await browser.GetAsync($"/signin/with/{provider}");
        begun.Is(HttpStatusCode.SeeOther);
        var url = new Uri(begun.Header("Location"));
        Assert.StartsWith(Issuer + "/authorize", url.AbsoluteUri, StringComparison.Ordinal);
        return QueryHelpers.ParseQuery(url.Query).ToDictionary(pair => pair.Key, pair => (string?)pair.Value.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _serving;
        Key.Dispose();
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var reader = new StreamReader(context.Request.InputStream);
                var body = await reader.ReadToEndAsync();
                object? answer = context.Request.Url!.AbsolutePath switch
                {
                    "/.well-known/openid-configuration" => DocumentOf(),
                    "/keys" => KeySet(),
                    "/token" => Token(context.Request.Headers["Authorization"] ?? "", body),
                    _ => null,
                };
                if (Elsewhere is { } url && answer is Dictionary<string, object?>) (context.Response.StatusCode, context.Response.RedirectLocation, answer) = (302, url, "");
                if (answer is null) context.Response.StatusCode = 404;
                context.Response.ContentType = "application/json";
                context.Response.Close(JsonSerializer.SerializeToUtf8Bytes(answer), willBlock: false);
            }
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }

    private Dictionary<string, object?> DocumentOf()
    {
        Interlocked.Increment(ref DocumentAsked);
        var document = new Dictionary<string, object?>
        {
            ["issuer"] = Issuer, ["authorization_endpoint"] = Issuer + "/authorize", ["token_endpoint"] = Issuer + "/token", ["jwks_uri"] = Issuer + "/keys", ["response_types_supported"] = new[] { "code" },
            ["code_challenge_methods_supported"] = new[] { "S256" }, ["end_session_endpoint"] = Issuer + "/logout",
        };
        foreach (var (name, value) in Document) document[name] = value;
        return document;
    }

    private object KeySet()
    {
        Interlocked.Increment(ref KeysAsked);
        var key = Key.ExportParameters(false);
        return new { keys = new[] { new { kty = "RSA", use = "sig", kid = KeyId, n = Base64Url.EncodeToString(key.Modulus), e = Base64Url.EncodeToString(key.Exponent) } } };
    }

    private object Token(string authorization, string body)
    {
        Interlocked.Increment(ref TokenAsked);
        (Authorization, Form) = (authorization, QueryHelpers.ParseQuery(body));
        var token = Next;
        Next = null;    // a code is good once
        return token is null ? new { error = "invalid_grant" } : new { access_token = "x", token_type = "Bearer", id_token = token };
    }
}
