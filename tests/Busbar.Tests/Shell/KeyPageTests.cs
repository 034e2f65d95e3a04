using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>Keys in the console: a new one is made, the former one goes, and the installation's is replaced.</summary>
[Trait("suite", "console")]
public sealed class KeyPageTests(Servers servers)
{
    [Fact]
    public async Task A_key_is_made_and_the_former_one_goes_and_the_installations_key_is_replaced()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:Keys:Pace=00:00:00.5", "--Busbar:Keys:KeepRetired=00:00:10");
        await using var chromium = await StoryBrowser.StartAsync();
        var office = await chromium.OfficeAsync();
        await using var owner = new ConsoleBrowser(server.Address, office);
        await owner.FoundAsync(server);

        await owner.GoAsync("/console");
        await owner.Page.Locator("nav.side a[href='/console/keys']").ClickAsync();
        var rows = owner.Page.Locator("main tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await owner.Page.WaitForSelectorAsync("[data-live]");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Make a new key" }).ClickAsync();
        await owner.ShootAsync("keys-ask");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Make a new key" }).ClickAsync();
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await Assertions.Expect(rows.First).ToContainTextAsync("Seals");
        await owner.ShootAsync("keys");
        Assert.Empty(await owner.BarriersAsync());
        Assert.Equal(0, await owner.OverhangAsync());
        // It goes by itself, while one looks on.
        await Assertions.Expect(rows).ToHaveCountAsync(1, new() { Timeout = 30_000 });

        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Replace it" }).ClickAsync();
        await owner.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Replace it" }).ClickAsync();
        await Assertions.Expect(owner.Page.GetByRole(AriaRole.Alertdialog)).ToHaveCountAsync(0);
        await Assertions.Expect(owner.Page.Locator("main .fault[role=alert]")).ToHaveTextAsync("");

        await chromium.FitsAPhoneAsync(office, server.Address, "/console/keys", "Neuen Schlüssel anlegen", "keys-390-de");
        owner.IsClean();
    }

    [Fact]
    public async Task Who_does_not_hold_everything_sees_no_keys()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await Staff.OnlyTheOwnerSeesAsync(server, "/console/keys");
    }
}
