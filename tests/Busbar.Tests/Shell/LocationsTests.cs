using System.Net;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>Locations: their list, their map, their form.</summary>
[Trait("suite", "console")]
public sealed class LocationsTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    [Fact]
    public async Task A_location_is_made_and_changed_and_what_is_wrong_stands_beside_its_field()
    {
        await using var browser = await rig.OpenAsync(width: 390);
        await browser.GoAsync("/console/locations/new");
        await browser.Page.FillAsync("#place-country", "Netherlands!");
        await browser.Page.FillAsync("#place-zone", "Rotterdam");
        await browser.Page.FillAsync("#place-at", "51.9 north");
        await browser.Page.ClickAsync("form button.primary");
        await Assertions.Expect(browser.Page.Locator("#place-name-help")).ToContainTextAsync("1 to 200 characters");
        await Assertions.Expect(browser.Page.Locator("#place-zone-help")).ToContainTextAsync("Choose one from the list");
        await Assertions.Expect(browser.Page.Locator("#place-at-help")).ToContainTextAsync("Two numbers with a comma between");
        await browser.ShootAsync("location-form-errors");
        Assert.Empty(await browser.BarriersAsync());

        await browser.Page.FillAsync("#place-name", "Lock");
        await browser.Page.FillAsync("#place-address", "Sluis 4");
        await browser.Page.FillAsync("#place-city", "IJmuiden");
        await browser.Page.FillAsync("#place-country", "nld");
        await browser.Page.FillAsync("#place-zone", "Europe/Amsterdam");
        await browser.Page.FillAsync("#place-at", "52,4631; 4,5981");
        await browser.Page.ClickAsync("form button.primary");
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("Lock");
        await Assertions.Expect(browser.Page.Locator("dl.facts")).ToContainTextAsync("52.4631, 4.5981");
        await browser.Page.WaitForSelectorAsync("[data-live]");
        await browser.Page.GetByRole(AriaRole.Link, new() { Name = "Edit" }).ClickAsync();
        await browser.Page.WaitForSelectorAsync("[data-live] #place-name");
        await Assertions.Expect(browser.Page.Locator("#place-country")).ToHaveValueAsync("NLD");

        // Another one is faster.
        var id = new Uri(browser.Page.Url).Segments[3].Trim('/');
        (await rig.Api.SendAsync(HttpMethod.Patch, $"locations/{id}", """{"city":"Velsen"}""")).Is(HttpStatusCode.OK);
        await browser.Page.FillAsync("#place-name", "Old lock");
        await browser.Page.ClickAsync("form button.primary");
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Somebody else has changed");
        await browser.GoAsync($"/console/locations/{id}/edit");
        await browser.Page.FillAsync("#place-name", "Old lock");
        await browser.Page.ClickAsync("form button.primary");
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("Old lock");
        Assert.Equal("Velsen", (await rig.Api.GetAsync($"locations/{id}")).Text("city"));
        browser.IsClean();
    }

    [Fact]
    public async Task The_map_is_moved_and_opened_by_keyboard_and_by_mouse()
    {
        foreach (var (name, latitude, longitude) in new[] { ("North bank", 52.37, 4.89), ("South bank", 52.36, 4.9), ("Far away", 48.2, 16.37) })
            (await rig.Api.PostAsync("locations", new { name, timeZone = "Europe/Amsterdam", country = "NLD", address = "Kade 1", city = "Amsterdam", coordinates = new { latitude, longitude } })).Is(HttpStatusCode.Created);
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console/locations?q=bank");
        var map = browser.Page.Locator("[data-map]");
        var canvas = map.Locator("canvas");
        await Assertions.Expect(map).ToHaveAttributeAsync("data-points", "2");
        await Assertions.Expect(map).ToHaveAttributeAsync("data-marks", "1");
        await canvas.FocusAsync();
        await browser.Page.Keyboard.PressAsync("Tab");
        await browser.Page.Keyboard.PressAsync("Shift+Tab");
        var before = double.Parse((await map.GetAttributeAsync("data-zoom"))!, System.Globalization.CultureInfo.InvariantCulture);
        for (var i = 0; i < 3; i++) await browser.Page.Keyboard.PressAsync("-");
        await Assertions.Expect(map).ToHaveAttributeAsync("data-zoom", (before - 3).ToString("0.00", System.Globalization.CultureInfo.InvariantCulture));
        await Assertions.Expect(map.GetByRole(AriaRole.Status)).ToContainTextAsync("2 places in view. 2 of them stand in the middle.");
        await browser.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(map).ToHaveAttributeAsync("data-marks", "2");
        await browser.Page.Keyboard.PressAsync("ArrowLeft");
        await browser.Page.Keyboard.PressAsync("0");
        await browser.ShootAsync("map-keyboard");
        Assert.Empty(await browser.BarriersAsync());

        await browser.GoAsync("/console/locations?q=North+bank");
        await Assertions.Expect(map).ToHaveAttributeAsync("data-points", "1");
        await canvas.ClickAsync();
        var link = map.GetByRole(AriaRole.Link, new() { Name = "North bank" });
        await Assertions.Expect(link).ToBeVisibleAsync();
        await browser.ShootAsync("map-card");
        await link.ClickAsync();
        await Assertions.Expect(browser.Page.Locator("h1")).ToHaveTextAsync("North bank");
        browser.IsClean();
    }

    [Fact]
    public async Task A_name_is_text_on_the_map_and_another_tenants_location_is_not_found()
    {
        await rig.Api.PostAsync("tenants", new { slug = "delta", name = "Delta", currency = "EUR", timeZone = "Europe/Amsterdam" });
        var theirs = await rig.Api.With("delta").PostAsync("locations", Given.Location);
        theirs.Is(HttpStatusCode.Created);
        (await rig.Api.PostAsync("locations", new { name = ConsoleRig.HostileModel, timeZone = "Europe/Amsterdam", country = "NLD", address = "Kade 1", city = "Hostile", coordinates = new { latitude = 52, longitude = 5 } })).Is(HttpStatusCode.Created);
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console/locations?q=Hostile");
        // What all who look share may be from before it was made, on a busy machine for twenty times what a look took.
        await Assertions.Expect(browser.Page.Locator("[data-map]")).ToHaveAttributeAsync("data-points", "1", new() { Timeout = 30_000 });
        await browser.Page.Locator("canvas").ClickAsync();
        await Assertions.Expect(browser.Page.Locator(".map-card")).ToContainTextAsync(ConsoleRig.HostileModel);
        Assert.Equal(0, await browser.Page.Locator("main img").CountAsync());
        browser.IsClean();
        foreach (var path in new[] { "", "/edit" }) Assert.Equal(404, (await browser.GoAsync($"/console/locations/{theirs.Text("id")}{path}")).Status);
    }

    [Fact]
    public async Task Ten_thousand_locations_freeze_neither_server_nor_browser()
    {
        var (random, ids) = (new Random(7), rig.Server.Services.GetRequiredService<IdSource>());
        var tenant = rig.Server.Services.GetRequiredService<ITenants>().Find("default")!.Id;
        await using (var db = await rig.Server.Services.GetRequiredService<RoomDbFactory<StationsDb>>().OpenAsync(TenantScope.Of(tenant), TestContext.Current.CancellationToken))
        {
            db.AddRange(Enumerable.Range(0, 10_000).Select(i => new LocationRow
            {
                TenantId = tenant, Id = ids.New<LocationId>(), Name = $"Place {i}", Address = "Road 1", City = "Town", Country = "NLD", TimeZone = "Europe/Amsterdam",
                LatitudeE7 = random.NextInt64(360_000_000, 660_000_000), LongitudeE7 = random.NextInt64(-90_000_000, 310_000_000),
            }));
            await db.CommitAsync(TestContext.Current.CancellationToken);
        }
        await using var browser = await rig.OpenAsync();
        var began = System.Diagnostics.Stopwatch.StartNew();
        await browser.GoAsync("/console/locations?q=Place");
        var map = browser.Page.Locator("[data-map]");
        await Assertions.Expect(map).ToHaveAttributeAsync("data-points", "10000", new() { Timeout = 15_000 });
        Assert.InRange(began.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        await map.Locator("canvas").FocusAsync();
        // A step of the zoom is drawn within the time that a hand notices, also on a busy machine.
        var longest = await browser.Page.EvaluateAsync<double>("""
            async () => {
              const canvas = document.querySelector('canvas');
              let longest = 0;
              for (let i = 0; i < 12; i++) {
                const began = performance.now();
                canvas.dispatchEvent(new KeyboardEvent('keydown', { key: i < 6 ? '+' : '-', bubbles: true }));
                await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
                longest = Math.max(longest, performance.now() - began);
              }
              return longest;
            }
            """);
        Assert.InRange(longest, 0, 1_000);
        await browser.ShootAsync("map-ten-thousand");
        browser.IsClean();
    }
}

/// <summary>A map with the tiles of somebody else's server: only where it was configured, and from there only.</summary>
[Trait("suite", "console")]
public sealed class MapTilesTests(Servers servers)
{
    [Theory]
    [InlineData(null, "img-src 'self' data:;")]
    [InlineData("https://tiles.example.com/{z}/{x}/{y}.png?key=1", "img-src 'self' data: https://tiles.example.com;")]
    public async Task The_policy_lets_images_in_from_the_tile_server_alone(string? url, string policy)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, url is null ? [] : [$"--Busbar:Console:TileUrl={url}"]);
        var browser = await Staff.FoundAsync(server);
        var page = await browser.GetAsync("/console/locations");
        Assert.Contains(policy, page.Header("Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("tiles.example.com/{z}/{x}/{y}.png")]
    [InlineData("https://tiles.example.com/tile.png")]
    [InlineData("javascript:{z}{x}{y}")]
    public async Task An_address_without_places_for_tiles_stops_the_start(string url)
    {
        var failed = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(async () =>
            await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, $"--Busbar:Console:TileUrl={url}"));
        Assert.Contains("TileUrl", failed.Message, StringComparison.Ordinal);
    }
}
