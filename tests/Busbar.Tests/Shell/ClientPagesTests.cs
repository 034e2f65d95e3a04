using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>A program's life in the console: made with what it needs, its key renewed while it runs, narrowed, revoked.</summary>
[Trait("suite", "console")]
public sealed class ClientPagesTests(Servers servers)
{
    [Fact]
    public async Task A_client_is_made_renewed_changed_and_revoked_and_its_key_is_shown_once()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await using var chromium = await StoryBrowser.StartAsync();
        var office = await chromium.OfficeAsync();
        await using var owner = new ConsoleBrowser(server.Address, office);
        await owner.FoundAsync(server);
        foreach (var (path, body) in new (string, object)[]
        {
            ("locations", Given.Location), ("stations", new { stationId = "QUAY-01" }),
            ("api-clients", new { name = "Billing export", description = "Fetches CDRs every night", scopes = new[] { "cdrs:read", "sessions:read" }, expiresAt = TimeProvider.System.GetUtcNow().AddDays(9) }),
            ("api-clients", new { name = "<b>Old</b>", scopes = new[] { "*" } }),
        })
        {
            var made = await office.APIRequest.PostAsync(server.Address + "api/v1/" + path, new() { DataObject = body, Headers = new Dictionary<string, string> { ["Sec-Fetch-Site"] = "same-origin" } });
            Assert.Equal(201, made.Status);
        }

        await owner.GoAsync("/console");
        await owner.Page.Locator("nav.side a[href='/console/clients']").ClickAsync();
        await Assertions.Expect(owner.Page.Locator("main")).ToContainTextAsync("<b>Old</b>");
        await Assertions.Expect(owner.Page.Locator("main")).ToContainTextAsync("Ends in 8 d");
        await owner.ShootAsync("clients");
        Assert.Empty(await owner.BarriersAsync());

        await owner.Page.GetByRole(AriaRole.Link, new() { Name = "New API client" }).ClickAsync();
        await owner.Page.WaitForSelectorAsync("[data-live]");
        await Assertions.Expect(owner.Page.GetByLabel("Name")).ToBeVisibleAsync();
        await owner.Page.GetByLabel("Name").FillAsync("Site display");
        await owner.Page.GetByLabel("What it is for").FillAsync("Shows which stations are free");
        await owner.Page.GetByLabel("only at certain locations and stations").CheckAsync();
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Make", Exact = true }).ClickAsync();
        // What was not said is neither everything nor everywhere.
        await Assertions.Expect(owner.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Choose at least one right. Choose at least one location or station.");
        await owner.Page.GetByLabel("See stations and their messages").CheckAsync();
        await owner.Page.GetByLabel("Stations, separated by commas").FillAsync("QUAY-01");
        await owner.Page.GetByLabel("Addresses it may call from").FillAsync("10.0.0.1/8");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Make", Exact = true }).ClickAsync();
        await Assertions.Expect(owner.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("without bits beyond the prefix");
        await owner.Page.GetByLabel("Addresses it may call from").FillAsync("127.0.0.0/8\n2001:db8::/32");
        await owner.ShootAsync("client-new");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Make", Exact = true }).ClickAsync();
        var shown = owner.Page.Locator("[data-secret]");
        await Assertions.Expect(shown).ToBeVisibleAsync();
        var key = (await shown.TextContentAsync())!;
        await owner.ShootAsync("client-made");
        Assert.Empty(await owner.BarriersAsync());
        Assert.Equal("QUAY-01", Assert.Single((await server.With(key).GetAsync("stations")).Items).GetProperty("stationId").GetString());
        await server.Services.GetRequiredService<IdentityDirectory>().WriteLastUsedAsync(CancellationToken.None);

        await owner.Page.GetByRole(AriaRole.Link, new() { Name = "To Site display" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("main")).ToContainTextAsync("127.0.0.1");
        await Assertions.Expect(shown).ToHaveCountAsync(0);
        await owner.ShootAsync("client");
        Assert.Empty(await owner.BarriersAsync());
        Assert.Equal(0, await owner.OverhangAsync());

        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "New key" }).ClickAsync();
        await owner.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "New key" }).ClickAsync();
        await Assertions.Expect(shown).ToBeVisibleAsync();
        var second = (await shown.TextContentAsync())!;
        await owner.ShootAsync("client-rotated");
        foreach (var good in new[] { key, second }) (await server.With(good).GetAsync("stations")).Is(HttpStatusCode.OK);
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "I have it" }).ClickAsync();
        await Assertions.Expect(shown).ToHaveCountAsync(0);
        Assert.DoesNotContain(second, await owner.Page.ContentAsync(), StringComparison.Ordinal);

        // In German, on a phone.
        var phone = await chromium.PhoneAsync(office);
        await using var small = new ConsoleBrowser(server.Address, phone);
        var at = new Uri(owner.Page.Url).AbsolutePath;
        foreach (var (path, name) in new[] { ("/console/clients", "clients-390-de"), ("/console/clients/new", "client-new-390-de"), (at, "client-390-de") })
        {
            await small.GoAsync(path);
            await small.ShootAsync(name);
            Assert.Empty(await small.BarriersAsync());
            Assert.Equal(0, await small.OverhangAsync());
        }
        small.IsClean();

        // What was not touched stays: only the name changes.
        await owner.Page.GetByLabel("Name").FillAsync("Display at the quay");
        await owner.Page.GetByLabel("Last day").FillAsync("2099-12-31");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("h1")).ToHaveTextAsync("Display at the quay");
        var now = JsonElement.Parse(await (await office.APIRequest.GetAsync(server.Address + "api/v1/api-clients/" + at.Split('/')[^1])).TextAsync());
        Assert.Equal(("2100-01-01T00:00:00.000Z", "QUAY-01", 2), (now.GetProperty("expiresAt").GetString(), now.GetProperty("where").GetProperty("stations")[0].GetString(), now.GetProperty("allowedAddresses").GetArrayLength()));

        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await owner.ShootAsync("client-revoke");
        await owner.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Revoke" }).ClickAsync();
        await owner.Page.WaitForURLAsync("**/console/clients");
        await Assertions.Expect(owner.Page.Locator("main")).Not.ToContainTextAsync("Display at the quay");
        foreach (var gone in new[] { key, second }) (await server.With(gone).GetAsync("stations")).Is(HttpStatusCode.Unauthorized);
        owner.IsClean();
    }

    [Fact]
    public async Task Who_may_only_read_clients_changes_none_and_who_may_not_sees_none()
    {
        await using var first = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var ada = await Staff.FoundAsync(first);
        var path = "/console/clients/" + JsonElement.Parse((await ada.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "robot", scopes = new[] { "tokens:read" } })).Text).GetProperty("id").GetString();
        foreach (var nothing in (string[])["/console/clients/x", "/console/clients/cli01m8eq49kyfartqa046p0dmt4t"]) (await ada.GetAsync(nothing)).Is(HttpStatusCode.NotFound);
        await Staff.LimitAsync(first, "clients:read");
        var page = await ada.GetAsync(path);
        page.Is(HttpStatusCode.OK);
        Assert.DoesNotContain("<select", page.Text[page.Text.IndexOf("<main", StringComparison.Ordinal)..], StringComparison.Ordinal);
        Assert.DoesNotContain("/console/clients/new", (await ada.GetAsync("/console/clients")).Text, StringComparison.Ordinal);
        (await ada.GetAsync("/console/clients/new")).Is(HttpStatusCode.Forbidden);
        await Staff.LimitAsync(first, "stations:read");
        foreach (var shut in (string[])["/console/clients", path, "/console/clients/new"]) (await ada.GetAsync(shut)).Is(HttpStatusCode.Forbidden);
        Assert.DoesNotContain("/console/clients", (await ada.GetAsync("/console/stations")).Text, StringComparison.Ordinal);
    }
}
