using System.Net;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Busbar.Tests.Identity;

[Trait("suite", "stories")]
public sealed class SetupTests(Servers servers)
{
    [Fact]
    public async Task The_pages_before_the_sign_in_speak_the_browsers_language()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var browser = new Browser(server, ("Accept-Language", "de-CH,de;q=0.9,en;q=0.5"));
        Assert.Contains("<h1>Busbar einrichten</h1>", (await browser.GetAsync("/setup")).Text, StringComparison.Ordinal);
        Assert.Contains("Dieser Code gilt nicht", (await Staff.SetUpAsync(browser, "x")).Text, StringComparison.Ordinal);
        var wrong = WebUtility.HtmlDecode((await Staff.SetUpAsync(browser, Staff.Code(server), "no address", "kurz")).Text);
        Assert.Contains("Das ist keine E-Mail-Adresse. Das Passwort muss 12 bis 128 Zeichen haben.", wrong, StringComparison.Ordinal);
        (await Staff.SetUpAsync(browser, Staff.Code(server))).Is(HttpStatusCode.SeeOther);
        Assert.Contains("Sie sind angemeldet als", (await browser.GetAsync("/signin")).Text, StringComparison.Ordinal);
        var other = new Browser(server, ("Accept-Language", "tlh"));
        Assert.Contains("<h1>Sign in</h1>", (await other.GetAsync("/signin")).Text, StringComparison.Ordinal);
        other.Cookies["busbar-language"] = "de";
        Assert.Contains("<h1>Anmelden</h1>", (await other.GetAsync("/signin")).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_link_leads_to_the_web_and_never_to_the_stations_own_listener()
    {
        using var authority = new TestAuthority();
        authority.Issue();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, authority.Settings());
        Assert.Contains(server.Stations, address => address.Scheme == "https");
        Assert.Equal(server.Address.Port, Staff.Link(server)!.Port);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_printed_link_makes_the_first_operator_once(DatabaseKind kind)
    {
        var store = await servers.NewStoreAsync(kind);
        await using (var server = await Staff.StartAsync(store))
        {
            var link = Staff.Link(server)!;
            var code = Staff.Code(server);
            Assert.Equal(server.Address.GetLeftPart(UriPartial.Authority) + "/setup", link.GetLeftPart(UriPartial.Path));
            Assert.Equal("", link.Query);
            Assert.True(code.Length >= 22, "128 bits at least");

            var browser = new Browser(server);
            var page = await browser.GetAsync("/setup");
            page.Is(HttpStatusCode.OK);
            Assert.Contains("<form method=\"post\" action=\"/setup\">", page.Text, StringComparison.Ordinal);
            Assert.DoesNotContain(code, page.Text, StringComparison.Ordinal);

            (await Staff.SetUpAsync(browser, "forged-" + code)).Is(HttpStatusCode.Forbidden);
            (await Staff.SetUpAsync(browser, "")).Is(HttpStatusCode.Forbidden);
            (await Staff.SetUpAsync(new Browser(server) { Origin = "https://evil.example" }, code)).Is(HttpStatusCode.Forbidden, "foreignOrigin");
            var refused = await Staff.SetUpAsync(browser, code, "<b>not an address</b>", "short");
            refused.Is(HttpStatusCode.BadRequest);
            Assert.Contains("12 to 128 characters", refused.Text, StringComparison.Ordinal);
            Assert.DoesNotContain("<b>not", refused.Text, StringComparison.Ordinal);
            (await browser.GetAsync("/api/v1/me")).Is(HttpStatusCode.Unauthorized);

            (await Staff.SetUpAsync(browser, code)).Is(HttpStatusCode.SeeOther);
            var me = await browser.GetAsync("/api/v1/me");
            me.Is(HttpStatusCode.OK);
            Assert.Contains("\"kind\":\"operator\",\"email\":\"Ada@Example.org\"", me.Text, StringComparison.Ordinal);
            Assert.Contains("\"tenantSlug\":\"default\",\"scopes\":[\"*\"]", me.Text, StringComparison.Ordinal);

            (await new Browser(server).GetAsync("/setup")).Is(HttpStatusCode.NotFound);
            (await Staff.SetUpAsync(new Browser(server), code, "mallory@example.org")).Is(HttpStatusCode.NotFound);
            await using var db = await Staff.RowsAsync(server);
            Assert.Empty(await db.SetupLinks.ToListAsync());
            // A disabled account is no invitation either.
            var row = await db.Operators.SingleAsync();
            row.DisabledAt = row.CreatedAt;
            await db.CommitAsync(CancellationToken.None);
        }
        await using var again = await Staff.StartAsync(store);
        Assert.Null(Staff.Link(again));
        (await new Browser(again).GetAsync("/setup")).Is(HttpStatusCode.NotFound);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Of_many_set_ups_at_one_moment_one_is_done(DatabaseKind kind)
    {
        var store = await servers.NewStoreAsync(kind);
        await using var first = await Staff.StartAsync(store);
        // A second process can only share PostgreSQL; its link is good too, until somebody has used one.
        await using var second = kind == DatabaseKind.Postgres ? await Staff.StartAsync(store) : null;
        var all = new[] { first, second ?? first };
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Staff.SetUpAsync(new Browser(all[i % 2]), Staff.Code(all[i % 2]), $"op{i}@example.org")));
        Assert.Single(answers, answer => answer.Status == HttpStatusCode.SeeOther);
        Assert.All(answers, answer => Assert.Contains(answer.Status, new[] { HttpStatusCode.SeeOther, HttpStatusCode.NotFound, HttpStatusCode.Forbidden }));
        await using var db = await Staff.RowsAsync(first);
        Assert.Single(await db.Operators.ToListAsync());
    }

    [Fact]
    public async Task A_link_lives_for_a_day_or_until_the_next_start()
    {
        var clock = new SetClock();
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        string old;
        await using (var server = await Staff.StartAsync(store, services => services.AddSingleton<TimeProvider>(clock)))
        {
            old = Staff.Code(server);
            clock.Advance(TimeSpan.FromHours(23));
        }
        await using var next = await Staff.StartAsync(store, services => services.AddSingleton<TimeProvider>(clock));
        Assert.NotEqual(old, Staff.Code(next));
        Assert.Contains("This code is not valid", (await Staff.SetUpAsync(new Browser(next), old)).Text, StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromHours(24));
        Assert.Contains("This code is not valid", (await Staff.SetUpAsync(new Browser(next), Staff.Code(next))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_a_key_is_configured_there_is_nothing_to_set_up()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        Assert.Null(Staff.Link(server));
        (await new Browser(server).GetAsync("/setup")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task What_is_secret_is_not_in_the_store()
    {
        var warnings = new Warnings();
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        string code;
        await using (var server = await Staff.StartAsync(store, services => services.AddSingleton<ILoggerProvider>(warnings)))
        {
            Assert.Empty(warnings.Messages);
            code = Staff.Code(server);
            await Staff.FoundAsync(server);
        }
        var folder = store[0].Split('=', 2)[1];
        var bytes = Directory.GetFiles(folder, "busbar.db*").SelectMany(File.ReadAllBytes).ToArray();
        Assert.True(Holds("Ada@Example.org"), "The search finds what is there.");
        Assert.True(Holds("data-protection:first"), "A data-protection key was kept.");
        Assert.False(Holds("encryptedSecret"), "It is sealed whole.");
        Assert.False(Holds(Staff.Password));
        Assert.False(Holds(code));
        Assert.False(Holds("masterKey"));

        bool Holds(string text) => bytes.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes(text)) >= 0;
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_session_is_known_to_every_process_and_after_a_restart(DatabaseKind kind)
    {
        var store = await servers.NewStoreAsync(kind);
        var cookies = new Dictionary<string, string>();
        if (kind == DatabaseKind.Postgres)
        {
            // At once on an empty database: one of them makes the key for both.
            var both = await Task.WhenAll(Staff.StartAsync(store), Staff.StartAsync(store));
            await using var first = both[0];
            await using var second = both[1];
            cookies = (await Staff.FoundAsync(first)).Cookies;
            var elsewhere = new Browser(second);
            foreach (var (name, value) in cookies) elsewhere.Cookies[name] = value;
            for (var tries = 0; tries < 60 && (await elsewhere.GetAsync("/api/v1/me")).Status != HttpStatusCode.OK; tries++) await Task.Delay(250);
            (await elsewhere.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);
        }
        else
        {
            await using var server = await Staff.StartAsync(store);
            cookies = (await Staff.FoundAsync(server)).Cookies;
        }
        await using var later = await Staff.StartAsync(store);
        var returned = new Browser(later);
        foreach (var (name, value) in cookies) returned.Cookies[name] = value;
        (await returned.GetAsync("/api/v1/me")).Is(HttpStatusCode.OK);
    }

    private sealed class Warnings : ILoggerProvider, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Messages { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Warning;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel)) Messages.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
