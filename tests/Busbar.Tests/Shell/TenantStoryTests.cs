using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>An operator with a sub-operator: made, gone to, looked at in two windows at once, shut, and entered past that.</summary>
[Trait("suite", "console")]
public sealed class TenantStoryTests(Servers servers)
{
    [Fact]
    public async Task An_operator_makes_a_sub_operator_works_there_and_at_home_and_breaks_its_glass()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await using var chromium = await StoryBrowser.StartAsync();
        var office = await chromium.OfficeAsync();
        await using var owner = new ConsoleBrowser(server.Address, office);
        await owner.FoundAsync(server);
        await MakeAsync(office, server, "HOME-1");

        // Alone, there is nothing to choose.
        await owner.GoAsync("/console/organisations");
        await owner.ShootAsync("organisations-alone");
        Assert.Equal(0, await owner.Page.Locator("[data-setting=tenant]").CountAsync());
        await owner.Page.GetByRole(AriaRole.Link, new() { Name = "New organisation" }).ClickAsync();
        await owner.Page.WaitForSelectorAsync("#t-slug");
        await owner.Page.WaitForSelectorAsync("[data-live]");
        await owner.Page.GetByLabel("Short name").FillAsync("South!");
        await owner.Page.GetByLabel("VAT number").FillAsync("12");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("#t-slug-help")).ToContainTextAsync("small letters");
        await Assertions.Expect(owner.Page.Locator("#t-vat-help")).ToContainTextAsync("DE123456789");
        await owner.ShootAsync("organisation-wrong");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByLabel("Name", new() { Exact = true }).FillAsync("South Charging");
        await owner.Page.GetByLabel("Short name").FillAsync("south");
        await owner.Page.GetByLabel("Registered name").FillAsync("South Charging GmbH");
        await owner.Page.GetByLabel("VAT number").FillAsync("de123456789");
        await owner.Page.GetByLabel("Country").FillAsync("deu");
        await owner.Page.GetByLabel("Colour").FillAsync("#0a7f5a");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await owner.Page.WaitForURLAsync("**/organisations/south");
        await owner.GoAsync("/console/organisations/south");
        await Assertions.Expect(owner.Page.GetByLabel("VAT number")).ToHaveValueAsync("DE123456789");
        await owner.ShootAsync("organisation");
        Assert.Empty(await owner.BarriersAsync());

        // There, from the list.
        await owner.GoAsync("/console/organisations");
        await owner.ShootAsync("organisations");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Go there: South Charging" }).ClickAsync();
        await owner.Page.WaitForURLAsync("**/console");
        await Assertions.Expect(owner.Page.Locator("[data-setting=tenant]")).ToHaveValueAsync("south");
        await owner.Page.WaitForSelectorAsync("[data-live]");
        await owner.ShootAsync("home-away");
        Assert.Empty(await owner.BarriersAsync());
        await MakeAsync(office, server, "SOUTH-1", ("Busbar-Tenant", "south"));
        await owner.GoAsync("/console/stations");
        await Assertions.Expect(owner.Page.Locator("main")).ToContainTextAsync("SOUTH-1");
        await Assertions.Expect(owner.Page.Locator("main")).Not.ToContainTextAsync("HOME-1");

        // A second window at home. Each stays where it is, and its file is its own.
        var second = await office.NewPageAsync();
        await second.GotoAsync(server.Address + "console/stations");
        await second.SelectOptionAsync("[data-setting=tenant]", "default");
        await second.WaitForURLAsync("**/console");
        await second.GotoAsync(server.Address + "console/stations");
        await Assertions.Expect(second.Locator("main")).ToContainTextAsync("HOME-1");
        // A station that appears after the choice in the other window: the first one still reads its own tenant.
        await MakeAsync(office, server, "SOUTH-2", ("Busbar-Tenant", "south"));
        await owner.Page.BringToFrontAsync();
        await Assertions.Expect(owner.Page.Locator("main")).ToContainTextAsync("SOUTH-2");
        await Assertions.Expect(owner.Page.Locator("main")).Not.ToContainTextAsync("HOME-1");
        await owner.Page.EvaluateAsync("() => dispatchEvent(new Event('focus'))");
        Assert.Contains("SOUTH-1", await owner.Page.EvaluateAsync<string>("() => fetch('/console/export/stations.csv').then(answer => answer.text())"), StringComparison.Ordinal);
        await second.BringToFrontAsync();
        await second.EvaluateAsync("() => dispatchEvent(new Event('focus'))");
        Assert.Contains("HOME-1", await second.EvaluateAsync<string>("() => fetch('/console/export/stations.csv').then(answer => answer.text())"), StringComparison.Ordinal);
        await second.CloseAsync();
        owner.IsClean();

        // It is shut: the open page there shows nothing any more.
        var sue = await SueAsync(server, office);
        (await sue.FetchAsync(HttpMethod.Patch, "/api/v1/tenants/south", new { sharing = "none" })).Is(System.Net.HttpStatusCode.OK);
        await owner.Page.BringToFrontAsync();
        await Assertions.Expect(owner.Page.Locator("main")).Not.ToContainTextAsync("SOUTH-1", new() { Timeout = 10_000 });
        await owner.ShootAsync("organisation-shut-meanwhile");
        owner.TakeFaults();
        await owner.GoAsync("/console/organisations/south");
        await owner.ShootAsync("organisation-shut");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByLabel("Reason").FillAsync("help");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Break the glass" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("#glass-reason-help")).ToContainTextAsync("at least 10");
        await owner.Page.GetByLabel("Reason").FillAsync("A station burns, and nobody of them answers.");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Break the glass" }).ClickAsync();
        await owner.Page.Locator(".note [data-enter=south]").ClickAsync();
        await owner.Page.WaitForURLAsync("**/console");
        await Assertions.Expect(owner.Page.Locator(".glass")).ToContainTextAsync("A station burns");
        await owner.ShootAsync("glass-broken");
        Assert.Empty(await owner.BarriersAsync());
        owner.IsClean();
    }

    [Fact]
    public async Task An_operator_closes_a_sub_operator_and_opens_it_again_and_two_people_switch_off_what_takes_two()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await using var chromium = await StoryBrowser.StartAsync();
        var office = await chromium.OfficeAsync();
        await using var owner = new ConsoleBrowser(server.Address, office);
        await owner.FoundAsync(server);
        Assert.Equal(201, (await office.APIRequest.PostAsync(server.Address + "api/v1/tenants", Json(server, new { slug = "south", name = "South Charging", fourEyes = new[] { "tariffs" } }))).Status);
        var sue = await SueAsync(server, office);

        // What takes two is asked for by one, and waits.
        await owner.GoAsync("/console/organisations/south");
        await owner.Page.WaitForSelectorAsync("[data-live]");
        await owner.Page.Locator("#t-four-eyes").UncheckAsync();
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("#four-eyes")).ToContainTextAsync("Asked for by " + Staff.Email);
        await Assertions.Expect(owner.Page.Locator("#four-eyes")).ToContainTextAsync("Another person");
        await Assertions.Expect(owner.Page.Locator("#t-four-eyes")).ToBeCheckedAsync();
        Assert.Equal(0, await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).CountAsync());
        await owner.ShootAsync("organisation-four-eyes");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Take back" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("#four-eyes")).ToContainTextAsync("it takes two people as before");
        (await sue.FetchAsync(HttpMethod.Patch, "/api/v1/tenants/south", new { fourEyes = Array.Empty<string>() })).Is(System.Net.HttpStatusCode.OK);
        await owner.GoAsync("/console/organisations/south");
        await owner.Page.WaitForSelectorAsync("[data-live]");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Confirm" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("#four-eyes")).ToContainTextAsync("one person is enough");
        await Assertions.Expect(owner.Page.Locator("#t-four-eyes")).Not.ToBeCheckedAsync();

        // It is told what ends before it is closed.
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();
        var question = owner.Page.GetByRole(AriaRole.Alertdialog);
        await Assertions.Expect(question).ToContainTextAsync("can sign in no more: 1");
        await owner.ShootAsync("organisation-close-ask");
        Assert.Empty(await owner.BarriersAsync());
        await question.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("main")).ToContainTextAsync("South Charging has been closed since");
        await Assertions.Expect(owner.Page.GetByLabel("Name", new() { Exact = true })).ToBeDisabledAsync();
        await owner.ShootAsync("organisation-closed");
        Assert.Empty(await owner.BarriersAsync());
        await owner.GoAsync("/console/organisations?state=closed");
        await Assertions.Expect(owner.Page.Locator("main tbody .chip").First).ToContainTextAsync("Closed");
        await owner.ShootAsync("organisations-closed");
        Assert.Empty(await owner.BarriersAsync());

        await owner.GoAsync("/console/organisations/south");
        await owner.Page.WaitForSelectorAsync("[data-live]");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Open again" }).ClickAsync();
        await owner.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Open again" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("main")).Not.ToContainTextAsync("has been closed since");
        await Assertions.Expect(owner.Page.GetByLabel("Name", new() { Exact = true })).ToBeEnabledAsync();
        owner.IsClean();
    }

    private static async Task<Browser> SueAsync(RunningServer server, IBrowserContext office)
    {
        var made = await office.APIRequest.PostAsync(server.Address + "api/v1/invitations", Json(server, new { email = "sue@example.org", grants = new[] { new { role = "owner", where = "tenant" } } }, ("Busbar-Tenant", "south")));
        var code = new Uri(System.Text.Json.JsonElement.Parse(await made.TextAsync()).GetProperty("link").GetString()!).Fragment[1..];
        var sue = new Browser(server);
        (await Staff.AcceptAsync(sue, code, "Sue")).Is(System.Net.HttpStatusCode.SeeOther);
        return sue;
    }

    private static async Task MakeAsync(IBrowserContext context, RunningServer server, string stationId, params (string Name, string Value)[] headers) =>
        Assert.Equal(201, (await context.APIRequest.PostAsync(server.Address + "api/v1/stations", Json(server, new { stationId }, headers))).Status);

    private static APIRequestContextOptions Json(RunningServer server, object body, params (string Name, string Value)[] headers) => new()
    {
        DataString = System.Text.Json.JsonSerializer.Serialize(body),
        Headers = new Dictionary<string, string>([new("Content-Type", "application/json"), new("Origin", server.Address.GetLeftPart(UriPartial.Authority)), .. headers.Select(header => KeyValuePair.Create(header.Name, header.Value))]),
    };
}
