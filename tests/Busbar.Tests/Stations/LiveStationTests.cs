using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Busbar.Identity.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Stations;

/// <summary>A station on a real socket, the whole server behind it, on both databases.</summary>
[Collection("LiveStations")]
[Trait("suite", "sockets")]
public sealed class LiveStationTests(Servers servers)
{
    [Theory]
    [ClassData(typeof(BothDatabases))]
    public async Task A_station_boots_is_shown_commanded_and_logged(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CS-1", password = "0123456789abcdef0123" })).Is(HttpStatusCode.Created);
        (await api.PostAsync("stations/CS-1/commands/restart", new { hard = true })).Is(HttpStatusCode.Conflict, "stationOffline");
        await using var station = await WireStation.ConnectAsync(server.Address, $"{api.Tenant}/CS-1", "ocpp1.6", "CS-1", "0123456789abcdef0123");

        Assert.Contains("\"Accepted\"", await station.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}"""), StringComparison.Ordinal);
        Assert.Equal("{}", await station.CallAsync("StatusNotification", """{"connectorId":1,"errorCode":"NoError","status":"Available"}"""));
        await station.CallAsync("Authorize", """{"idTag":"04A2B3C4"}""");
        Assert.Contains("NotImplemented", await station.CallAsync("FlyToTheMoon", "{}"), StringComparison.Ordinal);

        station.Answers["Reset"] = """{"status":"Accepted"}""";
        var restarted = await api.PostAsync("stations/CS-1/commands/restart", new { hard = true });
        restarted.Is(HttpStatusCode.OK);
        Assert.Equal("accepted", restarted.Text("outcome"));
        Assert.Equal("Hard", restarted.Body.GetProperty("request").GetProperty("type").GetString());
        var found = await api.GetAsync("commands/" + restarted.Text("commandId"));
        Assert.Equal("accepted", found.Text("outcome"));

        station.Answers["ChangeConfiguration"] = """{"status":"Rejected"}""";
        var refused = await api.PostAsync("stations/CS-1/commands/change-configuration", new { key = "AuthorizationKey", value = "0011223344556677" });
        Assert.Equal("refused", refused.Text("outcome"));
        (await api.PostAsync("stations/CS-1/commands/ChangeConfiguration", new { key = "AuthorizationKey" })).Is(HttpStatusCode.BadRequest, "required");
        var strict = await api.PostAsync("stations/CS-1/commands/set-charging-profile", """{"connectorId":1,"csChargingProfiles":{"chargingProfileId":1,"stackLevel":0,"chargingProfilePurpose":"TxProfile","chargingProfileKind":"Now","chargingSchedule":{"chargingRateUnit":"W","chargingSchedulePeriod":[{"startPeriod":0,"limit":1,"odd":2}]}}}""");
        strict.Is(HttpStatusCode.BadRequest, "invalid");
        Assert.Equal(["/csChargingProfiles/chargingProfileKind", "/csChargingProfiles/chargingSchedule/chargingSchedulePeriod/0/odd"], strict.Pointers.Order());
        (await api.PostAsync("stations/CS-1/commands/levitate", new { })).Is(HttpStatusCode.NotFound, "unknownCommand");
        (await api.PostAsync("stations/CS-1/commands/restart", new { hard = true, odd = 1 })).Is(HttpStatusCode.BadRequest, "unknownMember");
        (await api.PostAsync("stations/CS-1/commands/stop", new { sessionId = "ses0" })).Is(HttpStatusCode.NotFound, "noSuchSession");

        var shown = await api.GetAsync("stations/CS-1");
        Assert.True(shown.Body.GetProperty("online").GetBoolean());
        Assert.Equal("ocpp1.6", shown.Text("protocol"));
        var learnt = await UntilAsync(async () => (await api.GetAsync("stations/CS-1")).Body, body => body.GetProperty("evses").GetArrayLength() == 1 && body.GetProperty("vendor").GetString() == "ACME");
        Assert.Equal("Available", learnt.GetProperty("evses")[0].GetProperty("connectors")[0].GetProperty("status").GetString());

        var messages = await UntilAsync(async () => (await api.GetAsync("stations/CS-1/messages?limit=200")).Body, body => body.GetProperty("items").GetArrayLength() >= 12);
        var items = messages.GetProperty("items").EnumerateArray().ToList();
        Assert.Contains(items, item => Is(item, "fromStation", "call", "BootNotification"));
        Assert.Contains(items, item => Is(item, "toStation", "callResult", "BootNotification"));
        Assert.Contains(items, item => Is(item, "toStation", "call", "Reset"));
        Assert.Contains(items, item => Is(item, "toStation", "callError", "FlyToTheMoon"));
        var text = messages.GetRawText();
        Assert.DoesNotContain("04A2B3C4", text, StringComparison.Ordinal);
        Assert.Contains("04A2***", text, StringComparison.Ordinal);
        Assert.DoesNotContain("0011223344556677", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ocpp2.0.1")]
    [InlineData("ocpp2.1")]
    public async Task A_2x_station_is_started_and_stopped(string protocol)
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CS-2", password = "0123456789abcdef0123" })).Is(HttpStatusCode.Created);
        await using var station = await WireStation.ConnectAsync(server.Address, $"{api.Tenant}/CS-2", protocol, "CS-2", "0123456789abcdef0123");
        Assert.Contains("\"Accepted\"", await station.CallAsync("BootNotification", """{"reason":"PowerUp","chargingStation":{"model":"Two","vendorName":"ACME"}}"""), StringComparison.Ordinal);
        Assert.Equal("{}", await station.CallAsync("StatusNotification", """{"timestamp":"2026-11-23T05:59:30Z","connectorStatus":"Available","evseId":1,"connectorId":1}"""));
        station.Answers["RequestStartTransaction"] = """{"status":"Accepted"}""";
        var started = await api.PostAsync("stations/CS-2/commands/start", new { evse = 1, tokenUid = "04A2B3C4" });
        Assert.Equal("accepted", started.Text("outcome"));
        Assert.True(started.Body.GetProperty("request").GetProperty("remoteStartId").GetInt32() >= 0);
        // The first, or the only one that the EVSE is known to have; another cannot be asked for.
        (await api.PostAsync("stations/CS-2/commands/start", new { evse = 1, connector = 1, tokenUid = "04A2B3C4" })).Is(HttpStatusCode.OK);
        (await api.PostAsync("stations/CS-2/commands/start", new { evse = 1, connector = 2, tokenUid = "04A2B3C4" })).Is(HttpStatusCode.BadRequest, "notPossible");
        (await api.PatchAsync("stations/CS-2", new { evses = new[] { new { id = 2, connectors = new[] { new { id = 2, standard = "IEC_62196_T2" } } } } }, "*")).Is(HttpStatusCode.OK);
        (await api.PostAsync("stations/CS-2/commands/start", new { evse = 2, connector = 2, tokenUid = "04A2B3C4" })).Is(HttpStatusCode.OK);
        Assert.Contains("idTokenInfo", await station.CallAsync("TransactionEvent",
            """{"eventType":"Started","timestamp":"2026-11-23T05:59:00Z","triggerReason":"RemoteStart","seqNo":0,"transactionInfo":{"transactionId":"t1"},"evse":{"id":1,"connectorId":1},"idToken":{"idToken":"04A2B3C4","type":"Central"}}"""), StringComparison.Ordinal);
    }

    [Theory]
    [ClassData(typeof(BothDatabases))]
    public async Task What_a_station_sends_against_the_standard_is_counted_and_shown_and_billed_as_ever(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind));
        var api = server.Admin;
        (await api.PostAsync("stations", new { stationId = "CS-1", password = "0123456789abcdef0123" })).Is(HttpStatusCode.Created);
        using var meters = new MeterListener();
        var counted = new ConcurrentQueue<string>();
        meters.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == "busbar.stations.deviations" && instrument.Meter.Scope == server.Services.GetRequiredService<IMeterFactory>()) listener.EnableMeasurementEvents(instrument);
        };
        meters.SetMeasurementEventCallback<long>((_, value, tags, _) => counted.Enqueue($"{string.Join('.', tags.ToArray().Select(tag => tag.Value))} {value}"));
        meters.Start();
        await using var station = await WireStation.ConnectAsync(server.Address, "CS-1", "ocpp1.6", "CS-1", "0123456789abcdef0123");
        await station.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
        var begun = JsonElement.Parse(await station.CallAsync("StartTransaction", """{"connectorId":"1","idTag":"04A2B3C4","meterStart":"1000","timestamp":"2026-11-23T05:59:00Z"}"""));
        await station.CallAsync("StopTransaction", $$"""{"transactionId":{{begun.GetProperty("transactionId").GetInt32()}},"meterStop":3000,"timestamp":"2026-11-23T06:59:00Z"}""");

        var session = Assert.Single((await api.GetAsync("sessions")).Items);
        Assert.Equal(2_000m, session.GetProperty("energyWh").GetDecimal());
        var facts = (await api.GetAsync($"sessions/{session.GetProperty("id").GetString()}")).Body.GetProperty("facts").EnumerateArray()
            .Select(fact => $"{fact.GetProperty("action").GetString()}: {string.Join(' ', fact.GetProperty("deviations").EnumerateArray())}");
        Assert.Equal(["StartTransaction: connectorId meterStart", "StopTransaction: "], facts);
        Assert.Equal(["StartTransaction.connectorId 1", "StartTransaction.meterStart 1"], counted);
    }

    [Theory]
    [ClassData(typeof(BothDatabases))]
    public async Task A_start_and_a_stop_that_were_not_answered_are_known_by_their_transaction(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), null, "--Busbar:Stations:CommandSeconds=1");
        var api = server.Admin;
        (await api.PostAsync("stations", new { stationId = "CS-1", password = "0123456789abcdef0123" })).Is(HttpStatusCode.Created);
        await using var station = await WireStation.ConnectAsync(server.Address, "CS-1", "ocpp1.6", "CS-1", "0123456789abcdef0123");
        await station.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
        var truth = server.Services.GetRequiredService<Busbar.Stations.Commands.CommandTruth>();
        station.Silent["RemoteStartTransaction"] = Task.Delay(TimeSpan.FromSeconds(2), TestContext.Current.CancellationToken);

        var start = await api.PostAsync("stations/CS-1/commands/start", new { evse = 1, tokenUid = "04a2b3c4" });
        start.Is(HttpStatusCode.GatewayTimeout, "commandDeadline");
        Assert.Equal("unknown", (await api.GetAsync("commands/" + start.Text("commandId"))).Text("outcome"));
        var begun = JsonElement.Parse(await station.CallAsync("StartTransaction", $$"""{"connectorId":1,"idTag":"04A2B3C4","meterStart":0,"timestamp":"{{Now()}}"}"""));
        var transaction = begun.GetProperty("transactionId").GetInt32();
        await truth.ResolveAsync(TestContext.Current.CancellationToken);
        Assert.Equal("accepted", (await api.GetAsync("commands/" + start.Text("commandId"))).Text("outcome"));

        station.Silent["RemoteStopTransaction"] = Task.Delay(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        var session = Assert.Single((await api.GetAsync("sessions")).Items).GetProperty("id").GetString();
        var stop = await api.PostAsync("stations/CS-1/commands/stop", new { sessionId = session });
        stop.Is(HttpStatusCode.GatewayTimeout, "commandDeadline");
        await station.CallAsync("StopTransaction", $$"""{"transactionId":{{transaction}},"meterStop":1000,"timestamp":"{{Now()}}","reason":"Remote"}""");
        await truth.ResolveAsync(TestContext.Current.CancellationToken);
        Assert.Equal("accepted", (await api.GetAsync("commands/" + stop.Text("commandId"))).Text("outcome"));

        static string Now() => TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [ClassData(typeof(BothDatabases))]
    public async Task What_goes_on_at_a_station_and_what_it_was_told_are_listed(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        foreach (var identity in new[] { "CS-4", "CS-5" })
            (await api.PostAsync("stations", new { stationId = identity, password = "0123456789abcdef0123" })).Is(HttpStatusCode.Created);
        await using var station = await WireStation.ConnectAsync(server.Address, $"{api.Tenant}/CS-4", "ocpp1.6", "CS-4", "0123456789abcdef0123");
        await station.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
        Assert.Empty((await api.GetAsync("stations/CS-4")).Body.GetProperty("currentSessions").EnumerateArray());
        var started = JsonElement.Parse(await station.CallAsync("StartTransaction", """{"connectorId":2,"idTag":"04A2B3C4","meterStart":0,"timestamp":"2026-11-23T05:59:00Z"}"""));
        var transaction = started.GetProperty("transactionId").GetInt32();

        var shown = Assert.Single((await api.GetAsync("stations/CS-4")).Body.GetProperty("currentSessions").EnumerateArray());
        var session = Assert.Single((await api.GetAsync("sessions?stationId=CS-4")).Items);
        Assert.Equal(session.GetProperty("id").GetString(), shown.GetProperty("sessionId").GetString());
        Assert.Equal((2, 1, $"{transaction}"), (shown.GetProperty("evse").GetInt32(), shown.GetProperty("connector").GetInt32(), shown.GetProperty("ocppTransactionId").GetString()));
        Assert.Equal([1, 0], (await api.GetAsync("stations")).Items.Select(item => item.GetProperty("currentSessions").GetArrayLength()));

        station.Answers["ClearCache"] = """{"status":"Accepted"}""";
        var given = new List<string?>();
        for (var i = 0; i < 5; i++) given.Add((await api.PostAsync("stations/CS-4/commands/clear-cache", new { })).Text("commandId"));
        given.Reverse();
        Assert.Equal(given, await WalkAsync(api, "stations/CS-4/commands?limit=2", "commandId"));
        Assert.Empty((await api.GetAsync("stations/CS-5/commands")).Items);
        (await api.GetAsync("stations/CS-9/commands")).Is(HttpStatusCode.NotFound);
        (await (await server.NewTenantAsync()).GetAsync("stations/CS-4/commands")).Is(HttpStatusCode.NotFound);

        await station.CallAsync("StopTransaction", $$"""{"transactionId":{{transaction}},"meterStop":1000,"timestamp":"2026-11-23T06:00:00Z"}""");
        Assert.Empty((await api.GetAsync("stations/CS-4")).Body.GetProperty("currentSessions").EnumerateArray());

        // Boot, start, five commands, stop: each with its answer; read in pages without a gap or a repeat.
        await UntilAsync(async () => (await api.GetAsync("stations/CS-4/messages?limit=200")).Body, body => body.GetProperty("items").GetArrayLength() == 16);
        var whole = (await api.GetAsync("stations/CS-4/messages?limit=200")).Items.Select(item => item.GetRawText()).ToList();
        Assert.Equal(16, whole.Count);
        Assert.Equal(whole.Select(text => JsonElement.Parse(text).GetProperty("messageId").GetString()), await WalkAsync(api, "stations/CS-4/messages?limit=3", "messageId"));
    }

    [Fact]
    public async Task Whose_access_changed_is_not_connected_any_more()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CS-8", password = "0123456789abcdef0123" })).Is(HttpStatusCode.Created);
        Task<WireStation> Connect(string password) => WireStation.ConnectAsync(server.Address, $"{api.Tenant}/CS-8", "ocpp1.6", "CS-8", password);

        await using (var station = await Connect("0123456789abcdef0123"))
        {
            (await api.PatchAsync("stations/CS-8", new { name = "Left", password = "0123456789abcdef0123", securityProfile = 1 })).Is(HttpStatusCode.OK);
            await station.CallAsync("Heartbeat", "{}");
            (await api.PatchAsync("stations/CS-8", new { password = "another-password-0123" })).Is(HttpStatusCode.OK);
            Assert.Equal(WebSocketCloseStatus.PolicyViolation, await station.ClosedAsync());
        }
        await Assert.ThrowsAsync<WebSocketException>(() => Connect("0123456789abcdef0123"));
        await using (var station = await Connect("another-password-0123"))
        {
            (await api.PatchAsync("stations/CS-8", new { securityProfile = 2 })).Is(HttpStatusCode.OK);
            Assert.Equal(WebSocketCloseStatus.PolicyViolation, await station.ClosedAsync());
        }
        (await api.PatchAsync("stations/CS-8", new { securityProfile = 1 })).Is(HttpStatusCode.OK);
        await using (var station = await Connect("another-password-0123"))
        {
            (await api.DeleteAsync("stations/CS-8")).Is(HttpStatusCode.NoContent);
            Assert.Equal(WebSocketCloseStatus.PolicyViolation, await station.ClosedAsync());
        }
    }

    [Theory]
    [ClassData(typeof(BothDatabases))]
    public async Task A_repeat_of_a_command_whose_caller_hung_up_or_whose_outcome_is_unknown_sends_nothing(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), null, "--Busbar:Stations:CommandSeconds=5");
        var api = await server.NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CS-6", password = "0123456789abcdef0123" })).Is(HttpStatusCode.Created);
        await using var station = await WireStation.ConnectAsync(server.Address, $"{api.Tenant}/CS-6", "ocpp1.6", "CS-6", "0123456789abcdef0123");
        await station.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
        var answers = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        station.Silent["Reset"] = answers.Task;
        station.Answers["Reset"] = """{"status":"Accepted"}""";

        using (var hangUp = new CancellationTokenSource())
        {
            var leaving = api.PostAsync("stations/CS-6/commands/restart", new { hard = true }, "hung-up", hangUp.Token);
            while (station.Heard.IsEmpty) await Task.Delay(10, TestContext.Current.CancellationToken);
            var copy = await api.PostAsync("stations/CS-6/commands/restart", new { hard = true }, "hung-up");
            copy.Is(HttpStatusCode.Conflict, "idempotencyInProgress");
            await hangUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        }
        answers.SetResult();
        var told = await WhenOverAsync(() => api.PostAsync("stations/CS-6/commands/restart", new { hard = true }, "hung-up"));
        Assert.Equal("accepted", told.Text("outcome"));
        Assert.Single(station.Heard);

        station.Silent["ClearCache"] = new TaskCompletionSource().Task;
        var unknown = await api.PostAsync("stations/CS-6/commands/clear-cache", new { }, "unknown");
        unknown.Is(HttpStatusCode.GatewayTimeout, "commandDeadline");
        var again = await api.PostAsync("stations/CS-6/commands/clear-cache", new { }, "unknown");
        again.Is(HttpStatusCode.GatewayTimeout, "commandDeadline");
        Assert.Equal(unknown.Text("commandId"), again.Text("commandId"));
        Assert.Equal(["Reset", "ClearCache"], station.Heard);
        Assert.Equal(2, (await api.GetAsync("stations/CS-6/commands")).Items.Count());
    }

    [Fact]
    public async Task A_command_whose_process_died_is_not_run_again_under_its_key()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(56));
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.AddSingleton<TimeProvider>(clock));
        var api = server.Admin;
        (await api.PostAsync("stations", new { stationId = "CS-7", password = "0123456789abcdef0123" })).Is(HttpStatusCode.Created);
        (await api.PostAsync("stations/CS-7/commands/restart", new { hard = true }, "died")).Is(HttpStatusCode.Conflict, "stationOffline");
        await using (var db = await server.Services.GetRequiredService<RoomDbFactory<IdentityDb>>().OpenAsync(TenantScope.System, CancellationToken.None))
        {
            var row = await db.Idempotency.SingleAsync(TestContext.Current.CancellationToken);
            (row.Status, row.Answer) = (0, null);
            await db.CommitAsync(CancellationToken.None);
        }
        (await api.PostAsync("stations/CS-7/commands/restart", new { hard = true }, "died")).Is(HttpStatusCode.Conflict, "idempotencyInProgress");
        clock.Advance(TimeSpan.FromHours(2));
        (await api.PostAsync("stations/CS-7/commands/restart", new { hard = true }, "died")).Is(HttpStatusCode.Conflict, "idempotencyOutcomeUnknown");
    }

    [Theory]
    [InlineData("CS-3", "wrong-password-000000")]
    [InlineData("CS-9", "0123456789abcdef0123")]
    public async Task A_wrong_password_and_an_unknown_station_look_the_same(string identity, string password)
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var api = await server.NewTenantAsync();
        (await api.PostAsync("stations", new { stationId = "CS-3", password = "0123456789abcdef0123" })).Is(HttpStatusCode.Created);
        var reasons = new ConcurrentBag<string?>();
        using var figures = new MeterListener { InstrumentPublished = (instrument, listener) => { if (instrument.Name == "busbar.upgrades.refused") listener.EnableMeasurementEvents(instrument); } };
        figures.SetMeasurementEventCallback<long>((_, _, tags, _) => { foreach (var (_, value) in tags) reasons.Add(value as string); });
        figures.Start();
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => WireStation.ConnectAsync(server.Address, $"{api.Tenant}/{identity}", "ocpp1.6", identity, password));
        Assert.Contains("401", refused.Message, StringComparison.Ordinal);
        // From inside they do not.
        Assert.Contains(identity == "CS-9" ? "unknown station" : "wrong password", reasons);
    }

    private static async Task<Answer> WhenOverAsync(Func<Task<Answer>> ask)
    {
        for (var i = 0; ; i++)
        {
            var answer = await ask();
            if (answer.Code != "idempotencyInProgress" || i == 100) return answer;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<List<string?>> WalkAsync(ApiClient api, string path, string member)
    {
        var (seen, cursor) = (new List<string?>(), (string?)null);
        do
        {
            var page = await api.GetAsync(cursor is null ? path : $"{path}&cursor={cursor}");
            page.Is(HttpStatusCode.OK);
            seen.AddRange(page.Items.Select(item => item.GetProperty(member).GetString()));
            cursor = page.Body.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null && seen.Count < 100);
        return seen;
    }

    private static bool Is(JsonElement item, string direction, string kind, string action) =>
        item.GetProperty("direction").GetString() == direction && item.GetProperty("kind").GetString() == kind && item.GetProperty("action").GetString() == action;

    private static async Task<JsonElement> UntilAsync(Func<Task<JsonElement>> read, Func<JsonElement, bool> isThere)
    {
        for (var i = 0; ; i++)
        {
            var body = await read();
            if (isThere(body) || i == 100) return body;
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
