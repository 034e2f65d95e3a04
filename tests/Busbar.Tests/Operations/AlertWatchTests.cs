using System.Globalization;
using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Personal;
using Busbar.Identity.Retention;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Operations;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Operations;

/// <summary>What the watch finds in a real store while hours and days pass, on both databases.</summary>
public sealed class AlertWatchTests(Servers servers)
{
    // It looks when the test says so.
    private static readonly string[] Quiet = ["--Busbar:Alerts:Settle=23:00:00"];

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_session_that_falls_silent_is_stuck_until_it_is_heard_of_or_ends(DatabaseKind kind)
    {
        var (server, clock) = await StartAsync(kind);
        await using var stopped = server;
        var api = await server.NewTenantAsync();
        await using var station = await GivenStationAsync(server, api, "CS-1", clock);
        var transaction = await BeginAsync(station, clock);
        var session = (await api.GetAsync("sessions")).Items.Single().GetProperty("id").GetString();
        clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Empty(await LookAsync(server, api));
        clock.Advance(TimeSpan.FromMinutes(2));
        var alert = Assert.Single(await LookAsync(server, api));
        Assert.Equal(("sessionStuck", "CS-1", session, "stopOrAskDriver"), (alert.GetProperty("rule").GetString(), alert.GetProperty("stationId").GetString(), alert.GetProperty("sessionId").GetString(),
            alert.GetProperty("suggestedAction").GetProperty("key").GetString()));

        await MeterAsync(station, transaction, 1_500, clock);
        // The row of a session that goes on is written a second later.
        for (var i = 0; i < 100 && (await LookAsync(server, api)).Count > 0; i++) await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal(alert.GetProperty("id").GetString(), (await api.GetAsync("alerts?state=resolved")).Items.Single().GetProperty("id").GetString());

        clock.Advance(TimeSpan.FromMinutes(61));
        var again = Assert.Single(await LookAsync(server, api));
        Assert.NotEqual(alert.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        await EndAsync(station, transaction, 2_000, clock);
        Assert.Empty(await LookAsync(server, api));
        Assert.Equal(2, (await api.GetAsync("alerts?state=resolved&rule=sessionStuck")).Items.Count());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_connector_that_says_it_is_free_and_has_no_session_for_days_is_unused_until_somebody_charges(DatabaseKind kind)
    {
        var (server, clock) = await StartAsync(kind);
        await using var stopped = server;
        var api = await server.NewTenantAsync();
        await using var station = await GivenStationAsync(server, api, "CS-1", clock);
        await station.CallAsync("StatusNotification", """{"connectorId":1,"errorCode":"NoError","status":"Available"}""");
        // Two a day for ten days.
        for (var i = 0; i < 20; i++)
        {
            var transaction = await BeginAsync(station, clock);
            clock.Advance(TimeSpan.FromMinutes(30));
            await EndAsync(station, transaction, 5_000, clock);
            clock.Advance(TimeSpan.FromHours(11.5));
        }
        clock.Advance(TimeSpan.FromDays(2));
        Assert.Empty(await LookAsync(server, api));         // two and a half days: about four sessions are missing
        clock.Advance(TimeSpan.FromDays(2));
        var alert = Assert.Single(await LookAsync(server, api));
        Assert.Equal(("connectorUnused", "CS-1", 1, 1, "tryACharge"), (alert.GetProperty("rule").GetString(), alert.GetProperty("stationId").GetString(), alert.GetProperty("evse").GetInt32(),
            alert.GetProperty("connector").GetInt32(), alert.GetProperty("suggestedAction").GetProperty("key").GetString()));
        clock.Advance(TimeSpan.FromHours(2));
        Assert.Single(await LookAsync(server, api));        // it stays one

        var last = await BeginAsync(station, clock);
        await EndAsync(station, last, 6_000, clock);
        clock.Advance(TimeSpan.FromHours(2));
        Assert.Empty(await LookAsync(server, api));
        Assert.Equal(alert.GetProperty("id").GetString(), (await api.GetAsync("alerts?state=resolved")).Items.Single().GetProperty("id").GetString());
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_site_with_one_station_that_is_dead_for_days_is_an_alert_when_so_many_are_away_for_long_enough(DatabaseKind kind)
    {
        var (server, clock) = await StartAsync(kind);
        await using var stopped = server;
        var api = await server.NewTenantAsync();
        var site = (await api.PostAsync("locations", Given.Location)).Text("id");
        var stations = new List<WireStation>();
        for (var i = 1; i <= 4; i++) stations.Add(await GivenStationAsync(server, api, $"CS-{i}", clock, site));
        await LeaveAsync(api, stations[0], "CS-1");
        clock.Advance(TimeSpan.FromDays(2));
        foreach (var station in stations[1..]) await station.CallAsync("Heartbeat", "{}");
        Assert.Equal(["stationOffline CS-1"], Names(await LookAsync(server, api)));

        // Three of four are away from now on; the first of them has been for days.
        await LeaveAsync(api, stations[1], "CS-2");
        clock.Advance(TimeSpan.FromMinutes(4));
        await stations[2].CallAsync("Heartbeat", "{}");
        await LeaveAsync(api, stations[2], "CS-3");
        Assert.Equal(["stationOffline CS-1"], Names(await LookAsync(server, api)));
        // The second is away for eleven minutes, the third for seven: their site is to come, and they wait for it.
        clock.Advance(TimeSpan.FromMinutes(7));
        Assert.Equal(["stationOffline CS-1"], Names(await LookAsync(server, api)));
        clock.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(["siteOffline "], Names(await LookAsync(server, api)));
        Assert.Equal(["stationOffline CS-1"], Names((await api.GetAsync("alerts?state=resolved")).Items));
        await stations[3].DisposeAsync();
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_curve_that_a_tariff_follows_and_that_has_no_prices_for_tomorrow_by_the_hour_is_told_until_they_are_there(DatabaseKind kind)
    {
        var (server, clock) = await StartAsync(kind);
        await using var stopped = server;
        var api = await server.NewTenantAsync();
        var curve = await api.PostAsync("price-curves", new { name = "day-ahead", currency = "EUR", timeZone = "Europe/Amsterdam", stepSeconds = 3600 });
        curve.Is(HttpStatusCode.Created);
        var zone = DateTimeZoneProviders.Tzdb["Europe/Amsterdam"];
        var tomorrow = clock.GetInstant().InZone(zone).Date.PlusDays(1);
        // Ten to nine of tomorrow, with all of its prices; nobody follows the curve.
        clock.Advance((zone.AtLeniently(tomorrow.At(new LocalTime(8, 50))).ToInstant() - clock.GetInstant()).ToTimeSpan());
        await TellAsync(tomorrow);
        Assert.Empty(await LookTwiceAsync());
        var tariff = await api.PostAsync("tariffs", new { name = "spot", currency = "EUR", tariff = JsonElement.Parse("""
            {"currency":"EUR","elements":[{"price_components":[{"type":"ENERGY","price":0.5,"step_size":1}]}],"extensions":{"elements":[{"element":0,"price_components":[{"price_component":0,"curve":{"name":"day-ahead","lock":"EACH_INTERVAL"}}]}]}}
            """) });
        tariff.Is(HttpStatusCode.Created);
        (await api.SendAsync(HttpMethod.Put, $"tariffs/{tariff.Text("id")}/assignments", """[{"scope":"tenant"}]""")).Is(HttpStatusCode.OK);
        (await api.SendAsync(HttpMethod.Put, "alert-rules/pricesMissing", """{"enabled":true,"afterMinutes":10,"byHour":9}""")).Is(HttpStatusCode.OK);
        Assert.Empty(await LookAsync(server, api));         // ten to nine and eleven minutes: it was just seen
        clock.Advance(TimeSpan.FromMinutes(11));
        var alert = Assert.Single(await LookTwiceAsync());
        var nine = zone.AtLeniently(tomorrow.At(new LocalTime(9, 0))).ToInstant();
        Assert.Equal(("pricesMissing", "day-ahead", curve.Text("id"), "tellPrices", nine.ToRfc3339()), (alert.GetProperty("rule").GetString(), alert.GetProperty("curveName").GetString(), alert.GetProperty("curveId").GetString(),
            alert.GetProperty("suggestedAction").GetProperty("key").GetString(), alert.GetProperty("since").GetString()));

        // After midnight they are today's, and missing still.
        clock.Advance(TimeSpan.FromHours(17));
        Assert.Equal(alert.GetProperty("id").GetString(), Assert.Single(await LookAsync(server, api)).GetProperty("id").GetString());
        await TellAsync(tomorrow.PlusDays(1));
        Assert.Empty(await LookAsync(server, api));
        Assert.Equal(alert.GetProperty("id").GetString(), (await api.GetAsync("alerts?state=resolved&rule=pricesMissing")).Items.Single().GetProperty("id").GetString());

        async Task<IReadOnlyList<JsonElement>> LookTwiceAsync()
        {
            await LookAsync(server, api);
            clock.Advance(TimeSpan.FromMinutes(11));
            return [.. await LookAsync(server, api)];
        }

        async Task TellAsync(LocalDate day)
        {
            var (from, until) = (zone.AtStartOfDay(day).ToInstant(), zone.AtStartOfDay(day.PlusDays(1)).ToInstant());
            var rows = Enumerable.Range(0, (int)(until - from).TotalHours).Select(hour => $$"""{"at":"{{(from + Duration.FromHours(hour)).ToRfc3339()}}","price":"0.1"}""");
            (await api.SendAsync(HttpMethod.Put, $"price-curves/{curve.Text("id")}/prices", $"[{string.Join(',', rows)}]")).Is(HttpStatusCode.OK);
        }
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_rule_of_retention_that_fails_and_an_erasure_that_was_cut_off_are_told_until_they_succeed(DatabaseKind kind)
    {
        await using var post = new SmtpReceiver();
        var (clock, broken) = (new SetClock(), new BrokenRule());
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.AddSingleton<IRetention>(broken);
        }, [.. Quiet, "--Busbar:Retention:Pace=1.00:00:00", .. post.Settings]);
        var (api, other) = (await server.NewTenantAsync(), await server.NewTenantAsync());
        var keeper = server.Services.GetRequiredService<RetentionKeeper>();
        await keeper.KeepAsync(TestContext.Current.CancellationToken);
        Assert.Empty(await LookAsync(server, api));
        (await api.PostAsync("notification-channels", new { name = "duty", kind = "mail", address = "duty@example.org" })).Is(HttpStatusCode.Created);

        var tenant = server.Services.GetRequiredService<ITenants>().Find(api.Tenant!)!.Id;
        broken.Fails = tenant;
        clock.Advance(TimeSpan.FromDays(1));
        await keeper.KeepAsync(TestContext.Current.CancellationToken);
        var alert = Assert.Single(await LookAsync(server, api));
        Assert.Equal(("retentionFails", "aBrokenOne", "readTheLog"), (alert.GetProperty("rule").GetString(), alert.GetProperty("retentionRule").GetString(), alert.GetProperty("suggestedAction").GetProperty("key").GetString()));
        Assert.Empty((await other.GetAsync("alerts?state=open")).Items);
        Assert.Equal("busbar.alert.raised", Assert.Single((await api.GetAsync("deliveries")).Items).GetProperty("eventType").GetString());
        // It is one alert, however often it fails.
        clock.Advance(TimeSpan.FromMinutes(61));
        await keeper.KeepAsync(TestContext.Current.CancellationToken);
        Assert.Equal(alert.GetProperty("id").GetString(), Assert.Single(await LookAsync(server, api)).GetProperty("id").GetString());
        broken.Fails = null;
        clock.Advance(TimeSpan.FromMinutes(61));
        await keeper.KeepAsync(TestContext.Current.CancellationToken);
        Assert.Empty(await LookAsync(server, api));
        Assert.Single((await api.GetAsync("alerts?state=resolved&rule=retentionFails")).Items);
        Assert.Equal(2, (await api.GetAsync("deliveries")).Items.Count());

        // An erasure that was cut off: told after an hour, and over when one of the same person has finished.
        await AddErasureAsync("opr-1 tok-1", finished: false);
        Assert.Empty(await LookAsync(server, api));
        clock.Advance(TimeSpan.FromMinutes(61));
        Assert.Equal("erasureOpen", Assert.Single(await LookAsync(server, api)).GetProperty("rule").GetString());
        await AddErasureAsync("opr-2", finished: true);
        Assert.Single(await LookAsync(server, api));
        await AddErasureAsync("opr-1", finished: true);
        Assert.Empty(await LookAsync(server, api));

        async Task AddErasureAsync(string things, bool finished)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await using var db = await server.Services.GetRequiredService<RoomDbFactory<IdentityDb>>().OpenAsync(TenantScope.Of(tenant), default);
            db.Add(new ErasureRow
            {
                TenantId = tenant, Id = server.Services.GetRequiredService<IdSource>().New<ErasureId>(), Subject = "operator", Things = things, Actor = "a test", StartedAt = clock.GetInstant(), FinishedAt = finished ? clock.GetInstant() : null,
            });
            await db.CommitAsync(default);
        }
    }

    /// <summary>Fails where it is told to.</summary>
    private sealed class BrokenRule : IRetention
    {
        public TenantId? Fails { get; set; }

        public RetentionRule Rule { get; } = new("aBrokenOne", 10, 1, 100, "Nothing.", "For a test.");

        public IReadOnlyList<string> Tables => [];

        public Task<int> CutAsync(TenantId tenant, Instant before, int most, CancellationToken ct) => tenant == Fails ? throw new InvalidOperationException("It is broken.") : Task.FromResult(0);

        public Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct) => Task.FromResult<Instant?>(null);
    }

    private async Task<(RunningServer Server, SetClock Clock)> StartAsync(DatabaseKind kind)
    {
        var clock = new SetClock();
        return (await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock), Quiet), clock);
    }

    private static async Task<WireStation> GivenStationAsync(RunningServer server, ApiClient api, string name, SetClock clock, string? location = null)
    {
        var made = await api.PostAsync("stations", new { stationId = name, locationId = location });
        made.Is(HttpStatusCode.Created);
        await api.PostAsync("tokens", new { uid = "TAG", type = "rfid" });
        var station = await WireStation.ConnectAsync(server.Address, $"{api.Tenant}/{name}", "ocpp1.6", name, made.Text("password"));
        await station.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
        return station;
    }

    private static async Task<IReadOnlyList<JsonElement>> LookAsync(RunningServer server, ApiClient api)
    {
        await server.Services.GetRequiredService<AlertWatch>().LookAsync(TestContext.Current.CancellationToken);
        return [.. (await api.GetAsync("alerts?state=open")).Items];
    }

    private static IEnumerable<string> Names(IEnumerable<JsonElement> alerts) =>
        alerts.Select(alert => $"{alert.GetProperty("rule").GetString()} {(alert.TryGetProperty("stationId", out var station) ? station.GetString() : null)}").Order();

    private static async Task LeaveAsync(ApiClient api, WireStation station, string name)
    {
        await station.DisposeAsync();
        for (var i = 0; i < 200 && (await api.GetAsync($"stations/{name}")).Body.GetProperty("online").GetBoolean(); i++) await Task.Delay(20, TestContext.Current.CancellationToken);
    }

    private static async Task<int> BeginAsync(WireStation station, SetClock clock)
    {
        var told = await station.CallAsync("StartTransaction", JsonSerializer.Serialize(new { connectorId = 1, idTag = "TAG", meterStart = 1_000, timestamp = clock.GetInstant().ToRfc3339() }));
        return JsonElement.Parse(told).GetProperty("transactionId").GetInt32();
    }

    private static Task MeterAsync(WireStation station, int transaction, int register, SetClock clock) => station.CallAsync("MeterValues", JsonSerializer.Serialize(new
    {
        connectorId = 1, transactionId = transaction,
        meterValue = new[] { new { timestamp = clock.GetInstant().ToRfc3339(), sampledValue = new[] { new { value = register.ToString(CultureInfo.InvariantCulture), measurand = "Energy.Active.Import.Register", unit = "Wh" } } } },
    }));

    private static Task EndAsync(WireStation station, int transaction, int register, SetClock clock) =>
        station.CallAsync("StopTransaction", JsonSerializer.Serialize(new { transactionId = transaction, meterStop = register, timestamp = clock.GetInstant().ToRfc3339(), reason = "Local" }));
}
