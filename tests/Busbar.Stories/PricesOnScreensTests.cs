using System.Globalization;
using System.Net;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Rating;
using Busbar.Simulator.Physics;
using Busbar.Simulator.Stations;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Stories;

/// <summary>A driver sees the price before, the price so far while the car charges, and at the end the price of the CDR: in each version by its own means.</summary>
[Trait("suite", "stories")]
public sealed class PricesOnScreensTests(Servers servers)
{
    private const string Text = "€ 0.40/kWh";

    [Theory, InlineData("1.6"), InlineData("2.0.1"), InlineData("2.1")]
    public async Task A_driver_sees_the_price_before_the_price_so_far_and_the_price_of_the_cdr(string version)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services =>
        {
            services.AddSingleton<IPriceDisplay>(new OnePrice());
        }, "--Busbar:Screens:Pace=00:00:00.2", "--Busbar:Screens:Settle=00:00:00", "--Busbar:Screens:CostEvery=00:00:00");
        var api = await server.NewTenantAsync();
        await api.GivenTariffAsync("""{ "currency": "EUR", "elements": [ { "price_components": [ { "type": "ENERGY", "price": 0.40, "vat": 19.0, "step_size": 1 } ] } ] }""");
        var location = await api.PostAsync("locations", Given.Location);
        await api.PostAsync("tokens", new { uid = "04A1B2C3", type = "rfid" });
        var made = await api.PostAsync("stations", new { stationId = "CP-1", locationId = location.Text("id") });
        made.Is(HttpStatusCode.Created);
        await using var station = new SimulatedStation(new StationOptions
        {
            Url = server.StationsUrl(api.Tenant!), StationId = "CP-1", Password = made.Text("password"), ShowsPrices = true,
        }.Speaking(version));
        await station.ConnectAsync();
        await UntilAsync(() => station.Screen.Price == Text, "its own price");
        if (version == "2.1") await UntilAsync(() => station.Screen.Tariff?.Contains("\"tariffId\":\"story-1\"", StringComparison.Ordinal) == true, "its tariff");

        Assert.Equal("Accepted", await station.AuthorizeAsync("04A1B2C3", TestContext.Current.CancellationToken));
        await UntilAsync(() => station.Screen.DriverPrice == Text, "the driver's price");

        await station.TellAsync(new PhysicalSessionBuilder(Instant.FromUtc(2026, 7, 14, 10, 0), "04A1B2C3", registerWh: 812_345)
            .PlugIn().Authorize().Wait(Duration.FromMinutes(1)).Start().Charge(Duration.FromMinutes(45), powerW: 12_000, every: Duration.FromMinutes(5)).Stop().Unplug().Build());
        await station.DrainedAsync(TestContext.Current.CancellationToken);
        var total = decimal.Parse((await api.OnlyCdrAsync("CP-1")).GetProperty("totalCost").GetProperty("inclTax").GetString()!, CultureInfo.InvariantCulture);
        await UntilAsync(() => station.Screen.FinalCost is not null, "the last price");
        Assert.NotEmpty(station.Screen.Costs);
        Assert.True(station.Screen.Costs.SequenceEqual(station.Screen.Costs.Order()), string.Join(' ', station.Screen.Costs));
        Assert.Equal(decimal.Round(total, 2, MidpointRounding.AwayFromZero), decimal.Round(station.Screen.FinalCost!.Value, 2, MidpointRounding.AwayFromZero));
    }

    private static async Task UntilAsync(Func<bool> done, string what)
    {
        for (var i = 0; i < 300 && !done(); i++) await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.True(done(), $"The station does not show {what}.");
    }

    private sealed class OnePrice : IPriceDisplay
    {
        public ValueTask<StationPrices> FindAsync(ScreenQuestion question, CancellationToken ct) =>
            ValueTask.FromResult(StationPrices.Of(new DisplayPrice("story-1", new Tariff
            {
                Currency = Currency.Eur, TaxMode = TaxMode.Exclusive, Elements = [new TariffElement([new PriceComponent(Dimension.Energy, 0.40m, 1, [new TaxRate("VAT", 19)])])],
            }, new Dictionary<string, string> { ["en"] = Text })));
    }
}
