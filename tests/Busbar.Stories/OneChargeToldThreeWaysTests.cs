using System.Net;
using System.Text.Json;
using Busbar.Ocpp;
using Busbar.Simulator.Physics;
using Busbar.Simulator.Stations;
using Busbar.Storage;
using Busbar.Tests.Support;
using NodaTime;

namespace Busbar.Stories;

/// <summary>
/// The promise of the house: one physical charge, told in 1.6, 2.0.1 and 2.1, on SQLite and on PostgreSQL, ends in the same bill. Over real sockets and
/// through the public API only.
/// </summary>
[Trait("suite", "stories")]
public sealed class OneChargeToldThreeWaysTests(Servers servers)
{
    // 21:30 to 22:15 local at 12 kW across the night boundary of 22:00, then half an hour in which the car takes nothing.
    // Day 6 kWh × 0.40 + night 3 kWh × 0.25 + 0.75 h × 1.20 + 0.5 h idle × 6.00 + 1.00 start = 8.05; 19 % VAT.
    private const string ExclTax = "8.05";
    private const string InclTax = "9.5795";

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_charge_ends_in_the_same_bill_in_every_version(DatabaseKind kind)
    {
        var server = await servers.OnAsync(kind);
        var api = await server.NewTenantAsync();
        await api.GivenTariffAsync("""
            { "currency": "EUR", "elements": [
              { "price_components": [ { "type": "FLAT", "price": 1.00, "vat": 19.0, "step_size": 1 } ] },
              { "price_components": [ { "type": "ENERGY", "price": 0.40, "vat": 19.0, "step_size": 1 } ], "restrictions": { "start_time": "06:00", "end_time": "22:00" } },
              { "price_components": [ { "type": "ENERGY", "price": 0.25, "vat": 19.0, "step_size": 1 } ] },
              { "price_components": [ { "type": "TIME", "price": 1.20, "vat": 19.0, "step_size": 1 }, { "type": "PARKING_TIME", "price": 6.00, "vat": 19.0, "step_size": 1 } ] } ] }
            """);
        var location = await api.PostAsync("locations", Given.Location);
        location.Is(HttpStatusCode.Created);
        await api.PostAsync("tokens", new { uid = "04A1B2C3", type = "rfid" });

        // 21:30 in Amsterdam, in summer.
        var charge = new PhysicalSessionBuilder(Instant.FromUtc(2026, 7, 14, 19, 29), "04A1B2C3", registerWh: 812_345)
            .PlugIn().Authorize().Wait(Duration.FromMinutes(1)).Start()
            .Charge(Duration.FromMinutes(45), powerW: 12_000, every: Duration.FromMinutes(20))
            .Suspend(byVehicle: true).Wait(Duration.FromMinutes(30)).Stop().Unplug().Build();

        foreach (var version in new[] { OcppVersion.V16, OcppVersion.V201, OcppVersion.V21 })
        {
            var name = $"CP-{version}";
            var made = await api.PostAsync("stations", new { stationId = name, locationId = location.Text("id") });
            made.Is(HttpStatusCode.Created);
            await using var station = new SimulatedStation(new StationOptions
            {
                Url = server.StationsUrl(api.Tenant!), StationId = name, Password = made.Text("password"), Version = version,
            });
            await station.ConnectAsync();
            var told = await station.TellAsync(charge);
            await station.DrainedAsync(TestContext.Current.CancellationToken);
            Assert.True(told.IsEndAcknowledged);

            var cdr = await api.OnlyCdrAsync(name);
            Assert.Equal((ExclTax, InclTax, "EUR"), (Total(cdr, "exclTax"), Total(cdr, "inclTax"), Total(cdr, "currency")));
            Assert.Equal(9_000m, cdr.GetProperty("energyWh").GetDecimal());
            Assert.Equal(["energy", "flat", "idle", "time"], cdr.GetProperty("lines").EnumerateArray().Select(line => line.GetProperty("kind").GetString()).Distinct().Order());

            var session = (await api.GetAsync($"sessions?stationId={name}")).Items.Single();
            Assert.Equal("completed", session.GetProperty("status").GetString());
            // The summer's charge is told now: nothing else may be odd about it.
            Assert.Equal(["toldLate"], session.GetProperty("issues").EnumerateArray().Select(issue => issue.GetProperty("code").GetString()));
            Assert.Equal(cdr.GetProperty("id").GetString(), session.GetProperty("cdrId").GetString());
        }
    }

    private static string? Total(JsonElement cdr, string member) => cdr.GetProperty("totalCost").GetProperty(member).GetString();
}
