using Busbar.Simulator.Stations;
using Busbar.Simulator.Wire;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>A charger is connected from the first form to its first charge, with everything that goes wrong on the way.</summary>
[Trait("suite", "console")]
public sealed class ConnectTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    private static readonly LocatorAssertionsToHaveAttributeOptions Patient = new() { Timeout = 15_000 };

    [Fact]
    public async Task A_charger_is_created_refused_let_in_and_charges_and_each_step_is_told()
    {
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console/stations");
        await browser.Page.GetByRole(AriaRole.Link, new() { Name = "Connect a charger" }).ClickAsync();
        await browser.Page.WaitForSelectorAsync("[data-live] #station-id");
        await browser.Page.FillAsync("#station-id", "QUAY-11");
        await browser.Page.FillAsync("#station-name", "Quay, bay 11");
        await browser.Page.SelectOptionAsync("#station-location", new SelectOptionValue { Index = 1 });
        await browser.Page.ClickAsync("form button.primary");

        var codes = browser.Page.Locator(".copied code");
        await Assertions.Expect(codes).ToHaveCountAsync(4);
        var authority = rig.Server.Address.Authority;
        Assert.Equal([$"ws://{authority}/ocpp/QUAY-11", $"ws://{authority}/ocpp", "QUAY-11"], (await codes.AllInnerTextsAsync()).Take(3));
        var password = (await codes.AllInnerTextsAsync())[3];
        Assert.Equal(20, password.Length);
        await IsAsync(browser, "reached", "now", "Nothing has come yet");
        await browser.ShootAsync("connect-waits");

        // Its owner typed the id wrong first.
        await RefusedAsync("QUAI-11", "whatever");
        await IsAsync(browser, "reached", "problem", "A charger calls itself “QUAI-11”");
        await browser.ShootAsync("connect-resembling");
        Assert.Empty(await browser.BarriersAsync());

        await RefusedAsync("QUAY-11/QUAY-11", password, "QUAY-11");
        await IsAsync(browser, "reached", "problem", "with its id twice");

        var options = new StationOptions
        {
            Url = new Uri($"ws://{authority}/ocpp"), StationId = "QUAY-11", Password = "not-the-password", Vendor = "Volta", Model = "Twin 22", Firmware = "4.2.1", Connectors = 2, SyncsClock = true,
        };
        await using (var mistaken = new SimulatedStation(options))
            await Assert.ThrowsAsync<HandshakeRefusedException>(() => mistaken.ConnectAsync(patient: false, TestContext.Current.CancellationToken));
        await IsAsync(browser, "let-in", "problem", "with a wrong password");
        await browser.ShootAsync("connect-wrong-password");

        await using var station = new SimulatedStation(options with { Password = password });
        await station.ConnectAsync(patient: false, TestContext.Current.CancellationToken);
        await IsAsync(browser, "let-in", "done", "It speaks OCPP 1.6");
        await IsAsync(browser, "booted", "done", "Volta Twin 22, firmware 4.2.1");
        await IsAsync(browser, "connectors", "done", "2 connectors");
        await IsAsync(browser, "charge", "now", "Show a card");

        Assert.Equal("Invalid", await station.AuthorizeAsync("NOBODYS", TestContext.Current.CancellationToken));
        await IsAsync(browser, "charge", "problem", "refused (Invalid)");
        await browser.ShootAsync("connect-card-refused");

        station.PlugIn();
        station.Start("04A1B2C3");
        await IsAsync(browser, "charge", "done", "");
        await IsAsync(browser, "clock", "done", "");
        await IsAsync(browser, "alive", "done", "");
        await browser.ShootAsync("connect-done");
        Assert.Empty(await browser.BarriersAsync());
        browser.IsClean();

        // The password is nowhere to be read again.
        await browser.GoAsync("/console/stations/QUAY-11/connect");
        await Assertions.Expect(browser.Page.Locator(".enter")).ToContainTextAsync("Nobody can read it again");
        Assert.DoesNotContain(password, await browser.Page.ContentAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_says_beside_each_field_what_is_wrong_and_keeps_what_was_typed()
    {
        await using var browser = await rig.OpenAsync(width: 390);
        await browser.GoAsync("/console/stations/new");
        await browser.Page.FillAsync("#station-id", "a/b");
        await browser.Page.FillAsync("#station-password", "short");
        await browser.Page.ClickAsync("form button.primary");
        await Assertions.Expect(browser.Page.Locator("#station-id-help")).ToContainTextAsync("without “:” and “/”");
        await Assertions.Expect(browser.Page.Locator("#station-password-help")).ToContainTextAsync("8 to 64 letters");
        await Assertions.Expect(browser.Page.Locator("#station-id")).ToHaveAttributeAsync("aria-invalid", "true");
        await Assertions.Expect(browser.Page.Locator("#station-id")).ToHaveValueAsync("a/b");
        await browser.ShootAsync("connect-form-errors");
        Assert.Empty(await browser.BarriersAsync());

        await browser.Page.FillAsync("#station-id", ConsoleRig.Live);
        await browser.Page.FillAsync("#station-password", "");
        await browser.Page.ClickAsync("form button.primary");
        await Assertions.Expect(browser.Page.Locator("#station-id-help")).ToContainTextAsync("There is a station of this id already.");
        Assert.Equal(0, await browser.OverhangAsync());
        browser.IsClean();
    }

    [Fact]
    public async Task A_new_password_ends_the_old_one_and_is_shown_once()
    {
        const string Name = "QUAY-12";
        var old = await rig.GivenStationAsync(Name);
        var station = await rig.ConnectAsync(Name, "ocpp1.6");
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync($"/console/stations/{Name}/connect");
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "New password" }).ClickAsync();
        var question = browser.Page.GetByRole(AriaRole.Alertdialog);
        await browser.ShootAsync("connect-renew");
        Assert.Empty(await browser.BarriersAsync());
        await question.GetByRole(AriaRole.Button, new() { Name = "New password" }).ClickAsync();
        await Assertions.Expect(question).ToContainTextAsync("stands on this page");
        await question.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await station.ClosedAsync();
        var made = (await browser.Page.Locator(".copied code").AllInnerTextsAsync())[^1];
        Assert.NotEqual(old, made);
        await RefusedAsync(Name, old);
        await IsAsync(browser, "let-in", "problem", "with a wrong password");
        browser.IsClean();
    }

    [Fact]
    public async Task Nobody_connects_a_charger_of_another_tenant_or_sees_who_knocks_there()
    {
        await rig.Api.PostAsync("tenants", new { slug = "quayside", name = "Quayside", currency = "EUR", timeZone = "Europe/Amsterdam" });
        (await rig.Api.With("quayside").PostAsync("stations", new { stationId = "QUAY-77" })).Is(System.Net.HttpStatusCode.Created);
        await rig.GivenStationAsync("QUAY-78");
        await using var browser = await rig.OpenAsync();
        Assert.Equal(404, (await browser.GoAsync("/console/stations/QUAY-77/connect")).Status);
        await RefusedAsync("quayside/QUAY-78X", "whatever", "QUAY-78X");
        await browser.GoAsync("/console/stations/QUAY-78/connect");
        await IsAsync(browser, "reached", "now", "Nothing has come yet");
    }

    private static async Task IsAsync(ConsoleBrowser browser, string step, string state, string text)
    {
        var line = browser.Page.Locator($"[data-step={step}]");
        await Assertions.Expect(line).ToHaveAttributeAsync("class", state, Patient);
        await Assertions.Expect(line).ToContainTextAsync(text);
    }

    private Task RefusedAsync(string path, string password, string? user = null) =>
        Assert.ThrowsAsync<System.Net.WebSockets.WebSocketException>(() => Busbar.Tests.Support.WireStation.ConnectAsync(rig.Server.Address, path, "ocpp1.6", user ?? path, password));
}
