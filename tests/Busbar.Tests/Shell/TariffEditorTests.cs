using System.Net;
using Microsoft.Playwright;

namespace Busbar.Tests.Shell;

/// <summary>A tariff is made, understood, published and succeeded in the console.</summary>
[Trait("suite", "console")]
public sealed class TariffEditorTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    [Fact]
    public async Task A_tariff_with_a_night_price_is_made_seen_published_and_succeeded()
    {
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console/tariffs/new");
        var page = browser.Page;
        await page.FillAsync("#tariff-name", "Night owl");
        var words = page.Locator("[data-words]");
        await Assertions.Expect(words).ToContainTextAsync("0.49 EUR per kWh");
        var first = page.Locator(".example").First;
        await Assertions.Expect(first.Locator("output")).ToHaveTextAsync("9.80 EUR");

        await page.GetByRole(AriaRole.Button, new() { Name = "Add an element" }).ClickAsync();
        await page.WaitForSelectorAsync("[data-element='1']");
        await page.FillAsync("#at-elements-0-components-0-price", "0,29");
        await Assertions.Expect(words).ToContainTextAsync("0.29 EUR per kWh");
        await Assertions.Expect(words).ToContainTextAsync("22:00–06:00");
        await Assertions.Expect(page.Locator(".heat-key")).ToContainTextAsync("0.29 EUR/kWh");
        Assert.Equal(21, await page.Locator(".heat-bar li").CountAsync());
        // By day nothing changed; over night it did: two of four hours lie after ten.
        await Assertions.Expect(first.Locator("output")).ToHaveTextAsync("9.80 EUR");
        await Assertions.Expect(page.Locator(".example").Nth(2).Locator("output")).ToHaveTextAsync("15.60 EUR");
        await page.Locator(".heat-bar li").First.FocusAsync();
        await Assertions.Expect(page.Locator(".heat-bar li").First.Locator(".tip")).ToContainTextAsync("00:00–06:00: 0.29 EUR/kWh");
        await browser.ShootAsync("tariff-editor-night");
        Assert.Empty(await browser.BarriersAsync());

        // The keyboard goes with what it moves, and what can never apply is said at its field.
        await page.GetByRole(AriaRole.Button, new() { Name = "Move element 2 up" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".faults")).ToContainTextAsync("never applies");
        await Assertions.Expect(page.Locator("[data-element='1'] .error").First).ToContainTextAsync("never applies");
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Move element 1 down" })).ToBeFocusedAsync();
        await browser.ShootAsync("tariff-editor-fault");
        Assert.Empty(await browser.BarriersAsync());
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.Locator(".faults")).ToHaveCountAsync(0);

        // The JSON is the same thing.
        await page.GetByRole(AriaRole.Button, new() { Name = "JSON" }).ClickAsync();
        var json = await page.InputValueAsync("#json");
        Assert.Contains("\"price\": 0.29", json, StringComparison.Ordinal);
        await page.FillAsync("#json", json.Replace("0.29", "0.25", StringComparison.Ordinal));
        await Assertions.Expect(words).ToContainTextAsync("0.25 EUR per kWh");
        await page.FillAsync("#json", json.Replace("\"price\": 0.29", "\"price\": \"x\"", StringComparison.Ordinal));
        await Assertions.Expect(page.Locator(".faults")).ToContainTextAsync("/elements/0/components/0/price");
        await page.FillAsync("#json", json.Replace("0.29", "0.25", StringComparison.Ordinal));
        await page.GetByRole(AriaRole.Button, new() { Name = "Form", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("#at-elements-0-components-0-price")).ToHaveValueAsync("0.25");

        await page.GetByRole(AriaRole.Button, new() { Name = "Publish …" }).ClickAsync();
        var question = page.GetByRole(AriaRole.Alertdialog);
        await Assertions.Expect(question).ToContainTextAsync("assigned to nothing yet");
        await Assertions.Expect(question).ToContainTextAsync("keep the version that they began with");
        await browser.ShootAsync("tariff-publish");
        await question.GetByRole(AriaRole.Button, new() { Name = "Publish" }).ClickAsync();
        await Assertions.Expect(question).ToContainTextAsync("It is published.");
        await question.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Night owl");
        await page.WaitForSelectorAsync("[data-live]");
        var id = new Uri(page.Url).Segments[^1];
        (await rig.Api.SendAsync(HttpMethod.Put, $"tariffs/{id}/assignments", $$"""[{"scope":"station","id":"{{ConsoleRig.New}}","priority":5}]""")).Is(HttpStatusCode.OK);
        await Assertions.Expect(page.Locator("section.card", new() { HasText = "Applies to" })).ToContainTextAsync(ConsoleRig.New);

        // A successor: the version that applies is not touched.
        await page.GetByRole(AriaRole.Link, new() { Name = "Edit" }).ClickAsync();
        await page.WaitForSelectorAsync("[data-live] #tariff-name");
        await Assertions.Expect(page.Locator(".note.calm")).ToContainTextAsync("Version 1 applies now");
        await page.FillAsync("#at-elements-1-components-0-price", "0.52");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save as draft" }).ClickAsync();
        await Assertions.Expect(page.Locator(".versions li").First).ToContainTextAsync("Element 2, energy: 0.49 → 0.52 EUR per kWh");
        await Assertions.Expect(page.Locator(".versions > li").First).ToContainTextAsync("Draft");
        await browser.ShootAsync("tariff-versions");
        Assert.Empty(await browser.BarriersAsync());

        // What it costs there, and why.
        await browser.GoAsync($"/console/quote?at={ConsoleRig.New}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask for the price" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-quote] .big")).ToHaveTextAsync("9.80 EUR");
        await page.FillAsync("#quote-start", "2026-06-01T22:00");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask for the price" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-quote] .big")).ToHaveTextAsync("5.00 EUR");
        await page.FillAsync("#quote-start", "2026-06-01T10:00");
        await page.GetByRole(AriaRole.Button, new() { Name = "Ask for the price" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-quote] .big")).ToHaveTextAsync("9.80 EUR");
        await Assertions.Expect(page.Locator("[data-why] li").First).ToContainTextAsync("Night owl");
        await Assertions.Expect(page.Locator("[data-why] li").First).ToContainTextAsync("Station, priority 5: it applies, and nothing beats it.");
        await Assertions.Expect(page.Locator(".trace")).ToContainTextAsync("Element 1 does not, by its time of day.");
        await browser.ShootAsync("quote-answer");
        Assert.Empty(await browser.BarriersAsync());
        browser.IsClean();
    }

    [Fact]
    public async Task A_night_that_a_weekday_cuts_off_is_said_and_the_rest_of_it_is_a_click_away()
    {
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console/tariffs/new");
        var page = browser.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Add an element" }).ClickAsync();
        await page.WaitForSelectorAsync("[data-element='1']");
        await Assertions.Expect(page.Locator("[data-night]")).ToHaveCountAsync(0);
        await page.SelectOptionAsync("[data-element='0'] [data-add-condition]", "Weekdays");
        await Assertions.Expect(page.Locator("[data-element='0'] [data-night]")).ToContainTextAsync("begins on Friday ends at midnight");
        await browser.ShootAsync("tariff-editor-weekday-night");
        Assert.Empty(await browser.BarriersAsync());

        await page.GetByRole(AriaRole.Button, new() { Name = "Add Saturday, 00:00–06:00" }).ClickAsync();
        await Assertions.Expect(page.Locator("[data-element='1'] .summary")).ToContainTextAsync("00:00–06:00");
        await Assertions.Expect(page.Locator("[data-night]")).ToHaveCountAsync(0);
        await Assertions.Expect(page.Locator(".faults")).ToHaveCountAsync(0);
    }

    [Fact]
    public async Task A_version_is_approved_scheduled_published_and_assigned_on_its_page()
    {
        var made = await rig.Api.PostAsync("tariffs", new { name = "Late shift", currency = "EUR", tariff = Pricing.Tariffs.Energy(0.4m), draft = true });
        made.Is(HttpStatusCode.Created);
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync($"/console/tariffs/{made.Text("id")}");
        var page = browser.Page;
        var (question, versions) = (page.GetByRole(AriaRole.Alertdialog), page.Locator(".versions"));
        foreach (var (move, text, done, state) in new[]
        {
            ("Approve", "You answer for its prices", "It is approved.", "Approved"), ("Schedule", "assigned to nothing yet", "It is scheduled.", "Scheduled"),
            ("Publish", "Sessions that begin from now on", "It is published.", "Active"),
        })
        {
            await page.GetByRole(AriaRole.Button, new() { Name = $"{move}: version 1" }).ClickAsync();
            await Assertions.Expect(question).ToContainTextAsync(text);
            if (move == "Schedule")
            {
                await question.Locator("#activate-at").FillAsync("2100-01-01T12:00");
                await browser.ShootAsync("tariff-schedule");
                Assert.Empty(await browser.BarriersAsync());
            }
            await question.GetByRole(AriaRole.Button, new() { Name = move }).ClickAsync();
            await Assertions.Expect(question).ToContainTextAsync(done);
            await question.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
            await Assertions.Expect(versions).ToContainTextAsync(state);
        }
        await browser.ShootAsync("tariff-moved");

        await page.GetByRole(AriaRole.Link, new() { Name = "Change where it applies" }).ClickAsync();
        await page.WaitForSelectorAsync("[data-live] [data-assignments]");
        await page.GetByRole(AriaRole.Button, new() { Name = "+ Assignment" }).ClickAsync();
        await page.SelectOptionAsync("#scope-0", "Station");
        await AssignAsync("NOWHERE", "Some lines are wrong");
        await Assertions.Expect(page.Locator("#fault-0")).ToContainTextAsync("There is no such station.");
        await browser.ShootAsync("tariff-assignments-wrong");
        Assert.Empty(await browser.BarriersAsync());
        Assert.Equal(0, await browser.OverhangAsync());
        await AssignAsync(ConsoleRig.New, "It is assigned.");
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Late shift");
        await Assertions.Expect(page.Locator("section.card", new() { HasText = "Applies to" })).ToContainTextAsync(ConsoleRig.New);
        Assert.Equal(ConsoleRig.New, (await rig.Api.GetAsync($"tariffs/{made.Text("id")}/assignments")).Items.Single().GetProperty("id").GetString());
        (await rig.Api.SendAsync(HttpMethod.Put, $"tariffs/{made.Text("id")}/assignments", "[]")).Is(HttpStatusCode.OK);
        browser.IsClean();

        async Task AssignAsync(string station, string outcome)
        {
            await page.FillAsync("#id-0", station);
            await page.GetByRole(AriaRole.Button, new() { Name = "Assign …" }).ClickAsync();
            await question.GetByRole(AriaRole.Button, new() { Name = "Assign", Exact = true }).ClickAsync();
            await Assertions.Expect(question).ToContainTextAsync(outcome);
            await question.GetByRole(AriaRole.Button, new() { Name = "Close" }).ClickAsync();
        }
    }

    [Fact]
    public async Task A_file_with_a_fault_comes_into_the_editor_and_the_fault_stands_at_its_field()
    {
        await using var browser = await rig.OpenAsync(width: 390);
        await browser.GoAsync("/console/tariffs/new");
        var page = browser.Page;
        await page.GetByRole(AriaRole.Button, new() { Name = "Import" }).ClickAsync();
        await page.SetInputFilesAsync("#import-file", new FilePayload
        {
            Name = "partner.json", MimeType = "application/json",
            Buffer = System.Text.Encoding.UTF8.GetBytes($$"""
                { "id": "{{ConsoleRig.Hostile.Replace("/", "\\/", StringComparison.Ordinal)}}", "currency": "EUR", "type": "AD_HOC_PAYMENT",
                  "elements": [ { "price_components": [ { "type": "ENERGY", "price": 0.4, "vat": 21, "step_size": -5 } ] } ] }
                """),
        });
        var panel = page.Locator("[data-import]");
        await Assertions.Expect(panel).ToContainTextAsync("Read as OCPI 2.2.1");
        await Assertions.Expect(panel).ToContainTextAsync("/type");
        await browser.ShootAsync("tariff-import");
        Assert.Empty(await browser.BarriersAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Take it into the editor" }).ClickAsync();
        await Assertions.Expect(page.Locator("#at-elements-0-components-0-stepSize-help")).ToContainTextAsync("A step is not negative.");
        await Assertions.Expect(page.Locator("#tariff-name")).ToHaveValueAsync(ConsoleRig.Hostile);
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Save as draft" })).ToBeDisabledAsync();
        await page.Locator(".faults a").ClickAsync();
        await Assertions.Expect(page.Locator("#at-elements-0-components-0-stepSize")).ToBeFocusedAsync();
        await browser.ShootAsync("tariff-import-fault");
        Assert.Empty(await browser.BarriersAsync());
        Assert.Equal(0, await browser.OverhangAsync());
        await page.FillAsync("#at-elements-0-components-0-stepSize", "5");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save as draft" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync(ConsoleRig.Hostile);
        browser.IsClean();
    }

    [Fact]
    public async Task What_is_not_saved_is_not_left_by_mistake()
    {
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync($"/console/tariffs/{rig.Tariff}/edit");
        var page = browser.Page;
        var asked = 0;
        page.Dialog += async (_, dialog) => { asked++; await (asked == 1 ? dialog.DismissAsync() : dialog.AcceptAsync()); };
        await page.FillAsync("#tariff-name", "Harbour 2");
        await page.WaitForSelectorAsync("[data-unsaved]", new() { State = WaitForSelectorState.Attached });
        await page.GetByRole(AriaRole.Link, new() { Name = "Discard" }).ClickAsync();
        await Assertions.Expect(page.Locator("#tariff-name")).ToHaveValueAsync("Harbour 2");
        await page.GetByRole(AriaRole.Link, new() { Name = "Discard" }).ClickAsync();
        await Assertions.Expect(page.Locator("h1")).ToHaveTextAsync("Harbour");
        Assert.Equal(2, asked);
        Assert.All(browser.TakeFaults(), fault => Assert.StartsWith("dialog: What you changed is not saved", fault, StringComparison.Ordinal));
    }
}
