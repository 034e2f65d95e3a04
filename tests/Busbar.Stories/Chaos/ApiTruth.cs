using System.Net;
using System.Text.Json;
using Busbar.Simulator.Crowds;
using Busbar.Tests.Support;
using NodaTime.Text;

namespace Busbar.Stories.Chaos;

/// <summary>What a chaos run tells the API before it begins, and asks of it afterwards.</summary>
internal static class ApiTruth
{
    public const string Password = "chaos-password-0123";
    private const string Tariff = """
        { "currency": "EUR", "elements": [ { "price_components": [
          { "type": "FLAT", "price": 0.50, "vat": 19.0, "step_size": 1 }, { "type": "ENERGY", "price": 0.30, "vat": 19.0, "step_size": 1 } ] } ] }
        """;

    public static string StationId(int number) => $"CROWD-{number:0000}";

    public static string IdTag(int number) => $"TAG-{number:0000}";

    /// <summary>A tariff, the stations and a token for each.</summary>
    public static async Task ProvisionAsync(ApiClient api, int stations)
    {
        await api.GivenTariffAsync(Tariff);
        var made = await api.PostAsync("stations/import", Enumerable.Range(0, stations).Select(number => new { stationId = StationId(number), password = Password }).ToArray());
        made.Is(HttpStatusCode.OK);
        var tokens = await api.PostAsync("tokens/import", Enumerable.Range(0, stations).Select(number => new { uid = IdTag(number), type = "rfid" }).ToArray());
        tokens.Is(HttpStatusCode.OK);
    }

    public static async Task<List<ObservedSession>> ObservedAsync(ApiClient api) => await ObservedAsync(api, await AllAsync(api, "cdrs"));

    /// <param name="all">Every CDR, as the API lists them.</param>
    public static async Task<List<ObservedSession>> ObservedAsync(ApiClient api, IEnumerable<JsonElement> all)
    {
        var cdrs = all.CountBy(cdr => cdr.GetProperty("sessionId").GetString()!).ToDictionary();
        return [.. (await AllAsync(api, "sessions")).Select(session => new ObservedSession(
            session.GetProperty("stationId").GetString()!, session.GetProperty("ocppTransactionId").GetString(),
            InstantPattern.ExtendedIso.Parse(session.GetProperty("startedAt").GetString()!).Value, session.GetProperty("energyWh").GetDecimal(),
            cdrs.GetValueOrDefault(session.GetProperty("id").GetString()!)))];
    }

    /// <summary>All pages of a list.</summary>
    public static async Task<List<JsonElement>> AllAsync(ApiClient api, string list)
    {
        var all = new List<JsonElement>();
        for (string? cursor = ""; cursor is not null;)
        {
            var page = await api.GetAsync($"{list}?limit=200{(cursor.Length > 0 ? "&cursor=" + cursor : "")}");
            page.Is(HttpStatusCode.OK);
            all.AddRange(page.Items);
            cursor = page.Body.GetProperty("nextCursor").GetString();
        }
        return all;
    }
}
