using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>The rules of retention in the console: what is kept for how long, kept shorter after a question, and back.</summary>
[Trait("suite", "console")]
public sealed class RetentionPageTests(Servers servers)
{
    [Fact]
    public async Task A_rule_is_made_shorter_after_a_question_and_set_back()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:Retention:Pace=00:00:01");
        await using var chromium = await StoryBrowser.StartAsync();
        var office = await chromium.OfficeAsync();
        await using var owner = new ConsoleBrowser(server.Address, office);
        await owner.FoundAsync(server);

        await owner.GoAsync("/console");
        await owner.Page.Locator("nav.side a[href='/console/retention']").ClickAsync();
        await owner.Page.WaitForSelectorAsync("[data-live]");
        var wire = owner.Page.Locator("#rule-wireLog");
        await Assertions.Expect(wire).ToContainTextAsync("14 days");
        await Assertions.Expect(owner.Page.Locator("#rule-cdrs")).ToContainTextAsync("10 years");
        // The keeper has been there.
        await Assertions.Expect(wire.Locator(".chip")).ToHaveTextAsync("Done", new() { Timeout = 20_000 });
        await owner.ShootAsync("retention");
        Assert.Empty(await owner.BarriersAsync());
        Assert.Equal(0, await owner.OverhangAsync());

        await SetAsync(owner, "cdrs", "100");
        await Assertions.Expect(owner.Page.Locator("#rule-cdrs .fault")).ToHaveTextAsync("Between 2922 and 36525 days.");
        await SetAsync(owner, "wireLog", "7");
        await Assertions.Expect(owner.Page.GetByRole(AriaRole.Alertdialog)).ToContainTextAsync("7 days");
        await owner.ShootAsync("retention-ask");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Keep it shorter" }).ClickAsync();
        await Assertions.Expect(wire).ToContainTextAsync("7 days (yours; 14 days otherwise)");
        // Longer takes nothing away: it is not asked about.
        await wire.GetByRole(AriaRole.Button, new() { Name = "Back to the default" }).ClickAsync();
        await Assertions.Expect(wire).ToContainTextAsync("14 days (as everywhere)");

        await chromium.FitsAPhoneAsync(office, server.Address, "/console/retention", "Nachrichten der Stationen", "retention-390-de");
        owner.IsClean();
    }

    [Fact]
    public async Task Who_may_not_look_at_the_tenant_sees_no_rules()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await Staff.OnlyTheOwnerSeesAsync(server, "/console/retention");
    }

    private static async Task SetAsync(ConsoleBrowser owner, string rule, string days)
    {
        var input = owner.Page.Locator($"[name={rule}]");
        await input.FillAsync(days);
        await input.BlurAsync();
        await owner.Page.Locator($"#rule-{rule}").GetByRole(AriaRole.Button, new() { NameRegex = new("^Save") }).ClickAsync();
    }
}
