using System.Net;
using System.Text.Json;
using Busbar.Simulator.Stations;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>From the first start to a technician who works at one site and sees nothing else, and whose day ends when the owner says so.</summary>
[Trait("suite", "console")]
public sealed class PeopleStoryTests(Servers servers)
{
    private const string Technician = "grace@example.org";

    [Fact]
    public async Task An_owner_invites_a_technician_for_one_site_who_restarts_its_station_and_is_shut_out_again()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await using var chromium = await StoryBrowser.StartAsync();
        var office = await chromium.OfficeAsync();
        // A passkey is of a name: an address of numbers has none.
        var address = new UriBuilder(server.Address) { Host = "localhost" }.Uri;
        await using var owner = new ConsoleBrowser(address, office);
        var phone = await chromium.PhoneAsync();
        await using var technician = new ConsoleBrowser(address, phone);

        // The first start's link, and a passkey, by which they come in from now on.
        await owner.FoundAsync(server, () => StoryBrowser.PlayAuthenticatorAsync(owner.Page));
        await owner.GoAsync("/console/profile");
        var factors = owner.Page.Locator("#factors");
        await factors.GetByRole(AriaRole.Button, new() { Name = "Add a passkey" }).ClickAsync();
        await Assertions.Expect(factors).ToContainTextAsync("Your password alone does not open your account");
        await factors.GetByRole(AriaRole.Button, new() { Name = "I have them" }).ClickAsync();
        await owner.SignOutAsync();
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in with a passkey" }).ClickAsync();
        await owner.Page.WaitForURLAsync("**/console");

        var (harbour, mall) = (await MakeAsync(office, address, "locations", Place("Harbour")), await MakeAsync(office, address, "locations", Place("Mall")));
        var password = (await MakeAsync(office, address, "stations", Station("QUAY-01", harbour))).GetProperty("password").GetString()!;
        await MakeAsync(office, address, "stations", Station("MALL-01", mall));
        await using var station = new SimulatedStation(new StationOptions { Url = new Uri($"ws://{server.Address.Authority}/ocpp"), StationId = "QUAY-01", Password = password, Connectors = 1, SyncsClock = true });
        await station.ConnectAsync(patient: false, TestContext.Current.CancellationToken);

        await owner.GoAsync("/console/people");
        await owner.ShootAsync("people");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByLabel("E-mail address").FillAsync(Technician);
        await owner.Page.GetByLabel("Role").SelectOptionAsync("technician");
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Invite", Exact = true }).ClickAsync();
        // Where was not said: that is not everywhere.
        await Assertions.Expect(owner.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Say what they may do, and where.");
        await owner.Page.GetByLabel("Where").SelectOptionAsync(harbour.GetProperty("id").GetString()!);
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Invite", Exact = true }).ClickAsync();
        var given = owner.Page.Locator("[data-link]");
        await Assertions.Expect(given).ToBeVisibleAsync();
        await owner.ShootAsync("people-invited");
        Assert.Empty(await owner.BarriersAsync());
        var invitation = new Uri(await given.TextContentAsync() ?? "");

        // In another browser, in German.
        await technician.GoAsync(invitation.PathAndQuery + invitation.Fragment, isAlive: false);
        await Assertions.Expect(technician.Page.Locator("h1")).ToHaveTextAsync("Bei Busbar mitmachen");
        Assert.DoesNotContain(invitation.Fragment, technician.Page.Url, StringComparison.Ordinal);
        await technician.ShootAsync("accept-390-de");
        Assert.Empty(await technician.BarriersAsync());
        await technician.Page.FillAsync("[name=name]", "Grace");
        await technician.Page.FillAsync("[name=password]", "a compiler for everyone");
        await technician.Page.ClickAsync("button");
        await technician.Page.WaitForURLAsync("**/console");
        await technician.Page.WaitForSelectorAsync("[data-live]");
        foreach (var path in new[] { "stations", "alerts" }) await Assertions.Expect(technician.Page.Locator($"nav.side a[href='/console/{path}']")).ToHaveCountAsync(1);
        foreach (var path in new[] { "tokens", "tariffs", "cdrs", "people", "notifications", "audit", "personal-data" }) await Assertions.Expect(technician.Page.Locator($"nav.side a[href='/console/{path}']")).ToHaveCountAsync(0);

        await technician.GoAsync("/console/stations");
        await Assertions.Expect(technician.Page.Locator("main")).ToContainTextAsync("QUAY-01");
        await Assertions.Expect(technician.Page.Locator("main")).Not.ToContainTextAsync("MALL-01");
        await technician.GoAsync("/console/t/QUAY-01");
        await technician.Page.GetByRole(AriaRole.Button, new() { Name = "Neu starten", Exact = true }).ClickAsync();
        var question = technician.Page.GetByRole(AriaRole.Alertdialog);
        await question.GetByRole(AriaRole.Button, new() { Name = "Neu starten", Exact = true }).ClickAsync();
        await Assertions.Expect(question).ToContainTextAsync("Angenommen", new() { Timeout = 20_000 });
        await technician.ShootAsync("technician-of-one-site");
        technician.IsClean();
        owner.IsClean();

        // The other site's station, by every way that there is.
        Assert.Equal(404, (await technician.GoAsync("/console/stations/MALL-01")).Status);
        Assert.Equal(404, (await technician.GoAsync("/console/t/MALL-01")).Status);
        var refused = await technician.GoAsync("/console/tokens", isAlive: false);
        Assert.Equal(403, refused.Status);
        await Assertions.Expect(technician.Page.Locator("[data-missing='tokens:read']")).ToBeVisibleAsync();
        await technician.ShootAsync("refused-390-de");
        Assert.Empty(await technician.BarriersAsync());
        foreach (var (path, status) in new[] { ("api/v1/stations/MALL-01", 404), ("api/v1/stations/MALL-01/messages", 404), ("api/v1/tokens", 403), ("console/export/tokens.csv", 403), ("api/v1/people", 403) })
            Assert.Equal(status, (await phone.APIRequest.GetAsync(address + path)).Status);
        Assert.Equal(404, (await PostAsync(phone, address, "stations/MALL-01/commands/restart", new { hard = false })).Status);
        Assert.Equal("[]", await (await phone.APIRequest.GetAsync(address + "console/search.json?q=MALL")).TextAsync());
        var file = await (await phone.APIRequest.GetAsync(address + "console/export/stations.csv")).TextAsync();
        Assert.Contains("QUAY-01", file, StringComparison.Ordinal);
        Assert.DoesNotContain("MALL-01", file, StringComparison.Ordinal);

        // Why, and where one is signed in.
        await technician.GoAsync("/console/profile");
        await Assertions.Expect(technician.Page.Locator("[data-scope='stations:command']")).ToContainTextAsync("Harbour");
        await Assertions.Expect(technician.Page.Locator("[data-scope='tokens:read']")).ToContainTextAsync("fehlt");
        await Assertions.Expect(technician.Page.Locator("[data-session]")).ToHaveCountAsync(1);
        await technician.ShootAsync("profile-390-de");
        Assert.Empty(await technician.BarriersAsync());
        Assert.Equal(0, await technician.OverhangAsync());

        // The owner ends it; what is open there goes.
        await technician.GoAsync("/console/stations");
        technician.TakeFaults();
        await owner.GoAsync("/console/people");
        await owner.Page.GetByRole(AriaRole.Link, new() { Name = "Grace" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("[data-session]")).ToHaveCountAsync(1);
        await owner.ShootAsync("person");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await owner.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        var began = TimeProvider.System.GetTimestamp();
        var asked = 0;
        // However slow the way to the sign-in is, one is led there once.
        await technician.Page.RouteAsync("**/signin*", async way =>
        {
            asked++;
            await Task.Delay(TimeSpan.FromSeconds(1));
            await way.ContinueAsync();
        });
        await Assertions.Expect(owner.Page.Locator("main")).ToContainTextAsync("Disabled");
        await technician.Page.WaitForSelectorAsync("[name=password]", new() { Timeout = 30_000 });
        Assert.Equal(1, asked);
        await technician.Page.UnrouteAsync("**/signin*");
        TestContext.Current.TestOutputHelper?.WriteLine($"The open page ended after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s.");
        Assert.Equal(401, (await phone.APIRequest.GetAsync(address + "api/v1/me")).Status);
        await technician.Page.FillAsync("[name=email]", Technician);
        await technician.Page.FillAsync("[name=password]", "a compiler for everyone");
        await technician.Page.ClickAsync("button");
        await Assertions.Expect(technician.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();

        // Roles, and the last owner.
        await owner.GoAsync("/console/roles");
        await owner.ShootAsync("roles");
        Assert.Empty(await owner.BarriersAsync());
        await owner.Page.GetByLabel("Name").FillAsync("Night shift");
        await owner.Page.GetByLabel("See stations and their messages").CheckAsync();
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Assertions.Expect(owner.Page.Locator("main")).ToContainTextAsync("Night shift");
        await owner.GoAsync("/console/people");
        await owner.Page.GetByRole(AriaRole.Link, new() { Name = Staff.Email }).ClickAsync();
        await owner.Page.GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await owner.Page.GetByRole(AriaRole.Alertdialog).GetByRole(AriaRole.Button, new() { Name = "Remove" }).ClickAsync();
        await Assertions.Expect(owner.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nobody would be left");
        owner.IsClean();
    }

    private static object Place(string name) => new { name, timeZone = "Europe/Amsterdam", country = "NLD", address = name + " 1", city = "Rotterdam", coordinates = new { latitude = 51.9, longitude = 4.4 } };

    private static object Station(string stationId, JsonElement place) => new { stationId, locationId = place.GetProperty("id").GetString() };

    private static async Task<JsonElement> MakeAsync(IBrowserContext context, Uri address, string path, object body)
    {
        var answer = await PostAsync(context, address, path, body);
        Assert.Equal((int)HttpStatusCode.Created, answer.Status);
        return JsonElement.Parse(await answer.TextAsync());
    }

    private static Task<IAPIResponse> PostAsync(IBrowserContext context, Uri address, string path, object body) => context.APIRequest.PostAsync($"{address}api/v1/{path}", new()
    {
        DataString = JsonSerializer.Serialize(body), Headers = new Dictionary<string, string> { ["Content-Type"] = "application/json", ["Origin"] = address.GetLeftPart(UriPartial.Authority) },
    });
}
