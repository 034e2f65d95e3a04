using System.Net;
using System.Text.Json;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>What somebody does in the console who works at one place.</summary>
[Trait("suite", "console")]
public sealed class PlacePagesTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    [Fact]
    public async Task What_is_broken_at_ones_place_is_taken_up_and_its_station_edited()
    {
        const string name = "QUAY-01";
        var made = await rig.Api.PostAsync("locations", new { name = "Quay", timeZone = "Europe/Amsterdam", country = "NLD", address = "Quay 1", city = "Rotterdam" });
        made.Is(HttpStatusCode.Created);
        await rig.GivenStationAsync(name, made.Text("id"));
        var station = await rig.ConnectAsync(name, "ocpp1.6");
        await station.CallAsync("StatusNotification", """{"connectorId":1,"errorCode":"GroundFailure","status":"Faulted"}""");
        var owner = new Browser(rig.Server);
        (await Staff.SignInAsync(owner)).Is(HttpStatusCode.SeeOther);
        await Staff.JoinAsync(rig.Server, owner, "quay@example.org", new { role = "operator", where = "locations", ids = new[] { made.Text("id") } });
        var id = "";
        for (var i = 0; i < 100 && id.Length == 0; i++)
        {
            id = (await rig.Api.GetAsync($"alerts?state=open&stationId={name}")).Items.FirstOrDefault() is { ValueKind: JsonValueKind.Object } raised ? raised.GetProperty("id").GetString()! : "";
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        // The control: more than this is broken.
        Assert.Contains((await rig.Api.GetAsync("alerts?state=open")).Items, alert => alert.GetProperty("id").GetString() != id);

        await using var browser = await rig.OpenAsync(signedIn: false);
        await browser.GoAsync("/signin", isAlive: false);
        var page = browser.Page;
        await page.FillAsync("[name=email]", "quay@example.org");
        await page.FillAsync("[name=password]", Staff.Password);
        await page.ClickAsync("button");
        await page.WaitForURLAsync("**/console");
        var broken = page.Locator(".broken li");
        await Assertions.Expect(broken).ToHaveCountAsync(1);
        await Assertions.Expect(broken).ToContainTextAsync(name);
        await browser.ShootAsync("home-of-one-place");
        await page.WaitForSelectorAsync("[data-live]");
        await broken.GetByRole(AriaRole.Button).ClickAsync();
        await Assertions.Expect(broken).ToContainTextAsync("Acknowledged");
        Assert.Equal("acknowledged", (await rig.Api.GetAsync("alerts/" + id)).Text("state"));

        await browser.GoAsync("/console/stations/" + name);
        await page.GetByRole(AriaRole.Link, new() { Name = "Edit" }).ClickAsync();
        await page.WaitForURLAsync($"**/stations/{name}/edit");
        // What is typed before the page is alive is not kept.
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Save" })).ToBeEnabledAsync();
        await page.FillAsync("#station-name", "Quay, beside the crane");
        Assert.Equal(["Quay, Rotterdam"], await page.Locator("#station-location option").AllInnerTextsAsync());
        await browser.ShootAsync("station-edit-of-one-place");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.WaitForURLAsync("**/stations/" + name);
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Quay, beside the crane");
        Assert.Equal("Quay, beside the crane", (await rig.Api.GetAsync("stations/" + name)).Text("name"));

        // Somebody moved it while the form was open: nothing is written any more.
        await browser.GoAsync($"/console/stations/{name}/edit");
        await page.FillAsync("#station-name", "too late");
        (await rig.Api.PatchAsync("stations/" + name, new { locationId = rig.Location })).Is(HttpStatusCode.OK);
        await page.WaitForSelectorAsync("h1.unseen");
        browser.TakeFaults();
        Assert.Equal(404, (await browser.GoAsync($"/console/stations/{name}/edit")).Status);
        Assert.Equal("Quay, beside the crane", (await rig.Api.GetAsync("stations/" + name)).Text("name"));
    }
}
