using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>A Chromium of a story's own, whose windows are signed in nowhere yet.</summary>
internal sealed class StoryBrowser : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private StoryBrowser(IPlaywright playwright, IBrowser browser) => (_playwright, _browser) = (playwright, browser);

    public static async Task<StoryBrowser> StartAsync()
    {
        var playwright = await Playwright.CreateAsync();
        try { return new StoryBrowser(playwright, await playwright.Chromium.LaunchAsync(new() { ExecutablePath = ConsoleBrowser.Find(), Args = ["--no-sandbox", "--disable-dev-shm-usage"] })); }
        catch
        {
            playwright.Dispose();
            throw;
        }
    }

    /// <summary>A window at a desk, in English.</summary>
    public Task<IBrowserContext> OfficeAsync() => OpenAsync("en-GB", 1440, 900, null);

    /// <summary>A phone in the field, in German.</summary>
    /// <param name="as">Whose cookies it has; null: nobody's.</param>
    public async Task<IBrowserContext> PhoneAsync(IBrowserContext? @as = null, string locale = "de-DE") => await OpenAsync(locale, 390, 844, @as is null ? null : await @as.StorageStateAsync());

    /// <summary>The page of whoever is in that office reads well in German on a phone: nothing bars anybody's way, nothing stands over the edge, the console says nothing.</summary>
    /// <param name="text">What has to stand on it.</param>
    /// <param name="shot">The name of its picture.</param>
    public async Task FitsAPhoneAsync(IBrowserContext office, Uri server, string path, string text, string shot)
    {
        await using var phone = new ConsoleBrowser(server, await PhoneAsync(office));
        await phone.GoAsync(path);
        await Assertions.Expect(phone.Page.Locator("main")).ToContainTextAsync(text);
        await phone.ShootAsync(shot);
        Assert.Empty(await phone.BarriersAsync());
        Assert.Equal(0, await phone.OverhangAsync());
        phone.IsClean();
    }

    /// <summary>A device with a finger that is always there.</summary>
    public static async Task PlayAuthenticatorAsync(IPage page)
    {
        var tools = await page.Context.NewCDPSessionAsync(page);
        await tools.SendAsync("WebAuthn.enable");
        await tools.SendAsync("WebAuthn.addVirtualAuthenticator", new Dictionary<string, object>
        {
            ["options"] = new Dictionary<string, object>
            {
                ["protocol"] = "ctap2", ["transport"] = "internal", ["hasResidentKey"] = true, ["hasUserVerification"] = true, ["isUserVerified"] = true, ["automaticPresenceSimulation"] = true,
            },
        });
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }

    private Task<IBrowserContext> OpenAsync(string locale, int width, int height, string? state) =>
        _browser.NewContextAsync(new() { Locale = locale, ViewportSize = new() { Width = width, Height = height }, ReducedMotion = ReducedMotion.Reduce, StorageState = state });
}

internal static class AtTheDoor
{
    /// <summary>By the menu of their account.</summary>
    public static async Task SignOutAsync(this ConsoleBrowser browser)
    {
        await browser.Page.ClickAsync("details.account summary");
        await browser.Page.ClickAsync("form[action='/signout'] button");
        await browser.Page.WaitForURLAsync("**/signin*");
    }

    /// <summary>Becomes the first operator by the link of a first start, and stands in the console.</summary>
    /// <param name="atPage">What is done when the link's page is open.</param>
    public static async Task FoundAsync(this ConsoleBrowser browser, RunningServer server, Func<Task>? atPage = null)
    {
        var link = Staff.Link(server)!;
        await browser.GoAsync(link.PathAndQuery + link.Fragment, isAlive: false);
        if (atPage is not null) await atPage();
        await browser.Page.FillAsync("[name=email]", Staff.Email);
        await browser.Page.FillAsync("[name=password]", Staff.Password);
        await browser.Page.ClickAsync("button");
        await browser.Page.WaitForURLAsync("**/console");
    }
}
