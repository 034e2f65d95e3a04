using System.Net;
using System.Text.Json;
using Busbar.Storage;
using Busbar.Tests.Pricing;
using Busbar.Tests.Support;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>The largest prices on the largest sessions.</summary>
public sealed class LargeAmountTests(Servers servers)
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 6, 1, 12, 0);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task An_amount_that_no_column_holds_holds_the_session_and_the_station_goes_on(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind));
        var api = server.Admin;
        (await api.PostAsync("tariffs", new { name = "too much", currency = "EUR", tariff = Tariffs.Energy(100_000_001m) })).Is(HttpStatusCode.BadRequest);
        await api.GivenTariffAsync(100_000_000m, """[{"scope":"tenant"}]""");
        var station = await ToldStation.MadeAsync(server, api, "default", "CP-1");

        // Nobody said what it delivers, so 23 hours at five megawatts are possible.
        Assert.Null((await ChargeAsync(station, "T1", Noon, 114_000_000m)).TotalCost);
        var held = await SessionAsync(api, "T1");
        Assert.Equal(("held", 114_000_000m), (held.GetProperty("status").GetString(), held.GetProperty("energyWh").GetDecimal()));
        Assert.Contains("ratingFailed", held.GetProperty("issues").EnumerateArray().Select(issue => issue.GetProperty("code").GetString()));
        Assert.Empty((await api.GetAsync("cdrs")).Items);

        // With the tax, 76 MWh are the most that a bigint of micro-units has at this price.
        Assert.NotNull((await ChargeAsync(station, "T2", Noon + Duration.FromDays(2), 76_000_000m)).TotalCost);
        Assert.Equal("completed", (await SessionAsync(api, "T2")).GetProperty("status").GetString());
        Assert.Equal("7600000000000.00", Assert.Single((await api.GetAsync("cdrs")).Items).GetProperty("totalCost").GetProperty("exclTax").GetString());
        var report = await Busbar.Sessions.SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken);
        Assert.Empty(report.Differences);
    }

    private static async Task<Busbar.Stations.Contracts.DeskDecision> ChargeAsync(ToldStation station, string transaction, Instant begun, decimal wattHours)
    {
        await station.TellAsync(Frames.Event("Started", transaction, 0, begun, 0, "Charging", "TAG", offline: true));
        // The running price of an answer and of a row as well.
        await station.TellAsync(Frames.Event("Updated", transaction, 1, begun + Duration.FromHours(23) - Duration.FromMinutes(1), wattHours, offline: true));
        return await station.TellAsync(Frames.Event("Ended", transaction, 2, begun + Duration.FromHours(23), wattHours, offline: true));
    }

    private static async Task<JsonElement> SessionAsync(ApiClient api, string transaction) =>
        (await api.GetAsync("sessions")).Items.Single(item => item.GetProperty("ocppTransactionId").GetString() == transaction);
}
