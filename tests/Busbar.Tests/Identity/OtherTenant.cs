using System.Net;
using System.Text.Json;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Operations;
using Busbar.Operations.Contracts;
using Busbar.Operations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Identity;

/// <summary>A tenant that has one of everything that an address can name, each called by the canary, for who must not find any of it.</summary>
/// <param name="Things">What an address names, by what stands before it and the parameter's name: <c>alerts/{id}</c>.</param>
/// <param name="Canaries">What none of their answers may hold.</param>
internal sealed record OtherTenant(string Slug, IReadOnlyDictionary<string, string> Things, IReadOnlyList<string> Canaries)
{
    public const string Station = "BEE-STATION", Uid = "CANARYBEE0417";
    private const string Canary = "CANARY-BEE";

    /// <summary>Parameters that name the same for everybody: an action, a kind, a number of one's own list.</summary>
    public static IReadOnlySet<string> Nameless { get; } = new HashSet<string>
    {
        "alert-rules/{rule}", "audit/{sequence}", "commands/{command}", "projections/{format}", "versions/{version}",
    };

    public string this[string parameter] => Things[parameter];

    /// <param name="above">Who stands above the tenant, and comes into it by breaking the glass.</param>
    /// <param name="bee">An owner of the tenant.</param>
    public static async Task<OtherTenant> SeedAsync(RunningServer server, Browser above, Browser bee, string slug)
    {
        var things = new Dictionary<string, string>();
        var place = await MadeAsync("locations", new { name = Canary, timeZone = "Europe/Amsterdam", country = "NLD", address = Canary, city = "Rotterdam" });
        var station = await MadeAsync("stations", new { stationId = Station, locationId = place, name = Canary }, "stations/{stationId}", "stationId", "password");
        await MadeAsync("tokens", new { uid = Uid, type = "rfid", driverId = Canary, groupId = Canary }, "tokens/{uid}", "uid");
        var token = await MadeAsync("tokens", new { uid = Uid + "2", type = "rfid", driverId = Canary });
        (things["t/{stationId}"], things["tokens/{id}"]) = (Station, token);
        var tariff = await MadeAsync("tariffs", new { name = Canary, currency = "EUR", tariff = new { currency = "EUR", elements = new[] { new { price_components = new[] { new { type = "ENERGY", price = 0.3, step_size = 1 } } } } } });
        (await bee.FetchAsync(HttpMethod.Put, $"/api/v1/tariffs/{tariff}/assignments", new[] { new { scope = "tenant" } })).Is(HttpStatusCode.OK);
        await MadeAsync("price-curves", new { name = Canary, currency = "EUR", timeZone = "Europe/Amsterdam" });
        await MadeAsync("roles", new { name = Canary, scopes = new[] { "stations:read" } });
        things["clients/{id}"] = await MadeAsync("api-clients", new { name = Canary, scopes = new[] { "stations:read" } });
        things["sign-on/{id}"] = await MadeAsync("identity-providers", new { name = Canary, issuer = "https://login.example.com", clientId = Canary, domains = new[] { "bee.example.com" } });
        await MadeAsync("invitations", new { email = Canary + "-INVITED@example.org", grants = new[] { new { role = "readOnly", where = "tenant" } } });
        var channel = await bee.FetchAsync(HttpMethod.Post, "/api/v1/notification-channels", new { kind = "mail", name = Canary, address = "canary-bee@example.com" });
        things["notification-channels/{id}"] = JsonElement.Parse(channel.Text).GetProperty("channel").GetProperty("id").GetString()!;
        things["deliveries/{id}"] = Read(await bee.FetchAsync(HttpMethod.Post, $"/api/v1/notification-channels/{things["notification-channels/{id}"]}/test", new { }), "deliveryId");

        await MadeAsync("personal-data/erasures", new { tokenUid = "CANARYGONE0417" }, "erasures/{id}");

        await Charges.OneAsync(server, $"{slug}/{Station}", station, Uid);
        foreach (var list in new[] { "sessions", "cdrs" })
            things[list + "/{id}"] = JsonElement.Parse((await bee.GetAsync("/api/v1/" + list)).Text).GetProperty("items").EnumerateArray().First().GetProperty("id").GetString()!;
        await using (var wire = await WireStation.ConnectAsync(server.Address, $"{slug}/{Station}", "ocpp1.6", Station, station))
        {
            wire.Answers["Reset"] = """{"status":"Accepted"}""";
            await wire.CallAsync("BootNotification", """{"chargePointVendor":"ACME","chargePointModel":"One"}""");
            things["commands/{id}"] = Read(await bee.FetchAsync(HttpMethod.Post, $"/api/v1/stations/{Station}/commands/restart", new { hard = false }), "commandId");
        }
        things["simulations/{id}"] = Read(await bee.FetchAsync(HttpMethod.Post, $"/api/v1/tariffs/{tariff}/versions/1/simulations", new { from = "2026-06-01T00:00:00Z", to = "2026-07-01T00:00:00Z" }), "id");
        things["alerts/{id}"] = await AlertAsync(server, slug);

        using var passkey = new SoftPasskey();
        var added = await passkey.AddAsync(bee, Canary);
        added.Is(HttpStatusCode.OK);
        things["passkeys/{id}"] = JsonElement.Parse(added.Text).GetProperty("passkey").GetProperty("id").GetString()!;
        things["people/{id}"] = Read(await bee.GetAsync("/api/v1/me"), "id");
        things["sign-ins/{id}"] = things["sign-ins/{signIn}"] =
            JsonElement.Parse((await bee.GetAsync("/api/v1/me/sign-ins")).Text).GetProperty("items").EnumerateArray().First().GetProperty("id").GetString()!;

        var tenant = await bee.GetAsync("/api/v1/tenants/" + slug);
        (things["tenants/{id}"], things["organisations/{slug}"]) = (Read(tenant, "id"), slug);
        things["four-eyes/{request}"] = await FourEyesAsync(server, slug, things["people/{id}"]);
        (await bee.FetchAsync(HttpMethod.Patch, "/api/v1/tenants/" + slug, new { sharing = "none" })).Is(HttpStatusCode.OK);
        things["break-glass/{glass}"] = Read(await above.FetchAsync(HttpMethod.Post, $"/api/v1/tenants/{slug}/break-glass", new { reason = Canary + ": a station burns, and nobody of them answers." }), "id");
        return new OtherTenant(slug, things, [Canary, Station, Uid, "canary-bee", .. things.Where(thing => thing.Value.Length > 20).Select(thing => thing.Value)]);

        // Its id, by the list that it is in, or what else the address names it by.
        async Task<string> MadeAsync(string list, object body, string? parameter = null, string member = "id", string? returned = null)
        {
            var made = await bee.FetchAsync(HttpMethod.Post, "/api/v1/" + list, body);
            things[parameter ?? list + "/{id}"] = Read(made, member);
            return Read(made, returned ?? member);
        }
    }

    // Without an act that takes two people there, which would be in the way of all else.
    private static async Task<string> FourEyesAsync(RunningServer server, string slug, string person)
    {
        var now = server.Services.GetRequiredService<TimeProvider>().GetInstant();
        var row = new FourEyesRequestRow
        {
            TenantId = server.Services.GetRequiredService<Busbar.Identity.ITenants>().Find(slug)!.Id, Id = server.Services.GetRequiredService<IdSource>().New<Busbar.Identity.FourEyesRequestId>(), Act = Busbar.Identity.FourEyes.Tariffs,
            AskedBy = person, AskedAt = now, Until = now + Duration.FromDays(7),
        };
        await using var db = await server.Services.GetRequiredService<RoomDbFactory<IdentityDb>>().OpenAsync(TenantScope.Of(row.TenantId), CancellationToken.None);
        db.Add(row);
        await db.CommitAsync(CancellationToken.None);
        return row.Id.ToString();
    }

    // As the watch would write it, which looks at all tenants in its own time.
    private static async Task<string> AlertAsync(RunningServer server, string slug)
    {
        var now = server.Services.GetRequiredService<TimeProvider>().GetInstant();
        var row = new AlertRow
        {
            TenantId = server.Services.GetRequiredService<Busbar.Identity.ITenants>().Find(slug)!.Id, Id = server.Services.GetRequiredService<IdSource>().New<AlertId>(), Rule = AlertRule.PricesMissing, Thing = Canary, Error = Canary,
            Note = Canary, Since = now, RaisedAt = now,
        };
        await using var db = await server.Services.GetRequiredService<RoomDbFactory<OperationsDb>>().OpenAsync(TenantScope.Of(row.TenantId), CancellationToken.None);
        db.Add(row);
        await db.CommitAsync(CancellationToken.None);
        return row.Id.ToString();
    }

    private static string Read(PageAnswer answer, string member)
    {
        Assert.True((int)answer.Status is >= 200 and < 300, $"{(int)answer.Status} {answer.Text}");
        var body = JsonElement.Parse(answer.Text);
        return (body.TryGetProperty(member, out var found) ? found : body.EnumerateObject().First(one => one.Value.ValueKind == JsonValueKind.Object && one.Value.TryGetProperty(member, out _)).Value.GetProperty(member)).GetString()!;
    }
}
