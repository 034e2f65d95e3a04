using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Simulation;
using Busbar.Rating;
using Busbar.Stations.Contracts;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Pricing;

/// <summary>What a simulation adds up, apart from any server.</summary>
public sealed class SimulationRuleTests
{
    private static readonly Instant Noon = Instant.FromUtc(2026, 6, 1, 12, 0);
    private static readonly StationId[] Stations = [.. Enumerable.Range(1, 5).Select(i => new StationId(Guid.Parse($"01890000-0000-7000-8000-00000000000{i}")))];

    private static readonly Gen<Repriced> Any = Gen.Select(Gen.Int[0, 999_999], Gen.Int[0, 4], Gen.Int[0, 9], Gen.Long[0, 40_000_000], Gen.Long[-20_000_000, 20_000_000], Gen.Int[1, 3],
        (id, station, skip, before, difference, version) => new Repriced(
            $"ses{id:000000}", Stations[station], Noon, version == 3 ? null : "tarx", version, skip == 0 ? SkipReason.OtherCurrency : SkipReason.None, skip == 0 ? "SEK" : "EUR", before / 2, before,
            (before + difference) / 2, before + difference, version == 2));

    [Fact]
    public void The_sum_over_parts_is_the_whole_in_any_order()
    {
        Gen.Select(Any.Array[0, 400], Gen.Int[1, 7], Gen.Int).Sample((sessions, parts, seed) =>
        {
            // One session is in a list once.
            sessions = [.. sessions.DistinctBy(session => session.Session)];
            var whole = new Tally(Currency.Eur);
            foreach (var session in sessions) whole.Add(session);
            var shuffled = sessions.ToArray();
            new Random(seed).Shuffle(shuffled);
            var sum = new Tally(Currency.Eur);
            foreach (var part in shuffled.Chunk(Math.Max(1, shuffled.Length / parts)))
            {
                var some = new Tally(Currency.Eur);
                foreach (var session in part) some.Add(session);
                sum.Add(some);
            }
            return Bytes(whole) == Bytes(sum);
        }, iter: 500);
    }

    [Fact]
    public void Every_session_stands_in_one_bar_one_location_and_one_tariff()
    {
        Any.Array[1, 300].Sample(sessions =>
        {
            var tally = new Tally(Currency.Eur);
            foreach (var session in sessions) tally.Add(session);
            var result = ResultOf(tally);
            var total = result.Total.Sessions;
            Assert.Equal(total, result.Total.Winners + result.Total.Losers + result.Total.Unchanged);
            Assert.Equal(total, result.Histogram.Sum(bar => bar.Sessions));
            Assert.Equal(total, result.Locations.Sum(line => line.Sums.Sessions));
            Assert.Equal(total, result.Tariffs.Sum(line => line.Sums.Sessions));
            Assert.Equal(sessions.Length, result.Seen);
            // Bars left of nothing are the winners, bars right of it the losers.
            Assert.Equal(total == 0 ? 0 : result.Total.Winners, result.Histogram.Take(result.Histogram.Count / 2).Sum(bar => bar.Sessions));
            Assert.Equal(Sum(result.Tariffs.Select(line => line.Sums.Difference.InclTax)), Number(result.Total.Difference.InclTax));
            Assert.Equal(Sum(result.Locations.Select(line => line.Sums.After.ExclTax)), Number(result.Total.After.ExclTax));
        }, iter: 300);
    }

    [Fact]
    public void A_difference_that_nobody_can_pay_makes_no_winner_and_is_in_the_sums_all_the_same()
    {
        var tally = new Tally(Currency.Eur);
        tally.Add(new Repriced("ses1", Stations[0], Noon, "tarx", 1, SkipReason.None, "EUR", 1_000_000, 1_210_000, 1_000_000, 1_213_000));
        tally.Add(new Repriced("ses2", Stations[0], Noon, "tarx", 1, SkipReason.None, "EUR", 1_000_000, 1_214_000, 1_000_000, 1_216_000));
        Assert.Equal((0L, 1L, 1L), (tally.Total.Winners, tally.Total.Losers, tally.Total.Unchanged));
        Assert.Equal("0.005", ResultOf(tally).Total.Difference.InclTax);
        Assert.Equal(["ses2"], tally.Losers.Select(session => session.Session));
    }

    [Fact]
    public void The_hundred_largest_are_kept_with_the_largest_first()
    {
        var tally = new Tally(Currency.Eur);
        for (var i = 1; i <= 250; i++)
        {
            tally.Add(new Repriced($"ses{i:000}", Stations[0], Noon, null, 0, SkipReason.None, "EUR", 0, 0, 0, i * 10_000));
            tally.Add(new Repriced($"set{i:000}", Stations[0], Noon, null, 0, SkipReason.None, "EUR", 0, i * 10_000, 0, 0));
        }
        var result = ResultOf(tally);
        Assert.Equal(Enumerable.Range(151, 100).Reverse().Select(i => $"ses{i}"), result.LargestLosers.Select(session => session.SessionId));
        Assert.Equal(Enumerable.Range(151, 100).Reverse().Select(i => $"set{i}"), result.LargestWinners.Select(session => session.SessionId));
    }

    [Fact]
    public void Percentiles_are_exact_and_a_spread_that_is_too_wide_becomes_coarser_whatever_came_first()
    {
        var exact = new Spread();
        for (var i = 1; i <= 100; i++) exact.Add(i);
        Assert.Equal([1L, 50, 95, 99], new[] { 1, 50, 95, 99 }.Select(percent => exact.Percentile(percent)!.Value));

        Gen.Select(Gen.Long[-5_000, 5_000].Array[1, 300], Gen.Int).Sample((coins, seed) =>
        {
            var (one, other) = (new Spread(20), new Spread(20));
            foreach (var coin in coins) one.Add(coin);
            new Random(seed).Shuffle(coins);
            foreach (var coin in coins) other.Add(coin);
            Assert.Equal((one.Step, one.Count), (other.Step, other.Count));
            Assert.Equal(one.InOrder(), other.InOrder());
            Assert.Equal(coins.Count(coin => coin == 0), one.InOrder().Where(pair => pair.Coins == 0).Sum(pair => pair.Times));
        }, iter: 300);
    }

    [Fact]
    public void A_session_without_a_price_or_in_another_currency_is_left_out_and_says_why()
    {
        var tariff = At(0.5m);
        Assert.Equal(SkipReason.NotPriced, Repriced.Of(Past(null), tariff, PastCurves.None).Skip);
        Assert.Equal(SkipReason.OtherCurrency, Repriced.Of(Past(new ChargedPrice(Currency.Parse("SEK"), 1, 1)), tariff, PastCurves.None).Skip);
        Assert.Equal(SkipReason.TooLarge, Repriced.Of(Past(new ChargedPrice(Currency.Eur, 1, 1)), At(79_000_000_000_000m), PastCurves.None).Skip);
        var repriced = Repriced.Of(Past(new ChargedPrice(Currency.Eur, 1_000_000, 1_000_000)), tariff, PastCurves.None);
        Assert.Equal((SkipReason.None, 5_000_000L, 4_000_000L), (repriced.Skip, repriced.AfterIncl, repriced.Difference));
    }

    [Fact]
    public void A_part_is_read_as_it_was_written() =>
        Any.Array[0, 50].Sample(sessions => SimulationPart.Read(SimulationPart.Write(sessions)).SequenceEqual(sessions), iter: 200);

    [Fact]
    public void A_part_of_the_first_format_is_read_too()
    {
        var session = new Repriced("ses1", Stations[0], Noon, "tarx", 1, SkipReason.None, "EUR", 1_000_000, 1_210_000, 1_000_000, 1_213_000);
        // It had no last byte that says whether something stands in.
        var part = SimulationPart.Write([session])[..^1];
        part[0] = 1;
        Assert.Equal([session], SimulationPart.Read(part));
    }

    private static Tariff At(decimal price) => new() { Currency = Currency.Eur, TaxMode = TaxMode.Inclusive, Elements = [new([new(Dimension.Energy, price, 1, [])], null)] };

    private static PastSession Past(ChargedPrice? charged) => new("ses1", Stations[0], 1, Noon, "Europe/Amsterdam", new Timeline
    {
        Start = Noon, End = Noon + Duration.FromHours(1), Readings = [new(Noon, Energy.Zero), new(Noon + Duration.FromHours(1), Energy.FromWattHours(10_000))], States = [],
    }, SessionContext.Unknown, charged, null);

    private static SimulationResult ResultOf(Tally tally) => SimulationResult.Of(tally, station => station == Stations[0] ? null : new LocationId(new Guid(1, 0, 0, new byte[8])));

    private static string Bytes(Tally tally) => JsonSerializer.Serialize(ResultOf(tally), ApiJson.Options);

    private static decimal Number(string text) => decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static decimal Sum(IEnumerable<string> amounts) => amounts.Sum(Number);
}
