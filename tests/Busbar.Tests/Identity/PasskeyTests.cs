using System.Net;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>Passkeys over the wire, by an authenticator that can lie. What a browser does with them: PasskeyStoryTests.</summary>
[Trait("suite", "stories")]
public sealed class PasskeyTests(Servers servers)
{
    private const string Me = "/api/v1/me", Mine = "/api/v1/me/second-factors";
    private static readonly string[] Patient = ["--Busbar:Limits:SignInsPerAccount=1000", "--Busbar:Limits:SignInsPerSource=1000"];

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_passkey_opens_the_account_without_an_address_and_the_password_alone_does_no_more(DatabaseKind kind)
    {
        await using var server = await StartAsync(kind);
        var here = await Staff.FoundAsync(server);
        using var passkey = new SoftPasskey();
        var added = await passkey.AddAsync(here, "Laptop");
        added.Is(HttpStatusCode.OK);
        var codes = JsonElement.Parse(added.Text).GetProperty("recoveryCodes").EnumerateArray().Select(code => code.GetString()!).ToList();
        Assert.Equal(10, codes.Count);

        var browser = new Browser(server);
        Assert.Equal("/signin/code", (await Staff.SignInAsync(browser)).Header("Location"));
        (await browser.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);
        var second = await browser.GetAsync("/signin/code");
        Assert.Contains("data-passkey", second.Text, StringComparison.Ordinal);
        (await passkey.SignInAsync(browser)).Is(HttpStatusCode.SeeOther);
        (await browser.GetAsync(Me)).Is(HttpStatusCode.OK);

        var stranger = new Browser(server);
        Assert.Equal("/", (await passkey.SignInAsync(stranger)).Header("Location"));
        var known = JsonElement.Parse((await stranger.GetAsync(Mine)).Text).GetProperty("passkeys")[0];
        Assert.Equal(("Laptop", "127.0.0.1"), (known.GetProperty("name").GetString(), known.GetProperty("domain").GetString()));
        Assert.NotEqual(JsonValueKind.Null, known.GetProperty("usedAt").ValueKind);
        foreach (var action in new[] { "operator.passkeyAdded", "operator.signedIn", "passkey" }) Assert.Contains(action, (await here.GetAsync("/api/v1/audit?limit=200")).Text, StringComparison.Ordinal);

        // Without it: a recovery code after the password.
        var lost = new Browser(server);
        await Staff.SignInAsync(lost);
        (await lost.SubmitAsync("/signin/code", ("code", codes[0]))).Is(HttpStatusCode.SeeOther);

        (await here.SendAsync(HttpMethod.Delete, $"/api/v1/me/passkeys/{known.GetProperty("id").GetString()}", null, ("Origin", here.Origin))).Is(HttpStatusCode.NoContent);
        (await passkey.SignInAsync(new Browser(server))).Is(HttpStatusCode.Forbidden);
        Assert.Equal("/", (await Staff.SignInAsync(new Browser(server))).Header("Location"));
        Assert.Contains("operator.passkeyRemoved", (await here.GetAsync("/api/v1/audit?limit=200")).Text, StringComparison.Ordinal);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_challenge_is_answered_once_in_its_own_browser_within_five_minutes(DatabaseKind kind)
    {
        var clock = new SetClock();
        await using var server = await StartAsync(kind, clock);
        var here = await Staff.FoundAsync(server);
        using var passkey = new SoftPasskey();
        (await passkey.AddAsync(here)).Is(HttpStatusCode.OK);

        // Somebody who copied all that went over the wire, cookie and answer. The authenticator does not count, as most do not.
        var browser = new Browser(server);
        var answer = passkey.Answer(browser, (await SoftPasskey.BeginAsync(browser)).Text);
        var thieves = Enumerable.Range(0, 4).Select(_ => new Browser(server)).ToList();
        foreach (var thief in thieves)
            foreach (var (name, value) in browser.Cookies) thief.Cookies[name] = value;
        var answers = await Task.WhenAll(thieves.Select(thief => SoftPasskey.SendAsync(thief, answer)));
        Assert.Single(answers, one => one.Status == HttpStatusCode.SeeOther);
        (await SoftPasskey.SendAsync(browser, answer)).Is(HttpStatusCode.Forbidden);
        (await browser.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);

        var other = new Browser(server);
        await SoftPasskey.BeginAsync(other);
        var mine = new Browser(server);
        (await SoftPasskey.SendAsync(other, passkey.Answer(mine, (await SoftPasskey.BeginAsync(mine)).Text))).Is(HttpStatusCode.Forbidden);
        (await SoftPasskey.SendAsync(new Browser(server), passkey.Answer(mine, (await SoftPasskey.BeginAsync(mine)).Text))).Is(HttpStatusCode.Forbidden);

        var late = passkey.Answer(mine, (await SoftPasskey.BeginAsync(mine)).Text);
        clock.Advance(TimeSpan.FromMinutes(5));
        (await SoftPasskey.SendAsync(mine, late)).Is(HttpStatusCode.Forbidden);
        (await passkey.SignInAsync(mine)).Is(HttpStatusCode.SeeOther);
    }

    [Fact]
    public async Task What_is_forged_opens_nothing()
    {
        await using var server = await StartAsync(DatabaseKind.Sqlite);
        var here = await Staff.FoundAsync(server);
        var guest = await Staff.JoinAsync(server, here, "guest@example.org", new { role = "readOnly", where = "tenant" });
        using var passkey = new SoftPasskey { Counter = 5 };
        (await passkey.AddAsync(here)).Is(HttpStatusCode.OK);
        using var guests = new SoftPasskey();
        (await guests.AddAsync(guest)).Is(HttpStatusCode.OK);
        var handle = passkey.UserHandle;

        passkey.Counter++;
        await RefusedAsync(it => it.Origin = "https://evil.example");
        await RefusedAsync(it => it.Origin = here.Origin + "1");
        await RefusedAsync(it => it.CrossOrigin = true);
        await RefusedAsync(it => it.Domain = "evil.example");
        await RefusedAsync(it => it.Flags = SoftPasskey.Present | SoftPasskey.Eligible);   // nobody's finger, nobody's PIN
        await RefusedAsync(it => it.Flags = SoftPasskey.Verified | SoftPasskey.Eligible);
        await RefusedAsync(it => it.Challenge = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        await RefusedAsync(it => it.Counter = 5);   // a copy of it
        await RefusedAsync(it => it.Counter = 0);
        await RefusedAsync(it => it.UserHandle = guests.UserHandle);
        await RefusedAsync(it => it.UserHandle = "b3By");
        foreach (var answer in new[] { "", "{}", "[]", "null", "{\"id\":1}", new string('[', 5_000), new string('x', 20_000) })
        {
            var browser = new Browser(server);
            await SoftPasskey.BeginAsync(browser);
            (await SoftPasskey.SendAsync(browser, answer)).Is(HttpStatusCode.Forbidden);
            Assert.DoesNotContain("busbar", browser.Cookies.Keys);
        }
        // Another's key under this id.
        var mixed = new Browser(server);
        var wrong = guests.Answer(mixed, (await SoftPasskey.BeginAsync(mixed)).Text).Replace(IdOf(guests), IdOf(passkey), StringComparison.Ordinal).Replace(guests.UserHandle, handle, StringComparison.Ordinal);
        (await SoftPasskey.SendAsync(mixed, wrong)).Is(HttpStatusCode.Forbidden);
        (await SoftPasskey.SendAsync(new Browser(server) { Origin = "https://evil.example" }, "{}")).Is(HttpStatusCode.Forbidden, "foreignOrigin");

        // The counter-example: nothing of that was why.
        Reset(passkey);
        (await passkey.SignInAsync(new Browser(server))).Is(HttpStatusCode.SeeOther);
        await using (var db = await Staff.RowsAsync(server)) Assert.Equal(6, (await db.Passkeys.SingleAsync(row => row.CredentialId == passkey.Id)).SignCount);
        var person = JsonElement.Parse((await guest.GetAsync(Me)).Text).GetProperty("id").GetString();
        (await here.FetchAsync(HttpMethod.Patch, $"/api/v1/people/{person}", new { enabled = false })).Is(HttpStatusCode.OK);
        (await guests.SignInAsync(new Browser(server))).Is(HttpStatusCode.Forbidden);

        async Task RefusedAsync(Action<SoftPasskey> lie)
        {
            Reset(passkey);
            lie(passkey);
            var browser = new Browser(server);
            (await passkey.SignInAsync(browser)).Is(HttpStatusCode.Forbidden);
            Assert.DoesNotContain("busbar", browser.Cookies.Keys);
        }

        void Reset(SoftPasskey it) =>
            (it.Origin, it.Domain, it.CrossOrigin, it.Challenge, it.Flags, it.Counter, it.UserHandle) = (null, null, false, null, SoftPasskey.Present | SoftPasskey.Verified | SoftPasskey.Eligible, 6, handle);

        static string IdOf(SoftPasskey it) => System.Buffers.Text.Base64Url.EncodeToString(it.Id);
    }

    [Fact]
    public async Task A_passkey_is_added_to_ones_own_account_by_what_was_begun_for_it()
    {
        await using var server = await StartAsync(DatabaseKind.Sqlite);
        var here = await Staff.FoundAsync(server);
        var guest = await Staff.JoinAsync(server, here, "guest@example.org", new { role = "readOnly", where = "tenant" });
        foreach (var lie in new Action<SoftPasskey>[] { it => it.Origin = "https://evil.example", it => it.CrossOrigin = true, it => it.Domain = "evil.example", it => it.Flags = SoftPasskey.Present, it => it.Challenge = "AAAA" })
        {
            using var liar = new SoftPasskey();
            lie(liar);
            (await liar.AddAsync(here)).Is(HttpStatusCode.BadRequest, "wrongPasskey");
        }
        using var passkey = new SoftPasskey();
        (await passkey.AddAsync(here, new string('n', 81))).Is(HttpStatusCode.BadRequest, "invalidLength");
        (await here.FetchAsync(HttpMethod.Post, "/api/v1/me/passkeys", new { name = "x", credential = new { } })).Is(HttpStatusCode.BadRequest, "wrongPasskey");
        (await passkey.AddAsync(here, "<script>alert(1)</script>")).Is(HttpStatusCode.OK);
        // The same for somebody else, and what the owner began answered in a browser that changed hands.
        (await passkey.AddAsync(guest)).Is(HttpStatusCode.BadRequest, "wrongPasskey");
        using var second = new SoftPasskey();
        var begun = await here.FetchAsync(HttpMethod.Post, "/api/v1/me/passkeys/options", new { });
        guest.Cookies["busbar-passkey-add"] = here.Cookies["busbar-passkey-add"];
        (await guest.FetchAsync(HttpMethod.Post, "/api/v1/me/passkeys", new { name = "x", credential = second.Register(here, begun.Text) })).Is(HttpStatusCode.BadRequest, "wrongPasskey");
        (await new Browser(server).FetchAsync(HttpMethod.Post, "/api/v1/me/passkeys/options", new { })).Is(HttpStatusCode.Unauthorized);
        Assert.Empty(JsonElement.Parse((await guest.GetAsync(Mine)).Text).GetProperty("passkeys").EnumerateArray());
        // One cannot remove another's.
        var theirs = JsonElement.Parse((await here.GetAsync(Mine)).Text).GetProperty("passkeys")[0].GetProperty("id").GetString();
        (await guest.SendAsync(HttpMethod.Delete, $"/api/v1/me/passkeys/{theirs}", null, ("Origin", guest.Origin))).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task One_domain_makes_a_passkey_good_for_all_hosts_below_it()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, [.. Patient, "--ForwardedHeaders_Enabled=true", "--Busbar:Passkeys:Domain=example.org", "--Busbar:Passkeys:Origins=https://app.example.org"]);
        await Staff.FoundAsync(server);
        Browser At(string host) => new(server, ("Host", host), ("X-Forwarded-Proto", "https")) { Origin = "https://" + host };
        var ops = At("ops.example.org");
        (await Staff.SignInAsync(ops)).Is(HttpStatusCode.SeeOther);
        using var passkey = new SoftPasskey();
        (await passkey.AddAsync(ops)).Is(HttpStatusCode.OK);
        var charge = await passkey.SignInAsync(At("charge.example.org"));
        charge.Is(HttpStatusCode.SeeOther);
        Assert.Matches("(?m)^__Host-busbar=", charge.Header("Set-Cookie"));
        passkey.Origin = "https://app.example.org";
        (await passkey.SignInAsync(At("ops.example.org"))).Is(HttpStatusCode.SeeOther);
        passkey.Origin = "https://evil.example.org";
        (await passkey.SignInAsync(At("ops.example.org"))).Is(HttpStatusCode.Forbidden);
    }

    private async Task<RunningServer> StartAsync(DatabaseKind kind, SetClock? clock = null) =>
        await Staff.StartAsync(await servers.NewStoreAsync(kind), services => { if (clock is not null) services.AddSingleton<TimeProvider>(clock); }, Patient);
}
