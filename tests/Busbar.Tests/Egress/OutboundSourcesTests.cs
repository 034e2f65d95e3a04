using System.Net;
using System.Text.Json;
using Busbar.Pricing.Market;
using Busbar.Storage;
using Busbar.Tests.Identity;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Egress;

/// <summary>Bar S9 by every way by which somebody names a URL that we call: a webhook, a source of prices, an identity provider.</summary>
public sealed class OutboundSourcesTests(Servers servers)
{
    private static readonly string[] Ways = ["webhook", "prices", "provider"];

    // A tenant tests so many channels at once, and no more.
    private const int PerTenant = 8;

    [Fact]
    public async Task No_webhook_source_of_prices_or_provider_leads_to_an_inner_address()
    {
        await using var canary = new Canary();
        await using var canary6 = new Canary(IPAddress.IPv6Loopback, canary.Port);
        var seen = await TryAllAsync(canary, canary6, GuardedHttpTests.Evil);
        Assert.Equal([0, 0, 0], seen);

        // The control: where loopback is allowed, each of the three ways leads there.
        var open = await TryAllAsync(canary, canary6, ["http://127.0.0.1:PORT/", "http://[::1]:PORT/"], "--Busbar:Egress:AllowedNetworks:0=127.0.0.0/8", "--Busbar:Egress:AllowedNetworks:1=::1/128");
        TestContext.Current.TestOutputHelper?.WriteLine($"{GuardedHttpTests.Evil.Length} URLs by {Ways.Length} ways: {string.Join(' ', seen)} connects; allowed: {string.Join(' ', open)}");
        Assert.All(open, connects => Assert.True(connects >= 2, $"{connects} connects"));
    }

    /// <returns>How often somebody connected, for each of <see cref="Ways"/>.</returns>
    private async Task<int[]> TryAllAsync(Canary canary, Canary canary6, string[] urls, params string[] more)
    {
        await using var server = await Staff.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null,
            ["--Busbar:Egress:Http=true", $"--Busbar:Egress:Ports:0={canary.Port}", "--Busbar:Egress:ConnectSeconds=1", "--Busbar:Outbox:Pace=00:00:00.05", "--Busbar:Limits:RequestBurst=1000000", .. more]);
        var owner = await Staff.FoundAsync(server);
        var (seen, taken) = (new int[Ways.Length], new int[Ways.Length]);
        var before = canary.Connects + canary6.Connects;
        var tenants = Enumerable.Range(0, (urls.Length + PerTenant - 1) / PerTenant).Select(i => $"w{i}").ToList();
        foreach (var tenant in tenants) (await owner.FetchAsync(HttpMethod.Post, "/api/v1/tenants", new { slug = tenant, name = tenant })).Is(HttpStatusCode.Created);
        for (var way = 0; way < Ways.Length; way++)
        {
            for (var i = 0; i < urls.Length; i++)
            {
                var url = urls[i].Replace("PORT", $"{canary.Port}", StringComparison.Ordinal);
                var (path, body) = Ways[way] switch
                {
                    "webhook" => ("notification-channels", (object)new { kind = "webhook", name = $"W{i}", url }),
                    "prices" => ("price-curves", new { name = $"c{i}", currency = "EUR", timeZone = "Europe/Amsterdam", stepSeconds = 3600, source = new { kind = "json", from = url } }),
                    _ => ("identity-providers", new { name = $"P{i}", issuer = url.Replace("http:", "https:", StringComparison.OrdinalIgnoreCase).TrimEnd('/'), clientId = "x", domains = new[] { $"d{i}.example" } }),
                };
                (string, string)[] there = Ways[way] == "webhook" ? [("Busbar-Tenant", tenants[i / PerTenant])] : [];
                var made = await owner.FetchAsync(HttpMethod.Post, "/api/v1/" + path, body, there);
                Assert.True((int)made.Status is 201 or 200 or 400, $"{path} {url}: {made.Text}");
                if (made.Status == HttpStatusCode.BadRequest) continue;
                taken[way]++;
                if (Ways[way] == "prices") continue;
                var tested = await owner.FetchAsync(HttpMethod.Post, $"/api/v1/{path}/{IdOf(made.Text)}/test", new { }, there);
                Assert.True((int)tested.Status is 200 or 202, $"{path} {url}: {(int)tested.Status} {tested.Text}");
            }
            if (Ways[way] == "prices") await server.Services.GetRequiredService<CurveFetcher>().FetchDueAsync(TestContext.Current.CancellationToken);
            if (Ways[way] == "webhook") await TriedAsync(owner, tenants, taken[way]);
            var now = canary.Connects + canary6.Connects;
            (seen[way], before) = (now - before, now);
        }
        // What may be named at all is tried: else nothing was asked here.
        Assert.All(taken, count => Assert.True(count >= 2, $"{count} were taken"));
        return seen;
    }

    /// <summary>Until each test message was tried once.</summary>
    private static async Task TriedAsync(Browser owner, List<string> tenants, int count)
    {
        for (var i = 0; i < 600; i++)
        {
            var deliveries = new List<JsonElement>();
            foreach (var tenant in tenants) deliveries.AddRange(JsonElement.Parse((await owner.SendAsync(HttpMethod.Get, "/api/v1/deliveries", null, ("Busbar-Tenant", tenant))).Text).GetProperty("items").EnumerateArray());
            if (deliveries.Count >= count && deliveries.TrueForAll(one => one.GetProperty("attempts").GetInt32() > 0)) return;
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
        Assert.Fail("Not every test message was tried.");
    }

    private static string IdOf(string text)
    {
        var made = JsonElement.Parse(text);
        return (made.TryGetProperty("channel", out var channel) ? channel : made.TryGetProperty("provider", out var provider) ? provider : made).GetProperty("id").GetString()!;
    }
}
