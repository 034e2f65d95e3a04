using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Operators;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>The second step of a sign-in: an app's code or a recovery code, each once, and nothing of it is told before the right password.</summary>
[Trait("suite", "stories")]
public sealed class SecondFactorTests(Servers servers)
{
    private const string Me = "/api/v1/me", Step = "/signin/code";
    private static readonly string[] Patient = ["--Busbar:Limits:SignInsPerAccount=1000", "--Busbar:Limits:SignInsPerSource=1000"];

    /// <param name="First">What it was turned on with.</param>
    internal sealed record App(byte[] Secret, string First, IReadOnlyList<string> Codes)
    {
        public string CodeAt(SetClock clock, int off = 0) => Totp.CodeOf(Secret, Totp.StepOf(clock.GetInstant()) + off);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_session_begins_after_the_second_step_and_a_code_is_good_once(DatabaseKind kind)
    {
        var clock = new SetClock();
        await using var server = await StartAsync(kind, clock);
        var here = await Staff.FoundAsync(server);
        var app = await TurnOnAsync(here, clock);
        Assert.Equal(10, app.Codes.Distinct().Count());

        // Setting it up used its step.
        var browser = new Browser(server);
        (await AtStepAsync(browser, app.First)).Is(HttpStatusCode.Forbidden);
        Assert.DoesNotContain("busbar", browser.Cookies.Keys);
        (await browser.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);
        (await browser.GetAsync("/console")).Is(HttpStatusCode.SeeOther);

        clock.Advance(TimeSpan.FromSeconds(30));
        var code = app.CodeAt(clock);
        (await AtStepAsync(browser, "000 000")).Is(HttpStatusCode.Forbidden);
        Assert.DoesNotContain("busbar", browser.Cookies.Keys);
        (await browser.SubmitAsync(Step, ("code", $" {code[..3]} {code[3..]} "))).Is(HttpStatusCode.SeeOther);
        (await browser.GetAsync(Me)).Is(HttpStatusCode.OK);

        // The same code, and an older one, by somebody who looked on.
        var thief = new Browser(server);
        (await AtStepAsync(thief, code)).Is(HttpStatusCode.Forbidden);
        (await thief.SubmitAsync(Step, ("code", app.CodeAt(clock, -1)))).Is(HttpStatusCode.Forbidden);
        (await thief.SubmitAsync(Step, ("code", app.CodeAt(clock, 3)))).Is(HttpStatusCode.Forbidden);
        (await thief.SubmitAsync(Step, ("code", app.CodeAt(clock, 1)))).Is(HttpStatusCode.SeeOther);

        // Turned off, the password does alone.
        (await here.SendAsync(HttpMethod.Delete, "/api/v1/me/authenticator", null, ("Origin", here.Origin))).Is(HttpStatusCode.NoContent);
        var alone = await Staff.SignInAsync(new Browser(server));
        Assert.Equal("/", alone.Header("Location"));
        await using var db = await Staff.RowsAsync(server);
        Assert.False(await db.RecoveryCodes.AnyAsync());

        static async Task<PageAnswer> AtStepAsync(Browser browser, string code)
        {
            var half = await Staff.SignInAsync(browser);
            half.Is(HttpStatusCode.SeeOther);
            Assert.Equal(Step, half.Header("Location"));
            (await browser.GetAsync(Step)).Is(HttpStatusCode.OK);
            return await browser.SubmitAsync(Step, ("code", code));
        }
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_recovery_code_works_once_also_when_it_is_sent_five_times_at_one_moment(DatabaseKind kind)
    {
        var clock = new SetClock();
        await using var server = await StartAsync(kind, clock);
        var here = await Staff.FoundAsync(server);
        var app = await TurnOnAsync(here, clock);
        var browsers = Enumerable.Range(0, 5).Select(_ => new Browser(server)).ToList();
        foreach (var browser in browsers) (await Staff.SignInAsync(browser)).Is(HttpStatusCode.SeeOther);
        var answers = await Task.WhenAll(browsers.Select(browser => browser.SubmitAsync(Step, ("code", app.Codes[3].ToUpperInvariant().Replace("-", " ", StringComparison.Ordinal)))));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.SeeOther);
        Assert.Equal(4, answers.Count(answer => answer.Status == HttpStatusCode.Forbidden));
        Assert.Equal(9, JsonElement.Parse((await here.GetAsync("/api/v1/me/second-factors")).Text).GetProperty("recoveryCodes").GetInt32());

        var renewed = await PostAsync(here, "/api/v1/me/recovery-codes");
        renewed.Is(HttpStatusCode.OK);
        var late = new Browser(server);
        await Staff.SignInAsync(late);
        (await late.SubmitAsync(Step, ("code", app.Codes[4]))).Is(HttpStatusCode.Forbidden);
        (await late.SubmitAsync(Step, ("code", CodesOf(renewed)[0]))).Is(HttpStatusCode.SeeOther);

        // None of them lies readable in the database.
        await using var db = await Staff.RowsAsync(server);
        Assert.Equal(9, await db.RecoveryCodes.CountAsync());
        Assert.All(await db.RecoveryCodes.ToListAsync(), row => Assert.Equal(32, row.CodeHash.Length));
        Assert.Equal(-1, (await db.Authenticators.SingleAsync()).SealedSecret.AsSpan().IndexOf(app.Secret));
        foreach (var verb in new[] { "authenticatorAdded", "recoveryCodesMade", "recoveryCodeUsed", "secondFactorRefused" }) await ToldAsync(here, "operator." + verb);
        var told = (await here.GetAsync("/api/v1/audit?limit=200")).Text;
        Assert.DoesNotContain(app.Codes[3], told, StringComparison.Ordinal);
        Assert.Contains("\"by\":\"recoveryCode\"", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task That_an_account_has_an_app_is_not_told_before_the_right_password()
    {
        var clock = new SetClock();
        await using var server = await StartAsync(DatabaseKind.Sqlite, clock);
        var owner = await Staff.FoundAsync(server);
        await Staff.JoinAsync(server, owner, "plain@example.org", new { role = "readOnly", where = "tenant" });
        await TurnOnAsync(owner, clock);
        var (with, without) = (await WrongAsync(Staff.Email), await WrongAsync("plain@example.org"));
        Assert.Equal(without.Replace("plain@example.org", "", StringComparison.Ordinal), with.Replace(Staff.Email, "", StringComparison.Ordinal));
        // And the second step is nobody's who gave no password.
        Assert.Equal("/signin", (await new Browser(server).GetAsync(Step)).Header("Location"));
        Assert.Equal("/signin", (await new Browser(server).SubmitAsync(Step, ("code", "000000"))).Header("Location"));

        async Task<string> WrongAsync(string email)
        {
            var answer = await Staff.SignInAsync(new Browser(server), "not the password, no", email);
            answer.Is(HttpStatusCode.Forbidden);
            return $"{answer.Text} {answer.Header("Set-Cookie")} {answer.Header("Location")}";
        }
    }

    [Fact]
    public async Task The_second_step_is_of_one_browser_for_five_minutes_and_ends_with_a_new_password()
    {
        var clock = new SetClock();
        await using var server = await StartAsync(DatabaseKind.Sqlite, clock);
        var here = await Staff.FoundAsync(server);
        var app = await TurnOnAsync(here, clock);
        var late = new Browser(server);
        await Staff.SignInAsync(late);
        clock.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("/signin", (await late.SubmitAsync(Step, ("code", app.CodeAt(clock)))).Header("Location"));

        var forged = new Browser(server);
        forged.Cookies["busbar-step"] = late.Cookies["busbar-device"] = "x";
        Assert.Equal("/signin", (await forged.SubmitAsync(Step, ("code", app.CodeAt(clock)))).Header("Location"));
        var foreign = new Browser(server) { Origin = "https://evil.example" };
        (await foreign.SubmitAsync(Step, ("code", app.CodeAt(clock)))).Is(HttpStatusCode.Forbidden, "foreignOrigin");

        var half = new Browser(server);
        await Staff.SignInAsync(half);
        const string next = "difference engine no 2";
        (await here.FetchAsync(HttpMethod.Post, "/api/v1/me/password", new { currentPassword = Staff.Password, newPassword = next })).Is(HttpStatusCode.NoContent);
        Assert.Equal("/signin", (await half.SubmitAsync(Step, ("code", app.CodeAt(clock)))).Header("Location"));

        // A link for a new password stands for the password only.
        var manager = await Staff.JoinAsync(server, here, "second@example.org", new { role = "owner", where = "tenant" });
        var owners = JsonElement.Parse((await here.GetAsync(Me)).Text).GetProperty("id").GetString();
        var link = await manager.FetchAsync(HttpMethod.Post, $"/api/v1/people/{owners}/new-password", new { });
        var setter = new Browser(server);
        var set = await setter.SubmitAsync("/password", ("code", Staff.CodeOf(link)), ("password", "analytical engine no 3"));
        Assert.Equal(Step, set.Header("Location"));
        (await setter.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);
        (await setter.SubmitAsync(Step, ("code", app.CodeAt(clock)))).Is(HttpStatusCode.SeeOther);
        (await setter.GetAsync(Me)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_guesses_codes_waits_from_however_many_places_and_the_owners_browser_does_not()
    {
        var clock = new SetClock();
        await using var server = await StartAsync(DatabaseKind.Sqlite, clock, "--ForwardedHeaders_Enabled=true", "--Busbar:Limits:SignInsFromStrangers=1000");
        var owner = new Browser(server, ("X-Forwarded-For", "192.0.2.1"));
        (await Staff.SetUpAsync(owner, Staff.Code(server))).Is(HttpStatusCode.SeeOther);
        (await Staff.SignInAsync(owner)).Is(HttpStatusCode.SeeOther);
        var app = await TurnOnAsync(owner, clock);
        for (var i = 1; ; i++)
        {
            Assert.InRange(i, 1, 20);
            var guesser = new Browser(server, ("X-Forwarded-For", $"198.51.100.{i}"));
            (await Staff.SignInAsync(guesser)).Is(HttpStatusCode.SeeOther);
            var answer = await guesser.SubmitAsync(Step, ("code", "00000" + (i % 10)));
            if (answer.Status == HttpStatusCode.TooManyRequests)
            {
                Assert.True(i > 10, $"after {i}");
                Assert.NotEqual("", answer.Header("Retry-After"));
                break;
            }
            answer.Is(HttpStatusCode.Forbidden);
        }
        clock.Advance(TimeSpan.FromSeconds(30));
        await owner.SubmitAsync("/signout");
        Assert.Equal(Step, (await Staff.SignInAsync(owner)).Header("Location"));
        Assert.Equal("/", (await owner.SubmitAsync(Step, ("code", app.CodeAt(clock)))).Header("Location"));
    }

    [Fact]
    public async Task What_changes_how_one_signs_in_asks_for_the_password_after_ten_minutes()
    {
        var clock = new SetClock();
        await using var server = await StartAsync(DatabaseKind.Sqlite, clock);
        var here = await Staff.FoundAsync(server);
        await TurnOnAsync(here, clock);
        clock.Advance(TimeSpan.FromMinutes(10));
        var draft = await PostAsync(here, "/api/v1/me/authenticator/draft");
        (await here.FetchAsync(HttpMethod.Post, "/api/v1/me/authenticator", new { draft = JsonElement.Parse(draft.Text).GetProperty("draft").GetString(), code = "000000" })).Is(HttpStatusCode.Forbidden, "confirmFirst");
        (await PostAsync(here, "/api/v1/me/recovery-codes")).Is(HttpStatusCode.Forbidden, "confirmFirst");
        (await PostAsync(here, "/api/v1/me/passkeys/options")).Is(HttpStatusCode.Forbidden, "confirmFirst");
        (await here.SendAsync(HttpMethod.Delete, "/api/v1/me/authenticator", null, ("Origin", here.Origin))).Is(HttpStatusCode.Forbidden, "confirmFirst");
        (await here.SendAsync(HttpMethod.Delete, "/api/v1/me/passkeys/" + default(PasskeyId), null, ("Origin", here.Origin))).Is(HttpStatusCode.Forbidden, "confirmFirst");
        (await ConfirmAsync("not the password, no")).Is(HttpStatusCode.Forbidden, "wrongPassword");
        (await PostAsync(here, "/api/v1/me/recovery-codes")).Is(HttpStatusCode.Forbidden, "confirmFirst");
        (await ConfirmAsync(Staff.Password)).Is(HttpStatusCode.NoContent);
        (await PostAsync(here, "/api/v1/me/recovery-codes")).Is(HttpStatusCode.OK);

        // Another session of the same operator proved nothing; a program has none.
        var app = JsonElement.Parse((await here.GetAsync("/api/v1/me/second-factors")).Text);
        Assert.True(app.GetProperty("isProtected").GetBoolean());
        var key = JsonElement.Parse((await here.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "robot", scopes = new[] { "*" } })).Text).GetProperty("key").GetString()!;
        (await server.With(key).PostAsync("me/recovery-codes", new { })).Is(HttpStatusCode.Forbidden, "forbidden");

        Task<PageAnswer> ConfirmAsync(string password) => here.FetchAsync(HttpMethod.Post, "/api/v1/me/confirm", new { currentPassword = password });
    }

    [Fact]
    public async Task A_draft_is_of_one_operator_for_ten_minutes_and_a_second_app_is_refused()
    {
        var clock = new SetClock();
        await using var server = await StartAsync(DatabaseKind.Sqlite, clock);
        var owner = await Staff.FoundAsync(server);
        var other = await Staff.JoinAsync(server, owner, "other@example.org", new { role = "readOnly", where = "tenant" });
        var (draft, secret) = await DraftAsync(owner);
        (await TurnOnAsync(other, draft, Code())).Is(HttpStatusCode.Conflict, "stale");
        (await TurnOnAsync(owner, draft + "A", Code())).Is(HttpStatusCode.Conflict, "stale");
        (await TurnOnAsync(owner, "not base64 !", Code())).Is(HttpStatusCode.Conflict, "stale");
        (await TurnOnAsync(owner, draft, "123")).Is(HttpStatusCode.BadRequest, "wrongCode");
        (await TurnOnAsync(owner, draft, Code())).Is(HttpStatusCode.OK);
        (await TurnOnAsync(owner, draft, Code())).Is(HttpStatusCode.Conflict, "already");
        var (old, _) = await DraftAsync(other);
        clock.Advance(TimeSpan.FromMinutes(10));
        (await other.FetchAsync(HttpMethod.Post, "/api/v1/me/confirm", new { currentPassword = Staff.Password })).Is(HttpStatusCode.NoContent);
        (await TurnOnAsync(other, old, Code())).Is(HttpStatusCode.Conflict, "stale");

        string Code() => Totp.CodeOf(secret, Totp.StepOf(clock.GetInstant()));
        static Task<PageAnswer> TurnOnAsync(Browser browser, string draft, string code) => browser.FetchAsync(HttpMethod.Post, "/api/v1/me/authenticator", new { draft, code });
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Who_manages_people_takes_away_lost_factors_within_their_own_rights_and_never_their_own(DatabaseKind kind)
    {
        var clock = new SetClock();
        await using var server = await StartAsync(kind, clock);
        var owner = await Staff.FoundAsync(server);
        var role = await owner.FetchAsync(HttpMethod.Post, "/api/v1/roles", new { name = "Manager", scopes = new[] { "people:read", "people:write" } });
        var manager = await Staff.JoinAsync(server, owner, "manager@example.org", new { role = JsonElement.Parse(role.Text).GetProperty("id").GetString(), where = "tenant" });
        await TurnOnAsync(owner, clock);
        await TurnOnAsync(manager, clock);
        var (owners, managers) = (await IdOfAsync(owner), await IdOfAsync(manager));
        (await ResetAsync(manager, owners)).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        (await ResetAsync(owner, owners)).Is(HttpStatusCode.BadRequest, "ownAccount");
        Assert.Contains("\"isProtected\":true", (await owner.GetAsync($"/api/v1/people/{managers}/second-factors")).Text, StringComparison.Ordinal);
        (await ResetAsync(owner, managers)).Is(HttpStatusCode.NoContent);
        Assert.Contains("\"isProtected\":false", (await owner.GetAsync($"/api/v1/people/{managers}/second-factors")).Text, StringComparison.Ordinal);
        Assert.Equal("/", (await Staff.SignInAsync(new Browser(server), email: "manager@example.org")).Header("Location"));
        Assert.Equal(Step, (await Staff.SignInAsync(new Browser(server))).Header("Location"));
        await ToldAsync(owner, "operator.secondFactorsReset");

        // Nothing of who is removed stays.
        await TurnOnAsync(manager, clock, confirm: true);
        (await owner.SendAsync(HttpMethod.Delete, $"/api/v1/people/{managers}", null, ("Origin", owner.Origin))).Is(HttpStatusCode.NoContent);
        await using var db = await Staff.RowsAsync(server);
        Assert.Single(await db.Authenticators.ToListAsync());
        Assert.Equal(10, await db.RecoveryCodes.CountAsync());

        static Task<PageAnswer> ResetAsync(Browser by, string id) => by.SendAsync(HttpMethod.Delete, $"/api/v1/people/{id}/second-factors", null, ("Origin", by.Origin));
        static async Task<string> IdOfAsync(Browser browser) => JsonElement.Parse((await browser.GetAsync(Me)).Text).GetProperty("id").GetString()!;
    }

    private async Task<RunningServer> StartAsync(DatabaseKind kind, SetClock clock, params string[] more) =>
        await Staff.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock), [.. Patient, .. more]);

    internal static async Task<App> TurnOnAsync(Browser browser, SetClock clock, bool confirm = false)
    {
        if (confirm) (await browser.FetchAsync(HttpMethod.Post, "/api/v1/me/confirm", new { currentPassword = Staff.Password })).Is(HttpStatusCode.NoContent);
        var (draft, secret) = await DraftAsync(browser);
        var code = Totp.CodeOf(secret, Totp.StepOf(clock.GetInstant()));
        var done = await browser.FetchAsync(HttpMethod.Post, "/api/v1/me/authenticator", new { draft, code });
        done.Is(HttpStatusCode.OK);
        return new App(secret, code, CodesOf(done));
    }

    private static async Task<(string Draft, byte[] Secret)> DraftAsync(Browser browser)
    {
        var drafted = JsonElement.Parse((await PostAsync(browser, "/api/v1/me/authenticator/draft")).Text);
        return (drafted.GetProperty("draft").GetString()!, FromBase32(drafted.GetProperty("secret").GetString()!));
    }

    // The audit is told of refusals a second later.
    private static async Task ToldAsync(Browser browser, string action)
    {
        for (var i = 0; i < 100; i++)
        {
            if ((await browser.GetAsync("/api/v1/audit?limit=200")).Text.Contains(action, StringComparison.Ordinal)) return;
            await Task.Delay(50);
        }
        Assert.Fail($"The audit does not tell of {action}.");
    }

    private static Task<PageAnswer> PostAsync(Browser browser, string path) => browser.FetchAsync(HttpMethod.Post, path, new { });

    private static List<string> CodesOf(PageAnswer answer) => [.. JsonElement.Parse(answer.Text).GetProperty("recoveryCodes").EnumerateArray().Select(code => code.GetString()!)];

    internal static byte[] FromBase32(string text)
    {
        var bits = string.Concat(text.Select(c => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return [.. bits.Chunk(8).Where(octet => octet.Length == 8).Select(octet => Convert.ToByte(new string(octet), 2))];
    }
}
