using System.Globalization;
using System.Net;
using System.Text.Json;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Playwright;
using NodaTime;

namespace Busbar.Tests.Shell;

/// <summary>A server with an operator, a small network in which something of everything happens, and a browser that is signed in.</summary>
public sealed class ConsoleRig(Servers servers) : IAsyncLifetime
{
    public const string Hostile = "<script>alert(1)</script>";
    public const string HostileModel = "\"><img src=x onerror=alert(2)>";

    public const string Live = "HARBOUR-01", Finished = "HARBOUR-02", Faulted = "MALL-01", Away = "DEPOT-07", New = "DEPOT-08", Holding = "DEPOT-09", Earner = "HARBOUR-03";

    private readonly List<WireStation> _stations = [];
    private readonly Dictionary<string, string> _passwords = [];
    private RunningServer? _server;
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string _state = "";

    internal RunningServer Server => _server!;
    internal ApiClient Api { get; private set; } = null!;
    public string LiveSession { get; private set; } = "";
    public string FinishedSession { get; private set; } = "";
    public string Location { get; private set; } = "";
    public string HeldSession { get; private set; } = "";
    public string Cdr { get; private set; } = "";
    public string Token { get; private set; } = "";
    public string Tariff { get; private set; } = "";
    public string AlertId { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        _server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null,
            "--Busbar:Alerts:Pace=00:00:00.5", "--Busbar:Alerts:Settle=00:00:00", "--Busbar:Outbox:Pace=00:00:00.2", "--Busbar:Outbox:Attempts=1");
        var operators = await Staff.FoundAsync(_server);
        var made = await operators.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "seed", scopes = new[] { "*" } });
        made.Is(HttpStatusCode.Created);
        Api = _server.With(JsonElement.Parse(made.Text).GetProperty("key").GetString()!);
        await SeedAsync();

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = ConsoleBrowser.Find(), Args = ["--no-sandbox", "--disable-dev-shm-usage"] });
        await using var context = await _browser.NewContextAsync();
        var page = await context.NewPageAsync();
        await page.GotoAsync(_server.Address + "console/stations?state=online");
        Assert.EndsWith("/signin?return=%2Fconsole%2Fstations%3Fstate%3Donline", page.Url, StringComparison.Ordinal);
        await page.FillAsync("[name=email]", Staff.Email);
        await page.FillAsync("[name=password]", Staff.Password);
        await page.ClickAsync("button");
        await page.WaitForURLAsync("**/console/stations?state=online");
        _state = await context.StorageStateAsync();
    }

    /// <summary>A browser of its own.</summary>
    /// <param name="signedIn">With the operator's session.</param>
    public async Task<ConsoleBrowser> OpenAsync(string theme = "light", int width = 1440, string language = "en", bool signedIn = true) => new(Server.Address, await _browser!.NewContextAsync(new()
    {
        ViewportSize = new() { Width = width, Height = width < 800 ? 844 : 900 }, ColorScheme = theme == "dark" ? ColorScheme.Dark : ColorScheme.Light, Locale = language == "de" ? "de-DE" : "en-GB",
        StorageState = signedIn ? _state : null, TimezoneId = "Europe/Amsterdam", ReducedMotion = ReducedMotion.Reduce,
    }));

    internal async Task<WireStation> ConnectAsync(string name, string protocol, string vendor = "Volta", string model = "Twin 22")
    {
        var station = await WireStation.ConnectAsync(Server.Address, $"default/{name}", protocol, name, _passwords[name]);
        _stations.Add(station);
        await station.CallAsync("BootNotification", JsonSerializer.Serialize<object>(protocol == "ocpp1.6"
            ? new { chargePointVendor = vendor, chargePointModel = model, firmwareVersion = "4.2.1", chargePointSerialNumber = "V-2210-0817" }
            : new { reason = "PowerUp", chargingStation = new { vendorName = vendor, model, firmwareVersion = "4.2.1", serialNumber = "V-2210-0818" } }));
        return station;
    }

    public async Task<string> GivenStationAsync(string name, string? location = null, int power = 22_000)
    {
        var made = await Api.PostAsync("stations", new
        {
            stationId = name, name = name.Split('-')[0] is { } site ? site[0] + site[1..].ToLowerInvariant() + ", bay " + name[^1] : null, locationId = location,
            evses = new[] { new { id = 1, evseId = "NL*VLT*E1", connectors = new[] { new { id = 1, standard = "IEC_62196_T2", maxPower = power } } }, new { id = 2, evseId = "NL*VLT*E2", connectors = new[] { new { id = 1, standard = "IEC_62196_T2_COMBO", maxPower = 50_000 } } } },
        });
        made.Is(HttpStatusCode.Created);
        return _passwords[name] = made.Text("password");
    }

    /// <summary>Two curves of the market: one with prices told by hand, with a gap and with hours below zero, and one whose source does not answer.</summary>
    /// <returns>The first.</returns>
    public async Task<string> GivenCurvesAsync()
    {
        if ((await Api.GetAsync("price-curves?name=day-ahead")).Items.FirstOrDefault() is { ValueKind: JsonValueKind.Object } known) return known.GetProperty("id").GetString()!;
        var made = await Api.PostAsync("price-curves", new { name = "day-ahead", currency = "EUR", timeZone = "Europe/Amsterdam", fallbackPrice = "0.25" });
        made.Is(HttpStatusCode.Created);
        (await Api.PostAsync("price-curves", new { name = "supplier", currency = "EUR", timeZone = "Europe/Amsterdam", stepSeconds = 3600, source = new { kind = "json", from = "https://prices.invalid/spot.json?token=hidden" } })).Is(HttpStatusCode.Created);
        var zone = DateTimeZoneProviders.Tzdb["Europe/Amsterdam"];
        var today = TimeProvider.System.GetInstant().InZone(zone).Date;
        var (from, until) = (zone.AtStartOfDay(today).ToInstant(), zone.AtStartOfDay(today.PlusDays(2)).ToInstant());
        var rows = new List<object>();
        for (var (at, i) = (from, 0); at < until; (at, i) = (at + Duration.FromMinutes(15), i + 1))
        {
            // The night is cheap, the sun of noon cheaper, the evening dear; the last two hours before the evening of today were not told.
            var hour = i / 4m % 24;
            var price = 0.11m + (hour is >= 17 and < 21 ? 0.09m : hour is >= 11 and < 15 ? -0.13m : hour < 6 ? -0.04m : 0m) + (i % 4 * 0.004m);
            if (i / 4 is not (15 or 16)) rows.Add(new { at = at.ToRfc3339(), price = price.ToString(CultureInfo.InvariantCulture) });
        }
        (await Api.SendAsync(HttpMethod.Put, $"price-curves/{made.Text("id")}/prices", JsonSerializer.Serialize(rows))).Is(HttpStatusCode.OK);
        return made.Text("id");
    }

    /// <summary>A page in both languages, themes and widths: a picture of each, and nothing wrong in any.</summary>
    public async Task LookAsync(string path, string name)
    {
        var wrong = new List<string>();
        foreach (var (theme, width, language) in new[] { ("light", 1440, "en"), ("dark", 390, "en"), ("dark", 1440, "de"), ("light", 390, "de") })
        {
            await using var browser = await OpenAsync(theme, width, language);
            await browser.GoAsync(path);
            await browser.ShootAsync($"{name}-{theme}-{width}-{language}");
            wrong.AddRange((await browser.BarriersAsync()).Concat(browser.TakeFaults()).Select(fault => $"{theme} {width} {language}: {fault}"));
            if (await browser.OverhangAsync() is > 0 and var over) wrong.Add($"{theme} {width} {language}: {over} px wider than the window");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var station in _stations) await station.DisposeAsync();
        if (_browser is not null) await _browser.DisposeAsync();
        _playwright?.Dispose();
        if (_server is not null) await _server.DisposeAsync();
    }

    private async Task SeedAsync()
    {
        var tariff = await Api.PostAsync("tariffs", new
        {
            name = "Harbour", currency = "EUR", tariff = JsonElement.Parse("""
                { "currency": "EUR", "elements": [
                  { "price_components": [ { "type": "FLAT", "price": 0.50, "vat": 21.0, "step_size": 1 } ] },
                  { "price_components": [ { "type": "ENERGY", "price": 0.42, "vat": 21.0, "step_size": 1 }, { "type": "PARKING_TIME", "price": 3.00, "vat": 21.0, "step_size": 1 } ] } ] }
                """),
        });
        tariff.Is(HttpStatusCode.Created);
        Tariff = tariff.Text("id");
        (await Api.SendAsync(HttpMethod.Put, $"tariffs/{Tariff}/assignments", """[{"scope":"tenant"}]""")).Is(HttpStatusCode.OK);
        await Api.PostAsync("tokens", new { uid = "04A1B2C3", type = "rfid" });
        Token = (await Api.PostAsync("tokens", new { uid = "04FFEE11", type = "rfid", groupId = "fleet-7" })).Text("id");
        await Api.PostAsync("tokens", new { uid = "NL-TNM-C12345678-X", type = "emaid", status = "blocked" });
        var location = await Api.PostAsync("locations", Given.Location);
        Location = location.Text("id")!;
        foreach (var name in new[] { Live, Finished, Faulted, Away, New, Holding, Earner }) await GivenStationAsync(name, location.Text("id"));

        var now = TimeProvider.System.GetInstant();
        var live = await ConnectAsync(Live, "ocpp1.6");
        live.Answers["Reset"] = live.Answers["UnlockConnector"] = """{"status":"Accepted"}""";
        await StatusAsync(live, 1, "Charging");
        await StatusAsync(live, 2, "Available");
        LiveSession = await ChargeAsync(live, Live, "04A1B2C3", now - Duration.FromMinutes(42), 10, 11_000, stopAt: null);

        var finished = await ConnectAsync(Finished, "ocpp2.0.1", "Amperia", "Duo S");
        foreach (var evse in new[] { 1, 2 }) await Status2Async(finished, evse, "Available");
        FinishedSession = await Charge2Async(finished, Finished, "04FFEE11", now - Duration.FromMinutes(50));

        Cdr = (await Api.GetAsync($"sessions/{FinishedSession}")).Text("cdrId");

        var faulted = await ConnectAsync(Faulted, "ocpp2.1", Hostile, HostileModel);
        await Status2Async(faulted, 1, "Available");
        await Status2Async(faulted, 2, "Faulted");

        var holding = await ConnectAsync(Holding, "ocpp1.6");
        await StatusAsync(holding, 1, "Available");
        HeldSession = await ChargeAsync(holding, Holding, "04FFEE11", now - Duration.FromMinutes(30), 2, 7_400, stopAt: 100);

        var away = await ConnectAsync(Away, "ocpp1.6");
        await StatusAsync(away, 1, "Charging");
        await ChargeAsync(away, Away, "04FFEE11", now - Duration.FromMinutes(20), 3, 3_700, stopAt: null);
        await away.DisposeAsync();
        _stations.Remove(away);

        // It has earned before it went: its alert says what that costs.
        var earner = await ConnectAsync(Earner, "ocpp1.6", "Amperia", "Rapid 150");
        await ChargeAsync(earner, Earner, "04A1B2C3", now - Duration.FromHours(3), 6, 20_000, stopAt: 12_050);
        await earner.DisposeAsync();
        _stations.Remove(earner);
        await SeedAlertsAsync();
    }

    /// <summary>Alerts of all kinds that can be had at once, who is told of them, and one that could not be.</summary>
    private async Task SeedAlertsAsync()
    {
        foreach (var rule in new[] { "stationOffline", "connectorFaulted" })
            (await Api.SendAsync(HttpMethod.Put, $"alert-rules/{rule}", """{"enabled":true,"afterMinutes":0,"recoverMinutes":0}""")).Is(HttpStatusCode.OK);
        (await Api.PostAsync("notification-channels", new { kind = "mail", name = "Night shift", address = "ops@example.com" })).Is(HttpStatusCode.Created);
        (await Api.PostAsync("notification-channels", new { kind = "webhook", name = "Helpdesk", url = "https://127.0.0.1/hooks/busbar" })).Is(HttpStatusCode.Created);
        for (var i = 0; i < 200 && (await Api.GetAsync("alerts?state=open")).Items.Count() < 3; i++) await Task.Delay(100);
        var alerts = (await Api.GetAsync("alerts?state=open")).Items.ToList();
        AlertId = alerts.First(alert => alert.GetProperty("rule").GetString() == "connectorFaulted").GetProperty("id").GetString()!;
        for (var i = 0; i < 100 && (await Api.GetAsync("deliveries?state=dead")).Items.Count() < 2 * alerts.Count; i++) await Task.Delay(100);
    }

    private static Task StatusAsync(WireStation station, int connector, string status) =>
        station.CallAsync("StatusNotification", JsonSerializer.Serialize(new { connectorId = connector, errorCode = "NoError", status, timestamp = TimeProvider.System.GetInstant().ToRfc3339() }));

    private static Task Status2Async(WireStation station, int evse, string status) =>
        station.CallAsync("StatusNotification", JsonSerializer.Serialize(new { timestamp = TimeProvider.System.GetInstant().ToRfc3339(), connectorStatus = status, evseId = evse, connectorId = 1 }));

    /// <param name="stopAt">The last register in Wh; null: it goes on.</param>
    internal async Task<string> ChargeAsync(WireStation station, string name, string token, Instant start, int readings, int watts, int? stopAt)
    {
        var told = await station.CallAsync("StartTransaction", JsonSerializer.Serialize(new { connectorId = 1, idTag = token, meterStart = 4_000, timestamp = start.ToRfc3339() }));
        var transaction = JsonElement.Parse(told).GetProperty("transactionId").GetInt32();
        for (var i = 1; i <= readings; i++)
        {
            var at = start + Duration.FromMinutes(4 * i);
            // As a battery takes it: less towards the end.
            var now = watts - (i * i * watts / 400);
            await station.CallAsync("MeterValues", JsonSerializer.Serialize(new
            {
                connectorId = 1, transactionId = transaction,
                meterValue = new[]
                {
                    new
                    {
                        timestamp = at.ToRfc3339(), sampledValue = new[]
                        {
                            new { value = Text(4_000 + (watts * 4 * i / 60) - (i * i * i * watts * 4 / 60 / 1200)), measurand = "Energy.Active.Import.Register", unit = "Wh" },
                            new { value = Text(now), measurand = "Power.Active.Import", unit = "W" },
                        },
                    },
                },
            }));
        }
        if (stopAt is { } register)
            await station.CallAsync("StopTransaction", JsonSerializer.Serialize(new { transactionId = transaction, meterStop = register, timestamp = (start + Duration.FromMinutes((4 * readings) + 1)).ToRfc3339(), reason = "Local" }));
        return await SessionAsync(name);
    }

    private async Task<string> Charge2Async(WireStation station, string name, string token, Instant start)
    {
        for (var i = 0; i <= 10; i++)
        {
            var at = start + Duration.FromMinutes(4 * i);
            await station.CallAsync("TransactionEvent", JsonSerializer.Serialize(new
            {
                eventType = i == 0 ? "Started" : i == 10 ? "Ended" : "Updated", timestamp = at.ToRfc3339(), triggerReason = i == 0 ? "Authorized" : i == 10 ? "StopAuthorized" : "MeterValuePeriodic", seqNo = i,
                transactionInfo = new { transactionId = "tx-0001", chargingState = i is 10 ? "Idle" : i >= 8 ? "SuspendedEV" : "Charging" },
                evse = new { id = 1, connectorId = 1 }, idToken = new { idToken = token, type = "ISO14443" },
                meterValue = new[]
                {
                    new
                    {
                        timestamp = at.ToRfc3339(),
                        sampledValue = new[]
                        {
                            new { value = 120_000 + (Math.Min(i, 8) * 1_450), measurand = "Energy.Active.Import.Register", context = i == 0 ? "Transaction.Begin" : i == 10 ? "Transaction.End" : "Sample.Periodic" },
                        },
                    },
                },
            }));
        }
        return await SessionAsync(name);
    }

    private async Task<string> SessionAsync(string station) => (await Api.GetAsync($"sessions?stationId={station}")).Items.First().GetProperty("id").GetString()!;

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
