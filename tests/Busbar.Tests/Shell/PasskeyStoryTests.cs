using Busbar.Identity.Operators;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>From the first start to an account that a passkey opens and a stolen password does not: in Chromium, with the authenticator that it can play.</summary>
[Trait("suite", "console")]
public sealed class PasskeyStoryTests(Servers servers)
{
    [Fact]
    public async Task An_owner_adds_a_passkey_signs_in_with_it_and_the_password_alone_opens_nothing()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await using var chromium = await StoryBrowser.StartAsync();
        var context = await chromium.OfficeAsync();
        // A passkey is of a name: an address of numbers has none.
        var address = new UriBuilder(server.Address) { Host = "localhost" }.Uri;
        await using var owner = new ConsoleBrowser(address, context);

        await owner.FoundAsync(server, () => StoryBrowser.PlayAuthenticatorAsync(owner.Page));

        // The first page says what is missing, and leads there.
        await owner.Page.WaitForSelectorAsync("[data-live]");
        await owner.ShootAsync("nudge");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByRole(AriaRole.Link, new() { Name = "Protect your account" }).ClickAsync();
        await owner.Page.WaitForURLAsync("**/console/profile#factors");
        await owner.GoAsync("/console/profile");
        var card = owner.Page.Locator("#factors");
        await Assertions.Expect(card).ToContainTextAsync("Your password alone opens your account");
        await owner.ShootAsync("factors-none");
        Assert.Empty(await owner.BarriersAsync());
        await card.GetByLabel("Name of a new passkey").FillAsync("Desk");
        await card.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
        await Assertions.Expect(card.Locator("[data-one-passkey]")).ToContainTextAsync("Desk");
        await Assertions.Expect(card.Locator("[data-codes] li")).ToHaveCountAsync(10);
        await Assertions.Expect(card).ToContainTextAsync("Your password alone does not open your account");
        var codes = await card.Locator("[data-codes] li").AllTextContentsAsync();
        await owner.ShootAsync("factors-passkey");
        Assert.Empty(await owner.BarriersAsync());
        await card.GetByRole(AriaRole.Button, new() { Name = "I have them" }).ClickAsync();
        await Assertions.Expect(card.Locator("[data-codes]")).ToHaveCountAsync(0);

        // Out, and in again by the passkey: no address, no password.
        await owner.SignOutAsync();
        await owner.ShootAsync("signin-passkey");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await owner.Page.WaitForURLAsync("**/console");
        await Assertions.Expect(owner.Page.Locator(".nudge")).ToHaveCountAsync(0);
        await owner.GoAsync("/console/profile");
        await Assertions.Expect(card.Locator("[data-one-passkey]")).Not.ToContainTextAsync("never");

        // An app beside it, with the code that it would show.
        await card.GetByRole(AriaRole.Button, new() { Name = "Set up an app" }).ClickAsync();
        var secret = SecondFactorTests.FromBase32((await card.Locator("[data-secret]").TextContentAsync())!.Replace(" ", "", StringComparison.Ordinal));
        await owner.ShootAsync("factors-app");
        Assert.Empty(await owner.BarriersAsync());
        await card.GetByLabel("Code of the app").FillAsync("000000");
        await card.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
        await Assertions.Expect(card.GetByRole(AriaRole.Alert)).ToContainTextAsync("not the app’s code");
        await card.GetByLabel("Code of the app").FillAsync(Totp.CodeOf(secret, Totp.StepOf(TimeProvider.System.GetInstant())));
        await card.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
        await Assertions.Expect(card.GetByRole(AriaRole.Button, new() { Name = "Turn off" })).ToBeVisibleAsync();
        owner.IsClean();

        // Who has the password and nothing else, in another browser, in German, in a hand.
        var phone = await chromium.PhoneAsync();
        await using var other = new ConsoleBrowser(address, phone);
        await other.GoAsync("/signin", isAlive: false);
        await other.ShootAsync("signin-390-de");
        Assert.Empty(await other.BarriersAsync());
        Assert.Equal(0, await other.OverhangAsync());
        await other.Page.FillAsync("[name=email]", Staff.Email);
        await other.Page.FillAsync("[name=password]", Staff.Password);
        await other.Page.GetByRole(AriaRole.Button, new() { Name = "Anmelden", Exact = true }).ClickAsync();
        await other.Page.WaitForURLAsync("**/signin/code");
        await other.ShootAsync("second-step-390-de");
        Assert.Empty(await other.BarriersAsync());
        Assert.Equal(0, await other.OverhangAsync());
        other.IsClean();
        await other.Page.FillAsync("[name=code]", "123456");
        await other.Page.GetByRole(AriaRole.Button, new() { Name = "Weiter" }).ClickAsync();
        await Assertions.Expect(other.Page.GetByText("Dieser Code ist falsch")).ToBeVisibleAsync();
        await other.Page.FillAsync("[name=code]", codes[0]);
        await other.Page.GetByRole(AriaRole.Button, new() { Name = "Weiter" }).ClickAsync();
        await other.Page.WaitForURLAsync("**/console");
        await other.GoAsync("/console/profile");
        await Assertions.Expect(other.Page.Locator("[data-codes-left]")).ToContainTextAsync("9");
        await other.ShootAsync("factors-390-de");
        Assert.Empty(await other.BarriersAsync());
        Assert.Equal(0, await other.OverhangAsync());

        // Removed, the passkey opens nothing; who has no passkey at hand is told so.
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Remove the passkey Desk" }).ClickAsync();
        await owner.ShootAsync("factors-remove");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Assertions.Expect(card.Locator("[data-one-passkey]")).ToHaveCountAsync(0);
        await owner.SignOutAsync();
        owner.IsClean();
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await Assertions.Expect(owner.Page.GetByText("This passkey does not open an account here.")).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Who_puts_it_off_is_not_asked_again_in_this_browser()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var founded = await Staff.FoundAsync(server);
        await using var chromium = await StoryBrowser.StartAsync();
        var context = await chromium.PhoneAsync();
        await using var browser = new ConsoleBrowser(server.Address, context);
        foreach (var (name, value) in founded.Cookies) await browser.SetCookieAsync(name, value);
        await browser.GoAsync("/console");
        await browser.ShootAsync("nudge-390-de");
        Assert.Empty(await browser.BarriersAsync());
        Assert.Equal(0, await browser.OverhangAsync());
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Nicht jetzt" }).ClickAsync();
        await Assertions.Expect(browser.Page.Locator(".nudge")).ToHaveCountAsync(0);
        await browser.GoAsync("/console");
        await Assertions.Expect(browser.Page.Locator(".nudge")).ToHaveCountAsync(0);
        browser.IsClean();
    }
}
