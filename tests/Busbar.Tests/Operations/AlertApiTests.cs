using System.Net;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Tests.Operations;

/// <summary>What the API takes and refuses.</summary>
public sealed class AlertApiTests(Servers servers)
{
    private const string NoAlert = "alt00000000000000000000000000";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_rule_has_its_thresholds_and_takes_no_others(DatabaseKind kind)
    {
        var api = await (await servers.OnAsync(kind)).NewTenantAsync();
        var rules = (await api.GetAsync("alert-rules")).Items.ToList();
        Assert.Equal(["stationOffline", "connectorFaulted", "sessionStuck", "connectorUnused", "pricesMissing", "retentionFails", "erasureOpen"], rules.Select(rule => rule.GetProperty("rule").GetString()));
        Assert.All(rules, rule => Assert.True(rule.GetProperty("isDefault").GetBoolean()));

        async Task Refused(string rule, string body, string pointer)
        {
            var answer = await api.SendAsync(HttpMethod.Put, $"alert-rules/{rule}", body);
            answer.Is(HttpStatusCode.BadRequest);
            Assert.Equal([pointer], answer.Pointers);
        }
        await Refused("stationOffline", """{"enabled":true,"afterMinutes":-1}""", "/afterMinutes");
        await Refused("stationOffline", """{"enabled":true,"afterMinutes":43201}""", "/afterMinutes");
        await Refused("stationOffline", """{"enabled":true,"afterMinutes":1,"siteStations":1}""", "/siteStations");
        await Refused("stationOffline", """{"enabled":true,"afterMinutes":1,"openHours":3}""", "/openHours");
        await Refused("sessionStuck", """{"enabled":true,"afterMinutes":0}""", "/afterMinutes");
        await Refused("connectorUnused", """{"enabled":true,"afterMinutes":60,"recoverMinutes":1441}""", "/recoverMinutes");
        await Refused("connectorUnused", """{"enabled":true,"afterMinutes":60,"expectedSessions":0}""", "/expectedSessions");
        await Refused("pricesMissing", """{"enabled":true,"afterMinutes":0,"byHour":24}""", "/byHour");
        await Refused("connectorUnused", """{"enabled":true,"afterMinutes":60,"evil":1}""", "/evil");
        (await api.SendAsync(HttpMethod.Put, "alert-rules/siteOffline", """{"enabled":true,"afterMinutes":1}""")).Is(HttpStatusCode.NotFound);
        (await api.SendAsync(HttpMethod.Put, "alert-rules/nothing", """{"enabled":true,"afterMinutes":1}""")).Is(HttpStatusCode.NotFound);

        var put = await api.SendAsync(HttpMethod.Put, "alert-rules/sessionStuck", """{"enabled":false,"afterMinutes":30,"openHours":12}""", ifMatch: (await api.GetAsync("alert-rules/sessionStuck")).Tag);
        put.Is(HttpStatusCode.OK);
        (await api.SendAsync(HttpMethod.Put, "alert-rules/sessionStuck", """{"enabled":false,"afterMinutes":30}""", ifMatch: "\"0\"")).Is(HttpStatusCode.PreconditionFailed);
        var stored = await api.GetAsync("alert-rules/sessionStuck");
        Assert.Equal((false, 30, 12, false), (stored.Body.GetProperty("enabled").GetBoolean(), stored.Body.GetProperty("afterMinutes").GetInt32(), stored.Body.GetProperty("openHours").GetInt32(), stored.Body.GetProperty("isDefault").GetBoolean()));
        (await api.DeleteAsync("alert-rules/sessionStuck")).Is(HttpStatusCode.NoContent);
        Assert.Equal(24, (await api.GetAsync("alert-rules/sessionStuck")).Body.GetProperty("openHours").GetInt32());
    }

    [Theory]
    [InlineData("""{"kind":"mail","name":"x","address":"ops@example.com\r\nBcc: a@example.com"}""", "/address")]
    [InlineData("""{"kind":"mail","name":"x","address":"Ops <ops@example.com>"}""", "/address")]
    [InlineData("""{"kind":"mail","name":"x","address":"a@example.com,b@example.com"}""", "/address")]
    [InlineData("""{"kind":"mail","name":"x","address":"nobody"}""", "/address")]
    [InlineData("""{"kind":"mail","name":"x"}""", "/address")]
    [InlineData("""{"kind":"mail","name":"","address":"ops@example.com"}""", "/name")]
    [InlineData("""{"kind":"mail","name":"x","address":"ops@example.com","language":"fr"}""", "/language")]
    [InlineData("""{"kind":"mail","name":"x","address":"ops@example.com","url":"https://example.com"}""", "/url")]
    [InlineData("""{"kind":"webhook","name":"x","url":"ftp://example.com"}""", "/url")]
    [InlineData("""{"kind":"webhook","name":"x","url":"/relative"}""", "/url")]
    [InlineData("""{"kind":"webhook","name":"x","url":"https://user:secret@example.com"}""", "/url")]
    [InlineData("""{"kind":"webhook","name":"x","url":"https://example.com","address":"ops@example.com"}""", "/address")]
    [InlineData("""{"kind":"pigeon","name":"x"}""", "/kind")]
    public async Task A_channel_that_leads_nowhere_is_refused(string body, string pointer)
    {
        var api = await (await servers.OnAsync(DatabaseKind.Sqlite)).NewTenantAsync();
        var answer = await api.PostAsync("notification-channels", body);
        answer.Is(HttpStatusCode.BadRequest);
        Assert.Contains(pointer, answer.Pointers);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_webhooks_secret_is_shown_once_and_the_old_one_signs_until_its_time_is_over(DatabaseKind kind)
    {
        await using var hooks = new WebhookReceiver();
        var clock = new SetClock();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => Microsoft.Extensions.DependencyInjection.ServiceCollectionServiceExtensions.AddSingleton<TimeProvider>(services, clock),
            ["--Busbar:Outbox:Pace=00:00:00.1", .. WebhookReceiver.Allowed(hooks.Port)]);
        var api = await server.NewTenantAsync();
        var made = await api.PostAsync("notification-channels", new { kind = "webhook", name = "Helpdesk", url = hooks.Url });
        made.Is(HttpStatusCode.Created);
        var (id, first) = (made.Body.GetProperty("channel").GetProperty("id").GetString()!, made.Text("secret"));
        foreach (var path in new[] { "notification-channels", $"notification-channels/{id}" }) Assert.DoesNotContain("whsec_", (await api.GetAsync(path)).Body.GetRawText(), StringComparison.Ordinal);

        (await api.PostAsync($"notification-channels/{id}/rotate-secret", new { overlapHours = 169 })).Is(HttpStatusCode.BadRequest);
        var rotated = await api.PostAsync($"notification-channels/{id}/rotate-secret", new { overlapHours = 2 });
        rotated.Is(HttpStatusCode.OK);
        var second = rotated.Text("secret");
        Assert.NotEqual(first, second);
        async Task<Hook> TestAsync()
        {
            (await api.PostAsync($"notification-channels/{id}/test", new { })).Is(HttpStatusCode.Accepted);
            for (var i = 0; i < 200; i++)
            {
                if (hooks.Hooks.TryDequeue(out var hook)) return hook;
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
            throw new TimeoutException("No webhook came.");
        }
        var both = await TestAsync();
        Assert.Equal("busbar.test", both.Event.GetProperty("type").GetString());
        Assert.True(both.IsSignedWith(first) && both.IsSignedWith(second));
        clock.Advance(TimeSpan.FromHours(3));
        var only = await TestAsync();
        Assert.Single(only.Headers["webhook-signature"].Split(' '));
        Assert.False(only.IsSignedWith(first));

        (await api.PatchAsync($"notification-channels/{id}", new { kind = "mail" })).Is(HttpStatusCode.BadRequest);
        (await api.PatchAsync($"notification-channels/{id}", new { enabled = false })).Is(HttpStatusCode.OK);
        var other = await server.NewTenantAsync();
        (await other.GetAsync($"notification-channels/{id}")).Is(HttpStatusCode.NotFound);
        (await other.DeleteAsync($"notification-channels/{id}")).Is(HttpStatusCode.NotFound);
        (await other.PostAsync($"notification-channels/{id}/test", new { })).Is(HttpStatusCode.NotFound);
        (await other.PostAsync($"notification-channels/{id}/rotate-secret", new { })).Is(HttpStatusCode.NotFound);
        (await api.DeleteAsync($"notification-channels/{id}")).Is(HttpStatusCode.NoContent);
        (await api.GetAsync($"notification-channels/{id}")).Is(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task A_webhook_inside_the_network_is_not_reached()
    {
        await using var inside = new WebhookReceiver();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null,
            "--Busbar:Outbox:Pace=00:00:00.1", "--Busbar:Egress:Purposes:Webhooks:Http=true", $"--Busbar:Egress:Purposes:Webhooks:Ports:0={inside.Port}");
        var api = server.Admin;
        var made = await api.PostAsync("notification-channels", new { kind = "webhook", name = "Inside", url = inside.Url });
        var tested = await api.PostAsync($"notification-channels/{made.Body.GetProperty("channel").GetProperty("id").GetString()}/test", new { });
        JsonElement delivery = default;
        for (var i = 0; i < 100; i++)
        {
            delivery = (await api.GetAsync("deliveries/" + tested.Text("deliveryId"))).Body;
            if (delivery.GetProperty("state").GetString() == "dead") break;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        Assert.Equal(("dead", "refusedAddress", 1), (delivery.GetProperty("state").GetString(), delivery.GetProperty("lastError").GetString(), delivery.GetProperty("attempts").GetInt32()));
        Assert.Equal(0, inside.Asked);
    }

    [Fact]
    public async Task Who_lacks_the_scope_is_refused_and_what_is_not_there_is_not_found()
    {
        var server = await servers.OnAsync(DatabaseKind.Sqlite);
        var made = await server.Admin.PostAsync("api-clients", new { name = "reader", scopes = new[] { "alerts:read", "notifications:read" } });
        var reader = server.With(made.Text("key"));
        foreach (var path in new[] { "alerts", "alert-rules", "notification-channels", "deliveries" }) (await reader.GetAsync(path)).Is(HttpStatusCode.OK);
        (await reader.PostAsync($"alerts/{NoAlert}/acknowledge", new { })).Is(HttpStatusCode.Forbidden);
        (await reader.PostAsync("notification-channels", new { kind = "mail", name = "x", address = "a@example.com" })).Is(HttpStatusCode.Forbidden);
        (await reader.SendAsync(HttpMethod.Put, "alert-rules/stationOffline", """{"enabled":true,"afterMinutes":1}""")).Is(HttpStatusCode.Forbidden);
        (await reader.PostAsync("deliveries/dlv00000000000000000000000000/replay", new { })).Is(HttpStatusCode.Forbidden);
        var none = await server.Admin.PostAsync("api-clients", new { name = "stations", scopes = new[] { "stations:read" } });
        (await server.With(none.Text("key")).GetAsync("alerts")).Is(HttpStatusCode.Forbidden);

        (await server.Admin.GetAsync($"alerts/{NoAlert}")).Is(HttpStatusCode.NotFound);
        (await server.Admin.GetAsync("alerts/nonsense")).Is(HttpStatusCode.NotFound);
        (await server.Admin.GetAsync("alerts?state=nonsense")).Is(HttpStatusCode.BadRequest);
        (await server.Admin.GetAsync("deliveries?channelId=nonsense")).Is(HttpStatusCode.BadRequest);
        (await server.Admin.GetAsync("deliveries/dlv00000000000000000000000000")).Is(HttpStatusCode.NotFound);
    }
}
