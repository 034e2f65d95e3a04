using System.Text;
using Busbar.Pricing.Market;
using Microsoft.Extensions.DependencyInjection;
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
        await using (var browser = await rig.OpenAsync())
        {
            await browser.GoAsync(List);
            await browser.Page.Locator("main .empty").GetByRole(AriaRole.Link, new() { Name = "New price curve" }).ClickAsync();
            await browser.Page.WaitForURLAsync("**" + List + "/new");
            await browser.Page.WaitForSelectorAsync("[data-live]");
            var save = browser.Page.GetByRole(AriaRole.Button, new() { Name = "Save" });
            await browser.Page.GetByLabel("Time zone").FillAsync("Mars/Olympus");
            await browser.Page.GetByLabel("Price where there is none").FillAsync("a lot");
            await browser.Page.GetByLabel("Source").SelectOptionAsync("File");
            await browser.Page.GetByLabel("File name").FillAsync("../passwd");
            await save.ClickAsync();
            await Assertions.Expect(browser.Page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(4);
            await browser.ShootAsync("curve-form-wrong");
            Assert.Empty(await browser.BarriersAsync());
            await browser.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("hourly");
            await browser.Page.GetByLabel("Time zone").FillAsync("Europe/Brussels");
            await browser.Page.GetByLabel("Price where there is none").FillAsync("0.31");
            await browser.Page.GetByLabel("Interval").SelectOptionAsync("3600");
            await browser.Page.GetByLabel("Source").SelectOptionAsync("");
            await save.ClickAsync();
            await Assertions.Expect(browser.Page.Locator("main h1")).ToHaveTextAsync("hourly");
            await Assertions.Expect(browser.Page.Locator("main")).ToContainTextAsync("0.31 EUR/kWh");
            await browser.Page.GetByRole(AriaRole.Link, new() { Name = "Settings" }).ClickAsync();
            await browser.Page.GetByLabel("Where a price is missing").SelectOptionAsync("Refuse");
            await save.ClickAsync();
            await Assertions.Expect(browser.Page.Locator("main h1")).ToHaveTextAsync("hourly");
            var made = Assert.Single((await rig.Api.GetAsync("price-curves?name=hourly")).Items);
            Assert.Equal(("refuse", 3600, "Europe/Brussels"), (made.GetProperty("gap").GetString(), made.GetProperty("stepSeconds").GetInt32(), made.GetProperty("timeZone").GetString()));
            browser.IsClean();
        }
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
            // The first turn is due at once and puts the next one off; the server's own comes once a minute.
            await rig.Server.Services.GetRequiredService<CurveFetcher>().FetchDueAsync(TestContext.Current.CancellationToken);
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
