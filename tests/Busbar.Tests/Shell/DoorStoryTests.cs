using System.Text.RegularExpressions;
using Busbar.Identity;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Operations;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>The pages before the console, in Chromium: a second factor that is owed, and a password that was forgotten.</summary>
[Trait("suite", "console")]
public sealed partial class DoorStoryTests(Servers servers)
{
    [Fact]
    public async Task Who_owes_a_second_factor_makes_a_passkey_at_the_door_and_comes_in_by_it()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var founded = await Staff.FoundAsync(server);
        (await founded.FetchAsync(HttpMethod.Patch, "/api/v1/tenants/default", new { requiresSecondFactor = true })).Is(System.Net.HttpStatusCode.OK);
        await using var chromium = await StoryBrowser.StartAsync();
        // A passkey is of a name: an address of numbers has none.
        await using var owner = new ConsoleBrowser(new UriBuilder(server.Address) { Host = "localhost" }.Uri, await chromium.OfficeAsync());
        await owner.GoAsync("/signin", isAlive: false);
        await StoryBrowser.PlayAuthenticatorAsync(owner.Page);
        await owner.Page.FillAsync("[name=email]", Staff.Email);
        await owner.Page.FillAsync("[name=password]", Staff.Password);
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in", Exact = true }).ClickAsync();
        await owner.Page.WaitForURLAsync("**/signin/protect");
        var make = owner.Page.GetByRole(AriaRole.Button, new() { Name = "Make a passkey" });
        await Assertions.Expect(make).ToBeVisibleAsync();
        // The code that is drawn is the one of the app's address.
        var address = await owner.Page.GetByRole(AriaRole.Link, new() { Name = "Open it in an app on this device" }).GetAttributeAsync("href");
        Assert.StartsWith("otpauth://totp/Busbar", address, StringComparison.Ordinal);
        Assert.Equal(QrDrawing.Draw(address!).Path, await owner.Page.Locator("svg.qr path").GetAttributeAsync("d"));
        await LookAsync(owner, "protect");
        owner.IsClean();

        // Without a name none is made.
        await owner.Page.FillAsync("[name=name]", "");
        await make.ClickAsync();
        await Assertions.Expect(owner.Page).ToHaveURLAsync(ProtectPage());
        await owner.Page.FillAsync("[name=name]", "Desk");
        await owner.Page.PressAsync("[name=name]", "Enter");
        await Assertions.Expect(owner.Page.Locator("[data-codes] li")).ToHaveCountAsync(10);
        await LookAsync(owner, "protect-passkey-codes");
        await owner.Page.GetByRole(AriaRole.Link, new() { Name = "I have them" }).ClickAsync();
        await owner.Page.WaitForSelectorAsync("[data-live]");
        await owner.GoAsync("/console/profile");
        await Assertions.Expect(owner.Page.Locator("[data-one-passkey]")).ToContainTextAsync("Desk");
        owner.IsClean();

        // From then on the passkey alone.
        await owner.Page.ClickAsync("details.account summary");
        await owner.Page.ClickAsync("form[action='/signout'] button");
        await owner.Page.WaitForURLAsync("**/signin*");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await owner.Page.WaitForURLAsync("**/console");
        await owner.Page.WaitForSelectorAsync("[data-live]");
        owner.IsClean();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_forgot_the_password_asks_for_a_link_on_any_screen_in_any_light(bool isDesk)
    {
        await using var post = new SmtpReceiver();
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, ["--Busbar:ForgottenPasswords:PublicUrl=https://busbar.example.org/", .. post.Settings]);
        await Staff.FoundAsync(server);
        await using var chromium = await StoryBrowser.StartAsync();
        await using var person = new ConsoleBrowser(server.Address, await (isDesk ? chromium.OfficeAsync() : chromium.PhoneAsync()));
        var name = isDesk ? "forgot" : "forgot-390-de";
        await person.GoAsync("/signin", isAlive: false);
        await person.Page.Locator("a[href='/signin/forgot']").ClickAsync();
        await person.Page.WaitForURLAsync("**/signin/forgot");
        await LookAsync(person, name);
        person.IsClean();
        await person.Page.FillAsync("[name=email]", "no@ad dress");
        // What the browser holds back is told by the server too.
        await person.Page.EvaluateAsync("() => document.querySelector('form').noValidate = true");
        await person.Page.ClickAsync("form button");
        await Assertions.Expect(person.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await LookAsync(person, name + "-wrong");
        Assert.Contains("answer: 400", Assert.Single(person.TakeFaults(), fault => fault.StartsWith("answer", StringComparison.Ordinal)), StringComparison.Ordinal);
        await person.Page.FillAsync("[name=email]", Staff.Email);
        await person.Page.ClickAsync("form button");
        await Assertions.Expect(person.Page.GetByRole(AriaRole.Status)).ToBeVisibleAsync();
        await LookAsync(person, name + "-asked");
        person.IsClean();
        for (var i = 0; i < 100 && post.Raw.IsEmpty; i++) await Task.Delay(100);
        Assert.Single(post.Mails);
    }

    /// <summary>In the light and in the dark, no barrier, and nothing wider than the window.</summary>
    private static async Task LookAsync(ConsoleBrowser browser, string name)
    {
        foreach (var light in new[] { ColorScheme.Light, ColorScheme.Dark })
        {
            await browser.Page.EmulateMediaAsync(new() { ColorScheme = light });
            await browser.ShootAsync($"{name}-{(light == ColorScheme.Dark ? "dark" : "light")}");
            Assert.Empty(await browser.BarriersAsync());
            Assert.Equal(0, await browser.OverhangAsync());
        }
        await browser.Page.EmulateMediaAsync(new() { ColorScheme = ColorScheme.Light });
    }

    [GeneratedRegex("/signin/protect$")]
    private static partial Regex ProtectPage();
}
