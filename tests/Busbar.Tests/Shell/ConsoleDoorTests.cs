using System.Net;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;

namespace Busbar.Tests.Shell;

/// <summary>Who comes into the console, and from where.</summary>
public sealed class ConsoleDoorTests(Servers servers)
{
    private const string Negotiate = "/console/_blazor/negotiate?negotiateVersion=1";

    [Fact]
    public async Task A_stranger_signs_in_and_comes_back()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await Staff.FoundAsync(server);
        var browser = new Browser(server);

        var asked = await browser.GetAsync("/console/stations?state=online");
        asked.Is(HttpStatusCode.SeeOther);
        Assert.Equal("/signin?return=%2Fconsole%2Fstations%3Fstate%3Donline", asked.Header("Location"));
        Assert.Contains("name=\"return\" value=\"/console/stations?state=online\"", (await browser.GetAsync(asked.Header("Location"))).Text, StringComparison.Ordinal);

        var inside = await browser.SubmitAsync("/signin", ("email", Staff.Email), ("password", Staff.Password), ("return", "/console/stations?state=online"));
        inside.Is(HttpStatusCode.SeeOther);
        Assert.Equal("/console/stations?state=online", inside.Header("Location"));
        (await browser.GetAsync("/console/stations?state=online")).Is(HttpStatusCode.OK);

        (await browser.SubmitAsync("/signout")).Is(HttpStatusCode.SeeOther);
        (await browser.GetAsync("/console")).Is(HttpStatusCode.SeeOther);
    }

    [Theory]
    [InlineData("https://evil.example/console")]
    [InlineData("//evil.example/console")]
    [InlineData("/\\evil.example")]
    [InlineData("/console\\@evil.example")]
    [InlineData("/consolex")]
    [InlineData("/console/\t/evil.example")]
    [InlineData("javascript:alert(1)")]
    public async Task The_way_back_leads_to_no_other_place(string back)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await Staff.FoundAsync(server);
        var browser = new Browser(server);
        Assert.DoesNotContain("name=\"return\"", (await browser.GetAsync("/signin?return=" + Uri.EscapeDataString(back))).Text, StringComparison.Ordinal);
        var inside = await browser.SubmitAsync("/signin", ("email", Staff.Email), ("password", Staff.Password), ("return", back));
        Assert.Equal("/", inside.Header("Location"));
    }

    [Fact]
    public async Task Neither_a_program_nor_a_stranger_nor_another_site_speaks_with_a_page()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var browser = await Staff.FoundAsync(server);
        (await browser.SendAsync(HttpMethod.Post, Negotiate, null, ("Origin", browser.Origin))).Is(HttpStatusCode.OK);
        (await browser.SendAsync(HttpMethod.Post, Negotiate, null, ("Origin", "https://evil.example"))).Is(HttpStatusCode.Forbidden, "foreignOrigin");
        (await browser.SendAsync(HttpMethod.Post, Negotiate, null)).Is(HttpStatusCode.Forbidden, "foreignOrigin");
        (await new Browser(server).SendAsync(HttpMethod.Post, Negotiate, null, ("Origin", browser.Origin))).Is(HttpStatusCode.Unauthorized, "unauthenticated");

        var made = await browser.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "robot", scopes = new[] { "*" } });
        var key = System.Text.Json.JsonElement.Parse(made.Text).GetProperty("key").GetString();
        (await browser.SendAsync(HttpMethod.Get, "/console/stations", null, ("Authorization", "Bearer " + key))).Is(HttpStatusCode.Forbidden, "forbidden");
        (await browser.SendAsync(HttpMethod.Post, Negotiate, null, ("Authorization", "Bearer " + key))).Is(HttpStatusCode.Forbidden, "forbidden");
    }

    [Theory]
    [InlineData("https://evil.example", false)]
    [InlineData(null, false)]
    [InlineData("", true)]
    public async Task A_pages_socket_opens_for_our_own_pages_only(string? origin, bool opens)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var browser = await Staff.FoundAsync(server);
        using var socket = new System.Net.WebSockets.ClientWebSocket();
        socket.Options.SetRequestHeader("Cookie", string.Join("; ", browser.Cookies.Select(cookie => $"{cookie.Key}={cookie.Value}")));
        if (origin is not null) socket.Options.SetRequestHeader("Origin", origin.Length == 0 ? browser.Origin : origin);
        var opening = socket.ConnectAsync(new Uri($"ws://{server.Address.Authority}/console/_blazor"), TestContext.Current.CancellationToken);
        if (opens) await opening;
        else Assert.Contains("403", (await Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => opening)).Message, StringComparison.Ordinal);
        socket.Abort();
    }

    [Fact]
    public async Task A_page_lets_no_script_in_that_is_not_a_file_of_ours()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var browser = await Staff.FoundAsync(server);
        var page = await browser.GetAsync("/console/stations");
        page.Is(HttpStatusCode.OK);
        var policy = page.Header("Content-Security-Policy");
        Assert.Contains("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe-eval", policy, StringComparison.Ordinal);
        Assert.Contains("no-store", page.Header("Cache-Control"), StringComparison.Ordinal);
        Assert.DoesNotMatch(@"<script(?![^>]*\ssrc=""/console/assets/)|<style|\son\w+=|(src|href)=""(https?:)?//", page.Text);
        foreach (System.Text.RegularExpressions.Match asset in System.Text.RegularExpressions.Regex.Matches(page.Text, "\"(/console/assets/[^\"]+)\""))
        {
            var file = await new Browser(server).GetAsync(WebUtility.HtmlDecode(asset.Groups[1].Value));
            file.Is(HttpStatusCode.OK);
            Assert.Contains("immutable", file.Header("Cache-Control"), StringComparison.Ordinal);
        }
        var english = await browser.SendAsync(HttpMethod.Get, "/console/stations", null, ("Accept-Language", "fr, en;q=0.5, de;q=0.4"));
        var german = await browser.SendAsync(HttpMethod.Get, "/console/stations", null, ("Accept-Language", "fr, de-AT;q=0.9, en;q=0.8"));
        Assert.Contains("No stations yet", english.Text, StringComparison.Ordinal);
        Assert.Contains("Noch keine Stationen", german.Text, StringComparison.Ordinal);
    }
}
