using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Busbar.Egress.Contracts;
using Busbar.Egress.Outbox;
using Busbar.Identity;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>A tenant that is closed: nobody of it comes in by any way, its stations are gone, nothing of it leaves, those above read it, and it opens again as it was.</summary>
[Trait("suite", "stories")]
public sealed class ClosingTests(Servers servers)
{
    private const string Tenants = "/api/v1/tenants", South = Tenants + "/south", Stations = "/api/v1/stations", Sue = "sue@example.org";

    private static readonly (string, string) InSouth = ("Busbar-Tenant", "south");

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Nobody_of_a_closed_tenant_comes_in_by_any_way_until_it_is_open_again(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var owner = await Staff.FoundAsync(server);
        var sue = await SouthAsync(server, owner);
        var invited = Staff.CodeOf(await sue.FetchAsync(HttpMethod.Post, "/api/v1/invitations", new { email = "late@example.org", grants = new[] { new { role = "readOnly", where = "tenant" } } }));
        var fromAbove = Staff.CodeOf(await owner.FetchAsync(HttpMethod.Post, "/api/v1/invitations", new { email = "later@example.org", grants = new[] { new { role = "readOnly", where = "tenant" } } }, InSouth));
        var made = Read(await sue.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "robot", scopes = new[] { "stations:read" } }));
        var (key, client) = (made.GetProperty("key").GetString()!, made.GetProperty("id").GetString()!);
        var token = await TokenAsync(server, client, key);
        (await server.With(key).GetAsync("stations")).Is(HttpStatusCode.OK);
        (await server.With(token).GetAsync("stations")).Is(HttpStatusCode.OK);

        (await owner.SendAsync(HttpMethod.Post, South + "/close", null, ("Origin", owner.Origin))).Is(HttpStatusCode.OK);
        var unknown = await server.With("no key of anybody").GetAsync("stations");
        foreach (var program in new[] { server.With(key), server.With(token) })
        {
            var refused = await program.GetAsync("stations");
            Assert.Equal((unknown.Status, unknown.Code), (refused.Status, refused.Code));
        }
        Assert.NotEqual(HttpStatusCode.OK, (await AskTokenAsync(server, client, key)).Status);
        (await sue.GetAsync(Stations)).Is(HttpStatusCode.Unauthorized, "unauthenticated");
        (await sue.GetAsync("/console")).Is(HttpStatusCode.SeeOther);
        var wrong = await Staff.SignInAsync(new Browser(server), "not her password", Sue);
        var right = await Staff.SignInAsync(new Browser(server), Staff.Password, Sue);
        Assert.Equal((wrong.Status, wrong.Text), (right.Status, right.Text));
        foreach (var code in new[] { invited, fromAbove }) (await Staff.AcceptAsync(new Browser(server), code)).Is(HttpStatusCode.Forbidden);
        await using (var rows = await Staff.RowsAsync(server))
        {
            var home = server.Services.GetRequiredService<ITenants>().Find("south")!.Id;
            Assert.Equal(0, await rows.SignIns.CountAsync(row => row.TenantId == home));
        }

        (await owner.SendAsync(HttpMethod.Post, South + "/reopen", null, ("Origin", owner.Origin))).Is(HttpStatusCode.OK);
        // The session that ended stays ended; whoever has the password comes in anew, and keys are good again.
        (await sue.GetAsync(Stations)).Is(HttpStatusCode.Unauthorized);
        (await Staff.SignInAsync(sue, Staff.Password, Sue)).Is(HttpStatusCode.SeeOther);
        (await sue.GetAsync(Stations)).Is(HttpStatusCode.OK);
        (await server.With(key).GetAsync("stations")).Is(HttpStatusCode.OK);
        (await Staff.AcceptAsync(new Browser(server), invited)).Is(HttpStatusCode.SeeOther);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Its_stations_are_disconnected_and_unknown_at_the_door_and_what_it_sends_waits(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<IDeliverer, Postman>());
        var owner = await Staff.FoundAsync(server);
        await SouthAsync(server, owner);
        var password = Read(await owner.FetchAsync(HttpMethod.Post, Stations, new { stationId = "SOUTH-1" }, InSouth)).GetProperty("password").GetString()!;
        await using var station = await ConnectAsync(server, password);
        await station.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/tokens", new { uid = "TAG", type = "rfid" }, InSouth)).Is(HttpStatusCode.Created);
        await station.CallAsync("StartTransaction", $$"""{"connectorId":1,"idTag":"TAG","meterStart":0,"timestamp":"{{TimeProvider.System.GetUtcNow():O}}"}""");
        var now = Read(await owner.GetAsync(South + "/closing"));
        Assert.Equal((1, 1, 1, 0), (now.GetProperty("stationsOnline").GetInt32(), now.GetProperty("sessionsRunning").GetInt32(), now.GetProperty("people").GetInt32(), now.GetProperty("apiClients").GetInt32()));

        var began = TimeProvider.System.GetUtcNow();
        (await owner.SendAsync(HttpMethod.Post, South + "/close", null, ("Origin", owner.Origin))).Is(HttpStatusCode.OK);
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, await station.ClosedAsync());
        Assert.InRange((TimeProvider.System.GetUtcNow() - began).TotalSeconds, 0, 5);
        var refused = await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(server, password));
        var unknown = await Assert.ThrowsAsync<WebSocketException>(() => WireStation.ConnectAsync(server.Address, "south/NOBODY", "ocpp1.6", "NOBODY", password));
        Assert.Equal(unknown.Message, refused.Message);
        // The charge is not over because we do not listen: no end of it is made up.
        Assert.Equal("charging", Read(await AskAsync(owner, HttpMethod.Get, "/api/v1/sessions", InSouth)).GetProperty("items")[0].GetProperty("status").GetString());

        var tenant = server.Services.GetRequiredService<ITenants>().Find("south")!.Id;
        await using (var db = await server.Services.GetRequiredService<RoomDbFactory<EgressDb>>().OpenAsync(TenantScope.Of(tenant), default))
        {
            server.Services.GetRequiredService<IOutbox>().Put(db, new OutboxMessage(tenant, "lane", Postman.Name, "event-1", "busbar.test", null, "{}"));
            await db.CommitAsync(default);
        }
        var dispatcher = server.Services.GetRequiredService<OutboxDispatcher>();
        await dispatcher.LookAsync(default);
        await dispatcher.SettleAsync();
        Assert.Empty(Postman.Carried);
        (await owner.SendAsync(HttpMethod.Post, South + "/reopen", null, ("Origin", owner.Origin))).Is(HttpStatusCode.OK);
        for (var i = 0; i < 100 && Postman.Carried.IsEmpty; i++)
        {
            await dispatcher.LookAsync(default);
            await dispatcher.SettleAsync();
            await Task.Delay(50);
        }
        Assert.Single(Postman.Carried);
        Postman.Carried.Clear();
        await using var back = await ConnectAsync(server, password);
        await back.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Who_stands_above_closes_it_reads_it_and_changes_nothing_there(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var owner = await Staff.FoundAsync(server);
        var sue = await SouthAsync(server, owner);
        (await sue.FetchAsync(HttpMethod.Post, Tenants, new { slug = "mall", name = "Mall" })).Is(HttpStatusCode.Created);
        (await owner.FetchAsync(HttpMethod.Post, Stations, new { stationId = "SOUTH-1" }, InSouth)).Is(HttpStatusCode.Created);
        var reader = await Staff.JoinAsync(server, owner, "read@example.org", new { role = "readOnly", where = "tenant" });

        // Not one's own, not the first of all, not what one may not make, not what others stand open below.
        (await PostAsync(owner, Tenants + "/default/close")).Is(HttpStatusCode.Conflict, "ownTenant");
        (await PostAsync(sue, South + "/close")).Is(HttpStatusCode.Conflict, "ownTenant");
        (await PostAsync(owner, South + "/close", InSouth)).Is(HttpStatusCode.Conflict, "ownTenant");
        (await PostAsync(sue, Tenants + "/default/close")).Is(HttpStatusCode.NotFound);
        (await PostAsync(owner, Tenants + "/nowhere/close")).Is(HttpStatusCode.NotFound);
        (await PostAsync(reader, South + "/close")).Is(HttpStatusCode.Forbidden);
        var below = await PostAsync(owner, South + "/close");
        below.Is(HttpStatusCode.Conflict, "tenantsBelow");
        Assert.Equal("mall", Read(below).GetProperty("errors").GetProperty("/openBelow")[0].GetProperty("detail").GetString());
        (await PostAsync(sue, Tenants + "/mall/close")).Is(HttpStatusCode.OK);
        (await PostAsync(owner, South + "/close")).Is(HttpStatusCode.OK);
        (await PostAsync(owner, South + "/close")).Is(HttpStatusCode.OK);
        (await PostAsync(owner, Tenants + "/mall/reopen")).Is(HttpStatusCode.Conflict, "aboveClosed");

        // It is shown as closed, read as before, and not changed.
        Assert.Equal(["mall", "south"], Slugs(await owner.GetAsync(Tenants + "?state=closed")));
        Assert.Equal(["default"], Slugs(await owner.GetAsync(Tenants + "?state=open")));
        (await owner.GetAsync(Tenants + "?state=ajar")).Is(HttpStatusCode.BadRequest);
        Assert.NotEqual(JsonValueKind.Null, Read(await owner.GetAsync(South)).GetProperty("closedAt").ValueKind);
        Assert.Contains("SOUTH-1", (await AskAsync(owner, HttpMethod.Get, Stations, InSouth)).Text, StringComparison.Ordinal);
        (await owner.FetchAsync(HttpMethod.Post, Stations, new { stationId = "SOUTH-2" }, InSouth)).Is(HttpStatusCode.Conflict, "tenantClosed");
        (await owner.FetchAsync(HttpMethod.Patch, South, new { name = "Other" })).Is(HttpStatusCode.Conflict, "tenantClosed");
        (await owner.FetchAsync(HttpMethod.Post, Tenants, new { slug = "shop", name = "Shop" }, InSouth)).Is(HttpStatusCode.Conflict, "tenantClosed");
        // Somebody's data is erased there all the same: that may be asked for long after.
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/personal-data/erasures", new { tokenUid = "NOBODYS" }, InSouth, ("Idempotency-Key", ApiClient.NewKey()))).Is(HttpStatusCode.Created);
        owner.Cookies["busbar-tenant"] = "south";
        var page = (await owner.GetAsync("/console/stations")).Text;
        Assert.Contains("South (closed)", page, StringComparison.Ordinal);
        Assert.Contains("South is closed", page, StringComparison.Ordinal);
        owner.Cookies.Remove("busbar-tenant");
        Assert.Contains("chip warning", (await owner.GetAsync("/console/organisations?state=closed")).Text, StringComparison.Ordinal);

        (await PostAsync(owner, South + "/reopen")).Is(HttpStatusCode.OK);
        (await owner.FetchAsync(HttpMethod.Post, Stations, new { stationId = "SOUTH-2" }, InSouth)).Is(HttpStatusCode.Created);
        (await PostAsync(owner, Tenants + "/mall/reopen")).Is(HttpStatusCode.OK);
        // Both audits have it, once each.
        foreach (var headers in new (string, string)[][] { [], [InSouth] })
        {
            var actions = Read(await AskAsync(owner, HttpMethod.Get, "/api/v1/audit?limit=200&kind=tenant", headers)).GetProperty("items").EnumerateArray().Where(entry => entry.GetProperty("name").GetString() == "south")
                .Select(entry => entry.GetProperty("action").GetString()).ToList();
            Assert.Single(actions, "tenant.closed");
            Assert.Single(actions, "tenant.reopened");
        }
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Sharing_does_not_keep_it_open_and_the_glass_opens_it_to_look(DatabaseKind kind)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(kind));
        var owner = await Staff.FoundAsync(server);
        var sue = await SouthAsync(server, owner);
        (await sue.FetchAsync(HttpMethod.Post, Stations, new { stationId = "SOUTH-1" })).Is(HttpStatusCode.Created);
        (await sue.FetchAsync(HttpMethod.Patch, South, new { sharing = "none" })).Is(HttpStatusCode.OK);
        (await PostAsync(owner, South + "/close")).Is(HttpStatusCode.OK);
        (await AskAsync(owner, HttpMethod.Get, Stations, InSouth)).Is(HttpStatusCode.Forbidden);
        (await owner.FetchAsync(HttpMethod.Post, South + "/break-glass", new { reason = "A driver asks for what is kept of them." })).Is(HttpStatusCode.Created);
        (await AskAsync(owner, HttpMethod.Get, Stations, InSouth)).Is(HttpStatusCode.OK);
        (await owner.FetchAsync(HttpMethod.Post, Stations, new { stationId = "SOUTH-2" }, InSouth)).Is(HttpStatusCode.Conflict, "tenantClosed");
        (await owner.FetchAsync(HttpMethod.Post, "/api/v1/personal-data/erasures", new { tokenUid = "NOBODYS" }, InSouth, ("Idempotency-Key", ApiClient.NewKey()))).Is(HttpStatusCode.Created);
    }

    /// <summary>Two processes on one database: what one closes, the other shuts within five seconds.</summary>
    [Fact]
    public async Task Every_process_shuts_it_within_five_seconds()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Postgres);
        await using var first = await Staff.StartAsync(store);
        await using var second = await Staff.StartAsync(store);
        var owner = await Staff.FoundAsync(first);
        var sue = await SouthAsync(first, owner);
        var there = new Browser(second);
        for (var i = 0; i < 100 && (await Staff.SignInAsync(there, Staff.Password, Sue)).Status != HttpStatusCode.SeeOther; i++) await Task.Delay(100);
        // It hears of people and tenants within two seconds.
        for (var i = 0; i < 100 && (await there.GetAsync(Stations)).Status != HttpStatusCode.OK; i++) await Task.Delay(100);
        (await there.GetAsync(Stations)).Is(HttpStatusCode.OK);
        var password = Read(await sue.FetchAsync(HttpMethod.Post, Stations, new { stationId = "SOUTH-1" })).GetProperty("password").GetString()!;
        await using var station = await ConnectAsync(second, password);
        (await PostAsync(owner, South + "/close")).Is(HttpStatusCode.OK);
        var began = TimeProvider.System.GetUtcNow();
        while ((await there.GetAsync(Stations)).Status == HttpStatusCode.OK) await Task.Delay(50);
        await station.ClosedAsync();
        Assert.InRange((TimeProvider.System.GetUtcNow() - began).TotalSeconds, 0, 5);
        await Assert.ThrowsAsync<WebSocketException>(() => ConnectAsync(second, password));
    }

    private static Task<WireStation> ConnectAsync(RunningServer server, string password) => WireStation.ConnectAsync(server.Address, "south/SOUTH-1", "ocpp1.6", "SOUTH-1", password);

    private static async Task<string> TokenAsync(RunningServer server, string client, string key) => JsonElement.Parse((await AskTokenAsync(server, client, key)).Text).GetProperty("access_token").GetString()!;

    private static Task<PageAnswer> AskTokenAsync(RunningServer server, string client, string key) => new Browser(server).SendAsync(HttpMethod.Post, "/oauth/token",
        new FormUrlEncodedContent([new("grant_type", "client_credentials")]), ("Authorization", "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{client}:{key}"))));

    private static IEnumerable<string?> Slugs(PageAnswer answer) => Read(answer).GetProperty("items").EnumerateArray().Select(tenant => tenant.GetProperty("slug").GetString()).Order();

    private static async Task<Browser> SouthAsync(RunningServer server, Browser owner)
    {
        (await owner.FetchAsync(HttpMethod.Post, Tenants, new { slug = "south", name = "South" })).Is(HttpStatusCode.Created);
        return await Staff.JoinAsync(server, owner, Sue, "south", new { role = "owner", where = "tenant" });
    }

    private static Task<PageAnswer> PostAsync(Browser who, string path, params (string, string)[] headers) => who.SendAsync(HttpMethod.Post, path, null, [("Origin", who.Origin), .. headers]);

    private static Task<PageAnswer> AskAsync(Browser who, HttpMethod method, string path, params (string, string)[] headers) => who.SendAsync(method, path, null, headers);

    private static JsonElement Read(PageAnswer answer) => JsonElement.Parse(answer.Text);

    private sealed class Postman : IDeliverer
    {
        public const string Name = "postman";

        public static System.Collections.Concurrent.ConcurrentQueue<string> Carried { get; } = [];

        public string Kind => Name;

        public Task<DeliveryOutcome> DeliverAsync(OutboxMessage message, CancellationToken ct)
        {
            Carried.Enqueue(message.EventId);
            return Task.FromResult<DeliveryOutcome>(new DeliveryOutcome.Sent());
        }
    }
}
