using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Identity;

/// <summary>Two tenants beside each other: one that has everything (<see cref="OtherTenant"/>), and one whose people ask for it.</summary>
/// <param name="Askers">Each built-in role by somebody who holds it in all of their own tenant; last its owner, whose requests may change something.</param>
/// <param name="Owner">Of the other tenant.</param>
/// <param name="Own">What stands in an address before what is swapped, by the same names.</param>
internal sealed record TwoTenants(RunningServer Server, IReadOnlyList<(string Role, Browser Browser)> Askers, OtherTenant Bee, Browser Owner, IReadOnlyDictionary<string, string> Own) : IAsyncDisposable
{
    private static readonly string[] Unlimited =
    [
        "--Busbar:Limits:RequestBurst=1000000", "--Busbar:Limits:ApiFailuresPerMinute=1000000", "--Busbar:Limits:SignInsPerSource=1000000", "--Busbar:Limits:SignInsPerAccount=1000000",
        // The watch would find the alert over.
        "--Busbar:Alerts:Settle=1.00:00:00",
    ];

    public Browser Ida => Askers[^1].Browser;

    public static async Task<TwoTenants> StartAsync(Servers servers, DatabaseKind kind, Action<IServiceCollection>? configure = null)
    {
        var server = await Staff.StartAsync(await servers.NewStoreAsync(kind), configure, Unlimited);
        var above = await Staff.FoundAsync(server);
        foreach (var slug in new[] { "ay", "bee" }) (await above.FetchAsync(HttpMethod.Post, "/api/v1/tenants", new { slug, name = slug, currency = "EUR", timeZone = "Europe/Amsterdam" })).Is(HttpStatusCode.Created);
        var everything = new { role = Role.Owner, where = "tenant" };
        var ida = await Staff.JoinAsync(server, above, "ida@example.org", "ay", everything);
        var owner = await Staff.JoinAsync(server, above, "CANARY-BEE@example.org", "bee", everything);
        var bee = await OtherTenant.SeedAsync(server, above, owner, "bee");

        var own = new Dictionary<string, string> { ["people/{id}"] = Id(await ida.GetAsync("/api/v1/me")), ["tenants/{id}"] = "ay" };
        foreach (var (list, body) in new (string, object)[]
        {
            ("locations", new { name = "Mine", timeZone = "Europe/Amsterdam", country = "NLD", address = "Mine", city = "Rotterdam" }), ("roles", new { name = "Mine", scopes = new[] { "stations:read" } }),
            ("tariffs", new { name = "Mine", currency = "EUR", tariff = new { currency = "EUR", elements = new[] { new { price_components = new[] { new { type = "ENERGY", price = 0.3, step_size = 1 } } } } } }),
        })
            own[list + "/{id}"] = Id(await ida.FetchAsync(HttpMethod.Post, "/api/v1/" + list, body));
        (await ida.FetchAsync(HttpMethod.Put, $"/api/v1/tariffs/{own["tariffs/{id}"]}/assignments", new[] { new { scope = "tenant" } })).Is(HttpStatusCode.OK);
        var askers = new List<(string, Browser)>();
        foreach (var role in Role.BuiltIn.Where(role => role.Key != Role.Owner)) askers.Add((role.Key, await Staff.JoinAsync(server, ida, role.Key + "@example.org", new { role = role.Key, where = "tenant" })));
        askers.Add((Role.Owner, ida));
        return new TwoTenants(server, askers, bee, owner, own);
    }

    public ValueTask DisposeAsync() => Server.DisposeAsync();

    private static string Id(PageAnswer answer) => JsonElement.Parse(answer.Text).GetProperty("id").GetString()!;
}
