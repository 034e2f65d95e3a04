using System.Net;
using System.Text.RegularExpressions;
using Busbar.Tests.Support;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>What people do with an alert, and with who is told of it.</summary>
[Trait("suite", "console")]
public sealed class AlertPagesTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    [Fact]
    public async Task An_alert_is_taken_up_noted_and_resolved_and_no_note_is_lost_to_a_colleagues()
    {
        const string name = "PIER-01";
        await rig.GivenStationAsync(name);
        var station = await rig.ConnectAsync(name, "ocpp1.6");
        await SayAsync(station, "Faulted");
        var id = "";
        for (var i = 0; i < 100 && id.Length == 0; i++)
        {
            id = (await rig.Api.GetAsync($"alerts?state=open&stationId={name}")).Items.FirstOrDefault() is { ValueKind: System.Text.Json.JsonValueKind.Object } raised ? raised.GetProperty("id").GetString()! : "";
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
        var path = $"alerts/{id}";
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console/" + path);
        var page = browser.Page;
        var chip = page.Locator(".lead .chip");
        await Assertions.Expect(chip).ToHaveTextAsync("Open");
        await Button("Acknowledge").ClickAsync();
        await Assertions.Expect(chip).ToHaveTextAsync("Acknowledged");
        await Assertions.Expect(Button("Acknowledge")).ToHaveCountAsync(0);
        Assert.Equal("acknowledged", (await rig.Api.GetAsync(path)).Text("state"));

        var note = page.GetByRole(AriaRole.Textbox, new() { Name = "Note" });
        await Assertions.Expect(Button("Save")).ToBeDisabledAsync();
        await note.FillAsync("Restarted it at nine.");
        await Button("Save").ClickAsync();
        await Assertions.Expect(Button("Save")).ToBeDisabledAsync();
        Assert.Equal("Restarted it at nine.", (await rig.Api.GetAsync(path)).Text("note"));

        // While somebody writes, a colleague saves another note.
        await note.FillAsync("Restarted it at nine and at ten.");
        // The server knows what is being written.
        await Assertions.Expect(Button("Save")).ToBeEnabledAsync();
        (await rig.Api.PatchAsync(path, new { note = "The fitter comes\nat noon." })).Is(HttpStatusCode.OK);
        var meanwhile = page.Locator(".note[role=alert]");
        await Assertions.Expect(meanwhile).ToContainTextAsync("A colleague has changed the note meanwhile");
        await Assertions.Expect(meanwhile.Locator("q")).ToHaveTextAsync("The fitter comes\nat noon.");
        await Assertions.Expect(note).ToHaveValueAsync("Restarted it at nine and at ten.");
        await Assertions.Expect(Button("Save")).ToHaveCountAsync(0);
        await browser.ShootAsync("alert-note-changed");
        Assert.Empty(await browser.BarriersAsync());
        await Button("Save mine in its place").ClickAsync();
        await Assertions.Expect(meanwhile).ToHaveCountAsync(0);
        Assert.Equal("Restarted it at nine and at ten.", (await rig.Api.GetAsync(path)).Text("note"));

        await note.FillAsync("No, at eleven.");
        await Assertions.Expect(Button("Save")).ToBeEnabledAsync();
        (await rig.Api.PatchAsync(path, new { note = "All is well." })).Is(HttpStatusCode.OK);
        await Button("Take theirs").ClickAsync();
        await Assertions.Expect(note).ToHaveValueAsync("All is well.");
        await Assertions.Expect(meanwhile).ToHaveCountAsync(0);
        Assert.Equal("All is well.", (await rig.Api.GetAsync(path)).Text("note"));

        await SayAsync(station, "Available");
        await Assertions.Expect(chip).ToHaveTextAsync("Resolved", new() { Timeout = 15_000 });
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("It is over.");
        await Assertions.Expect(note).ToHaveValueAsync("All is well.");
        browser.IsClean();

        ILocator Button(string text) => page.GetByRole(AriaRole.Button, new() { Name = text, Exact = true });
    }

    [Fact]
    public async Task Tests_of_a_channel_end_with_a_word_when_the_next_may_leave()
    {
        (await rig.Api.PostAsync("notification-channels", new { kind = "mail", name = "Rehearsal", address = "rehearsal@example.com" })).Is(HttpStatusCode.Created);
        await using var browser = await rig.OpenAsync(width: 390);
        await browser.GoAsync("/console/notifications");
        var send = browser.Page.GetByRole(AriaRole.Button, new() { Name = "Send a test: Rehearsal" });
        var tests = browser.Page.Locator("tbody tr").Filter(new() { HasTextRegex = new Regex("^Test") }).Filter(new() { HasText = "Rehearsal" });
        for (var i = 1; i <= 5; i++)
        {
            await send.ClickAsync();
            await Assertions.Expect(tests).ToHaveCountAsync(i);
        }
        await send.ClickAsync();
        await Assertions.Expect(browser.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = "Enough tests went to Rehearsal for now. The next one can leave in 0:0" })).ToBeVisibleAsync();
        await Assertions.Expect(tests).ToHaveCountAsync(5);
        await browser.ShootAsync("notifications-enough-tests");
        Assert.Empty(await browser.BarriersAsync());
        browser.IsClean();
    }

    private static Task SayAsync(WireStation station, string status) =>
        station.CallAsync("StatusNotification", $$"""{"connectorId":1,"errorCode":"{{(status == "Faulted" ? "GroundFailure" : "NoError")}}","status":"{{status}}"}""");
}
