using System.Net;
using Busbar.Tests.Pricing;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>A draft is tried on past sessions in the console: empty, then with what it found.</summary>
[Trait("suite", "console")]
public sealed class SimulationPageTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    [Fact]
    public async Task A_draft_is_tried_on_the_sessions_of_the_past()
    {
        (await rig.Api.PostAsync($"tariffs/{rig.Tariff}/versions", new { tariff = Tariffs.Energy(0.30m), draft = true }, ApiClient.NewKey())).Is(HttpStatusCode.Created);
        var path = $"/console/tariffs/{rig.Tariff}/simulate";
        await rig.LookAsync(path, "simulate-none");

        await using (var browser = await rig.OpenAsync("light", 1440, "en"))
        {
            await browser.GoAsync(path);
            await Assertions.Expect(browser.Page.Locator("main")).ToContainTextAsync("Try a price before it is charged");
            await browser.Page.GetByLabel("From").FillAsync("2026-01-02");
            await browser.Page.GetByLabel("To, this day").FillAsync("2026-01-01");
            await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
            await Assertions.Expect(browser.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Choose two days");
            await browser.Page.GetByLabel("To, this day").FillAsync("2099-01-01");
            await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Start" }).ClickAsync();
            await Assertions.Expect(browser.Page.Locator(".lead .chip").First).ToContainTextAsync("Done", new() { Timeout = 30_000 });
            await Assertions.Expect(browser.Page.Locator("main")).ToContainTextAsync("Pay less");
            await browser.Page.Locator("a[href^='/console/sessions/ses']").First.ClickAsync();
            await browser.Page.WaitForURLAsync("**/console/sessions/ses*");
            Assert.Empty(browser.TakeFaults());
        }
        await rig.LookAsync(path, "simulate");
    }
}
