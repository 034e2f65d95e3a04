using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>A person looks at a session that is held, waives it, and bills it after all.</summary>
[Trait("suite", "console")]
public sealed class ReviewPageTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    [Fact]
    public async Task A_held_session_is_waived_and_billed_on_its_page()
    {
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync($"/console/sessions/{rig.HeldSession}");
        var (page, main) = (browser.Page, browser.Page.Locator("main"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Do not bill" }).ClickAsync();
        var dialog = page.GetByRole(AriaRole.Alertdialog);
        await dialog.GetByLabel("Why").FillAsync("The cable was broken <b>");
        await browser.ShootAsync("session-waive");
        Assert.Empty(await browser.BarriersAsync());
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Do not bill" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("Not billed");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Assertions.Expect(main).ToContainTextAsync("decided that it is not billed. “The cable was broken <b>”");
        Assert.Empty((await rig.Api.GetAsync($"cdrs?sessionId={rig.HeldSession}")).Items);
        await browser.ShootAsync("session-waived");
        Assert.Empty(await browser.BarriersAsync());

        await page.GetByRole(AriaRole.Button, new() { Name = "Bill it" }).ClickAsync();
        await browser.ShootAsync("session-bill");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Bill it" }).ClickAsync();
        await Assertions.Expect(dialog).ToContainTextAsync("Billed");
        await dialog.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Assertions.Expect(main).ToContainTextAsync("looked at it on");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Bill it" })).ToHaveCountAsync(0);
        Assert.Single((await rig.Api.GetAsync($"cdrs?sessionId={rig.HeldSession}")).Items);
        await browser.ShootAsync("session-billed");
        Assert.Empty(await browser.BarriersAsync());
        browser.IsClean();
    }
}
