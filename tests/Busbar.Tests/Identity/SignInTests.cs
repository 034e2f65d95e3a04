using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

[Trait("suite", "stories")]
public sealed class SignInTests(Servers servers)
{
    private const string Me = "/api/v1/me";

    [Fact]
    public async Task A_form_that_cannot_be_read_is_refused()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var browser = await Staff.FoundAsync(server);
        (await browser.SubmitAsync("/signin", ("email", "a\0b"), ("password", "x"))).Is(HttpStatusCode.BadRequest);
        (await browser.SubmitAsync("/signin", [.. Enumerable.Range(0, 1_100).Select(i => ($"f{i}", "x"))])).Is(HttpStatusCode.BadRequest);
        var cut = new ByteArrayContent("--b\r\nContent-Disposition: form-data; name=\"email\"\r\n\r\na"u8.ToArray());
        cut.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=b");
        (await browser.SendAsync(HttpMethod.Post, "/signin", cut, ("Origin", browser.Origin))).Is(HttpStatusCode.BadRequest);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task An_operator_signs_in_and_is_the_one_who_acts(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        await Staff.FoundAsync(server);

        var browser = new Browser(server);
        (await browser.GetAsync(Me)).Is(HttpStatusCode.Unauthorized, "unauthenticated");
        var wrong = await Staff.SignInAsync(browser, "engine of analysiS");
        var unknown = await Staff.SignInAsync(browser, email: "nobody@example.org");
        wrong.Is(HttpStatusCode.Forbidden);
        unknown.Is(HttpStatusCode.Forbidden);
        Assert.Equal(wrong.Text.Replace(Staff.Email, "", StringComparison.Ordinal), unknown.Text.Replace("nobody@example.org", "", StringComparison.Ordinal));
        Assert.Empty(browser.Cookies);

        var inside = await Staff.SignInAsync(browser, email: " aDA@example.ORG ");
        inside.Is(HttpStatusCode.SeeOther);
        Assert.Equal("/", inside.Header("Location"));
        Assert.Contains("signed in as Ada@Example.org", (await browser.GetAsync("/signin")).Text, StringComparison.Ordinal);

        var made = await browser.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "robot", scopes = new[] { "tokens:read" } }, ("Idempotency-Key", "k"));
        made.Is(HttpStatusCode.Created);
        Assert.Equal(made.Text, (await browser.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "robot", scopes = new[] { "tokens:read" } }, ("Idempotency-Key", "k"))).Text);
        await using var db = await Staff.RowsAsync(server);
        var row = await db.Operators.SingleAsync();
        Assert.Equal(row.Id.ToString(), (await db.Idempotency.SingleAsync()).Actor);
        Assert.Equal(1, row.Revision);
        Assert.NotNull(row.LastSignInAt);

        // A request with a key is the key's, whatever cookie comes along.
        var robot = JsonElement.Parse(made.Text).GetProperty("key").GetString()!;
        Assert.Contains("\"kind\":\"apiClient\"", (await browser.SendAsync(HttpMethod.Get, Me, null, ("Authorization", $"Bearer {robot}"))).Text, StringComparison.Ordinal);
        (await browser.SendAsync(HttpMethod.Get, Me, null, ("Authorization", "Bearer wrong"))).Is(HttpStatusCode.Unauthorized);
        (await server.With(robot).PostAsync("me/password", new { currentPassword = "x", newPassword = "y" })).Is(HttpStatusCode.Forbidden, "forbidden");
    }

    [Fact]
    public async Task The_cookie_is_out_of_reach_of_scripts_sub_domains_and_plain_http()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--ForwardedHeaders_Enabled=true");
        await Staff.FoundAsync(server);

        var laptop = await Staff.SignInAsync(new Browser(server));
        Assert.Matches("(?m)^busbar=[^;]+; path=/; samesite=lax; httponly$", laptop.Header("Set-Cookie"));
        Assert.Equal("", laptop.Header("Strict-Transport-Security"));

        var browser = new Browser(server, ("Host", "ops.example.org"), ("X-Forwarded-Proto", "https")) { Origin = "https://ops.example.org" };
        var secure = await Staff.SignInAsync(browser);
        secure.Is(HttpStatusCode.SeeOther);
        Assert.Matches("(?m)^__Host-busbar=[^;]+; path=/; secure; samesite=lax; httponly$", secure.Header("Set-Cookie"));
        Assert.Equal("max-age=31536000", secure.Header("Strict-Transport-Security"));
        (await browser.GetAsync(Me)).Is(HttpStatusCode.OK);

        var clear = new Browser(server, ("Host", "ops.example.org")) { Origin = "http://ops.example.org" };
        (await clear.GetAsync("/signin")).Is(HttpStatusCode.Forbidden);
        (await Staff.SignInAsync(clear)).Is(HttpStatusCode.Forbidden);
        Assert.Empty(clear.Cookies);
    }

    [Fact]
    public async Task What_changes_something_with_a_cookie_comes_from_our_own_pages()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var browser = await Staff.FoundAsync(server);
        var uid = 0;
        (string, string)[][] foreign =
        [
            [], [("Origin", "null")], [("Origin", "https://evil.example")], [("Origin", browser.Origin + "1")], [("Origin", browser.Origin.Replace("http:", "https:", StringComparison.Ordinal))],
            [("Sec-Fetch-Site", "cross-site"), ("Origin", browser.Origin)], [("Sec-Fetch-Site", "same-site")], [("Sec-Fetch-Site", "none")],
        ];
        foreach (var headers in foreign)
        {
            (await PostAsync(headers)).Is(HttpStatusCode.Forbidden, "foreignOrigin");
            foreach (var method in new[] { HttpMethod.Put, HttpMethod.Patch, HttpMethod.Delete })
                (await browser.SendAsync(method, method == HttpMethod.Put ? "/api/v1/tariffs/x/assignments" : "/api/v1/tokens/x", null, headers)).Is(HttpStatusCode.Forbidden, "foreignOrigin");
            // To sign someone in, or out, is a change as well.
            (await browser.SendAsync(HttpMethod.Post, "/signin", Form(), headers)).Is(HttpStatusCode.Forbidden, "foreignOrigin");
            (await browser.SendAsync(HttpMethod.Post, "/signout", Form(), headers)).Is(HttpStatusCode.Forbidden, "foreignOrigin");
            (await browser.SendAsync(HttpMethod.Get, Me, null, headers)).Is(HttpStatusCode.OK);
        }
        Assert.DoesNotContain("uid", (await browser.GetAsync("/api/v1/tokens")).Text, StringComparison.Ordinal);

        (await PostAsync(("Origin", browser.Origin))).Is(HttpStatusCode.Created);
        (await PostAsync(("Sec-Fetch-Site", "same-origin"))).Is(HttpStatusCode.Created);

        Task<PageAnswer> PostAsync(params (string, string)[] headers) =>
            browser.SendAsync(HttpMethod.Post, "/api/v1/tokens", Browser.JsonContent(new { uid = $"T{++uid}", type = "rfid" }), headers);
        static FormUrlEncodedContent Form() => new([KeyValuePair.Create("email", Staff.Email), KeyValuePair.Create("password", Staff.Password)]);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_new_password_or_a_disabled_account_ends_every_session_and_a_sign_out_its_own(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var here = await Staff.FoundAsync(server);
        var there = new Browser(server);
        (await Staff.SignInAsync(there)).Is(HttpStatusCode.SeeOther);

        const string next = "difference engine no 2";
        (await here.FetchAsync(HttpMethod.Post, "/api/v1/me/password", new { currentPassword = "not this one, no", newPassword = next })).Is(HttpStatusCode.Forbidden, "wrongPassword");
        (await here.FetchAsync(HttpMethod.Post, "/api/v1/me/password", new { currentPassword = Staff.Password, newPassword = "password1234" })).Is(HttpStatusCode.BadRequest, "commonPassword");
        (await there.GetAsync(Me)).Is(HttpStatusCode.OK);
        (await here.FetchAsync(HttpMethod.Post, "/api/v1/me/password", new { currentPassword = Staff.Password, newPassword = next })).Is(HttpStatusCode.NoContent);
        (await here.GetAsync(Me)).Is(HttpStatusCode.OK);
        (await there.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);
        (await Staff.SignInAsync(there)).Is(HttpStatusCode.Forbidden);
        (await Staff.SignInAsync(there, next)).Is(HttpStatusCode.SeeOther);

        var copy = new Browser(server);
        foreach (var (name, value) in here.Cookies) copy.Cookies[name] = value;
        (await here.SubmitAsync("/signout")).Is(HttpStatusCode.SeeOther);
        Assert.DoesNotContain("busbar", here.Cookies.Keys);
        (await copy.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);
        (await there.GetAsync(Me)).Is(HttpStatusCode.OK);

        (await Staff.SignInAsync(here, next)).Is(HttpStatusCode.SeeOther);
        await using (var db = await Staff.RowsAsync(server))
        {
            var row = await db.Operators.SingleAsync();
            row.DisabledAt = row.CreatedAt;
            await db.CommitAsync(CancellationToken.None);
        }
        await server.Services.GetRequiredService<IdentityDirectory>().ReloadAsync(CancellationToken.None);
        (await here.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);
        (await Staff.SignInAsync(here, next)).Is(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_session_ends_after_an_idle_hour_and_at_the_latest_after_twelve()
    {
        var clock = new SetClock();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.AddSingleton<TimeProvider>(clock));
        var browser = await Staff.FoundAsync(server);
        clock.Advance(TimeSpan.FromMinutes(61));
        (await browser.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);

        (await Staff.SignInAsync(browser)).Is(HttpStatusCode.SeeOther);
        for (var minutes = 0; minutes < 700; minutes += 50)
        {
            clock.Advance(TimeSpan.FromMinutes(50));
            (await browser.GetAsync(Me)).Is(HttpStatusCode.OK);
        }
        clock.Advance(TimeSpan.FromMinutes(21));
        (await browser.GetAsync(Me)).Is(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_hash_of_weaker_parameters_is_made_anew_at_the_next_sign_in()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        string old;
        await using (var server = await Staff.StartAsync(store))
        {
            await Staff.FoundAsync(server);
            old = await HashAsync(server);
        }
        await using var stronger = await Staff.StartAsync(store, services => services.PostConfigure<PasswordHasherOptions>(hasher => hasher.IterationCount = 2_000));
        (await Staff.SignInAsync(new Browser(stronger))).Is(HttpStatusCode.SeeOther);
        var renewed = await HashAsync(stronger);
        Assert.NotEqual(old, renewed);
        (await Staff.SignInAsync(new Browser(stronger))).Is(HttpStatusCode.SeeOther);
        Assert.Equal(renewed, await HashAsync(stronger));

        static async Task<string> HashAsync(RunningServer server)
        {
            await using var db = await Staff.RowsAsync(server);
            return (await db.Operators.SingleAsync()).PasswordHash;
        }
    }

    [Fact]
    public async Task Who_guesses_waits_and_the_owner_does_not()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null,
            "--ForwardedHeaders_Enabled=true", "--Busbar:Limits:SignInsPerAccount=3", "--Busbar:Limits:SignInsFromStrangers=6", "--Busbar:Limits:SignInsPerSource=8");
        await Staff.FoundAsync(server);
        var owner = From("192.0.2.1");
        (await Staff.SignInAsync(owner)).Is(HttpStatusCode.SeeOther);

        // One source at one account.
        var guesser = From("192.0.2.66");
        var late = await UntilLateAsync(3, i => Staff.SignInAsync(guesser, $"a wrong guess {i}"));
        Assert.InRange(int.Parse(late.Header("Retry-After"), System.Globalization.CultureInfo.InvariantCulture), 1, 60);
        Assert.DoesNotContain("busbar", guesser.Cookies.Keys);

        // One source at many accounts.
        await UntilLateAsync(8, i => Staff.SignInAsync(From("192.0.2.67"), email: $"someone{i}@example.org"));

        // Many sources at one account: strangers wait, and a browser that was here before does not.
        await UntilLateAsync(1, i => Staff.SignInAsync(From($"198.51.100.{i}"), "a wrong guess again"));
        (await Staff.SignInAsync(owner)).Is(HttpStatusCode.SeeOther);

        // Tokens come back while a slow machine thinks, so the number is a least one.
        static async Task<PageAnswer> UntilLateAsync(int atLeast, Func<int, Task<PageAnswer>> tryAsync)
        {
            for (var i = 0; i < 100; i++)
            {
                var answer = await tryAsync(i);
                if (answer.Status == HttpStatusCode.TooManyRequests && i >= atLeast) return answer;
                answer.Is(HttpStatusCode.Forbidden);
            }
            throw new InvalidOperationException("A hundred tries, and none was too many.");
        }

        Browser From(string source) => new(server, ("X-Forwarded-For", source));
    }
}
