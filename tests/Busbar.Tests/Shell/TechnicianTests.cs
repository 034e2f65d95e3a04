using Busbar.Simulator.Stations;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>A technician at the charger, with a phone; and what happened there.</summary>
[Trait("suite", "console")]
public sealed class TechnicianTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    private static readonly LocatorAssertionsToHaveAttributeOptions Patient = new() { Timeout = 20_000 };

    [Fact]
    public async Task A_test_charge_is_started_watched_and_stopped_and_stands_in_the_history()
    {
        const string Name = "QUAY-21";
        var password = await rig.GivenStationAsync(Name);
        await using var station = new SimulatedStation(new StationOptions
        {
            Url = new Uri($"ws://{rig.Server.Address.Authority}/ocpp"), StationId = Name, Password = password, Connectors = 2, SyncsClock = true, MeterInterval = TimeSpan.FromSeconds(2),
            RemotePlan = new ChargePlan { Fumbling = TimeSpan.FromSeconds(1), EnergyWh = 50_000 },
        });
        await station.ConnectAsync(patient: false, TestContext.Current.CancellationToken);

        await using var browser = await rig.OpenAsync(width: 390);
        await browser.GoAsync($"/console/t/{Name}");
        await Assertions.Expect(browser.Page.Locator("main")).ToContainTextAsync("Nothing is wrong");
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Test charge at EVSE 1, connector 1" }).ClickAsync();
        var question = browser.Page.GetByRole(AriaRole.Alertdialog);
        await Assertions.Expect(question).ToContainTextAsync("It is a real session");
        await question.GetByRole(AriaRole.Button, new() { Name = "Test charge" }).ClickAsync();
        await Assertions.Expect(question).ToContainTextAsync("Enter a token.");
        await browser.ShootAsync("technician-question");
        Assert.Empty(await browser.BarriersAsync());
        await question.GetByLabel("Token").FillAsync("04A1B2C3");
        await question.GetByRole(AriaRole.Button, new() { Name = "Test charge" }).ClickAsync();

        await IsAsync(browser, "test-asked", "done");
        await IsAsync(browser, "test-begun", "done");
        await IsAsync(browser, "test-energy", "done");
        await browser.ShootAsync("technician-charging");
        Assert.Empty(await browser.BarriersAsync());
        Assert.Equal(0, await browser.OverhangAsync());

        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Stop charging" }).ClickAsync();
        await question.GetByRole(AriaRole.Button, new() { Name = "Stop charging" }).ClickAsync();
        await Assertions.Expect(question).ToContainTextAsync("Accepted");
        await question.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await IsAsync(browser, "test-ended", "done");
        await Assertions.Expect(browser.Page.Locator("[data-step=test-ended]")).ToContainTextAsync("Remote");
        await browser.ShootAsync("technician-ended");

        await browser.GoAsync($"/console/stations/{Name}/history");
        var history = browser.Page.Locator(".history");
        foreach (var line in new[] { "A charge ended at EVSE 1", "A charge began at EVSE 1 with token …B2C3", "Command “Start a session”: Accepted", "Outlet 1: Charging", "It started: Busbar Simulator", "The station was created" })
            await Assertions.Expect(history).ToContainTextAsync(line);
        // Written within seconds, and read again while it is looked at.
        await Assertions.Expect(history).ToContainTextAsync("Connected over OCPP 1.6 from 127.0.0.1", new() { Timeout = 20_000 });
        await browser.ShootAsync("history-390");
        await browser.Page.GetByRole(AriaRole.Link, new() { Name = "Commands", Exact = true }).ClickAsync();
        await Assertions.Expect(history).Not.ToContainTextAsync("A charge began");
        await Assertions.Expect(history).ToContainTextAsync("Command “Stop a session”: Accepted");
        browser.IsClean();
    }

    [Fact]
    public async Task What_is_wrong_is_told_with_what_to_do()
    {
        const string Name = "QUAY-22";
        await rig.GivenStationAsync(Name);
        var station = await rig.ConnectAsync(Name, "ocpp1.6");
        await station.CallAsync("StatusNotification", """{"connectorId":1,"errorCode":"GroundFailure","status":"Faulted"}""");
        await using var browser = await rig.OpenAsync(width: 390);
        await browser.GoAsync($"/console/t/{Name}");
        await Assertions.Expect(browser.Page.Locator(".note.bad")).ToContainTextAsync("a ground fault was found. Do not charge here");
        await browser.ShootAsync("technician-faulted");
        Assert.Empty(await browser.BarriersAsync());

        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Test charge at EVSE 2, connector 1" }).ClickAsync();
        var question = browser.Page.GetByRole(AriaRole.Alertdialog);
        station.Answers["RemoteStartTransaction"] = """{"status":"Rejected"}""";
        await question.GetByLabel("Token").FillAsync("04A1B2C3");
        await question.GetByRole(AriaRole.Button, new() { Name = "Test charge" }).ClickAsync();
        await IsAsync(browser, "test-asked", "problem");
        await Assertions.Expect(browser.Page.Locator("[data-step=test-asked]")).ToContainTextAsync("Rejected");
        browser.IsClean();
    }

    [Fact]
    public async Task Messages_are_filtered_and_turned_over_page_by_page()
    {
        const string Name = "QUAY-23";
        await rig.GivenStationAsync(Name);
        var station = await rig.ConnectAsync(Name, "ocpp1.6");
        for (var i = 0; i < 60; i++) await station.CallAsync("Heartbeat", "{}");
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync($"/console/stations/{Name}/messages");
        await Assertions.Expect(browser.Page.Locator(".frames details")).ToHaveCountAsync(50);
        await browser.Page.GetByRole(AriaRole.Link, new() { Name = "Older" }).ClickAsync();
        await browser.Page.WaitForURLAsync("**before=*");
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Link, new() { Name = "Newest" })).ToBeVisibleAsync();
        await browser.Page.WaitForSelectorAsync("[data-live]");
        await browser.Page.SelectOptionAsync("[name=only]", "BootNotification");
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await browser.Page.WaitForURLAsync("**only=BootNotification*");
        await Assertions.Expect(browser.Page.Locator(".frames details")).ToHaveCountAsync(2);
        await Assertions.Expect(browser.Page.Locator(".frames")).ToContainTextAsync("It started: Volta Twin 22, firmware 4.2.1");
        await Assertions.Expect(browser.Page.Locator(".frames")).ToContainTextAsync("Welcome; report every");
        await browser.ShootAsync("messages-filtered");
        browser.IsClean();
    }

    [Fact]
    public async Task Another_tenants_charger_has_no_page_here()
    {
        await rig.Api.PostAsync("tenants", new { slug = "basin", name = "Basin", currency = "EUR", timeZone = "Europe/Amsterdam" });
        (await rig.Api.With("basin").PostAsync("stations", new { stationId = "BASIN-01" })).Is(System.Net.HttpStatusCode.Created);
        await using var browser = await rig.OpenAsync();
        foreach (var path in new[] { "/console/t/BASIN-01", "/console/stations/BASIN-01/history", "/console/stations/BASIN-01/messages", "/console/stations/BASIN-01/label", "/console/stations/BASIN-01/connect" })
            Assert.Equal(404, (await browser.GoAsync(path)).Status);
    }

    private static Task IsAsync(ConsoleBrowser browser, string step, string state) => Assertions.Expect(browser.Page.Locator($"[data-step={step}]")).ToHaveAttributeAsync("class", state, Patient);
}
