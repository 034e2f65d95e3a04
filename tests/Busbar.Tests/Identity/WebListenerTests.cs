using System.Net;
using System.Text.RegularExpressions;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.Options;

namespace Busbar.Tests.Identity;

public sealed partial class WebListenerTests(Servers servers)
{
    [Fact]
    public async Task Every_answer_tells_browsers_what_they_may_not_do()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        foreach (var path in new[] { "/api/v1/tokens", "/nowhere", "/signin", "/health/live", "/docs", "/openapi/v1.json" })
        {
            var answer = await new Browser(server).GetAsync(path);
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.Equal("same-origin", answer.Header("Referrer-Policy"));
            Assert.Equal("same-origin", answer.Header("Cross-Origin-Opener-Policy"));
            var policy = answer.Header("Content-Security-Policy");
            Assert.StartsWith("default-src 'none';", policy, StringComparison.Ordinal);
            Assert.Contains("frame-ancestors 'none'", policy, StringComparison.Ordinal);
            Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
            if (path != "/docs") Assert.DoesNotContain("unsafe-inline", policy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_sign_in_page_has_nothing_inline_and_works_without_a_script()
    {
        var browser = new Browser(await servers.OnAsync(DatabaseKind.Sqlite));
        var page = await browser.GetAsync("/signin");
        page.Is(HttpStatusCode.OK);
        Assert.Equal("no-store", page.Header("Cache-Control"));
        Assert.DoesNotMatch(@"<script>|<style|\bon\w+=|style=", page.Text);
        (await browser.GetAsync("/door.css")).Is(HttpStatusCode.OK);
        (await browser.GetAsync("/setup.js")).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_reading_of_the_api_loads_nothing_from_outside()
    {
        var browser = new Browser(await servers.OnAsync(DatabaseKind.Sqlite));
        var page = await browser.GetAsync("/docs");
        if (page.Status == HttpStatusCode.MovedPermanently || page.Status == HttpStatusCode.Redirect) page = await browser.GetAsync(page.Header("Location"));
        page.Is(HttpStatusCode.OK);
        var nonce = Nonce().Match(page.Header("Content-Security-Policy")).Groups[1].Value;
        Assert.NotEmpty(nonce);
        var scripts = Script().Matches(page.Text).Select(match => match.Value).ToList();
        Assert.NotEmpty(scripts);
        Assert.All(scripts, script => Assert.Contains($"nonce=\"{nonce}\"", WebUtility.HtmlDecode(script), StringComparison.Ordinal));
        Assert.DoesNotMatch(@"(src|href)=""(https?:)?//", page.Text);
        // Its bar of developer's tools would send the description to its maker.
        Assert.Matches(@"showDeveloperTools\W+never", page.Text);
        var again = await browser.GetAsync("/docs");
        Assert.DoesNotContain(nonce, again.Header("Content-Security-Policy"), StringComparison.Ordinal);
        foreach (Match source in Source().Matches(page.Text))
            (await browser.GetAsync(new Uri(new Uri("http://localhost/docs/"), source.Groups[1].Value).AbsolutePath)).Is(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Who_calls_too_often_waits_and_the_configured_client_does_not()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:Limits:RequestsPerSecond=1", "--Busbar:Limits:RequestBurst=5");
        var (one, other) = (await ClientAsync("one"), await ClientAsync("other"));
        Answer last;
        var passed = 0;
        while ((last = await one.GetAsync("me")).Status == HttpStatusCode.OK && passed < 100) passed++;
        Assert.InRange(passed, 5, 60);
        last.Is(HttpStatusCode.TooManyRequests, "tooManyRequests");
        Assert.InRange(last.Headers.RetryAfter!.Delta!.Value, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2));
        (await other.GetAsync("me")).Is(HttpStatusCode.OK);
        for (var i = 0; i < 20; i++) (await server.Admin.GetAsync("me")).Is(HttpStatusCode.OK);

        async Task<ApiClient> ClientAsync(string name) => server.With((await server.Admin.PostAsync("api-clients", new { name, scopes = new[] { "tokens:read" } })).Text("key"));
    }

    [Fact]
    public async Task Who_fails_too_often_waits_and_a_valid_key_from_there_does_not()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:Limits:ApiFailuresPerMinute=3");
        for (var i = 0; i < 3; i++) (await server.With($"wrong{i}").GetAsync("tokens")).Is(HttpStatusCode.Unauthorized, "unauthenticated");
        var late = await server.Anonymous.GetAsync("tokens");
        late.Is(HttpStatusCode.TooManyRequests, "tooManyRequests");
        Assert.InRange(late.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        (await server.Admin.GetAsync("tokens")).Is(HttpStatusCode.OK);
    }

    [Theory]
    [InlineData("Busbar:Limits", "RequestBurst=0")]
    [InlineData("Busbar:Limits", "FramesPerSecond=0")]
    [InlineData("Busbar:Limits", "UpgradesPerSecond=-1")]
    [InlineData("Busbar:Stations", "CommandSeconds=0")]
    [InlineData("Busbar:Stations", "HeartbeatSeconds=2000000000")]
    [InlineData("Busbar:Reconciliation", "Pace=00:00:00")]
    [InlineData("Busbar:Reconciliation", "Settle=-00:00:01")]
    [InlineData("Busbar:WireLog", "Days=0")]
    public async Task A_limit_of_nothing_stops_the_start(string section, string setting)
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => RunningServer.StartAsync(store, null, $"--{section}:{setting}"));
        Assert.Contains(section, error.Message, StringComparison.Ordinal);
    }

    [GeneratedRegex("'nonce-([^']+)'")]
    private static partial Regex Nonce();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();

    [GeneratedRegex("<script[^>]* src=\"([^\"]+)\"")]
    private static partial Regex Source();
}
