using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Tests.Support;
using Microsoft.Playwright;
using NodaTime;

namespace Busbar.Tests.Shell;

/// <summary>Two hundred hostile texts in all that a station, a driver or a partner can write: no page runs them, no file takes them for a formula.</summary>
[Trait("suite", "console")]
public sealed class HostileTests(ConsoleRig rig) : IClassFixture<ConsoleRig>
{
    private const int StationsOpened = 20, SessionsOpened = 8;

    // A document that nobody runs: what the browser made of a page. Elements and attributes that none of our pages has, and addresses that lead elsewhere.
    private const string Foreign = """
        html => {
          const doc = new DOMParser().parseFromString(html, 'text/html');
          const wrong = [...doc.querySelectorAll('main :is(script, img, iframe, object, embed, video, base, meta, link, style, math, marquee)')].map(it => it.outerHTML);
          for (const it of doc.querySelectorAll('*'))
            for (const { name, value } of it.attributes)
              if (name.startsWith('on') || (name === 'href' && !/^\/(?!\/)|^data:,$/.test(value) && !(it.hasAttribute('download') && /^data:application\/octet-stream;base64,[A-Za-z0-9+/=]*$/.test(value))) || (name === 'src' && !value.startsWith('/console/assets/'))) wrong.push(`${it.localName} ${name}=${value}`);
          return wrong;
        }
        """;

    [Fact]
    public async Task What_others_write_is_text_on_every_page_and_in_every_file()
    {
        Assert.Equal(200, HostileTexts.All.Count);
        var sessions = await WriteEverywhereAsync();
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console");

        // Every page, as its bytes are read by a browser.
        var paths = Enumerable.Range(0, 200).Select(i => $"/console/stations/{Name(i)}").Concat(sessions.Select(id => $"/console/sessions/{id}"))
            .Concat(await PagesOfAsync("tokens")).Concat(await PagesOfAsync("tariffs")).Concat(await PagesOfAsync("cdrs"))
            .Concat(["/console", "/console/stations", "/console/sessions", "/console/cdrs", "/console/tokens", "/console/tariffs"])
            .Concat(HostileTexts.All.Where((_, i) => i % 10 == 0).Select(text => "/console/search?q=" + Uri.EscapeDataString(text))).ToList();
        foreach (var path in paths)
        {
            var wrong = await browser.Page.EvaluateAsync<string[]>($"async path => ({Foreign})(await (await fetch(path)).text())", path);
            Assert.True(wrong.Length == 0, $"{path}: {string.Join('\n', wrong)}");
        }
        browser.TakeFaults();   // what was only fetched may be a page that is not there

        // Some of each, as people see them: alive, with all that can be opened open.
        foreach (var path in paths.Where(path => path.StartsWith("/console/stations/", StringComparison.Ordinal)).Where((_, i) => i % (200 / StationsOpened) == 0))
        {
            await browser.GoAsync(path);
            await OpenAllAsync(browser);
        }
        foreach (var id in sessions.Where((_, i) => i % (sessions.Count / SessionsOpened) == 0))
        {
            await browser.GoAsync($"/console/sessions/{id}");
            await browser.Page.GetByRole(AriaRole.Button, new() { Name = "Show messages" }).ClickAsync();
            await browser.Page.WaitForSelectorAsync(".frames pre", new() { State = WaitForSelectorState.Attached });
            await OpenAllAsync(browser);
        }
        foreach (var list in new[] { "stations", "locations", "sessions", "cdrs", "tokens", "tariffs" })
        {
            await browser.GoAsync($"/console/{list}");
            foreach (var part in new[] { 0.3, 0.6, 1.0 })
                await browser.Page.EvaluateAsync("part => { const grid = document.querySelector('.grid'); if (grid) grid.scrollTop = grid.scrollHeight * part; }", part);
        }
        await browser.Page.FillAsync("#search", "EVIL-0");
        await Assertions.Expect(browser.Page.Locator("#found [role=option]")).ToHaveCountAsync(6);
        await browser.ShootAsync("hostile-search");
        await browser.GoAsync("/console/stations?q=EVIL");
        await browser.ShootAsync("hostile-stations");
        browser.IsClean();

        foreach (var list in new[] { "stations", "locations", "sessions", "cdrs", "tokens", "tariffs" })
        {
            var sheet = Sheet.Open(await FileAsync(browser, $"/console/export/{list}.xlsx"));
            Assert.False(sheet.HasFormulae);
            Assert.DoesNotContain(sheet.Rows.SelectMany(row => row), cell => cell.Type != "n" && IsFormula(cell.Text));
            var cells = Cells(Encoding.UTF8.GetString(await FileAsync(browser, $"/console/export/{list}.csv"))[1..]);
            Assert.DoesNotContain(cells, cell => IsFormula(cell) && !decimal.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out _));
        }
    }

    [Fact]
    public async Task A_page_that_would_run_it_is_seen()
    {
        await using var browser = await rig.OpenAsync();
        await browser.GoAsync("/console");
        var policy = "";
        await browser.Page.RouteAsync("**/console/control", route => route.FulfillAsync(new()
        {
            ContentType = "text/html", Headers = new Dictionary<string, string> { ["Content-Security-Policy"] = policy },
            Body = "<!doctype html><main>" + HostileTexts.All[0] + "<img src=x onerror=alert(2)></main>",
        }));
        Assert.NotEmpty(await browser.Page.EvaluateAsync<string[]>($"async () => ({Foreign})(await (await fetch('/console/control')).text())"));
        browser.TakeFaults();
        browser.Page.Dialog += (_, dialog) => _ = dialog.DismissAsync();
        await browser.GoAsync("/console/control", isAlive: false);
        await SeenAsync(browser, "dialog: 1");
        policy = "default-src 'none'; script-src 'self'; img-src 'self'";
        await browser.GoAsync("/console/control", isAlive: false);
        await SeenAsync(browser, "Content Security Policy");
        Assert.True(IsFormula(HostileTexts.All.First(text => text.StartsWith('='))));
    }

    private static async Task SeenAsync(ConsoleBrowser browser, string fault)
    {
        var seen = new List<string>();
        for (var i = 0; i < 50 && !seen.Any(it => it.Contains(fault, StringComparison.Ordinal)); i++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            seen.AddRange(browser.TakeFaults());
        }
        Assert.Contains(seen, it => it.Contains(fault, StringComparison.Ordinal));
    }

    private static Task OpenAllAsync(ConsoleBrowser browser) => browser.Page.EvaluateAsync("() => document.querySelectorAll('details').forEach(it => { it.open = true })");

    private static string Name(int i) => $"EVIL-{i:000}";

    /// <summary>Through the API and over the stations' sockets. What a door refuses has not come in; most must.</summary>
    private async Task<List<string>> WriteEverywhereAsync()
    {
        var refused = 0;
        var sessions = new ConcurrentBag<string>();
        async Task SayAsync(string path, object body)
        {
            if ((await rig.Api.PostAsync(path, body)).Status != HttpStatusCode.Created) refused++;
        }
        for (var i = 0; i < 200; i++)
        {
            var text = HostileTexts.All[i];
            if ((await rig.Api.PostAsync("stations", new { stationId = Name(i), name = text, password = "0123456789abcdef" })).Status == HttpStatusCode.Created) continue;
            refused++;
            (await rig.Api.PostAsync("stations", new { stationId = Name(i), password = "0123456789abcdef" })).Is(HttpStatusCode.Created);
        }
        for (var i = 0; i < 200; i += 4)
        {
            var text = HostileTexts.All[i];
            await SayAsync("tokens", new { uid = text, type = "rfid", groupId = Cut(text, 36), driverId = text });
            if (i % 20 == 0)
            {
                await SayAsync("locations", new { name = text, timeZone = "Europe/Amsterdam", country = "NLD", address = text, city = Cut(text, 45), currency = "EUR" });
                await SayAsync("tariffs", new { name = text, currency = "EUR", tariff = JsonElement.Parse("""{ "currency": "EUR", "elements": [ { "price_components": [ { "type": "FLAT", "price": 1, "step_size": 1 } ] } ] }""") });
            }
        }
        Assert.InRange(refused, 0, 60);
        await Parallel.ForAsync(0, 200, new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) =>
        {
            var text = HostileTexts.All[i];
            var is16 = i % 2 == 0;
            await using var station = await WireStation.ConnectAsync(rig.Server.Address, $"default/{Name(i)}", is16 ? "ocpp1.6" : "ocpp2.0.1", Name(i), "0123456789abcdef");
            await station.CallAsync("BootNotification", JsonSerializer.Serialize<object>(is16
                ? new { chargePointVendor = Cut(text, 20), chargePointModel = Cut(text, 20), firmwareVersion = text, chargePointSerialNumber = Cut(text, 25), iccid = Cut(text, 20), meterType = Cut(text, 25) }
                : new { reason = "PowerUp", chargingStation = new { vendorName = Cut(text, 50), model = Cut(text, 20), firmwareVersion = Cut(text, 50), serialNumber = Cut(text, 25) } }));
            await station.CallAsync("DataTransfer", JsonSerializer.Serialize(new { vendorId = text, messageId = Cut(text, 50), data = text }));
            var now = TimeProvider.System.GetInstant();
            if (is16)
            {
                await station.CallAsync("StatusNotification", JsonSerializer.Serialize(new { connectorId = 1, errorCode = "OtherError", status = "Faulted", info = text, vendorId = text, vendorErrorCode = Cut(text, 50), timestamp = now.ToRfc3339() }));
                await station.CallAsync("StatusNotification", JsonSerializer.Serialize(new { connectorId = 2, errorCode = text, status = text, timestamp = now.ToRfc3339() }));
            }
            if (i % 5 != 0) return;
            if (is16) sessions.Add(await rig.ChargeAsync(station, Name(i), Cut(text, 20), now - Duration.FromMinutes(20), 2, 7_400, stopAt: 4_600));
            else
            {
                await station.CallAsync("TransactionEvent", JsonSerializer.Serialize(new
                {
                    eventType = "Started", timestamp = now.ToRfc3339(), triggerReason = "Authorized", seqNo = 0, transactionInfo = new { transactionId = Cut(text, 36), chargingState = "Charging" },
                    evse = new { id = 1, connectorId = 1 }, idToken = new { idToken = Cut(text, 36), type = "ISO14443" },
                }));
                foreach (var session in (await rig.Api.GetAsync($"sessions?stationId={Name(i)}")).Items) sessions.Add(session.GetProperty("id").GetString()!);
            }
        });
        Assert.InRange(sessions.Count, 30, 60);
        return [.. sessions];
    }

    private async Task<IEnumerable<string>> PagesOfAsync(string what) =>
        (await rig.Api.GetAsync($"{what}?limit=100")).Items.Select(item => $"/console/{what}/{item.GetProperty("id").GetString()}");

    private static async Task<byte[]> FileAsync(ConsoleBrowser browser, string path) =>
        Convert.FromBase64String(await browser.Page.EvaluateAsync<string>("""
            async path => {
              const bytes = new Uint8Array(await (await fetch(path)).arrayBuffer());
              let text = '';
              for (const byte of bytes) text += String.fromCharCode(byte);
              return btoa(text);
            }
            """, path));

    private static bool IsFormula(string cell) => cell.Length > 0 && (cell[0] is '\t' or '\r' or '\n' || cell.TrimStart() is ['=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠', ..]);

    // UTF-16 halves are not torn apart.
    private static string Cut(string text, int length) => text.Length <= length ? text : char.IsHighSurrogate(text[length - 1]) ? text[..(length - 1)] : text[..length];

    private static List<string> Cells(string csv)
    {
        var cells = new List<string>();
        var cell = new StringBuilder();
        var isQuoted = false;
        for (var i = 0; i < csv.Length; i++)
        {
            if (isQuoted && csv[i] == '"' && i + 1 < csv.Length && csv[i + 1] == '"') cell.Append(csv[i++]);
            else if (csv[i] == '"') isQuoted = !isQuoted;
            else if (!isQuoted && csv[i] is ',' or '\r' && !isQuoted)
            {
                cells.Add(cell.ToString());
                cell.Clear();
                if (csv[i] == '\r') i++;
            }
            else cell.Append(csv[i]);
        }
        return cells;
    }
}
