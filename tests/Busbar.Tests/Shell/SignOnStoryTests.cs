using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>Single sign-on by a provider that others wrote (OpenIddict, in a process of its own), in Chromium: set up in the console, used, and used again from another group.</summary>
[Trait("suite", "console")]
public sealed class SignOnStoryTests(Servers servers)
{
    [Fact]
    public async Task Somebody_of_a_provider_comes_in_with_the_mapped_role_and_with_another_when_the_group_changes()
    {
        await using var provider = await OpenIdProcess.StartAsync();
        await provider.KnowAsync("grace", "g-1", "grace@corp.example", "ops");
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, provider.Allowed);
        var founded = await Staff.FoundAsync(server);
        await using var chromium = await StoryBrowser.StartAsync();
        // Another site than the provider's, as in life: what is strict does not come along from there.
        var address = new UriBuilder(server.Address) { Host = "localhost" }.Uri;

        await using var owner = new ConsoleBrowser(address, await chromium.OfficeAsync());
        foreach (var (name, value) in founded.Cookies) await owner.SetCookieAsync(name, value);
        await owner.GoAsync("/console/organisations");
        await owner.Page.GetByRole(AriaRole.Link, new() { Name = "Single sign-on" }).ClickAsync();
        await Assertions.Expect(owner.Page.GetByText("No identity provider yet")).ToBeVisibleAsync();
        Assert.Empty(await owner.BarriersAsync());
        await owner.GoAsync("/console/sign-on/new");
        await owner.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("Corp ID");
        // Nearly right: the test says what it should be.
        await owner.Page.GetByLabel("Issuer").FillAsync(provider.Issuer.TrimEnd('/'));
        await owner.Page.GetByLabel("Client ID").FillAsync(OpenIdProcess.ClientId);
        await owner.Page.GetByLabel("Client secret").FillAsync(OpenIdProcess.Secret);
        await owner.Page.GetByLabel("E-mail domains").FillAsync("corp.example");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(owner.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/console/sign-on/idp"));
        await owner.Page.WaitForSelectorAsync("[data-live]");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Test" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("[data-probe]")).ToContainTextAsync($"calls itself {provider.Issuer}");
        await owner.ShootAsync("sign-on-wrong");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await owner.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Assertions.Expect(owner.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/console/sign-on$"));

        await owner.GoAsync("/console/sign-on/new");
        await owner.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("Corp ID");
        await owner.Page.GetByLabel("Issuer").FillAsync(provider.Issuer);
        await owner.Page.GetByLabel("Client ID").FillAsync(OpenIdProcess.ClientId);
        await owner.Page.GetByLabel("Client secret").FillAsync(OpenIdProcess.Secret);
        await owner.Page.GetByLabel("E-mail domains").FillAsync("corp.example");
        await owner.Page.GetByLabel("Who is not here yet").CheckAsync();
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(owner.Page.GetByText("holds only what a line gives")).ToBeVisibleAsync();
        foreach (var (value, role, count) in new[] { ("ops", "technician", 1), ("books", "finance", 2) })
        {
            await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Add a line" }).ClickAsync();
            await Assertions.Expect(owner.Page.GetByLabel("Value of the claim")).ToHaveCountAsync(count);
            await owner.Page.GetByLabel("Value of the claim").Last.FillAsync(value);
            await owner.Page.GetByLabel("Role").Last.SelectOptionAsync(role);
            await owner.Page.GetByLabel("Where").Last.SelectOptionAsync("tenant");
        }
        await owner.ShootAsync("sign-on-new");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(owner.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/console/sign-on/idp"));
        await owner.Page.WaitForSelectorAsync("[data-live]");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Test" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("[data-probe]")).ToContainTextAsync("answers as it should");
        Assert.Empty(await owner.BarriersAsync());
        owner.IsClean();

        // In a hand and in German: by the domain of the address.
        await using var grace = new ConsoleBrowser(address, await chromium.PhoneAsync());
        await grace.GoAsync("/signin?return=%2Fconsole%2Fstations", isAlive: false);
        await grace.Page.FillAsync("[name=email]", "grace@corp.example");
        await grace.Page.GetByRole(AriaRole.Button, new() { Name = "Single Sign-on" }).ClickAsync();
        await Assertions.Expect(grace.Page.GetByRole(AriaRole.Link, new() { Name = "Mit Corp ID anmelden" })).ToBeVisibleAsync();
        await grace.ShootAsync("signin-sso-390-de");
        Assert.Empty(await grace.BarriersAsync());
        Assert.Equal(0, await grace.OverhangAsync());
        await SignOnAsync(grace);
        await Assertions.Expect(grace.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/console/stations$"));
        await grace.Page.WaitForSelectorAsync("[data-live]");
        await grace.ShootAsync("sso-technician-390-de");
        Assert.Equal(200, (await grace.GoAsync("/console/stations")).Status);
        grace.IsClean();
        // What a technician may not see is not shown, by the address either.
        Assert.Equal(403, (await grace.GoAsync("/console/tariffs", isAlive: false)).Status);
        grace.TakeFaults();

        // Out, here and there; then in again from another group.
        await grace.Page.ClickAsync("details.account summary");
        await grace.Page.ClickAsync("form[action='/signout'] button");
        await Assertions.Expect(grace.Page.GetByRole(AriaRole.Link, new() { Name = "Auch bei Corp ID abmelden" })).ToBeVisibleAsync();
        Assert.Empty(await grace.BarriersAsync());
        await provider.KnowAsync("grace", "g-1", "grace@corp.example", "books");
        await grace.GoAsync("/signin?tenant=default", isAlive: false);
        await SignOnAsync(grace);
        await Assertions.Expect(grace.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/console$"));
        Assert.Equal(200, (await grace.GoAsync("/console/tariffs")).Status);
        grace.IsClean();
        var alerts = await grace.GoAsync("/console/alerts", isAlive: false);
        Assert.Equal(403, alerts.Status);
    }

    [Fact]
    public async Task Who_owes_a_second_factor_sets_it_up_before_anything_else_is_shown()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var founded = await Staff.FoundAsync(server);
        await using var chromium = await StoryBrowser.StartAsync();
        await using var owner = new ConsoleBrowser(server.Address, await chromium.PhoneAsync(locale: "en-GB"));
        foreach (var (name, value) in founded.Cookies) await owner.SetCookieAsync(name, value);
        await owner.GoAsync("/console/organisations/default");
        await owner.Page.GetByLabel("Its people set up a second factor").CheckAsync();
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        // The open page notices at once.
        await Assertions.Expect(owner.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/signin/protect$"));
        await owner.ShootAsync("protect-390");
        Assert.Empty(await owner.BarriersAsync());
        Assert.Equal(0, await owner.OverhangAsync());
        var secret = SecondFactorTests.FromBase32((await owner.Page.Locator("[data-secret]").TextContentAsync())!.Replace(" ", "", StringComparison.Ordinal));
        await owner.Page.FillAsync("[name=code]", Busbar.Identity.Operators.Totp.CodeOf(secret, Busbar.Identity.Operators.Totp.StepOf(TimeProvider.System.GetInstant())));
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Turn on" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("[data-codes] li")).ToHaveCountAsync(10);
        await owner.ShootAsync("protect-codes-390");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByRole(AriaRole.Link, new() { Name = "I have them" }).ClickAsync();
        await Assertions.Expect(owner.Page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/console$"));
        await owner.Page.WaitForSelectorAsync("[data-live]");
    }

    private static async Task SignOnAsync(ConsoleBrowser browser)
    {
        await browser.Page.GetByRole(AriaRole.Link, new() { Name = "Mit Corp ID anmelden" }).ClickAsync();
        await browser.Page.GetByLabel("User").FillAsync("grace");
        await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Go" }).ClickAsync();
    }
}
