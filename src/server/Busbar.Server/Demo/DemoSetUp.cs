using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Busbar.Server.Demo;

/// <summary>Sets the demo's network up, once, through the API as everybody would.</summary>
/// <param name="http">Its address is that of <c>/api/v1/</c>.</param>
internal sealed class DemoSetUp(HttpClient http, DemoFolder folder)
{
    /// <param name="api">Where the API is.</param>
    /// <param name="key">Of a client with all rights.</param>
    public static HttpClient Client(Uri api, string key) =>
#pragma warning disable RS0030 // It calls this very process, on its loopback address.
        new() { BaseAddress = api, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) } };
#pragma warning restore RS0030

    /// <exception cref="HttpRequestException">The server refused a part of it.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        await PostAsync("tenants", new { slug = DemoNetwork.Slug, name = DemoNetwork.Name, currency = DemoNetwork.Currency, timeZone = DemoNetwork.Sites[0].TimeZone }, ct);
        http.DefaultRequestHeaders.Add("Busbar-Tenant", DemoNetwork.Slug);

        var tariffs = new Dictionary<string, string>();
        foreach (var tariff in DemoNetwork.Tariffs)
            tariffs[tariff.Name] = await PostAsync("tariffs", new
            {
                name = tariff.Name, currency = DemoNetwork.Currency, tariff = JsonElement.Parse($$"""{"currency":"{{DemoNetwork.Currency}}",{{tariff.Price}}}"""),
            }, ct);

        var sites = new Dictionary<string, string>();
        foreach (var site in DemoNetwork.Sites)
        {
            sites[site.Name] = await PostAsync("locations", new
            {
                name = site.Name, timeZone = site.TimeZone, country = site.Country, address = site.Address, city = site.City, postalCode = site.PostalCode,
                coordinates = new { latitude = site.Latitude, longitude = site.Longitude }, currency = DemoNetwork.Currency,
            }, ct);
        }
        foreach (var tariff in DemoNetwork.Tariffs)
            await SendAsync(HttpMethod.Put, $"tariffs/{tariffs[tariff.Name]}/assignments",
                DemoNetwork.Sites.Where(site => site.Tariff == tariff.Name).Select(site => new { scope = "location", id = sites[site.Name] }), ct);

        for (var i = 0; i < DemoNetwork.Tokens.Count; i++) await PostAsync("tokens", new { uid = DemoNetwork.Tokens[i], type = "rfid", groupId = DemoNetwork.GroupOf(i) }, ct);
        foreach (var station in DemoNetwork.Stations)
        {
            await PostAsync("stations", new
            {
                stationId = station.Id, name = station.Name, locationId = sites[station.Site], password = folder.PasswordOf(station.Id),
                evses = Enumerable.Range(1, station.Connectors).Select(evse => new
                {
                    id = evse, connectors = new[] { new { id = 1, standard = station.Standard, maxPower = station.Outlet.RatedPowerW } },
                }),
            }, ct);
        }
        // Who looks has a minute, not five: what breaks is an alert at once.
        foreach (var rule in new[] { "stationOffline", "connectorFaulted" })
            await SendAsync(HttpMethod.Put, $"alert-rules/{rule}", new { enabled = true, afterMinutes = 0, recoverMinutes = 0 }, ct);
        folder.Ready();
    }

    private async Task<string> PostAsync(string path, object body, CancellationToken ct) => (await SendAsync(HttpMethod.Post, path, body, ct)).GetProperty("id").GetString()!;

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, object body, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path) { Content = JsonContent.Create(body) };
        using var response = await http.SendAsync(request, ct);
        var text = await response.Content.ReadAsStringAsync(ct);
        if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.Created)) throw new HttpRequestException($"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonElement.Parse(text);
    }
}
