using System.Security.Cryptography;
using Busbar.Identity.SignOn;
using Busbar.Tests.Support;
using Microsoft.IdentityModel.Tokens;
using NodaTime;

namespace Busbar.Tests.Identity;

/// <summary>The two oldest forgeries, each against the one guard that stops it.</summary>
public sealed class IdTokenTests
{
    private const string Issuer = "https://id.example", Client = "busbar", Nonce = "n-1";
    private static readonly Instant Now = Instant.FromUtc(2026, 11, 28, 6, 0);

    private static readonly KnownProvider Provider = new()
    {
        Tenant = default, Id = default, Name = "Corp", Issuer = Issuer, ClientId = Client, SealedSecret = null, Scopes = "openid", RoleClaim = null, Mappings = [], Domains = [], MakesPeople = false, Enabled = true,
        Required = false, TrustsSecondFactor = false,
    };

    private static Dictionary<string, object?> Claims => new()
    {
        ["iss"] = Issuer, ["aud"] = Client, ["sub"] = "s", ["nonce"] = Nonce, ["iat"] = Now.ToUnixTimeSeconds(), ["exp"] = Now.ToUnixTimeSeconds() + 300,
    };

    /// <summary>Stopped by <c>RequireSignedTokens</c> alone: which algorithms are taken is not asked of a token without a signature.</summary>
    [Fact]
    public async Task A_token_without_a_signature_is_none()
    {
        using var rsa = RSA.Create(2048);
        var forged = FakeOpenId.Sign(Claims, new() { ["alg"] = "none" }, _ => []);
        Assert.Null((await VerifyAsync(forged, new RsaSecurityKey(rsa))).Token);
        Assert.NotNull((await VerifyAsync(Signed(rsa), new RsaSecurityKey(rsa))).Token);
    }

    /// <summary>Stopped by the list of algorithms alone, where the public key has come to be taken for a secret.</summary>
    [Fact]
    public async Task The_public_key_is_no_secret_that_signs()
    {
        using var rsa = RSA.Create(2048);
        var known = rsa.ExportSubjectPublicKeyInfo();
        var forged = FakeOpenId.Sign(Claims, new() { ["alg"] = "HS256" }, text => HMACSHA256.HashData(known, text));
        SecurityKey[] confused = [new RsaSecurityKey(rsa), new SymmetricSecurityKey(known)];
        Assert.Null((await VerifyAsync(forged, confused)).Token);
        Assert.NotNull((await VerifyAsync(Signed(rsa), confused)).Token);
    }

    /// <summary>A key set that holds a secret holds no key: nobody who reads it can sign by it.</summary>
    [Fact]
    public void A_secret_in_a_key_set_is_not_read()
    {
        var keys = ProviderDocument.ReadKeys("""{"keys":[{"kty":"oct","kid":"one","k":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"}]}"""u8.ToArray());
        Assert.True(keys is null or { Count: 0 });
    }

    [Fact]
    public void What_came_of_sign_ons_is_counted_by_its_outcome()
    {
        using var meters = new TestMeters();
        using var outcomes = new Outcomes(meters, "busbar.signon");
        var metrics = new SignOnMetrics(meters);
        metrics.Ended("entered");
        metrics.Ended("token");
        Assert.Equal(["entered", "token"], outcomes.Seen);
    }

    private static string Signed(RSA key) => FakeOpenId.Sign(Claims, new() { ["alg"] = "RS256" }, text => key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    private static Task<(IdToken? Token, string? Reason)> VerifyAsync(string token, params SecurityKey[] keys) => IdToken.VerifyAsync(Provider, keys, token, Nonce, Now);
}
