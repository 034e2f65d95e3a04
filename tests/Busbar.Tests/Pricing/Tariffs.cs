using System.Net;
using System.Text.Json;
using Busbar.Tests.Support;

namespace Busbar.Tests.Pricing;

/// <summary>Tariffs that tests begin with, as OCPI objects.</summary>
internal static class Tariffs
{
    /// <summary>An energy price, with 20 % VAT.</summary>
    public static JsonElement Energy(decimal price) => JsonElement.Parse(FormattableString.Invariant(
        $$"""{"currency":"EUR","elements":[{"price_components":[{"type":"ENERGY","price":{{price}},"vat":20,"step_size":1}]}]}"""));

    public static async Task<Answer> GivenTariffAsync(this ApiClient api, decimal price, string? assignments = null)
    {
        var made = await api.PostAsync("tariffs", new { name = FormattableString.Invariant($"at {price}"), currency = "EUR", tariff = Energy(price) });
        made.Is(HttpStatusCode.Created);
        if (assignments is not null) (await api.AssignAsync(made.Text("id"), assignments)).Is(HttpStatusCode.OK);
        return made;
    }

    public static Task<Answer> AssignAsync(this ApiClient api, string tariff, string assignments, string? ifMatch = null) =>
        api.SendAsync(HttpMethod.Put, $"tariffs/{tariff}/assignments", assignments, ifMatch: ifMatch);

    /// <summary>One kWh in half an hour, then half an hour idle.</summary>
    public static Task<Answer> QuoteAsync(this ApiClient api, string stationId, int? evse = null, string? tokenUid = null, string start = "2026-03-02T12:00:00Z") =>
        api.PostAsync("quotes", new { stationId, evse, tokenUid, start, energyWh = 1000, chargingSeconds = 1800, idleSeconds = 1800 });

    public static string Total(this Answer answer)
    {
        answer.Is(HttpStatusCode.OK);
        return answer.Body.GetProperty("totalCost").GetProperty("exclTax").GetString()!;
    }
}
