using System.Text.Json;
using Busbar.Kernel;
using Busbar.Rating;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Rating;

public sealed class RatingProperties
{
    [Fact]
    public void The_rater_agrees_with_the_naive_one() =>
        RandomCases.Cases.Sample(
            c =>
            {
                var priced = Rater.Finish(c.Periods.Aggregate(Rater.Begin(c.Tariff, c.Zone, c.Start), Rater.Extend));
                Invariants.Hold(priced);
                Assert.Equal(NaiveRater.Rate(c.Tariff, c.Zone, c.Start, c.Periods), priced.Total);
            },
            iter: 3_000);

    [Fact]
    public void The_fold_is_the_full_rating() =>
        RandomCases.Cases.Sample(
            c =>
            {
                var timeline = RandomCases.ToTimeline(c);
                var folded = timeline.ToPeriods().Aggregate(Rater.Begin(c.Tariff, c.Zone, timeline.Start), Rater.Extend);
                Assert.Equal(Print(Rater.Finish(folded)), Print(Rater.Rate(c.Tariff, c.Zone, timeline)));
                Assert.Equal(new Energy(c.Periods.Sum(period => period.Energy.MilliwattHours)), folded.Energy);
            },
            iter: 2_000);

    [Fact]
    public void A_rating_is_additive_over_split_periods() =>
        Gen.Select(RandomCases.Cases, Gen.Long[1, 999]).Sample(
            (c, part) =>
            {
                var whole = c.Periods.Select(RandomCases.WithWholeRate).ToArray();
                var split = whole.SelectMany(period => RandomCases.Split(period, part)).ToArray();
                var start = Rater.Begin(c.Tariff, c.Zone, c.Start);
                var (one, many) = (Rater.Finish(whole.Aggregate(start, Rater.Extend)), Rater.Finish(split.Aggregate(start, Rater.Extend)));
                Assert.Equal(JsonSerializer.Serialize(one.Lines), JsonSerializer.Serialize(many.Lines));
                Assert.Equal(one.Periods, many.Periods);
            },
            iter: 2_000);

    [Fact]
    public void Canonical_bytes_read_back_to_themselves() =>
        RandomCases.Tariffs.Sample(tariff => Assert.Equal(TariffJson.Write(tariff), TariffJson.Write(TariffJson.Read(TariffJson.Write(tariff)))), iter: 1_000);

    [Fact]
    public void The_random_cases_are_worth_pricing()
    {
        var (all, priced, switching, cut) = (0, 0, 0, 0);
        RandomCases.Cases.Sample(
            c =>
            {
                var result = Rater.Finish(c.Periods.Aggregate(Rater.Begin(c.Tariff, c.Zone, c.Start), Rater.Extend));
                Interlocked.Increment(ref all);
                if (result.Total.ExclTax != 0) Interlocked.Increment(ref priced);
                if (result.Lines.Select(line => line.Element).Distinct().Count() > 1) Interlocked.Increment(ref switching);
                if (result.Trace.Any(entry => entry.Evidence == Evidence.Interpolated)) Interlocked.Increment(ref cut);
            },
            iter: 1_000);

        Assert.True(priced > all * 6 / 10 && switching > all * 3 / 10 && cut > all * 3 / 10, $"{all} cases: {priced} priced, {switching} with several elements, {cut} cut inside a period");
    }

    private static string Print(PricedSession priced) => JsonSerializer.Serialize(new { priced.Lines, priced.Periods, priced.Total, Trace = priced.Trace.ToArray() });
}
