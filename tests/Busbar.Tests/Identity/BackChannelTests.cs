using System.Diagnostics.Metrics;
using System.Net;
using System.Security.Cryptography;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>A provider says that somebody's session there is over (OpenID Connect Back-Channel Logout 1.0): theirs ends here, and nobody else's by anybody's word.</summary>
[Trait("suite", "stories")]
public sealed class BackChannelTests(Servers servers)
{
    private const string Event = "http://schemas.openid.net/event/backchannel-logout";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Sessions_end_with_the_providers_own_and_others_go_on(DatabaseKind kind)
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), null, fake.Allowed);
        using var outcomes = new Outcomes(server.Services.GetRequiredService<IMeterFactory>(), "busbar.signon.logouts");
        var owner = await Staff.FoundAsync(server);
        var id = await SignOnTests.MakeAsync(owner, SignOnTests.Provider(fake));
        var (grace, again, alan) = (new Browser(server), new Browser(server), new Browser(server));
        SignOnTests.CameIn(await fake.ComeAsync(grace, id, "sub-1", "grace@corp.example", "ops"), grace);
        SignOnTests.CameIn(await fake.ComeAsync(again, id, "sub-1", "grace@corp.example", "ops"), again);
        SignOnTests.CameIn(await fake.ComeAsync(alan, id, "sub-2", "alan@corp.example", "ops"), alan);

        var token = fake.Sign(Logout(fake));
        (await TellAsync(server, id, token)).Is(HttpStatusCode.OK);
        foreach (var ended in new[] { grace, again }) (await ended.GetAsync("/api/v1/me")).Is(HttpStatusCode.Unauthorized);
        foreach (var open in new[] { alan, owner }) (await open.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);

        // It is heard once: a session that begins later is not ended by it.
        SignOnTests.CameIn(await fake.ComeAsync(grace, id, "sub-1", "grace@corp.example", "ops"), grace);
        (await TellAsync(server, id, token)).Is(HttpStatusCode.BadRequest, "invalidLogoutToken");
        (await grace.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);
        // Of who is not known there is nothing to end.
        (await TellAsync(server, id, fake.Sign(Logout(fake, "nobody")))).Is(HttpStatusCode.OK);
        Assert.Equal(["ended", "refused", "nothing"], outcomes.Seen);
        Assert.Contains("operator.signedOut", (await owner.GetAsync("/api/v1/audit?limit=100")).Text, StringComparison.Ordinal);
    }

    private static readonly string[] Forgeries =
    [
        "issuer", "audience", "expired", "no end", "issued later", "issued long ago", "no issue", "no number", "no event", "another event", "event is no object", "nonce", "no subject", "none", "public key as secret", "another key",
        "an ID token", "no token",
    ];

    [Fact]
    public async Task A_token_that_is_not_as_it_must_be_ends_nothing()
    {
        await using var fake = new FakeOpenId();
        using var stranger = RSA.Create(2048);
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, fake.Allowed);
        var owner = await Staff.FoundAsync(server);
        var id = await SignOnTests.MakeAsync(owner, SignOnTests.Provider(fake));
        var grace = new Browser(server);
        SignOnTests.CameIn(await fake.ComeAsync(grace, id, "sub-1", "grace@corp.example", "ops"), grace);
        var taken = new List<string>();
        foreach (var forgery in Forgeries)
        {
            var answer = await TellAsync(server, id, Forge(forgery));
            if (answer.Status != HttpStatusCode.BadRequest || (await grace.GetAsync("/api/v1/me")).Status != HttpStatusCode.OK) taken.Add(forgery);
        }
        Assert.Empty(taken);
        // Another provider, and none.
        (await TellAsync(server, "idp" + new string('0', 26), fake.Sign(Logout(fake)))).Is(HttpStatusCode.NotFound);
        (await server.Anonymous.Http.PostAsync($"/signin/backchannel/{id}", Browser.JsonContent(new { logout_token = fake.Sign(Logout(fake)) }))).Dispose();
        (await grace.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);
        // The control: the same without a forgery.
        (await TellAsync(server, id, fake.Sign(Logout(fake)))).Is(HttpStatusCode.OK);
        (await grace.GetAsync("/api/v1/me")).Is(HttpStatusCode.Unauthorized);

        string Forge(string forgery)
        {
            var claims = Logout(fake);
            switch (forgery)
            {
                case "issuer": claims["iss"] = fake.Issuer + "/"; break;
                case "audience": claims["aud"] = "another"; break;
                case "expired": claims["exp"] = fake.Now - 90; break;
                case "no end": claims.Remove("exp"); break;
                case "issued later": claims["iat"] = fake.Now + 90; break;
                case "issued long ago": claims["iat"] = fake.Now - 700; break;
                case "no issue": claims.Remove("iat"); break;
                case "no number": claims.Remove("jti"); break;
                case "no event": claims.Remove("events"); break;
                case "another event": claims["events"] = new Dictionary<string, object> { ["http://schemas.openid.net/event/another"] = new { } }; break;
                case "event is no object": claims["events"] = new Dictionary<string, object> { [Event] = true }; break;
                case "nonce": claims["nonce"] = "n"; break;
                case "no subject": claims.Remove("sub"); claims["sid"] = "s-1"; break;
                case "none": return FakeOpenId.Sign(claims, new() { ["alg"] = "none" }, _ => []);
                case "public key as secret": return FakeOpenId.Sign(claims, new() { ["alg"] = "HS256", ["kid"] = fake.KeyId }, text => HMACSHA256.HashData(fake.Key.ExportSubjectPublicKeyInfo(), text));
                case "another key": return FakeOpenId.Sign(claims, new() { ["alg"] = "RS256", ["kid"] = fake.KeyId }, text => stranger.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
                case "an ID token": return fake.Sign(fake.Claims("n"));
                case "no token": return "";
                default: throw new InvalidOperationException(forgery);
            }
            return fake.Sign(claims);
        }
    }

    [Fact]
    public async Task Two_tenants_with_one_issuer_end_each_their_own()
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, fake.Allowed);
        var owner = await Staff.FoundAsync(server);
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/tenants", new { slug = "north", name = "North" })).Is(HttpStatusCode.Created);
        var here = await SignOnTests.MakeAsync(owner, SignOnTests.Provider(fake));
        var there = await SignOnTests.MakeAsync(owner, SignOnTests.Provider(fake, domain: "north.example"), ("Busbar-Tenant", "north"));
        var (grace, other) = (new Browser(server), new Browser(server));
        SignOnTests.CameIn(await fake.ComeAsync(grace, here, "sub-1", "grace@corp.example", "ops"), grace);
        SignOnTests.CameIn(await fake.ComeAsync(other, there, "sub-1", "grace@north.example", "ops"), other);
        (await TellAsync(server, there, fake.Sign(Logout(fake)))).Is(HttpStatusCode.OK);
        (await other.GetAsync("/api/v1/me")).Is(HttpStatusCode.Unauthorized);
        (await grace.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);
    }

    private static Dictionary<string, object?> Logout(FakeOpenId fake, string subject = "sub-1") => new()
    {
        ["iss"] = fake.Issuer, ["aud"] = FakeOpenId.ClientId, ["sub"] = subject, ["iat"] = fake.Now, ["exp"] = fake.Now + 120, ["jti"] = Convert.ToHexString(RandomNumberGenerator.GetBytes(8)), ["sid"] = "s-1",
        ["events"] = new Dictionary<string, object> { [Event] = new { } },
    };

    // The provider's server, which has no cookie and comes from no page.
    private static Task<PageAnswer> TellAsync(RunningServer server, string provider, string token) =>
        new Browser(server).SendAsync(HttpMethod.Post, $"/signin/backchannel/{provider}", new FormUrlEncodedContent([KeyValuePair.Create("logout_token", token)]));
}
