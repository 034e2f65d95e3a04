using System.Text.RegularExpressions;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>Every page, as people see it: in Chromium, light and dark, on a desk and in a hand, in both languages.</summary>
[Trait("suite", "console")]
public sealed class ConsolePagesTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    private string _curve = "";

    private IEnumerable<(string Name, string Path)> Pages =>
    [
        ("home", "/console"),
        ("stations", "/console/stations"),
        ("stations-nothing", "/console/stations?q=nowhere"),
        ("station-live", $"/console/stations/{ConsoleRig.Live}"),
        ("station-faulted", $"/console/stations/{ConsoleRig.Faulted}"),
        ("station-away", $"/console/stations/{ConsoleRig.Away}"),
        ("station-new", $"/console/stations/{ConsoleRig.New}"),
        ("station-edit", $"/console/stations/{ConsoleRig.Live}/edit"),
        ("connect-form", "/console/stations/new"),
        ("connect", $"/console/stations/{ConsoleRig.New}/connect"),
        ("connect-in", $"/console/stations/{ConsoleRig.Live}/connect"),
        ("technician", $"/console/t/{ConsoleRig.Live}"),
        ("technician-faulted", $"/console/t/{ConsoleRig.Faulted}"),
        ("history", $"/console/stations/{ConsoleRig.Live}/history"),
        ("messages", $"/console/stations/{ConsoleRig.Live}/messages"),
        ("label", $"/console/stations/{ConsoleRig.Live}/label"),
        ("locations", "/console/locations"),
        ("location", $"/console/locations/{rig.Location}"),
        ("location-edit", $"/console/locations/{rig.Location}/edit"),
        ("location-form", "/console/locations/new"),
        ("sessions", "/console/sessions"),
        ("session-live", $"/console/sessions/{rig.LiveSession}"),
        ("session-finished", $"/console/sessions/{rig.FinishedSession}"),
        ("session-held", $"/console/sessions/{rig.HeldSession}"),
        ("sessions-days", "/console/sessions?when=today"),
        ("sessions-nothing", "/console/sessions?from=2020-01-01&to=2020-01-02"),
        ("cdrs", "/console/cdrs"),
        ("cdr", $"/console/cdrs/{rig.Cdr}"),
        ("tokens", "/console/tokens"),
        ("token", $"/console/tokens/{rig.Token}"),
        ("tariffs", "/console/tariffs"),
        ("tariff", $"/console/tariffs/{rig.Tariff}"),
        ("tariff-new", "/console/tariffs/new"),
        ("tariff-edit", $"/console/tariffs/{rig.Tariff}/edit"),
        ("tariff-assignments", $"/console/tariffs/{rig.Tariff}/assignments"),
        ("quote", "/console/quote"),
        ("curves", "/console/price-curves"),
        ("curve", $"/console/price-curves/{_curve}"),
        ("curve-form", "/console/price-curves/new"),
        ("curve-edit", $"/console/price-curves/{_curve}/edit"),
        ("alerts", "/console/alerts"),
        ("alerts-resolved", "/console/alerts?state=resolved"),
        ("alerts-nothing", "/console/alerts?q=nowhere"),
        ("alert", $"/console/alerts/{rig.AlertId}"),
        ("notifications", "/console/notifications"),
        ("audit", "/console/audit"),
        ("audit-thing", "/console/audit?kind=station"),
        ("audit-nothing", "/console/audit?q=nowhere"),
        ("audit-entry", "/console/audit/2"),
        ("people", "/console/people"),
        ("roles", "/console/roles"),
        ("profile", "/console/profile"),
        ("organisations", "/console/organisations"),
        ("organisation", "/console/organisations/default"),
        ("organisation-form", "/console/organisations/new"),
    ];

    [Theory]
    [InlineData("light", 1440, "en")]
    [InlineData("dark", 1440, "en")]
    [InlineData("dark", 390, "en")]
    [InlineData("light", 1440, "de")]
    [InlineData("light", 390, "de")]
    public async Task Every_page_opens_without_an_error_and_without_a_barrier(string theme, int width, string language)
    {
        await using var browser = await rig.OpenAsync(theme, width, language);
        _curve = await rig.GivenCurvesAsync();
        var wrong = new List<string>();
        foreach (var (name, path) in Pages)
        {
            await browser.GoAsync(path);
            await browser.ShootAsync($"{name}-{theme}-{width}-{language}");
            // German words are the same in both sizes, and the sizes are looked at in English.
            var barriers = language == "de" && width < 1000 ? [] : await browser.BarriersAsync();
            wrong.AddRange(barriers.Concat(browser.TakeFaults()).Select(fault => $"{name}: {fault}"));
            if (await browser.OverhangAsync() is > 0 and var over) wrong.Add($"{name}: {over} px wider than the window");
            Assert.Equal(language, await browser.Page.GetAttributeAsync("html", "lang"));
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Theory]
    [InlineData("light")]
    [InlineData("dark")]
    public async Task The_menu_the_drawer_and_the_question_have_no_barrier(string theme)
    {
        await using var browser = await rig.OpenAsync(theme == "dark" ? "light" : "dark", 390);
        await browser.SetCookieAsync("busbar-theme", theme);   // chosen by hand: it wins over the system's
        await browser.GoAsync($"/console/stations/{ConsoleRig.Live}");
        await browser.Page.ClickAsync("[data-drawer]");
        await browser.Page.WaitForSelectorAsync("#navigation a >> visible=true");
        await browser.ShootAsync($"drawer-{theme}");
        Assert.Empty(await browser.BarriersAsync());
        await browser.Page.Keyboard.PressAsync("Escape");
        await browser.Page.ClickAsync(".account summary");
        await browser.ShootAsync($"account-{theme}");
        Assert.Empty(await browser.BarriersAsync());
        await browser.Page.Keyboard.PressAsync("Escape");

        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Restart" }).ClickAsync();
        var question = browser.Page.GetByRole(AriaRole.Alertdialog);
        Assert.Contains("It is offline for a minute or two", await question.InnerTextAsync(), StringComparison.Ordinal);
        await browser.ShootAsync($"restart-{theme}");
        Assert.Empty(await browser.BarriersAsync());
        await question.GetByRole(AriaRole.Button, new() { Name = "Restart" }).ClickAsync();
        await Assertions.Expect(question).ToContainTextAsync("Accepted");
        await browser.ShootAsync($"restarted-{theme}");
        await question.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Assertions.Expect(browser.Page.Locator("section.card", new() { HasText = "Commands" })).ToContainTextAsync("Accepted");
        browser.IsClean();
    }

    [Fact]
    public async Task What_is_chosen_by_hand_is_remembered()
    {
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console");
        await browser.Page.ClickAsync(".account summary");
        await browser.Page.SelectOptionAsync("[data-setting=theme]", "dark");
        Assert.Equal("dark", await browser.Page.GetAttributeAsync("html", "data-theme"));
        await browser.Page.SelectOptionAsync("[data-setting=language]", "de");
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("Übersicht");
        await browser.Page.WaitForSelectorAsync("[data-live]");
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("Übersicht");
        Assert.Equal("dark", await browser.Page.GetAttributeAsync("html", "data-theme"));
        await browser.Page.GetByRole(AriaRole.Link, new() { Name = "Stationen", Exact = true }).ClickAsync();
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("Stationen");
        browser.IsClean();
    }

    [Fact]
    public async Task What_happens_shows_without_a_reload()
    {
        const string Name = "PIER-01";
        await rig.GivenStationAsync(Name);
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console/stations?q=" + Name);
        var row = browser.Page.Locator("tr", new() { HasText = Name });
        await Assertions.Expect(row).ToContainTextAsync("Never connected");
        await browser.Page.EvaluateAsync("() => { window.isTheSame = true }");
        var station = await rig.ConnectAsync(Name, "ocpp1.6");
        await Assertions.Expect(row).ToContainTextAsync("Online");
        Assert.True(await browser.Page.EvaluateAsync<bool>("() => window.isTheSame"));

        await browser.GoAsync($"/console/stations/{Name}");
        var sessions = browser.Page.Locator("section.card", new() { HasText = "Sessions" });
        await Assertions.Expect(sessions).ToContainTextAsync("Nobody has charged here yet");
        await browser.Page.EvaluateAsync("() => { window.isTheSame = true }");
        await rig.ChargeAsync(station, Name, "04A1B2C3", Busbar.Kernel.Instants.GetInstant(TimeProvider.System), 0, 11_000, null);
        await Assertions.Expect(sessions).ToContainTextAsync("0.00 kWh");
        Assert.True(await browser.Page.EvaluateAsync<bool>("() => window.isTheSame"));
        browser.IsClean();
    }

    [Fact]
    public async Task What_a_station_says_of_itself_is_text()
    {
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync($"/console/stations/{ConsoleRig.Faulted}");
        await Assertions.Expect(browser.Page.Locator("dl.facts")).ToContainTextAsync(ConsoleRig.Hostile);
        await Assertions.Expect(browser.Page.Locator("dl.facts")).ToContainTextAsync(ConsoleRig.HostileModel);
        await browser.Page.Locator(".frames details", new() { HasText = "BootNotification" }).Last.Locator("summary").ClickAsync();
        await Assertions.Expect(browser.Page.Locator(".frames pre", new() { HasText = ConsoleRig.Hostile })).ToBeVisibleAsync();
        Assert.Equal(0, await browser.Page.Locator("main img, main script").CountAsync());
        await browser.GoAsync("/console/stations");
        await Assertions.Expect(browser.Page.Locator("table")).ToContainTextAsync(ConsoleRig.Hostile);
        browser.IsClean();
    }

    [Fact]
    public async Task Another_tenants_things_are_not_found_and_a_stranger_is_asked_who_he_is()
    {
        await rig.Api.PostAsync("tenants", new { slug = "neighbour", name = "Neighbour", currency = "EUR", timeZone = "Europe/Amsterdam" });
        var made = await rig.Api.With("neighbour").PostAsync("stations", new { stationId = "THEIRS-01" });
        made.Is(System.Net.HttpStatusCode.Created);
        await using var browser = await rig.OpenAsync();
        Assert.Equal(404, (await browser.GoAsync("/console/stations/THEIRS-01")).Status);
        Assert.DoesNotContain("THEIRS-01", await browser.Page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        await browser.ShootAsync("missing");
        await browser.GoAsync("/console/stations");
        Assert.DoesNotContain("THEIRS-01", await browser.Page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(404, (await browser.GoAsync("/console/sessions/ses00000000000000000000000000")).Status);

        await using var stranger = await rig.OpenAsync(signedIn: false);
        await stranger.GoAsync("/", isAlive: false);
        Assert.Matches(new Regex("/signin\\?return=%2Fconsole$"), stranger.Page.Url);
    }
}
