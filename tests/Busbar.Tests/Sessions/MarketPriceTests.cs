using System.Text.Json;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using Busbar.Sessions;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>What the market said is decided once, with the start or with the end, and journalled: neither a later market nor a late correction changes it.</summary>
public sealed class MarketPriceTests(Servers servers)
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 6, 1, 12, 0);

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_prices_of_the_end_stay_when_the_market_and_the_end_change(DatabaseKind kind)
    {
        var (market, tariff) = (new TestMarket(), new CurveTariff(CurveLock.EachInterval));
        await using var server = await StartAsync(kind, market, tariff);
        var station = await ToldStation.MadeAsync(server, server.Admin, "default", "CP-1");
        await station.TellAsync(Frames.Event("Started", "T", 0, Noon, 1_000, "Charging", "TAG", offline: true));
        // So far by what is known now, and not decided.
        market.Price = 0.90m;
        Assert.Equal(0.90m, (await station.TellAsync(Frames.Event("Updated", "T", 1, Noon + Duration.FromMinutes(10), 2_000, offline: true))).TotalCost);
        market.Price = 0.30m;
        Assert.Equal(0.60m, (await station.TellAsync(Frames.Event("Updated", "T", 2, Noon + Duration.FromMinutes(14), 3_000, offline: true))).TotalCost);
        await station.TellAsync(Frames.Event("Ended", "T", 3, Noon + Duration.FromMinutes(15), 3_000, offline: true));
        market.Price = 5m;
        // The station corrects its end: earlier, and the same market.
        await station.TellAsync(Frames.Event("Ended", "T", 4, Noon + Duration.FromMinutes(14) + Duration.FromSeconds(30), 3_000, offline: true));
        var cdrs = (await server.Admin.GetAsync("cdrs")).Items;
        Assert.All(cdrs.Where(cdr => cdr.GetProperty("creditOf").ValueKind == JsonValueKind.Null), cdr => Assert.Equal("0.60", cdr.GetProperty("totalCost").GetProperty("exclTax").GetString()));
        Assert.All(cdrs, cdr => Assert.Equal(64, cdr.GetProperty("contextHash").GetString()!.Length));
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
    }

    [Fact]
    public async Task A_price_that_is_locked_at_the_start_is_that_of_the_start_however_late_it_ends_and_a_missing_one_stays_missing()
    {
        var (market, tariff) = (new TestMarket { Price = 0.40m }, new CurveTariff(CurveLock.AtStart));
        await using var server = await StartAsync(DatabaseKind.Sqlite, market, tariff);
        var station = await ToldStation.MadeAsync(server, server.Admin, "default", "CP-1");
        await station.TellAsync(Frames.Event("Started", "T1", 0, Noon, 1_000, "Charging", "TAG", offline: true));
        market.Price = null;
        await station.TellAsync(Frames.Event("Ended", "T1", 1, Noon + Duration.FromHours(1), 3_000, offline: true));
        await station.TellAsync(Frames.Event("Started", "T2", 0, Noon + Duration.FromHours(2), 3_000, "Charging", "TAG", offline: true));
        market.Price = 0.40m;
        await station.TellAsync(Frames.Event("Ended", "T2", 1, Noon + Duration.FromHours(3), 5_000, offline: true));
        Assert.Equal(["0.80", "2.00"], (await server.Admin.GetAsync("cdrs")).Items.Select(cdr => cdr.GetProperty("totalCost").GetProperty("exclTax").GetString()).Order(StringComparer.Ordinal));
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
    }

    [Theory]
    [InlineData(CurveLock.AtStart)]
    [InlineData(CurveLock.EachInterval)]
    public async Task A_session_without_a_price_of_a_curve_that_refuses_is_held_and_not_billed_at_a_stand_in(CurveLock locked)
    {
        var market = new TestMarket { Refuses = true, HasGap = true, Price = 0.40m };
        await using var server = await StartAsync(DatabaseKind.Sqlite, market, new CurveTariff(locked));
        var station = await ToldStation.MadeAsync(server, server.Admin, "default", "CP-1");
        // Noon has no price, an hour later there is one.
        foreach (var (id, start) in new[] { ("T1", Noon), ("T2", Noon + Duration.FromHours(1)) })
        {
            await station.TellAsync(Frames.Event("Started", id, 0, start, 1_000, "Charging", "TAG", offline: true));
            await station.TellAsync(Frames.Event("Ended", id, 1, start + Duration.FromMinutes(30), 3_000, offline: true));
        }
        Assert.Equal("0.80", Assert.Single((await server.Admin.GetAsync("cdrs")).Items).GetProperty("totalCost").GetProperty("exclTax").GetString());
        var held = Assert.Single((await server.Admin.GetAsync("sessions?status=held")).Items);
        Assert.Contains("priceMissing", (await server.Admin.GetAsync($"sessions/{held.GetProperty("id").GetString()}")).Body.GetProperty("issues").EnumerateArray().Select(issue => issue.GetProperty("code").GetString()));
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
    }

    [Fact]
    public async Task What_a_station_tells_after_it_was_given_up_has_the_prices_of_its_own_time()
    {
        var (market, tariff) = (new TestMarket { Price = 0.40m }, new CurveTariff(CurveLock.EachInterval));
        await using var server = await StartAsync(DatabaseKind.Sqlite, market, tariff);
        var station = await ToldStation.MadeAsync(server, server.Admin, "default", "CP-1");
        await station.TellAsync(Frames.Event("Started", "T", 0, Noon, 0, "Charging", "TAG", offline: true));
        await station.TellAsync(Frames.Event("Updated", "T", 1, Noon + Duration.FromHours(1), 1_000, offline: true));
        var fact = new ChargingFact.GapsAbandoned { Time = StationTime.Missing, TransactionId = "T", Reason = AbandonReason.StationSilent };
        await station.TellAsync(new Frame(fact, 0, OwnFacts.ActionOf(fact), OwnFacts.Write(fact)));
        Assert.Empty((await server.Admin.GetAsync("cdrs")).Items);
        // It was closed at the last reading; it went on for three hours.
        await station.TellAsync(Frames.Event("Ended", "T", 2, Noon + Duration.FromHours(4), 4_000, offline: true));
        Assert.Equal("1.60", Assert.Single((await server.Admin.GetAsync("cdrs")).Items).GetProperty("totalCost").GetProperty("exclTax").GetString());
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
    }

    [Fact]
    public void A_later_end_adds_intervals_and_leaves_those_that_are_decided()
    {
        var before = new SessionCurves(null, [new PriceCurve("spot", Noon, 900, [0.40m, null])]) { Until = Noon + Duration.FromMinutes(20) };
        var more = new DecidedCurves(default, null, [new PriceCurve("spot", Noon + Duration.FromMinutes(15), 900, [0.99m, 0.30m, 0.20m]), new PriceCurve("other", Noon, 900, [1m])])
        {
            Until = Noon + Duration.FromMinutes(50),
        };
        var after = SessionCurves.Of(before, more);
        Assert.Equal(Noon + Duration.FromMinutes(50), after.Until);
        Assert.Equal([0.40m, null, 0.30m, 0.20m], after.Whole![0].Prices);
        Assert.Equal("other", after.Whole[1].Name);
        // Steps of another length are another curve: what is decided stands alone.
        Assert.Equal(before.Whole![0].Prices, SessionCurves.Of(before, more with { Whole = [new PriceCurve("spot", Noon, 3_600, [0.1m])] }).Whole![0].Prices);
        // A gap stays one.
        Assert.Equal([0.40m, null, null, 0.10m], SessionCurves.Of(before, more with { Whole = [new PriceCurve("spot", Noon + Duration.FromMinutes(45), 900, [0.10m])] }).Whole![0].Prices);
    }

    [Fact]
    public async Task A_price_that_was_missing_at_the_start_stays_missing_where_it_is_locked_and_is_known_where_it_is_not()
    {
        // A kWh at the start's price and an hour at each interval's, both by one curve; each costs 1.00 where nobody knows the market's.
        var tariff = new CurveTariff(
            new PriceComponent(Dimension.Energy, 1m, 1, [], new CurvePricing("spot", CurveLock.AtStart)), new PriceComponent(Dimension.Time, 1m, 1, [], new CurvePricing("spot", CurveLock.EachInterval)));
        var market = new TestMarket();
        await using var server = await StartAsync(DatabaseKind.Sqlite, market, tariff);
        var station = await ToldStation.MadeAsync(server, server.Admin, "default", "CP-1");
        await station.TellAsync(Frames.Event("Started", "T", 0, Noon, 1_000, "Charging", "TAG", offline: true));
        market.Price = 0.40m;
        // Half an hour: 1 kWh at 1.00, and 0.20 for the time.
        Assert.Equal(1.20m, (await station.TellAsync(Frames.Event("Updated", "T", 1, Noon + Duration.FromMinutes(30), 2_000, offline: true))).TotalCost);
        await station.TellAsync(Frames.Event("Ended", "T", 2, Noon + Duration.FromHours(1), 3_000, offline: true));
        Assert.Equal("2.40", Assert.Single((await server.Admin.GetAsync("cdrs")).Items).GetProperty("totalCost").GetProperty("exclTax").GetString());
        Assert.Empty((await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken)).Differences);
    }

    private async Task<RunningServer> StartAsync(DatabaseKind kind, TestMarket market, CurveTariff tariff) => await RunningServer.StartAsync(await servers.NewStoreAsync(kind), services =>
    {
        services.AddSingleton<ITariffBook>(tariff);
        services.AddSingleton<ICurveBook>(market);
    });
}
