using System.Net;
using System.Text.Json;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing;
using Busbar.Pricing.Console;
using Busbar.Rating;
using Busbar.Storage;
using Busbar.Tests.Rating;
using Busbar.Tests.Sessions;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Pricing;

/// <summary>What a charge costs is one question: the quote of the API, the console's and the bill of a session answer it alike.</summary>
public sealed class OneQuestionTests(Servers servers)
{
    private static readonly object[] Fast = [new { id = 1, connectors = new[] { new { id = 1, standard = "IEC_62196_T2_COMBO", maxPower = 150_000 } } }];
    private static readonly Instant Noon = Instant.FromUtc(2026, 3, 2, 12, 0);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task Whose_token_it_is_sets_the_price_of_the_quote_and_of_the_session(DatabaseKind kind)
    {
        var (server, api) = await TenantAsync(kind);
        var station = await ToldStation.MadeAsync(server, api, api.Tenant!, "CP-1");
        foreach (var token in new object[]
        {
            new { uid = "ANYBODY", type = "rfid" }, new { uid = "ANN-1", type = "rfid", driverId = "ann" }, new { uid = "DEABCC123456", type = "emaid" },
            new { uid = "KIOSK", type = "adHoc" }, new { uid = "TRUCK", type = "rfid", groupId = "FLEET" },
        })
            (await api.PostAsync("tokens", token)).Is(HttpStatusCode.Created);
        await api.GivenTariffAsync(0.50m, """[{"scope":"tenant"}]""");
        await api.GivenTariffAsync(0.30m, """[{"scope":"driver","id":"Ann"}]""");
        await api.GivenTariffAsync(0.25m, """[{"scope":"contract","id":"deabcc123456"}]""");
        await api.GivenTariffAsync(0.70m, """[{"scope":"adHoc"}]""");
        await GivenAsync(api, Build.Tariff(PerKwh(0.20m).When(new Restrictions { TokenGroup = "fleet" }), Build.Element(PerKwh(0.40m))), """[{"scope":"tokenGroup","id":"Fleet"}]""");

        foreach (var (uid, price) in new[] { ("ANYBODY", "0.50"), ("ANN-1", "0.30"), ("DEABCC123456", "0.25"), ("KIOSK", "0.70"), ("truck", "0.20") })
        {
            Assert.Equal((uid, price), (uid, (await api.QuoteAsync("CP-1", 1, uid)).Total()));
            Assert.Equal((uid, price), (uid, await BilledAsync(api, station, uid)));
            Assert.Equal(price, (await AskAsync(server, api, new QuoteAsk { Station = "CP-1", Evse = "1", Token = uid })).Quoted!.Sheet.TotalCost.ExclTax);
        }
        // A payment terminal's card is in no book.
        Assert.Equal("0.70", await BilledAsync(api, station, "VISA-1234", "DirectPayment"));

        var asked = await AskAsync(server, api, new QuoteAsk { Station = "CP-1", Driver = "ANN", AdHoc = true });
        Assert.Equal(0.30m, asked.Priced!.Total.ExclTax);
        Assert.Equal(
            [("at 0.30", true, "Driver, priority 0: it applies, and nothing beats it."), ("at 0.70", false, "Ad hoc payers: at the same priority, “Driver” is stronger."), ("at 0.50", false, "Everywhere: at the same priority, “Driver” is stronger.")],
            asked.Candidates!.Select(candidate => (candidate.Name, candidate.Wins, candidate.Why)));
    }

    [Fact]
    public async Task The_evse_says_what_current_it_delivers_unless_the_caller_does()
    {
        var (server, api) = await TenantAsync(DatabaseKind.Sqlite);
        var station = await ToldStation.MadeAsync(server, api, api.Tenant!, "CP-1", Fast);
        await GivenAsync(api, Build.Tariff(PerKwh(0.60m).When(new Restrictions { EvseKind = EvseKind.Dc }), PerKwh(0.40m).When(new Restrictions { EvseKind = EvseKind.Ac })), """[{"scope":"tenant"}]""");
        Assert.Equal("0.60", await BilledAsync(api, station, "TAG"));
        Assert.Equal("0.60", (await api.QuoteAsync("CP-1", 1)).Total());
        // All of its EVSEs deliver the same.
        Assert.Equal("0.60", (await api.QuoteAsync("CP-1")).Total());
        Assert.Equal("0.40", (await api.PostAsync("quotes", new { stationId = "CP-1", evse = 1, evseKind = "ac", start = "2026-03-02T12:00:00Z", energyWh = 1000, chargingSeconds = 1800, idleSeconds = 0 })).Total());
        Assert.Equal(0.60m, (await AskAsync(server, api, new QuoteAsk { Station = "CP-1", Evse = "1" })).Priced!.Total.ExclTax);
    }

    [Fact]
    public async Task The_console_quotes_what_the_market_says_as_the_api_does()
    {
        var (server, api) = await TenantAsync(DatabaseKind.Sqlite);
        (await api.PostAsync("stations", new { stationId = "CP-1" })).Is(HttpStatusCode.Created);
        await GivenCurveAsync(api, "spot", "refuse", (Noon, "0.12"), (Noon + Duration.FromMinutes(15), "0.12"), (Noon + Duration.FromMinutes(30), "0.12"), (Noon + Duration.FromMinutes(45), "0.12"));
        await GivenAsync(api, Build.Tariff(Build.Element(PerKwh(0.50m) with { Curve = new CurvePricing("spot", CurveLock.EachInterval) })), """[{"scope":"tenant"}]""");
        Assert.Equal("0.12", (await api.QuoteAsync("CP-1")).Total());
        var asked = await AskAsync(server, api, new QuoteAsk { Station = "CP-1" });
        Assert.Equal((null, 0.12m), (asked.Error, asked.Priced?.Total.ExclTax));
    }

    [Fact]
    public async Task Only_a_price_that_is_needed_can_be_missing()
    {
        var (_, api) = await TenantAsync(DatabaseKind.Sqlite);
        (await api.PostAsync("stations", new { stationId = "CP-1" })).Is(HttpStatusCode.Created);
        await GivenCurveAsync(api, "spot", "refuse", (Noon, "0.12"), (Noon + Duration.FromMinutes(15), "0.14"));
        await GivenCurveAsync(api, "empty", "refuse");
        var locked = PerKwh(0.50m) with { Curve = new CurvePricing("spot", CurveLock.AtStart) };
        var nobodys = (PerKwh(0.50m) with { Curve = new CurvePricing("empty", CurveLock.EachInterval) }).When(new Restrictions { TokenGroup = "nobody" });
        var tariff = await GivenAsync(api, Build.Tariff(nobodys, Build.Element(locked)), """[{"scope":"tenant"}]""");
        Assert.Equal("0.12", (await api.QuoteAsync("CP-1")).Total());
        (await api.QuoteAsync("CP-1", start: "2026-03-02T12:30:00Z")).Is(HttpStatusCode.Conflict, "priceMissing");

        // Half an hour of charging has its prices; the half hour of idle time behind it needs none.
        var following = Build.Tariff(Build.Element(PerKwh(0.50m) with { Curve = new CurvePricing("spot", CurveLock.EachInterval) }));
        (await api.PostAsync($"tariffs/{tariff}/versions", new { tariff = Ocpi(following) }, "k1")).Is(HttpStatusCode.Created);
        Assert.Equal("0.13", (await api.QuoteAsync("CP-1")).Total());
        (await api.QuoteAsync("CP-1", start: "2026-03-02T12:15:00Z")).Is(HttpStatusCode.Conflict, "priceMissing");
    }

    private async Task<(RunningServer Server, ApiClient Api)> TenantAsync(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        return (server, await server.NewTenantAsync());
    }

    private static PriceComponent PerKwh(decimal price) => Build.Price(Dimension.Energy, price);

    private static JsonElement Ocpi(Tariff tariff) => JsonElement.Parse(OcpiTariffs.Write(tariff, OcpiTariffVersion.V230).Json!);

    private static async Task<string> GivenAsync(ApiClient api, Tariff tariff, string assignments)
    {
        var made = await api.PostAsync("tariffs", new { name = "T", currency = "EUR", tariff = Ocpi(tariff) });
        made.Is(HttpStatusCode.Created);
        (await api.AssignAsync(made.Text("id"), assignments)).Is(HttpStatusCode.OK);
        return made.Text("id");
    }

    private static async Task GivenCurveAsync(ApiClient api, string name, string gap, params (Instant At, string Price)[] prices)
    {
        var made = await api.PostAsync("price-curves", new { name, currency = "EUR", timeZone = "UTC", gap });
        made.Is(HttpStatusCode.Created);
        if (prices.Length > 0) (await api.SendAsync(HttpMethod.Put, $"price-curves/{made.Text("id")}/prices", JsonSerializer.Serialize(prices.Select(it => new { at = it.At.ToRfc3339(), price = it.Price })))).Is(HttpStatusCode.OK);
    }

    /// <summary>On the console: a kWh in half an hour, then half an hour idle, from noon on.</summary>
    private static async Task<QuoteAnswer> AskAsync(RunningServer server, ApiClient api, QuoteAsk ask)
    {
        using var scope = server.Services.CreateScope();
        var tenant = server.Services.GetRequiredService<ITenants>().Find(api.Tenant!)!;
        ask.Example = ExampleForm.Of(new ExampleSession(Noon.InZone(Zones.Find(tenant.TimeZone)).LocalDateTime, Energy.FromKilowattHours(1), Duration.FromMinutes(30), Duration.FromMinutes(30), EvseKind.Ac));
        return await scope.ServiceProvider.GetRequiredService<QuoteReading>().AskAsync(new Caller(tenant.Id, "opr", Rights.None), ask, default);
    }

    /// <summary>What one kWh costs that the station told just now.</summary>
    private static async Task<string?> BilledAsync(ApiClient api, ToldStation station, string uid, string kind = "ISO14443")
    {
        var begun = TimeProvider.System.GetInstant() - Duration.FromSeconds(20);
        var transaction = "t-" + uid;
        await station.TellAsync(Frames.Event("Started", transaction, 0, begun, 1_000, "Charging", uid, offline: true, kind: kind));
        await station.TellAsync(Frames.Event("Ended", transaction, 1, begun + Duration.FromSeconds(10), 2_000, offline: true));
        return (await api.GetAsync("sessions?limit=100")).Items.Single(item => item.GetProperty("ocppTransactionId").GetString() == transaction).GetProperty("cost").GetProperty("exclTax").GetString();
    }
}
