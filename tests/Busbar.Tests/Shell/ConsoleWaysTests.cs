using System.Net;
using System.Text.Json;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>Finding, keys, windows above the page, and what can be done with a token: in Chromium, with the keyboard.</summary>
[Trait("suite", "console")]
public sealed class ConsoleWaysTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    [Theory]
    [InlineData("light", 1440)]
    [InlineData("dark", 390)]
    public async Task The_box_in_the_frame_finds_by_room_and_is_walked_by_keys(string theme, int width)
    {
        await using var browser = await rig.OpenAsync(theme, width);
        await browser.GoAsync("/console");
        await browser.Page.Keyboard.PressAsync("/");
        Assert.Equal("search", await FocusAsync(browser));
        await browser.Page.Keyboard.TypeAsync("harbour");
        var options = browser.Page.Locator("#found [role=option]");
        await Assertions.Expect(options).ToHaveCountAsync(5);
        Assert.Equal(["Stations", "Locations", "Tariffs"], await browser.Page.Locator(".found-title").AllInnerTextsAsync());
        await browser.Page.Keyboard.PressAsync("ArrowDown");
        await browser.Page.Keyboard.PressAsync("ArrowDown");
        Assert.Equal("hit-1", await browser.Page.GetAttributeAsync("#search", "aria-activedescendant"));
        await browser.ShootAsync($"search-{theme}-{width}");
        Assert.Empty(await browser.BarriersAsync());
        Assert.True(await browser.OverhangAsync() <= 0);
        await browser.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync(ConsoleRig.Finished);
        await browser.Page.WaitForSelectorAsync("[data-live]");

        await browser.Page.Keyboard.PressAsync("Control+k");
        await browser.Page.Keyboard.TypeAsync("nowhere at all");
        await Assertions.Expect(browser.Page.Locator("#found p")).ToHaveTextAsync("Nothing was found.");
        await browser.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(browser.Page.Locator("#found")).ToBeHiddenAsync();
        browser.IsClean();
    }

    [Fact]
    public async Task Ids_lead_to_their_pages_and_a_card_to_its_sessions()
    {
        await using var browser = await rig.OpenAsync();
        foreach (var (text, pages) in new[]
        {
            (rig.FinishedSession, new[] { $"/console/sessions/{rig.FinishedSession}", $"/console/cdrs/{rig.Cdr}" }), (rig.Cdr, [$"/console/cdrs/{rig.Cdr}"]),
            ("04ffee1", [$"/console/tokens/{rig.Token}"]), ("V-2210-0818", ["/console/stations/HARBOUR-02", "/console/stations/MALL-01"]), (rig.Tariff, [$"/console/tariffs/{rig.Tariff}"]),
        })
        {
            await browser.GoAsync("/console/search?q=" + Uri.EscapeDataString(text));
            Assert.Equal(pages, await browser.Page.Locator("main ul a").EvaluateAllAsync<string[]>("all => all.map(it => it.getAttribute('href'))"));
        }
        await browser.GoAsync("/console/search?q=04FFEE11");
        Assert.Equal(["Tokens", "Sessions"], await browser.Page.Locator("main h2").AllInnerTextsAsync());
        browser.IsClean();
    }

    [Fact]
    public async Task Keys_lead_to_pages_and_walk_through_rows_and_can_be_switched_off()
    {
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console");
        await PressAsync(browser, "g", "s");
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("Stations");
        await browser.Page.WaitForSelectorAsync("[data-live]");
        await PressAsync(browser, "j", "j", "k");
        Assert.Equal("/console/stations/DEPOT-07", await browser.Page.EvaluateAsync<string>("() => document.activeElement.getAttribute('href')"));
        await PressAsync(browser, "j", "Enter");
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("DEPOT-08");

        // In a field they are letters.
        await browser.Page.FocusAsync("#search");
        await browser.Page.Keyboard.TypeAsync("g?je");
        Assert.Equal("g?je", await browser.Page.InputValueAsync("#search"));
        await browser.Page.Keyboard.PressAsync("Escape");
        await browser.Page.EvaluateAsync("() => document.activeElement.blur()");

        await browser.Page.Keyboard.PressAsync("?");
        var help = browser.Page.GetByRole(AriaRole.Dialog);
        await Assertions.Expect(help).ToContainTextAsync("Next and previous row of a list");
        await browser.ShootAsync("keys");
        Assert.Empty(await browser.BarriersAsync());
        await help.GetByRole(AriaRole.Checkbox).UncheckAsync();
        await browser.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(help).ToBeHiddenAsync();
        await browser.GoAsync("/console/stations");
        await PressAsync(browser, "g", "e", "?", "/");
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("Stations");
        Assert.NotEqual("search", await FocusAsync(browser));
        await browser.Page.Keyboard.PressAsync("Control+k");
        Assert.Equal("search", await FocusAsync(browser));
        Assert.False(await browser.Page.Locator("#keys input").IsCheckedAsync());
        browser.IsClean();
    }

    [Fact]
    public async Task A_file_is_of_the_list_as_it_is_narrowed_now()
    {
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console/stations");
        await browser.Page.GetByRole(AriaRole.Link, new() { Name = "Faulted", Exact = true }).ClickAsync();
        await browser.Page.WaitForURLAsync("**/console/stations?state=faulted");
        await Assertions.Expect(browser.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        await browser.Page.ClickAsync(".menu summary");
        await browser.ShootAsync("export");
        Assert.Empty(await browser.BarriersAsync());
        var file = await browser.Page.RunAndWaitForDownloadAsync(() => browser.Page.GetByRole(AriaRole.Link, new() { Name = "Excel (XLSX)" }).ClickAsync());
        Assert.Matches(@"^stations-20\d\d-\d\d-\d\d\.xlsx$", file.SuggestedFilename);
        var sheet = Sheet.Open(await File.ReadAllBytesAsync(await file.PathAsync()));
        Assert.Equal(2, sheet.Rows.Count);
        Assert.Equal(ConsoleRig.Faulted, sheet.Rows[1][0].Text);
        browser.TakeFaults();   // a download ends its navigation, which counts as a request that failed
    }

    [Fact]
    public async Task A_card_is_added_blocked_and_made_active_again_and_the_keyboard_is_never_lost()
    {
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console/tokens");
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Add a token" }).ClickAsync();
        await Assertions.Expect(browser.Page.Locator("#token-uid")).ToBeFocusedAsync();
        await browser.ShootAsync("token-add");
        Assert.Empty(await browser.BarriersAsync());
        await browser.Page.Keyboard.TypeAsync("04ffee11");
        await browser.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(browser.Page.Locator("#token-wrong")).ToHaveTextAsync("A token with this UID exists.");
        await browser.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);       // its button has the same name
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Button, new() { Name = "Add a token" })).ToBeFocusedAsync();
        await browser.Page.Keyboard.PressAsync("Enter");
        await browser.Page.FillAsync("#token-uid", " 04C0FFEE ");
        await browser.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("04C0FFEE");
        await browser.Page.WaitForSelectorAsync("[data-live]");

        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Block" }).ClickAsync();
        var question = browser.Page.GetByRole(AriaRole.Alertdialog);
        await Assertions.Expect(question.GetByRole(AriaRole.Button, new() { Name = "Cancel" })).ToBeFocusedAsync();
        foreach (var _ in Enumerable.Range(0, 3)) await browser.Page.Keyboard.PressAsync("Tab");
        Assert.True(await browser.Page.EvaluateAsync<bool>("() => document.querySelector('[role=alertdialog]').contains(document.activeElement)"));
        await browser.ShootAsync("token-block");
        await question.GetByRole(AriaRole.Button, new() { Name = "Block" }).ClickAsync();
        await Assertions.Expect(question.GetByRole(AriaRole.Button, new() { Name = "Close" })).ToBeFocusedAsync();
        await browser.Page.Keyboard.PressAsync("Escape");
        await Assertions.Expect(question).ToHaveCountAsync(0);              // it has a chip too
        await Assertions.Expect(browser.Page.Locator(".lead .chip")).ToHaveTextAsync("Blocked");
        Assert.NotEqual("BODY", await browser.Page.EvaluateAsync<string>("() => document.activeElement.tagName"));
        Assert.Equal("blocked", (await rig.Api.GetAsync("tokens/04c0ffee")).Text("status"));
        await browser.GoAsync("/console/tokens?state=blocked&q=04c0");
        await Assertions.Expect(browser.Page.Locator("tbody tr")).ToHaveCountAsync(1);
        browser.IsClean();
    }

    [Fact]
    public async Task Another_tenants_cards_prices_and_records_are_neither_found_nor_shown()
    {
        var theirs = rig.Api.With("others");
        (await rig.Api.PostAsync("tenants", new { slug = "others", name = "Others", currency = "EUR", timeZone = "Europe/Amsterdam" })).Is(HttpStatusCode.Created);
        var token = await theirs.PostAsync("tokens", new { uid = "THEIRS-1", type = "rfid" });
        var tariff = await theirs.PostAsync("tariffs", new { name = "THEIRS-2", currency = "EUR", tariff = JsonElement.Parse("""{ "currency": "EUR", "elements": [ { "price_components": [ { "type": "FLAT", "price": 1, "step_size": 1 } ] } ] }""") });
        (await theirs.PostAsync("stations", new { stationId = "THEIRS-3" })).Is(HttpStatusCode.Created);
        await using var browser = await rig.OpenAsync();
        Assert.Equal(404, (await browser.GoAsync($"/console/tokens/{token.Text("id")}")).Status);
        Assert.Equal(404, (await browser.GoAsync($"/console/tariffs/{tariff.Text("id")}")).Status);
        Assert.Equal(404, (await browser.GoAsync("/console/cdrs/cdr00000000000000000000000000")).Status);
        foreach (var list in new[] { "tokens", "tariffs", "search?q=THEIRS" })
        {
            await browser.GoAsync("/console/" + list);
            Assert.DoesNotContain("THEIRS-", await browser.Page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        }
    }

    private static Task<string> FocusAsync(ConsoleBrowser browser) => browser.Page.EvaluateAsync<string>("() => document.activeElement.id");

    private static async Task PressAsync(ConsoleBrowser browser, params string[] keys)
    {
        foreach (var key in keys) await browser.Page.Keyboard.PressAsync(key);
    }
}
