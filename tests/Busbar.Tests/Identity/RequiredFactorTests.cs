using System.Net;
using System.Text.RegularExpressions;
using Busbar.Identity.Operators;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>A tenant that requires a second factor: who has none sets one up before they see anything else.</summary>
[Trait("suite", "stories")]
public sealed partial class RequiredFactorTests(Servers servers)
{
    private const string Protect = "/signin/protect";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Who_has_no_second_factor_sees_nothing_until_there_is_one(DatabaseKind kind)
    {
        var clock = new SetClock();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock), "--Busbar:Limits:SignInsPerSource=1000", "--Busbar:Limits:SignInsPerAccount=1000");
        var owner = await Staff.FoundAsync(server);
        var key = await owner.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "robot", scopes = new[] { "stations:read" } });
        var program = server.With(System.Text.Json.JsonElement.Parse(key.Text).GetProperty("key").GetString()!);
        (await owner.FetchAsync(HttpMethod.Patch, "/api/v1/tenants/default", new { requiresSecondFactor = true })).Is(HttpStatusCode.OK);

        // Pages, the API by the session, and the socket of an open page.
        foreach (var path in new[] { "/console", "/console/stations", "/console/profile", "/console/stations?q=1", "/console/export/stations.csv" })
        {
            var led = await owner.GetAsync(path);
            Assert.Equal((HttpStatusCode.SeeOther, Protect), (led.Status, led.Header("Location")));
        }
        foreach (var path in new[] { "/api/v1/me", "/api/v1/stations", "/api/v1/me/second-factors", "/console/search.json?q=a" }) await ShutAsync(path);
        (await owner.FetchAsync(HttpMethod.Patch, "/api/v1/tenants/default", new { requiresSecondFactor = false })).Is(HttpStatusCode.Forbidden, "secondFactorRequired");
        (await owner.SendAsync(HttpMethod.Post, "/console/_blazor/negotiate?negotiateVersion=1", null, ("Origin", owner.Origin))).Is(HttpStatusCode.Forbidden, "secondFactorRequired");
        (await program.GetAsync("stations")).Is(HttpStatusCode.OK);

        // A session from long ago adds no way in: it is to begin anew.
        clock.Advance(TimeSpan.FromMinutes(11));
        Assert.DoesNotContain("data-secret", (await owner.GetAsync(Protect)).Text, StringComparison.Ordinal);
        var browser = new Browser(server);
        (await Staff.SignInAsync(browser)).Is(HttpStatusCode.SeeOther);
        (await browser.GetAsync("/api/v1/me")).Is(HttpStatusCode.Forbidden, "secondFactorRequired");
        var form = (await browser.GetAsync(Protect)).Text;
        var (secret, draft) = (SecondFactorTests.FromBase32(Secret().Match(form).Groups[1].Value), WebUtility.HtmlDecode(Draft().Match(form).Groups[1].Value));
        var wrong = await browser.SubmitAsync(Protect, ("draft", draft), ("code", "000000"));
        wrong.Is(HttpStatusCode.Forbidden);
        // The app that was set up a moment ago stays the one that is asked for.
        Assert.Equal(Secret().Match(form).Groups[1].Value, Secret().Match(wrong.Text).Groups[1].Value);
        (await browser.GetAsync("/api/v1/me")).Is(HttpStatusCode.Forbidden, "secondFactorRequired");
        var done = await browser.SubmitAsync(Protect, ("draft", draft), ("code", Totp.CodeOf(secret, Totp.StepOf(clock.GetInstant()))));
        done.Is(HttpStatusCode.OK);
        Assert.Equal(10, done.Text.Split("<li>").Length - 1);
        (await browser.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);
        (await browser.GetAsync("/console")).Is(HttpStatusCode.OK);
        Assert.Equal("/", (await browser.GetAsync(Protect)).Header("Location"));
        // The other session is not the one in which it was used.
        (await owner.GetAsync("/api/v1/me")).Is(HttpStatusCode.Forbidden, "secondFactorRequired");

        // From then on the sign-in itself asks.
        clock.Advance(TimeSpan.FromSeconds(30));
        var next = new Browser(server);
        Assert.Equal("/signin/code", (await Staff.SignInAsync(next)).Header("Location"));
        (await next.SubmitAsync("/signin/code", ("code", Totp.CodeOf(secret, Totp.StepOf(clock.GetInstant()))))).Is(HttpStatusCode.SeeOther);
        (await next.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);
        // A new password begins a session that has what the one before had.
        (await next.FetchAsync(HttpMethod.Post, "/api/v1/me/password", new { currentPassword = Staff.Password, newPassword = "engine of synthesis" })).Is(HttpStatusCode.NoContent);
        (await next.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);

        async Task ShutAsync(string path) => (await owner.GetAsync(path)).Is(HttpStatusCode.Forbidden, "secondFactorRequired");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_passkey_does_as_well_as_an_app_and_is_added_by_nobody_but_who_has_just_come_in(DatabaseKind kind)
    {
        const string options = Protect + "/passkey/options", add = Protect + "/passkey";
        var clock = new SetClock();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock), "--Busbar:Limits:SignInsPerSource=1000", "--Busbar:Limits:SignInsPerAccount=1000");
        var owner = await Staff.FoundAsync(server);
        // Who owes nothing has nothing to do there.
        (await owner.FetchAsync(HttpMethod.Post, options, new { })).Is(HttpStatusCode.Unauthorized);
        (await owner.FetchAsync(HttpMethod.Patch, "/api/v1/tenants/default", new { requiresSecondFactor = true })).Is(HttpStatusCode.OK);

        // A session from long ago, another site's page, and nobody.
        clock.Advance(TimeSpan.FromMinutes(11));
        (await owner.FetchAsync(HttpMethod.Post, options, new { })).Is(HttpStatusCode.Forbidden, "secondFactorRequired");
        using var passkey = new SoftPasskey();
        var fresh = new Browser(server);
        (await Staff.SignInAsync(fresh)).Is(HttpStatusCode.SeeOther);
        (await fresh.SendAsync(HttpMethod.Post, options, Browser.JsonContent(new { }), ("Origin", "https://evil.example"))).Is(HttpStatusCode.Forbidden, "foreignOrigin");
        (await new Browser(server).FetchAsync(HttpMethod.Post, options, new { })).Is(HttpStatusCode.Unauthorized);

        var begun = await fresh.FetchAsync(HttpMethod.Post, options, new { });
        begun.Is(HttpStatusCode.OK);
        var answer = System.Text.Json.JsonSerializer.Serialize(passkey.Register(fresh, begun.Text));
        (await fresh.SendAsync(HttpMethod.Post, add, new FormUrlEncodedContent([KeyValuePair.Create("credential", answer)]), ("Origin", "https://evil.example"))).Is(HttpStatusCode.Forbidden, "foreignOrigin");
        (await owner.SubmitAsync(add, ("name", "Desk"), ("credential", answer))).Is(HttpStatusCode.Forbidden);
        foreach (var (name, credential) in new[] { ("", answer), (new string('n', 81), answer), ("Desk", "{}"), ("Desk", "no JSON"), ("Desk", "") })
        {
            var refused = await fresh.SubmitAsync(add, ("name", name), ("credential", credential));
            refused.Is(HttpStatusCode.Forbidden);
            Assert.Contains("No passkey was made", refused.Text, StringComparison.Ordinal);
        }
        (await fresh.GetAsync("/api/v1/me")).Is(HttpStatusCode.Forbidden, "secondFactorRequired");
        // Another session of the same, that began before there was one.
        var other = new Browser(server);
        (await Staff.SignInAsync(other)).Is(HttpStatusCode.SeeOther);

        var done = await fresh.SubmitAsync(add, ("name", "Desk"), ("credential", answer));
        done.Is(HttpStatusCode.OK);
        Assert.Equal(10, done.Text.Split("<li>").Length - 1);
        (await fresh.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);
        Assert.Equal("/", (await fresh.GetAsync(Protect)).Header("Location"));
        // Who has one uses it: the other session adds none.
        (await other.FetchAsync(HttpMethod.Post, options, new { })).Is(HttpStatusCode.Forbidden, "secondFactorRequired");
        (await other.SubmitAsync(add, ("name", "Desk"), ("credential", answer))).Is(HttpStatusCode.Forbidden);
        var next = new Browser(server);
        (await passkey.SignInAsync(next)).Is(HttpStatusCode.SeeOther);
        (await next.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData(true, true, true)]
    [InlineData(true, false, false)]
    [InlineData(false, true, false)]
    public async Task Single_sign_on_counts_where_the_provider_is_trusted_and_says_so(bool isTrusted, bool says, bool counts)
    {
        await using var fake = new FakeOpenId();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, fake.Allowed);
        var owner = await Staff.FoundAsync(server);
        var id = await SignOnTests.MakeAsync(owner, SignOnTests.Provider(fake, trusts: isTrusted));
        (await owner.FetchAsync(HttpMethod.Patch, "/api/v1/tenants/default", new { requiresSecondFactor = true })).Is(HttpStatusCode.OK);
        var browser = new Browser(server);
        SignOnTests.CameIn(await fake.ComeAsync(browser, id, nonce => fake.Sign(new(fake.Claims(nonce, groups: ["ops"])) { ["amr"] = says ? new[] { "pwd", "mfa" } : ["pwd"] })), browser);
        (await browser.GetAsync("/api/v1/me")).Is(counts ? HttpStatusCode.OK : HttpStatusCode.Forbidden, counts ? null : "secondFactorRequired");
    }

    /// <summary>An app that is set up by the page, and its code of now.</summary>
    internal static async Task<(string Draft, string Code)> AppAsync(Browser browser)
    {
        var form = (await browser.GetAsync(Protect)).Text;
        var secret = SecondFactorTests.FromBase32(Secret().Match(form).Groups[1].Value);
        return (WebUtility.HtmlDecode(Draft().Match(form).Groups[1].Value), Totp.CodeOf(secret, Totp.StepOf(TimeProvider.System.GetInstant())));
    }

    [GeneratedRegex("<code data-secret>([A-Z2-7 ]+)</code>")]
    private static partial Regex Secret();

    [GeneratedRegex("name=\"draft\" value=\"([^\"]+)\"")]
    private static partial Regex Draft();
}
