using System.Text;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>The market's prices in the console: none yet, then a curve with a gap, a file of prices, and a source that is asked.</summary>
[Trait("suite", "console")]
public sealed class CurvePagesTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    [Fact]
    public async Task Prices_are_seen_uploaded_and_fetched()
    {
        const string List = "/console/price-curves";
        await rig.LookAsync(List, "curves-none");
        var curve = $"{List}/{await rig.GivenCurvesAsync()}";
        await using (var browser = await rig.OpenAsync())
        {
            await browser.GoAsync(List);
            await browser.Page.GetByRole(AriaRole.Link, new() { Name = "day-ahead" }).ClickAsync();
            await browser.Page.WaitForURLAsync("**" + curve);
            await browser.Page.WaitForSelectorAsync("[data-live]");
            var main = browser.Page.Locator("main");
            await Assertions.Expect(main).ToContainTextAsync("8 of 96 intervals have no price. 0.25 EUR/kWh stands in for them.");
            await browser.Page.GetByText("Prices as a table").ClickAsync();
            await Assertions.Expect(browser.Page.Locator("tr", new() { HasText = "15:00–15:15" }).First).ToContainTextAsync("stands in");
            await browser.ShootAsync("curve-table");
            Assert.Empty(await browser.BarriersAsync());

            await browser.Page.SetInputFilesAsync("#curve-file", File("when,price\n1,2\n"));
            await Assertions.Expect(main.GetByRole(AriaRole.Status)).ToContainTextAsync("Nothing of this file was taken");
            await browser.Page.SetInputFilesAsync("#curve-file", File("at,price\n2026-06-01T12:00:00Z,0.25\n2026-06-01T12:15:00Z,0.26\n"));
            await Assertions.Expect(main.GetByRole(AriaRole.Status)).ToContainTextAsync("2 prices read, 2 of them new or different.");
            await browser.ShootAsync("curve-uploaded");
            Assert.Empty(await browser.BarriersAsync());

            await browser.GoAsync(List);
            await browser.Page.GetByRole(AriaRole.Link, new() { Name = "supplier" }).ClickAsync();
            await Assertions.Expect(main).ToContainTextAsync("Nobody has told prices of these two days.");
            await Assertions.Expect(main).ToContainTextAsync("token=hidden");
            var fetch = browser.Page.GetByRole(AriaRole.Button, new() { Name = "Fetch now" });
            // The first turn is due at once and puts the next one off.
            await Assertions.Expect(fetch).ToBeEnabledAsync(new() { Timeout = 90_000 });
            await Assertions.Expect(main).ToContainTextAsync("The source did not give what it should");
            await fetch.ClickAsync();
            await Assertions.Expect(main).ToContainTextAsync("within a minute");
            await browser.ShootAsync("curve-failing");
            Assert.Empty(await browser.BarriersAsync());
            browser.IsClean();
        }
        await rig.LookAsync(curve, "curve");
    }

    private static FilePayload File(string text) => new() { Name = "prices.csv", MimeType = "text/csv", Buffer = Encoding.UTF8.GetBytes(text) };
}
