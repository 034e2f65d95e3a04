using System.Net;
using System.Text.Json;
using Busbar.Operations;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Operations;

/// <summary>From a station that goes away to the mail and the webhook that say so, and back, on both databases.</summary>
public sealed class AlertStoryTests(Servers servers)
{
    private static readonly string[] Quick =
    [
        "--Busbar:Alerts:Pace=00:00:00.2", "--Busbar:Alerts:Settle=00:00:00", "--Busbar:Alerts:UnusedPace=00:00:00.5", "--Busbar:Alerts:PublicUrl=https://busbar.example",
        "--Busbar:Outbox:Pace=00:00:00.1", "--Busbar:Outbox:Attempts=3", "--Busbar:Outbox:FirstPause=00:00:00.1",
    ];

    private const string Hostile = "Gate\r\nBcc: everybody@example.com <b>7</b>";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_station_goes_away_and_comes_back_and_who_should_know_is_told_both(DatabaseKind kind)
    {
        await using var mail = new SmtpReceiver();
        await using var hooks = new WebhookReceiver();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), null, [.. Quick, .. mail.Settings, .. WebhookReceiver.Allowed(hooks.Port)]);
        var api = await server.NewTenantAsync();
        var neighbour = await server.NewTenantAsync();
        await AtOnceAsync(api, "stationOffline", 0);
        var location = await api.PostAsync("locations", new { name = Hostile, timeZone = "Europe/Amsterdam", country = "NLD", address = "Kade 1", city = "Rotterdam", currency = "EUR" });
        location.Is(HttpStatusCode.Created);
        var password = await GivenStationAsync(api, "CS-1", location.Text("id"));
        (await api.PostAsync("notification-channels", new { kind = "mail", name = "Night shift", address = "ops@example.com", language = "de" })).Is(HttpStatusCode.Created);
        var hook = await api.PostAsync("notification-channels", new { kind = "webhook", name = "Helpdesk", url = hooks.Url });
        hook.Is(HttpStatusCode.Created);
        var secret = hook.Text("secret");

        await (await ConnectAsync(server, api, "CS-1", password)).DisposeAsync();
        var alert = await UntilAsync(api, "alerts?state=open", items => items.SingleOrDefault());
        Assert.Equal(("stationOffline", "CS-1"), (alert.GetProperty("rule").GetString(), alert.GetProperty("stationId").GetString()));
        Assert.Equal("checkPowerAndNetwork", alert.GetProperty("suggestedAction").GetProperty("key").GetString());
        await UntilAsync(() => mail.Raw.Count == 1 && hooks.Hooks.Count == 1);
        var told = mail.Mails[0];
        Assert.Equal("CS-1 ist offline", told.Subject);
        Assert.Equal("ops@example.com", told.To.Mailboxes.Single().Address);
        Assert.Contains("Strom und Netz", told.TextBody, StringComparison.Ordinal);
        Assert.Contains("https://busbar.example/console/alerts", told.TextBody, StringComparison.Ordinal);
        Assert.True(hooks.Hooks.TryDequeue(out var raised));
        Assert.True(raised.IsSignedWith(secret));
        Assert.False((raised with { Body = [.. raised.Body, (byte)' '] }).IsSignedWith(secret));
        Assert.Equal("application/cloudevents+json; charset=utf-8", raised.Headers["content-type"]);
        Assert.Equal(("1.0", "busbar.alert.raised", alert.GetProperty("id").GetString()),
            (raised.Event.GetProperty("specversion").GetString(), raised.Event.GetProperty("type").GetString(), raised.Event.GetProperty("subject").GetString()));
        Assert.Equal(raised.Headers["webhook-id"], raised.Event.GetProperty("id").GetString());
        Assert.Equal(Hostile, raised.Event.GetProperty("data").GetProperty("locationName").GetString());

        // Somebody else sees nothing of it, and cannot touch it.
        foreach (var path in new[] { "alerts", "notification-channels", "deliveries" }) Assert.Empty((await neighbour.GetAsync(path)).Items);
        var id = alert.GetProperty("id").GetString();
        (await neighbour.GetAsync($"alerts/{id}")).Is(HttpStatusCode.NotFound);
        (await neighbour.PostAsync($"alerts/{id}/acknowledge", new { })).Is(HttpStatusCode.NotFound);
        (await neighbour.PatchAsync($"alerts/{id}", new { note = "x" })).Is(HttpStatusCode.NotFound);

        (await api.PostAsync($"alerts/{id}/acknowledge", new { })).Is(HttpStatusCode.OK);
        (await api.PatchAsync($"alerts/{id}", new { note = "Somebody is on the way." })).Is(HttpStatusCode.OK);
        await using var back = await ConnectAsync(server, api, "CS-1", password);
        var over = await UntilAsync(api, "alerts?state=resolved", items => items.SingleOrDefault());
        Assert.Equal(("Somebody is on the way.", JsonValueKind.String, JsonValueKind.String),
            (over.GetProperty("note").GetString(), over.GetProperty("resolvedAt").ValueKind, over.GetProperty("acknowledgedAt").ValueKind));
        await UntilAsync(() => mail.Raw.Count == 2 && hooks.Hooks.Count == 1);
        Assert.Equal("Behoben: CS-1 ist offline", mail.Mails[1].Subject);
        Assert.True(hooks.Hooks.TryDequeue(out var resolved));
        Assert.Equal("busbar.alert.resolved", resolved.Event.GetProperty("type").GetString());
        // What was taken is marked as sent a moment later.
        await UntilAsync(api, "deliveries?state=sent", items => items.Count() == 4 ? items.First() : default);
        Assert.Empty((await api.GetAsync("alerts?state=open")).Items);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_receiver_that_is_not_there_is_tried_again_then_given_up_and_told_after_all_by_a_replay(DatabaseKind kind)
    {
        await using var broken = new WebhookReceiver { Status = 500 };
        await using var well = new WebhookReceiver();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), null, [.. Quick, .. WebhookReceiver.Allowed(broken.Port, well.Port)]);
        var api = await server.NewTenantAsync();
        var channel = (await api.PostAsync("notification-channels", new { kind = "webhook", name = "Broken", url = broken.Url })).Body.GetProperty("channel").GetProperty("id").GetString();
        (await api.PostAsync("notification-channels", new { kind = "webhook", name = "Well", url = well.Url })).Is(HttpStatusCode.Created);
        await AtOnceAsync(api, "stationOffline", 0);
        var password = await GivenStationAsync(api, "CS-1");
        await (await ConnectAsync(server, api, "CS-1", password)).DisposeAsync();

        await UntilAsync(() => well.Hooks.Count == 1);
        var dead = await UntilAsync(api, "deliveries?state=dead", items => items.SingleOrDefault());
        Assert.Equal((channel, "http500", 3), (dead.GetProperty("channelId").GetString(), dead.GetProperty("lastError").GetString(), dead.GetProperty("attempts").GetInt32()));
        Assert.Equal(3, broken.Asked);
        broken.Status = 200;
        var path = $"deliveries/{dead.GetProperty("id").GetString()}/replay";
        (await (await server.NewTenantAsync()).PostAsync(path, new { })).Is(HttpStatusCode.NotFound);
        (await api.PostAsync(path, new { })).Is(HttpStatusCode.OK);
        await UntilAsync(() => broken.Hooks.Count == 1);
        Assert.Equal(dead.GetProperty("eventId").GetString(), broken.Hooks.First().Headers["webhook-id"]);
        await UntilAsync(api, "deliveries?state=sent&channelId=" + channel, items => items.SingleOrDefault());
        (await api.PostAsync(path, new { })).Is(HttpStatusCode.Conflict, "notDead");
        Assert.Single(well.Hooks);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Stations_of_one_site_that_leave_together_are_one_alert_and_a_fault_is_another(DatabaseKind kind)
    {
        await using var hooks = new WebhookReceiver();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), null, [.. Quick, "--Busbar:Alerts:Pace=01:00:00", "--Busbar:Alerts:Settle=23:00:00", .. WebhookReceiver.Allowed(hooks.Port)]);
        var api = await server.NewTenantAsync();
        await AtOnceAsync(api, "stationOffline", 0);
        await AtOnceAsync(api, "connectorFaulted", 0);
        (await api.PostAsync("notification-channels", new { kind = "webhook", name = "Helpdesk", url = hooks.Url })).Is(HttpStatusCode.Created);
        var site = (await api.PostAsync("locations", Given.Location)).Text("id");
        var watch = server.Services.GetRequiredService<AlertWatch>();
        var stations = new List<(string Name, string Password, WireStation Wire)>();
        for (var i = 1; i <= 4; i++)
        {
            var password = await GivenStationAsync(api, $"CS-{i}", site);
            stations.Add(($"CS-{i}", password, await ConnectAsync(server, api, $"CS-{i}", password)));
        }
        await stations[3].Wire.CallAsync("StatusNotification", """{"connectorId":1,"errorCode":"GroundFailure","status":"Faulted","info":"<script>alert(1)</script>"}""");

        await stations[0].Wire.DisposeAsync();
        await LookUntilAsync(watch, api, alerts => alerts.Count == 2);
        Assert.Equal(["connectorFaulted", "stationOffline"], await OpenAsync(api));
        for (var i = 1; i < 3; i++) await stations[i].Wire.DisposeAsync();
        await LookUntilAsync(watch, api, alerts => alerts.Contains("siteOffline"));
        Assert.Equal(["connectorFaulted", "siteOffline"], await OpenAsync(api));
        var alert = (await api.GetAsync("alerts?rule=siteOffline")).Items.Single();
        Assert.Equal((3, "Harbour"), (alert.GetProperty("stations").GetInt32(), alert.GetProperty("locationName").GetString()));
        // The first one's, and that of another if a look fell between the two that left after it.
        var merged = (await api.GetAsync("alerts?state=resolved")).Items.ToList();
        Assert.InRange(merged.Count, 1, 2);
        Assert.All(merged, one => Assert.Equal(("stationOffline", true), (one.GetProperty("rule").GetString(), one.GetProperty("merged").GetBoolean())));
        var faulted = (await api.GetAsync("alerts?rule=connectorFaulted")).Items.Single();
        Assert.Equal(("CS-4", "GroundFailure", 1), (faulted.GetProperty("stationId").GetString(), faulted.GetProperty("error").GetString(), faulted.GetProperty("evse").GetInt32()));

        // One comes back: too few are away for the site, and those that are still away are told by themselves.
        await using var back = await ConnectAsync(server, api, "CS-1", stations[0].Password);
        await LookUntilAsync(watch, api, alerts => !alerts.Contains("siteOffline") && alerts.Count == 3);
        Assert.Equal(["connectorFaulted", "stationOffline", "stationOffline"], await OpenAsync(api));
        await stations[3].Wire.DisposeAsync();
    }

    [Fact]
    public async Task A_look_without_a_change_writes_nothing_and_a_rule_that_is_switched_off_ends_its_alerts()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, [.. Quick, "--Busbar:Alerts:Settle=23:00:00"]);
        var api = await server.NewTenantAsync();
        await AtOnceAsync(api, "stationOffline", 0);
        await (await ConnectAsync(server, api, "CS-1", await GivenStationAsync(api, "CS-1"))).DisposeAsync();
        var watch = server.Services.GetRequiredService<AlertWatch>();
        await LookUntilAsync(watch, api, alerts => alerts.Count == 1);
        var before = (await api.GetAsync("alerts")).Items.Single();
        var tag = (await api.GetAsync($"alerts/{before.GetProperty("id").GetString()}")).Tag;
        for (var i = 0; i < 3; i++) await watch.LookAsync(TestContext.Current.CancellationToken);
        Assert.Equal(tag, (await api.GetAsync($"alerts/{before.GetProperty("id").GetString()}")).Tag);
        (await api.SendAsync(HttpMethod.Put, "alert-rules/stationOffline", """{"enabled":false,"afterMinutes":10,"recoverMinutes":60}""")).Is(HttpStatusCode.OK);
        await watch.LookAsync(TestContext.Current.CancellationToken);
        Assert.Empty(await OpenAsync(api));
    }

    private static async Task AtOnceAsync(ApiClient api, string rule, int minutes) =>
        (await api.SendAsync(HttpMethod.Put, $"alert-rules/{rule}", JsonSerializer.Serialize(new { enabled = true, afterMinutes = minutes, recoverMinutes = 0 }))).Is(HttpStatusCode.OK);

    private static async Task<string> GivenStationAsync(ApiClient api, string name, string? location = null)
    {
        var made = await api.PostAsync("stations", new { stationId = name, locationId = location });
        made.Is(HttpStatusCode.Created);
        return made.Text("password");
    }

    private static async Task<WireStation> ConnectAsync(RunningServer server, ApiClient api, string name, string password)
    {
        var station = await WireStation.ConnectAsync(server.Address, $"{api.Tenant}/{name}", "ocpp1.6", name, password);
        await station.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
        return station;
    }

    private static async Task<List<string>> OpenAsync(ApiClient api) => [.. (await api.GetAsync("alerts?state=open")).Items.Select(alert => alert.GetProperty("rule").GetString()!).Order()];

    private static async Task LookUntilAsync(AlertWatch watch, ApiClient api, Func<List<string>, bool> isThere)
    {
        for (var i = 0; i < 100; i++)
        {
            await watch.LookAsync(TestContext.Current.CancellationToken);
            if (isThere(await OpenAsync(api))) return;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        Assert.Fail("Not there: " + string.Join(", ", await OpenAsync(api)));
    }

    private static async Task<JsonElement> UntilAsync(ApiClient api, string path, Func<IEnumerable<JsonElement>, JsonElement> pick)
    {
        for (var i = 0; i < 200; i++)
        {
            if (pick((await api.GetAsync(path)).Items) is { ValueKind: JsonValueKind.Object } found) return found;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        throw new TimeoutException($"{path} stayed empty.");
    }

    private static async Task UntilAsync(Func<bool> isThere)
    {
        for (var i = 0; i < 200 && !isThere(); i++) await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.True(isThere());
    }
}
