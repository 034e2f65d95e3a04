using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.SignOn;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>Single sign-on by OpenID Connect: who comes in by what a provider says, and who does not.</summary>
[Trait("suite", "stories")]
public sealed class SignOnTests(Servers servers)
{
    private const string Api = "/api/v1/identity-providers", Corp = "corp.example";

    internal static readonly object[] Mappings = [new { value = "ops", role = "technician", where = "tenant" }, new { value = "book keeping & co", role = "finance", where = "tenant" }];

    internal static object Provider(FakeOpenId fake, bool makesPeople = true, bool required = false, bool trusts = false, string domain = Corp, object[]? mappings = null) => new
    {
        name = "Corp", issuer = fake.Issuer, clientId = FakeOpenId.ClientId, clientSecret = FakeOpenId.Secret, domains = new[] { domain }, mappings = mappings ?? Mappings, makesPeople, required, trustsSecondFactor = trusts,
    };

    internal static async Task<string> MakeAsync(Browser owner, object provider, params (string, string)[] headers)
    {
        var made = await owner.FetchAsync(HttpMethod.Post, Api, provider, headers);
        made.Is(HttpStatusCode.Created);
        return JsonElement.Parse(made.Text).GetProperty("id").GetString()!;
    }

    internal static void CameIn(PageAnswer answer, Browser browser)
    {
        answer.Is(HttpStatusCode.OK);
        Assert.StartsWith("0;url=", answer.Header("Refresh"), StringComparison.Ordinal);
        Assert.Contains("busbar", browser.Cookies.Keys);
    }

    internal static void Refused(PageAnswer answer, Browser browser, string words, string? what = null)
    {
        Assert.True(answer.Status == HttpStatusCode.Forbidden && WebUtility.HtmlDecode(answer.Text).Contains(words, StringComparison.Ordinal), $"{what}: {(int)answer.Status} {answer.Text}");
        Assert.DoesNotContain("busbar", browser.Cookies.Keys);
    }

    private static async Task<string[]> RolesOfAsync(Browser browser) =>
        [.. JsonElement.Parse((await browser.GetAsync("/api/v1/me")).Text).GetProperty("rights").EnumerateArray().Select(right => right.GetProperty("role").GetString()!).Distinct().Order()];

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Who_is_new_is_made_with_the_mapped_role_and_gets_another_when_the_group_changes(DatabaseKind kind)
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), null, fake.Allowed);
        var owner = await Staff.FoundAsync(server);
        var id = await MakeAsync(owner, Provider(fake));

        var browser = new Browser(server);
        var asked = await fake.BeginAsync(browser, id);
        Assert.Equal(("code", FakeOpenId.ClientId, "S256", "openid email profile"), (asked["response_type"], asked["client_id"], asked["code_challenge_method"], asked["scope"]));
        fake.Next = fake.Sign(fake.Claims(asked["nonce"]!, groups: ["ops", "unmapped"]));
        CameIn(await browser.GetAsync($"/signin/callback?code=the-code&state={asked["state"]}"), browser);
        Assert.Equal(["technician"], await RolesOfAsync(browser));
        (await browser.GetAsync("/api/v1/stations")).Is(HttpStatusCode.OK);
        (await browser.GetAsync("/api/v1/people")).Is(HttpStatusCode.Forbidden);
        // The code was changed by who had begun: PKCE, and the client's secret in its encoding.
        Assert.Equal("the-code", fake.Form["code"]);
        Assert.Equal(asked["code_challenge"], System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(fake.Form["code_verifier"].ToString()))));
        Assert.Equal($"{Uri.EscapeDataString(FakeOpenId.ClientId)}:{Uri.EscapeDataString(FakeOpenId.Secret)}", Encoding.UTF8.GetString(Convert.FromBase64String(fake.Authorization["Basic ".Length..])));

        // Moved to another group; what a person gave by hand stays.
        var person = JsonElement.Parse((await owner.GetAsync("/api/v1/people")).Text).GetProperty("items").EnumerateArray().Single(one => one.GetProperty("email").GetString() == "grace@corp.example").GetProperty("id").GetString()!;
        (await owner.FetchAsync(HttpMethod.Patch, $"/api/v1/people/{person}", new { grants = new[] { new { role = "technician", where = "tenant" }, new { role = "siteHost", where = "tenant" } } })).Is(HttpStatusCode.OK);
        var later = new Browser(server);
        CameIn(await fake.ComeAsync(later, id, "sub-1", "other@elsewhere.example", "book keeping & co"), later);
        Assert.Equal(["finance", "siteHost"], await RolesOfAsync(later));
        Assert.Equal(["finance", "siteHost"], await RolesOfAsync(browser));

        // What a mapping gave is told apart from what somebody did.
        var page = (await owner.SendAsync(HttpMethod.Get, "/console/people/" + person, null, ("Accept-Language", "en"))).Text;
        Assert.Matches("Single sign-on by Corp gave this[^<]*: Finance \\(", page);
        Assert.DoesNotMatch("Single sign-on by Corp gave this[^<]*Site host", page);

        // No group any more, and nothing by hand: nothing is left, and nobody comes in.
        (await owner.FetchAsync(HttpMethod.Patch, $"/api/v1/people/{person}", new { grants = new[] { new { role = "finance", where = "tenant" } } })).Is(HttpStatusCode.OK);
        var last = new Browser(server);
        Refused(await fake.ComeAsync(last, id, "sub-1", "grace@corp.example"), last, "you have no role here");
        (await browser.GetAsync("/api/v1/stations")).Is(HttpStatusCode.Forbidden);

        await using var rows = await Staff.RowsAsync(server);
        Assert.Single(await rows.PersonLinks.ToListAsync());
        var audit = (await owner.GetAsync("/api/v1/audit?limit=200")).Text;
        foreach (var action in new[] { "identityProvider.created", "operator.created", "operator.linked", "operator.rolesMapped" }) Assert.Contains(action, audit, StringComparison.Ordinal);
        Assert.DoesNotContain(FakeOpenId.Secret, audit, StringComparison.Ordinal);
    }

    private static readonly string[] Forgeries =
    [
        "issuer", "audience", "second audience", "authorised party", "nonce", "no nonce", "expired", "no end", "not yet", "issued later", "issued long ago", "none", "none without signature", "public key as secret", "another key", "unknown key",
        "no subject", "changed", "no token", "two halves",
    ];

    [Fact]
    public async Task A_token_that_is_not_as_it_must_be_opens_nothing()
    {
        await using var fake = new FakeOpenId();
        using var stranger = RSA.Create(2048);
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, fake.Allowed);
        var owner = await Staff.FoundAsync(server);
        var id = await MakeAsync(owner, Provider(fake));
        var opened = new List<string>();
        foreach (var forgery in Forgeries)
        {
            var browser = new Browser(server);
            var answer = await fake.ComeAsync(browser, id, nonce => Forge(forgery, nonce));
            if (answer.Status != HttpStatusCode.Forbidden || browser.Cookies.ContainsKey("busbar")) opened.Add(forgery);
            else Refused(answer, browser, forgery == "no token" ? "did not confirm" : "could not be verified", forgery);
        }
        Assert.Empty(opened);
        Assert.DoesNotContain("grace@corp.example", (await owner.GetAsync("/api/v1/people")).Text, StringComparison.Ordinal);
        // The control: the same without a forgery.
        var good = new Browser(server);
        CameIn(await fake.ComeAsync(good, id, "sub-1", "grace@corp.example", "ops"), good);

        string Forge(string forgery, string nonce)
        {
            var claims = fake.Claims(nonce, groups: ["ops"]);
            Func<byte[], byte[]> right = text => fake.Key.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
            switch (forgery)
            {
                case "issuer": claims["iss"] = fake.Issuer + "/"; break;
                case "audience": claims["aud"] = "another"; break;
                case "second audience": claims["aud"] = new[] { FakeOpenId.ClientId, "another" }; break;
                case "authorised party": claims["azp"] = "another"; break;
                case "nonce": claims["nonce"] = "another"; break;
                case "no nonce": claims.Remove("nonce"); break;
                case "expired": claims["exp"] = fake.Now - 90; break;
                case "no end": claims.Remove("exp"); break;
                case "not yet": claims["nbf"] = fake.Now + 90; break;
                case "issued later": claims["iat"] = fake.Now + 90; break;
                case "issued long ago": claims["iat"] = fake.Now - 700; break;
                case "none": return FakeOpenId.Sign(claims, new() { ["alg"] = "none" }, right);
                case "none without signature": return FakeOpenId.Sign(claims, new() { ["alg"] = "none" }, _ => []);
                case "public key as secret": return FakeOpenId.Sign(claims, new() { ["alg"] = "HS256", ["kid"] = fake.KeyId }, text => HMACSHA256.HashData(fake.Key.ExportSubjectPublicKeyInfo(), text));
                case "another key": return FakeOpenId.Sign(claims, new() { ["alg"] = "RS256", ["kid"] = fake.KeyId }, text => stranger.SignData(text, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
                case "unknown key": return FakeOpenId.Sign(claims, new() { ["alg"] = "RS256", ["kid"] = "unknown" }, right);
                case "no subject": claims.Remove("sub"); break;
                case "changed":
                    var parts = fake.Sign(claims).Split('.');
                    claims["groups"] = new[] { "book keeping & co" };
                    return $"{parts[0]}.{fake.Sign(claims).Split('.')[1]}.{parts[2]}";
                case "no token": return null!;
                case "two halves": return string.Join('.', fake.Sign(claims).Split('.')[..2]);
            }
            return fake.Sign(claims);
        }
    }

    [Fact]
    public async Task An_answer_belongs_to_the_browser_that_asked_and_is_taken_once()
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, fake.Allowed);
        var id = await MakeAsync(await Staff.FoundAsync(server), Provider(fake));
        var (browser, other) = (new Browser(server), new Browser(server));
        var asked = await fake.BeginAsync(browser, id);
        var good = $"/signin/callback?code=c&state={asked["state"]}";
        fake.Next = fake.Sign(fake.Claims(asked["nonce"]!, groups: ["ops"]));
        Refused(await other.GetAsync(good), other, "not begun in this browser");
        Refused(await browser.GetAsync("/signin/callback?code=c&state=another"), browser, "does not belong");
        Refused(await browser.GetAsync("/signin/callback?code=c"), browser, "does not belong");
        Assert.Equal(0, fake.TokenAsked);
        // A copy of the cookie, as a thief would have it.
        foreach (var (name, value) in browser.Cookies) other.Cookies[name] = value;
        CameIn(await browser.GetAsync(good), browser);
        Assert.Contains("not begun in this browser", (await browser.GetAsync(good)).Text, StringComparison.Ordinal);
        Refused(await other.GetAsync(good), other, "did not confirm");
        // Even where the provider takes the code twice.
        foreach (var name in other.Cookies.Keys.ToArray()) other.Cookies.Remove(name);
        var third = await fake.BeginAsync(other, id);
        var copy = other.Cookies.ToDictionary();
        fake.Next = fake.Sign(fake.Claims(third["nonce"]!, groups: ["ops"]));
        var token = fake.Next;
        CameIn(await other.GetAsync($"/signin/callback?code=c&state={third["state"]}"), other);
        var thief = new Browser(server);
        foreach (var (name, value) in copy) thief.Cookies[name] = value;
        fake.Next = token;
        Refused(await thief.GetAsync($"/signin/callback?code=c&state={third["state"]}"), thief, "used already");

        // What the provider itself says, and an answer that another one sent (RFC 9207).
        foreach (var (query, words) in new[] { ("error=access_denied", "was ended at Corp"), ("error=<script>", "did not let you in"), ("code=c&iss=https%3A%2F%2Fevil.example", "did not come from Corp"), ("", "did not let you in") })
        {
            var one = await fake.BeginAsync(thief, id);
            var answer = await thief.GetAsync($"/signin/callback?{query}&state={one["state"]}");
            Refused(answer, thief, words);
            Assert.DoesNotContain("<script>", answer.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task An_address_links_only_what_is_vouched_for_and_of_the_tenants_own()
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, fake.Allowed);
        var owner = await Staff.FoundAsync(server);
        var id = await MakeAsync(owner, Provider(fake, makesPeople: false));
        await Staff.JoinAsync(server, owner, "grace@corp.example", new { role = "readOnly", where = "tenant" });
        await Staff.JoinAsync(server, owner, "ann@partner.example", new { role = "readOnly", where = "tenant" });
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/tenants", new { slug = "below", name = "Below" })).Is(HttpStatusCode.Created);
        var invited = await owner.FetchAsync(HttpMethod.Post, "/api/v1/invitations", new { email = "bob@corp.example", grants = new[] { new { role = "owner", where = "tenant" } } }, ("Busbar-Tenant", "below"));
        (await Staff.AcceptAsync(new Browser(server), Staff.CodeOf(invited))).Is(HttpStatusCode.SeeOther);

        var browser = new Browser(server);
        Refused(await fake.ComeAsync(browser, id, nonce => fake.Sign(new(fake.Claims(nonce, groups: ["ops"])) { ["email_verified"] = false })), browser, "does not confirm");
        Refused(await fake.ComeAsync(browser, id, nonce => fake.Sign(new(fake.Claims(nonce, groups: ["ops"])) { ["email"] = null })), browser, "does not confirm");
        Refused(await fake.ComeAsync(browser, id, "sub-ann", "ann@partner.example", "ops"), browser, "your domain");
        Refused(await fake.ComeAsync(browser, id, "sub-bob", "bob@corp.example", "ops"), browser, "no account for you");
        Refused(await fake.ComeAsync(browser, id, "sub-new", "new@corp.example", "ops"), browser, "no account for you");

        CameIn(await fake.ComeAsync(browser, id, "sub-grace", "Grace@CORP.example", "ops"), browser);
        Assert.Equal(["readOnly", "technician"], await RolesOfAsync(browser));
        // The address was given to somebody else at the provider: the account is not.
        var heir = new Browser(server);
        Refused(await fake.ComeAsync(heir, id, "sub-heir", "grace@corp.example", "ops"), heir, "no account for you");

        var person = JsonElement.Parse((await owner.GetAsync("/api/v1/people")).Text).GetProperty("items").EnumerateArray().Single(one => one.GetProperty("email").GetString() == "grace@corp.example").GetProperty("id").GetString()!;
        (await owner.FetchAsync(HttpMethod.Patch, $"/api/v1/people/{person}", new { enabled = false })).Is(HttpStatusCode.OK);
        Refused(await fake.ComeAsync(heir, id, "sub-grace", "grace@corp.example", "ops"), heir, "is shut");
        var audit = server.Services.GetRequiredService<Busbar.Identity.Audit.DoorAudit>();
        await audit.TellAsync(isLast: true);
        Assert.Contains("identityProvider.signInRefused", (await owner.GetAsync("/api/v1/audit?limit=200")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_not_known_is_asked_for_at_most_once_a_minute()
    {
        var clock = new SetClock();
        await using var fake = new FakeOpenId { Clock = clock };
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.AddSingleton<TimeProvider>(clock), fake.Allowed);
        var id = await MakeAsync(await Staff.FoundAsync(server), Provider(fake));
        var browser = new Browser(server);
        CameIn(await fake.ComeAsync(browser, id, "sub-1", "grace@corp.example", "ops"), browser);
        Assert.Equal(1, fake.KeysAsked);
        // It has changed its key.
        using var before = fake.Key;
        (fake.Key, fake.KeyId) = (RSA.Create(2048), "two");
        var next = new Browser(server);
        for (var i = 0; i < 5; i++) Refused(await fake.ComeAsync(next, id, "sub-1", "grace@corp.example", "ops"), next, "could not be verified");
        Assert.Equal(1, fake.KeysAsked);
        clock.Advance(TimeSpan.FromSeconds(61));
        CameIn(await fake.ComeAsync(next, id, "sub-1", "grace@corp.example", "ops"), next);
        Assert.Equal((1, 2), (fake.DocumentAsked, fake.KeysAsked));
    }

    [Fact]
    public async Task Two_tenants_with_one_issuer_are_apart()
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, fake.Allowed);
        var owner = await Staff.FoundAsync(server);
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/tenants", new { slug = "below", name = "Below" })).Is(HttpStatusCode.Created);
        var here = await MakeAsync(owner, Provider(fake));
        var below = await MakeAsync(owner, Provider(fake, domain: "below.example", mappings: [new { value = "ops", role = "owner", where = "tenant" }]), ("Busbar-Tenant", "below"));
        (await owner.GetAsync($"{Api}/{below}")).Is(HttpStatusCode.NotFound);
        (await owner.SendAsync(HttpMethod.Delete, $"{Api}/{below}", null, ("Origin", owner.Origin))).Is(HttpStatusCode.NotFound);

        // One subject is two people.
        var (first, second) = (new Browser(server), new Browser(server));
        CameIn(await fake.ComeAsync(first, here, "sub-1", "grace@corp.example", "ops"), first);
        Refused(await fake.ComeAsync(second, below, "sub-1", "grace@corp.example", "ops"), second, "your domain");
        CameIn(await fake.ComeAsync(second, below, "sub-1", "grace@below.example", "ops"), second);
        Assert.Equal(("default", "below"), (await SlugAsync(first), await SlugAsync(second)));
        Assert.Equal(["technician"], await RolesOfAsync(first));
        // An answer that was asked for by one provider's button is that provider's, whatever the address says.
        Assert.DoesNotContain("Corp", (await new Browser(server).GetAsync("/signin")).Text, StringComparison.Ordinal);
        Assert.Contains(here, (await new Browser(server).GetAsync("/signin?tenant=default")).Text, StringComparison.Ordinal);
        Assert.DoesNotContain(below, (await new Browser(server).GetAsync("/signin?tenant=default")).Text, StringComparison.Ordinal);
        var found = (await new Browser(server).SubmitAsync("/signin/sso", ("email", "any@below.example"))).Text;
        Assert.Contains(below, found, StringComparison.Ordinal);
        Assert.DoesNotContain(here, found, StringComparison.Ordinal);
        Assert.Contains("no single sign-on", (await new Browser(server).SubmitAsync("/signin/sso", ("email", "any@nowhere.example"))).Text, StringComparison.Ordinal);
        // A domain that two tenants name leads to neither.
        (await owner.FetchAsync(HttpMethod.Patch, $"{Api}/{below}", new { domains = new[] { Corp } }, ("Busbar-Tenant", "below"))).Is(HttpStatusCode.OK);
        Assert.Contains("no single sign-on", (await new Browser(server).SubmitAsync("/signin/sso", ("email", "any@corp.example"))).Text, StringComparison.Ordinal);

        async Task<string> SlugAsync(Browser browser) => JsonElement.Parse((await browser.GetAsync("/api/v1/me")).Text).GetProperty("tenantSlug").GetString()!;
    }
}
