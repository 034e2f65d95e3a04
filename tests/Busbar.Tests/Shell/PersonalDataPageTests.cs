using System.Net;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>Personal data in the console: a driver is found by a token, given to them as a file, and erased; what is held is told.</summary>
[Trait("suite", "console")]
public sealed class PersonalDataPageTests(Servers servers)
{
    private const string Uid = "04C0FFEE1815AA";

    [Fact]
    public async Task A_driver_is_found_exported_and_erased_and_what_is_held_is_told()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await using var chromium = await StoryBrowser.StartAsync();
        var office = await chromium.OfficeAsync();
        await using var owner = new ConsoleBrowser(server.Address, office);
        await owner.FoundAsync(server);
        var api = new Browser(server);
        (await Staff.SignInAsync(api)).Is(HttpStatusCode.SeeOther);
        var station = await api.FetchAsync(HttpMethod.Post, "/api/v1/stations", new { stationId = "CP-1" });
        (await api.FetchAsync(HttpMethod.Post, "/api/v1/tokens", new { uid = Uid, type = "rfid", driverId = "driver-1815" })).Is(HttpStatusCode.Created);
        await Charges.OneAsync(server, "default/CP-1", JsonElement.Parse(station.Text).GetProperty("password").GetString()!, Uid);

        await owner.GoAsync("/console");
        await owner.Page.Locator("nav.side a[href='/console/personal-data']").ClickAsync();
        await owner.Page.WaitForSelectorAsync("[data-live]");
        var find = owner.Page.GetByRole(AriaRole.Button, new() { Name = "Find" });
        await find.ClickAsync();
        await Assertions.Expect(owner.Page.Locator("#subject-name-help")).ToContainTextAsync("Say whom.");
        await owner.Page.FillAsync("#subject-name", Uid.ToLowerInvariant());
        await find.ClickAsync();
        var found = owner.Page.Locator("[data-found]");
        await Assertions.Expect(found).ToContainTextAsync("Driver driver-1815");
        await Assertions.Expect(found.Locator("tbody tr").Filter(new() { HasText = "Session" }).First).ToContainTextAsync("1");
        await owner.ShootAsync("personal-data-found");
        Assert.Empty(await owner.BarriersAsync());
        Assert.Equal(0, await owner.OverhangAsync());

        var file = await owner.Page.RunAndWaitForDownloadAsync(() => owner.Page.GetByRole(AriaRole.Button, new() { Name = "Export as a file" }).ClickAsync());
        Assert.Equal("personal-data.json", file.SuggestedFilename);
        Assert.Contains(Uid, await File.ReadAllTextAsync(await file.PathAsync(), TestContext.Current.CancellationToken), StringComparison.Ordinal);

        // What a form leads to and is a file, the browser calls a request that was aborted; nothing else went wrong.
        Assert.All(owner.TakeFaults(), fault => Assert.Contains("personal-data/export net::ERR_ABORTED", fault, StringComparison.Ordinal));

        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Erase" }).ClickAsync();
        var asked = owner.Page.GetByRole(AriaRole.Alertdialog);
        await Assertions.Expect(asked).ToContainTextAsync("every amount stays as it was billed");
        await owner.ShootAsync("personal-data-ask");
        Assert.Empty(await owner.BarriersAsync());
        await asked.GetByRole(AriaRole.Button, new() { Name = "Erase" }).ClickAsync();
        await Assertions.Expect(asked).ToContainTextAsync("Without a name now: sessions (1)");
        await Assertions.Expect(asked).ToContainTextAsync("Who did what must be provable");
        await asked.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Assertions.Expect(found).ToHaveCountAsync(0);
        await Assertions.Expect(owner.Page.Locator("[data-erasure]")).ToHaveCountAsync(1);
        await owner.ShootAsync("personal-data-erased");
        Assert.Empty(await owner.BarriersAsync());
        Assert.DoesNotContain(Uid, (await api.GetAsync("/api/v1/sessions")).Text, StringComparison.OrdinalIgnoreCase);

        await chromium.FitsAPhoneAsync(office, server.Address, "/console/personal-data", "Nun ohne Namen: Ladevorgänge (1)", "personal-data-390-de");
        owner.IsClean();
    }

    [Fact]
    public async Task Who_is_no_owner_sees_no_such_page()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await Staff.OnlyTheOwnerSeesAsync(server, "/console/personal-data");
    }
}
