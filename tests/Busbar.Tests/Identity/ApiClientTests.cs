using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Audit;
using Busbar.Identity.Clients;
using Busbar.Identity.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>Programs: what each may do where, from which address and until when, and how its key is renewed.</summary>
[Trait("suite", "stories")]
public sealed class ApiClientTests(Servers servers)
{
    private static readonly string[] Reads = ["tokens:read"];

    [Theory]
    [InlineData("192.0.2.7", "192.0.2.7/32")]
    [InlineData("192.0.2.0/24", "192.0.2.0/24")]
    [InlineData("0.0.0.0/0", "0.0.0.0/0")]
    [InlineData("::ffff:192.0.2.0/120", "192.0.2.0/24")]
    [InlineData("::FFFF:192.0.2.7", "192.0.2.7/32")]
    [InlineData("2001:DB8::/32", "2001:db8::/32")]
    [InlineData("2001:db8::1", "2001:db8::1/128")]
    [InlineData("192.0.2.1/24", null)]        // bits beyond the prefix: which of the two was meant?
    [InlineData("192.0.2.0/33", null)]
    [InlineData("192.0.2.0/-1", null)]
    [InlineData("192.0.2.0/", null)]
    [InlineData("192.0.2.0/ 24", null)]
    [InlineData("192.0.2", null)]             // 192.0.0.2, says the library
    [InlineData("010.0.0.1", null)]           // 8.0.0.1
    [InlineData("3221225985", null)]
    [InlineData("0xC0.0.2.1", null)]
    [InlineData("fe80::1%3", null)]
    [InlineData("[2001:db8::1]", null)]
    [InlineData("::ffff:0.0.0.0/95", null)]   // more than IPv4, and not all of IPv6
    [InlineData("example.org", null)]
    [InlineData(" 192.0.2.7", null)]
    [InlineData("", null)]
    public void A_network_is_read_in_one_way_or_not_at_all(string text, string? kept)
    {
        Assert.Equal(kept is not null, AddressList.TryParse(text, out var network));
        if (kept is not null) Assert.Equal(kept, network);
    }

    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.255", true)]
    [InlineData("192.0.2.0/24", "::ffff:192.0.2.255", true)]
    [InlineData("192.0.2.0/24", "192.0.3.0", false)]
    [InlineData("192.0.2.0/24", "::ffff:192.0.3.0", false)]
    [InlineData("2001:db8::/32 192.0.2.7/32", "192.0.2.7", true)]
    [InlineData("2001:db8::/32", "2001:db8:ffff::1", true)]
    [InlineData("2001:db8::/32", "2001:db9::1", false)]
    [InlineData("fe80::/10", "fe80::1%3", true)]
    [InlineData("0.0.0.0/0", "2001:db8::1", false)]
    [InlineData("::/0", "192.0.2.7", false)]
    public void An_address_is_in_a_list_as_what_it_is(string list, string address, bool isIn) => Assert.Equal(isIn, AddressList.Of(list)!.Contains(IPAddress.Parse(address)));

    [Fact]
    public void Who_has_no_address_is_in_no_list() => Assert.False(AddressList.Of("0.0.0.0/0 ::/0")!.Contains(null));

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_client_comes_in_from_its_addresses_only_and_from_elsewhere_looks_like_a_wrong_key(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var admin = await server.NewTenantAsync();
        var made = await admin.PostAsync("api-clients", new { name = "bound", scopes = Reads, allowedAddresses = new[] { "127.0.4.0/24", "::ffff:127.0.5.5", "127.0.4.0/24" } });
        made.Is(HttpStatusCode.Created);
        Assert.Equal(["127.0.4.0/24", "127.0.5.5/32"], made.Body.GetProperty("allowedAddresses").EnumerateArray().Select(one => one.GetString()));
        foreach (var (source, status) in new[] { ("127.0.4.9", HttpStatusCode.OK), ("127.0.5.5", HttpStatusCode.OK), ("127.0.5.6", HttpStatusCode.Unauthorized), ("127.0.0.1", HttpStatusCode.Unauthorized) })
        {
            using var http = From(server, source);
            var answer = await new ApiClient(http, made.Text("key"), null).GetAsync("tokens");
            Assert.Equal(status, answer.Status);
            if (status == HttpStatusCode.OK) continue;
            var wrong = await new ApiClient(http, "busbar_wrong", null).GetAsync("tokens");
            Assert.Equal((wrong.Body.GetRawText(), wrong.Headers.WwwAuthenticate.ToString()), (answer.Body.GetRawText(), answer.Headers.WwwAuthenticate.ToString()));
        }
        await server.Services.GetRequiredService<DoorAudit>().TellAsync(isLast: true);
        var told = (await admin.GetAsync("audit?action=apiClient.addressRefused")).Items.ToList();
        Assert.Equal(["127.0.0.1", "127.0.5.6"], told.Select(entry => entry.GetProperty("source").GetString()).Order());
        Assert.All(told, entry => Assert.Equal((made.Text("id"), "refused", "bound"), (entry.GetProperty("actor").GetString(), entry.GetProperty("outcome").GetString(), entry.GetProperty("name").GetString())));

        // Where it called from last is one it was let in from.
        await server.Services.GetRequiredService<IdentityDirectory>().WriteLastUsedAsync(CancellationToken.None);
        Assert.Equal("127.0.5.5", (await admin.GetAsync($"api-clients/{made.Text("id")}")).Text("lastUsedFrom"));
        (await admin.PatchAsync($"api-clients/{made.Text("id")}", """{"allowedAddresses":null}""")).Is(HttpStatusCode.OK);
        (await server.With(made.Text("key")).GetAsync("tokens")).Is(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_client_ends_when_it_was_said(DatabaseKind kind)
    {
        var clock = new SetClock();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock));
        var end = clock.GetUtcNow().AddHours(1);
        var made = await server.Admin.PostAsync("api-clients", new { name = "guest", scopes = Reads, expiresAt = end });
        var guest = server.With(made.Text("key"));
        (await guest.GetAsync("tokens")).Is(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromMinutes(59));
        (await guest.GetAsync("tokens")).Is(HttpStatusCode.OK);
        clock.Advance(TimeSpan.FromMinutes(2));
        (await guest.GetAsync("tokens")).Is(HttpStatusCode.Unauthorized, "unauthenticated");
        // It is still there to be seen, renamed and given more time; and has no new end in the past.
        var path = $"api-clients/{made.Text("id")}";
        (await server.Admin.PatchAsync(path, new { name = "late guest" })).Is(HttpStatusCode.OK);
        (await server.Admin.PatchAsync(path, new { expiresAt = end.AddSeconds(1) })).Is(HttpStatusCode.BadRequest, "notInFuture");
        (await server.Admin.PatchAsync(path, new { expiresAt = clock.GetUtcNow().AddHours(1) })).Is(HttpStatusCode.OK);
        (await guest.GetAsync("tokens")).Is(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Two_keys_are_good_until_the_overlap_ends_and_never_three(DatabaseKind kind)
    {
        var clock = new SetClock();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<TimeProvider>(clock));
        var made = await server.Admin.PostAsync("api-clients", new { name = "robot", scopes = Reads });
        var path = $"api-clients/{made.Text("id")}";
        var first = made.Text("key");
        Assert.Equal(JsonValueKind.Null, made.Body.GetProperty("previousKeyUntil").ValueKind);

        var rotated = await server.Admin.PostAsync(path + "/rotate-key", new { });
        rotated.Is(HttpStatusCode.OK);
        var second = rotated.Text("key");
        Assert.NotEqual(first, second);
        Assert.Equal(24, (rotated.Body.GetProperty("previousKeyUntil").GetDateTimeOffset() - clock.GetUtcNow()).TotalHours, 0.01);
        Assert.False((await server.Admin.GetAsync(path)).Body.TryGetProperty("key", out _));
        await GoodAsync(first, second);
        clock.Advance(TimeSpan.FromHours(23.9));
        await GoodAsync(first, second);
        clock.Advance(TimeSpan.FromHours(0.2));
        await GoodAsync(second);
        await WorthlessAsync(first);
        Assert.Equal(JsonValueKind.Null, (await server.Admin.GetAsync(path)).Body.GetProperty("previousKeyUntil").ValueKind);

        // A second rotation within an overlap ends the oldest.
        var third = (await server.Admin.PostAsync(path + "/rotate-key", new { overlapSeconds = 604_800 })).Text("key");
        var fourth = (await server.Admin.PostAsync(path + "/rotate-key", new { overlapSeconds = 60 })).Text("key");
        await GoodAsync(third, fourth);
        await WorthlessAsync(first, second);
        clock.Advance(TimeSpan.FromSeconds(61));
        await WorthlessAsync(third);
        await GoodAsync(fourth);

        // At once.
        var fifth = (await server.Admin.PostAsync(path + "/rotate-key", new { overlapSeconds = 0 })).Text("key");
        await WorthlessAsync(fourth);
        await GoodAsync(fifth);
        foreach (var overlap in new[] { "-1", "604801", "2000000000" }) (await server.Admin.PostAsync(path + "/rotate-key", $$"""{"overlapSeconds":{{overlap}}}""")).Is(HttpStatusCode.BadRequest, "outOfRange");
        foreach (var body in new[] { """{"overlapSeconds":"60"}""", """{"overlapSeconds":1.5}""", """{"overlap":60}""", "[]", "" }) (await server.Admin.PostAsync(path + "/rotate-key", body)).Is(HttpStatusCode.BadRequest);
        await GoodAsync(fifth);
        (await server.Admin.SendAsync(HttpMethod.Post, path + "/rotate-key", "{}", ifMatch: made.Tag)).Is(HttpStatusCode.PreconditionFailed);

        // A repeat whose answer was lost gets the same key, and makes no other.
        var once = await server.Admin.PostAsync(path + "/rotate-key", new { }, "once");
        Assert.Equal(once.Text("key"), (await server.Admin.PostAsync(path + "/rotate-key", new { }, "once")).Text("key"));
        await GoodAsync(fifth, once.Text("key"));

        var told = (await server.Admin.GetAsync("audit?action=apiClient.keyRotated")).Items.ToList();
        Assert.Equal(5, told.Count);
        var audit = (await server.Admin.GetAsync("audit?limit=200")).Body.GetRawText();
        Assert.All(new[] { first, second, third, fourth, fifth, once.Text("key") }, key => Assert.DoesNotContain(key, audit, StringComparison.Ordinal));
        (await server.Admin.DeleteAsync(path)).Is(HttpStatusCode.NoContent);
        await WorthlessAsync(fifth, once.Text("key"));

        async Task GoodAsync(params string[] keys)
        {
            foreach (var key in keys) (await server.With(key).GetAsync("tokens")).Is(HttpStatusCode.OK);
        }

        async Task WorthlessAsync(params string[] keys)
        {
            foreach (var key in keys) (await server.With(key).GetAsync("tokens")).Is(HttpStatusCode.Unauthorized, "unauthenticated");
        }
    }

    [Fact]
    public async Task The_configured_client_is_changed_in_the_configuration()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var path = $"api-clients/{Assert.Single((await server.Admin.GetAsync("api-clients")).Items).GetProperty("id").GetString()}";
        (await server.Admin.PostAsync(path + "/rotate-key", new { })).Is(HttpStatusCode.Conflict, "configuredClient");
        (await server.Admin.DeleteAsync(path)).Is(HttpStatusCode.Conflict, "configuredClient");
        foreach (var change in new object[] { new { allowedAddresses = new[] { "192.0.2.0/24" } }, new { expiresAt = "2999-01-01T00:00:00Z" }, new { scopes = Reads } })
            (await server.Admin.PatchAsync(path, change)).Is(HttpStatusCode.Conflict, "configuredClient");
        (await server.Admin.PatchAsync(path, new { contact = "ops@example.org" })).Is(HttpStatusCode.OK);
        (await server.Admin.GetAsync("tokens")).Is(HttpStatusCode.OK);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_client_of_one_place_sees_that_place_and_gives_no_more_than_it_holds(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var admin = await server.NewTenantAsync();
        var (here, away) = ((await admin.PostAsync("locations", Given.Location)).Text("id"), (await admin.PostAsync("locations", Given.Location)).Text("id"));
        foreach (var (station, location) in new[] { ("HERE", here), ("AWAY", away), ("LOOSE", null) }) (await admin.PostAsync("stations", new { stationId = station, locationId = location })).Is(HttpStatusCode.Created);
        var site = await admin.PostAsync("api-clients", new { name = "site", scopes = new[] { "stations:read", "clients:write" }, where = new { locations = new[] { here }, stations = new[] { "LOOSE" } } });
        site.Is(HttpStatusCode.Created);
        Assert.Equal(here, site.Body.GetProperty("where").GetProperty("locations")[0].GetString());
        var caller = server.With(site.Text("key"));
        Assert.Equal(["HERE", "LOOSE"], (await caller.GetAsync("stations")).Items.Select(one => one.GetProperty("stationId").GetString()).Order());
        (await caller.GetAsync("stations/AWAY")).Is(HttpStatusCode.NotFound);
        // What does not filter by place is shut, also the making of clients.
        (await caller.GetAsync("tokens")).Is(HttpStatusCode.Forbidden);
        (await caller.PostAsync("api-clients", new { name = "more", scopes = new[] { "stations:read" }, where = new { locations = new[] { here } } })).Is(HttpStatusCode.Forbidden);

        foreach (var (where, code) in new (object?, string)[]
        {
            (new { }, "required"), (new { locations = Array.Empty<string>() }, "required"), (new { locations = new[] { "loc01m8eq49kyfartqa046p0dmt4t" } }, "unknownPlace"), (new { stations = new[] { "GONE" } }, "unknownPlace"),
            (new { places = new[] { here } }, "unknownMember"), ("tenant", "invalidValue"), (new { stations = Enumerable.Range(0, 201).Select(i => $"S{i}") }, "invalidLength"),
        })
            (await admin.PostAsync("api-clients", new { name = "x", scopes = new[] { "stations:read" }, where })).Is(HttpStatusCode.BadRequest, code);
        (await admin.PostAsync("api-clients", new { name = "x", scopes = new[] { "*" }, where = new { locations = new[] { here } } })).Is(HttpStatusCode.BadRequest, "wholeTenantOnly");

        // A place that goes takes the right with it; and what is left is not everything.
        (await admin.PatchAsync($"api-clients/{site.Text("id")}", new { where = new { stations = (string[]?)null } })).Is(HttpStatusCode.OK);
        (await admin.DeleteAsync("stations/HERE")).Is(HttpStatusCode.NoContent);
        (await admin.DeleteAsync($"locations/{here}")).Is(HttpStatusCode.NoContent);
        Assert.Empty((await caller.GetAsync("stations")).Items);
        var left = (await admin.GetAsync($"api-clients/{site.Text("id")}")).Body.GetProperty("where");
        Assert.Equal(JsonValueKind.Object, left.ValueKind);
        (await admin.PatchAsync($"api-clients/{site.Text("id")}", """{"where":null}""")).Is(HttpStatusCode.OK);
        Assert.Equal(2, (await caller.GetAsync("stations")).Items.Count());
    }

    [Fact]
    public async Task Nobody_makes_changes_renews_or_revokes_a_client_that_may_more_than_they()
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        var owner = await Staff.FoundAsync(server);
        var place = JsonElement.Parse((await owner.FetchAsync(HttpMethod.Post, "/api/v1/locations", Given.Location)).Text).GetProperty("id").GetString()!;
        var role = JsonElement.Parse((await owner.FetchAsync(HttpMethod.Post, "/api/v1/roles", new { name = "keeper", scopes = new[] { "clients:read", "clients:write" } })).Text).GetProperty("id").GetString()!;
        var keeper = await Staff.JoinAsync(server, owner, "grace@example.org", new { role, where = "tenant" }, new { role = "siteHost", where = "locations", ids = new[] { place } });
        var strong = JsonElement.Parse((await owner.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "strong", scopes = new[] { "stations:read" } })).Text).GetProperty("id").GetString()!;

        (await keeper.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "mine", scopes = new[] { "stations:read" } })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        var mine = await keeper.FetchAsync(HttpMethod.Post, "/api/v1/api-clients", new { name = "mine", scopes = new[] { "stations:read" }, where = new { locations = new[] { place } } });
        mine.Is(HttpStatusCode.Created);
        var path = $"/api/v1/api-clients/{JsonElement.Parse(mine.Text).GetProperty("id").GetString()}";
        (await keeper.FetchAsync(HttpMethod.Patch, path, new { where = (object?)null })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        (await keeper.FetchAsync(HttpMethod.Post, path + "/rotate-key", new { })).Is(HttpStatusCode.OK);
        // Its new key would be theirs.
        (await keeper.FetchAsync(HttpMethod.Post, $"/api/v1/api-clients/{strong}/rotate-key", new { })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        (await keeper.FetchAsync(HttpMethod.Patch, $"/api/v1/api-clients/{strong}", new { name = "weak" })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        (await keeper.FetchAsync(HttpMethod.Delete, $"/api/v1/api-clients/{strong}", new { })).Is(HttpStatusCode.Forbidden, "beyondYourRights");
        Assert.Contains("strong", (await keeper.GetAsync("/api/v1/api-clients")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"name":" ","scopes":["tokens:read"]}""", "/name")]
    [InlineData("""{"name":"x","scopes":[]}""", "/scopes")]
    [InlineData("""{"name":"x","scopes":["tokens:reed"]}""", "/scopes/0")]
    [InlineData("""{"name":"x","scopes":["tokens:read"],"allowedAddresses":[]}""", "/allowedAddresses")]
    [InlineData("""{"name":"x","scopes":["tokens:read"],"allowedAddresses":["192.0.2.0/24","10.0.0.1/8"]}""", "/allowedAddresses/1")]
    [InlineData("""{"name":"x","scopes":["tokens:read"],"allowedAddresses":["192.0.2.0/24 10.0.0.0/8"]}""", "/allowedAddresses/0")]
    [InlineData("""{"name":"x","scopes":["tokens:read"],"allowedAddresses":[null]}""", "/allowedAddresses/0")]
    [InlineData("""{"name":"x","scopes":["tokens:read"],"expiresAt":"2020-01-01T00:00:00Z"}""", "/expiresAt")]
    [InlineData("""{"name":"x","scopes":["tokens:read"],"expiresAt":"tomorrow"}""", "/expiresAt")]
    [InlineData("""{"name":"x","scopes":["tokens:read"],"description":""}""", "/description")]
    [InlineData("""{"name":"x","scopes":["tokens:read"],"configured":true}""", "/configured")]
    [InlineData("""{"name":"x","scopes":["tokens:read"],"keyHash":"AA=="}""", "/keyHash")]
    public async Task What_cannot_be_is_refused_by_its_pointer(string body, string pointer)
    {
        var answer = await (await servers.OnAsync(DatabaseKind.Sqlite)).Admin.PostAsync("api-clients", body);
        answer.Is(HttpStatusCode.BadRequest);
        Assert.Equal([pointer], answer.Pointers);
    }

    /// <summary>Two processes on one database: what one does holds at the other within five seconds.</summary>
    [Fact]
    public async Task Revocation_rotation_and_a_new_end_hold_in_every_process_within_five_seconds()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Postgres);
        await using var here = await RunningServer.StartAsync(store);
        await using var beside = await RunningServer.StartAsync(store);
        async Task<(string Path, string Key, string Token)> MakeAsync(string name)
        {
            var made = await here.Admin.PostAsync("api-clients", new { name, scopes = Reads });
            var token = await TokenTests.TokenAsync(here, made.Text("id"), made.Text("key"));
            await UntilAsync(beside, made.Text("key"), HttpStatusCode.OK);
            // A token of one process is good at the other.
            (await beside.With(token).GetAsync("tokens")).Is(HttpStatusCode.OK);
            return ($"api-clients/{made.Text("id")}", made.Text("key"), token);
        }

        var (revoked, rotated, kept, ended, moved) = (await MakeAsync("revoked"), await MakeAsync("rotated"), await MakeAsync("kept"), await MakeAsync("ended"), await MakeAsync("moved"));
        (await here.Admin.DeleteAsync(revoked.Path)).Is(HttpStatusCode.NoContent);
        var renewed = await here.Admin.PostAsync(rotated.Path + "/rotate-key", new { overlapSeconds = 0 });
        var second = await here.Admin.PostAsync(kept.Path + "/rotate-key", new { overlapSeconds = 3_600 });
        (await here.Admin.PatchAsync(ended.Path, new { expiresAt = TimeProvider.System.GetUtcNow().AddSeconds(1) })).Is(HttpStatusCode.OK);
        (await here.Admin.PatchAsync(moved.Path, new { allowedAddresses = new[] { "192.0.2.0/24" } })).Is(HttpStatusCode.OK);
        var began = TimeProvider.System.GetTimestamp();
        foreach (var gone in new[] { revoked, rotated, ended, moved })
        {
            await UntilAsync(beside, gone.Key, HttpStatusCode.Unauthorized);
            await UntilAsync(beside, gone.Token, HttpStatusCode.Unauthorized);
        }
        await UntilAsync(beside, renewed.Text("key"), HttpStatusCode.OK);
        await UntilAsync(beside, second.Text("key"), HttpStatusCode.OK);
        var took = TimeProvider.System.GetElapsedTime(began);
        TestContext.Current.TestOutputHelper?.WriteLine($"Held in the other process after {took.TotalSeconds:0.0} s.");
        Assert.InRange(took.TotalSeconds, 0, 5);
        // The control: what was not ended goes on.
        foreach (var good in new[] { kept.Key, kept.Token }) (await beside.With(good).GetAsync("tokens")).Is(HttpStatusCode.OK);

        static async Task UntilAsync(RunningServer server, string credential, HttpStatusCode status)
        {
            for (var tries = 0; tries < 100 && (await server.With(credential).GetAsync("tokens")).Status != status; tries++) await Task.Delay(100);
            Assert.Equal(status, (await server.With(credential).GetAsync("tokens")).Status);
        }
    }

    /// <summary>A client on this machine that calls from one of its other addresses.</summary>
    internal static HttpClient From(RunningServer server, string source)
    {
#pragma warning disable RS0030 // The tests' client speaks to this process only.
        return new HttpClient(new SocketsHttpHandler
        {
            UseCookies = false,
            ConnectCallback = async (context, ct) =>
            {
                var socket = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.InterNetwork, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Tcp) { NoDelay = true };
                socket.Bind(new IPEndPoint(IPAddress.Parse(source), 0));
                await socket.ConnectAsync(context.DnsEndPoint, ct);
                return new System.Net.Sockets.NetworkStream(socket, ownsSocket: true);
            },
        }) { BaseAddress = server.Address };
#pragma warning restore RS0030
    }
}
