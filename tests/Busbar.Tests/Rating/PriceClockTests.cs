using Busbar.Kernel;
using Busbar.Rating;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Rating;

public sealed class PriceClockTests
{
    private static readonly Gen<(Tariff Tariff, SessionContext Context, int Minute, int Power)> Moments =
        Gen.Select(RandomCases.Tariffs, RandomCases.Cases, Gen.Int[0, 3 * 1_440], Gen.Int[0, 60]).Select((tariff, other, minute, power) => (tariff, other.Context with { Allowances = null }, minute, power));

    [Fact]
    public void At_any_moment_it_says_what_the_rater_charges_a_tiny_session_then() =>
        Moments.Sample(
            moment =>
            {
                var tariff = moment.Tariff with { Min = null, Max = null, Idle = null };
                var from = Instant.FromUtc(2026, 3, 27, 23, 0);
                var at = from + Duration.FromMinutes(moment.Minute);
                var power = Power.FromWatts(moment.Power * 1_000);
                var session = Rater.Extend(Rater.Begin(tariff, Build.Berlin, at, moment.Context), new MeasuredPeriod(at, at + Duration.FromSeconds(1), Energy.FromWattHours(1), VehicleState.Charging, power));
                var priced = Rater.Finish(session);
                foreach (var dimension in new[] { Dimension.Energy, Dimension.Time })
                {
                    var trace = priced.Trace.First(entry => entry.Dimension == dimension);
                    var stretches = PriceClock.Between(tariff, Build.Berlin, from, from + Duration.FromDays(3), dimension, new SessionPoint { Power = power }, moment.Context);
                    var here = stretches.Last(stretch => stretch.From <= at);
                    Assert.True(at < here.To || at == stretches[^1].To);
                    if (at == stretches[^1].To) continue;
                    Assert.Equal(trace.Element, here.Element);
                    if (trace.Element is null) continue;
                    Assert.Equal(Math.Round(trace.UnitPrice!.Value, 9), Math.Round(tariff.TaxMode == TaxMode.Inclusive ? here.InclTax : here.ExclTax, 9));
                    // A watt-hour's amounts have six decimals, so a kilowatt-hour's price has three.
                    var line = priced.Lines.FirstOrDefault(line => line.Kind == LineKind.Energy && line.Element == here.Element);
                    if (dimension != Dimension.Energy || line is null || priced.Lines.Count(one => one.Kind == LineKind.Energy) > 1 || line.Quantity != 0.001m) continue;
                    Assert.InRange(line.InclTax * 1_000 - here.InclTax, -0.003m, 0.003m);
                }
            },
            iter: 3_000);

    [Fact]
    public void Stretches_follow_each_other_and_turn_with_the_wall_clock()
    {
        var tariff = Build.Tariff(
            Build.Price(Dimension.Energy, 0.29m).When(new Restrictions { StartTime = new LocalTime(22, 0), EndTime = new LocalTime(6, 10) }),
            Build.Element(Build.Price(Dimension.Energy, 0.50m, 1, Build.Vat(20))));
        var from = Build.Berlin.AtStartOfDay(new LocalDate(2026, 3, 29)).ToInstant();
        var to = Build.Berlin.AtStartOfDay(new LocalDate(2026, 3, 30)).ToInstant();
        var stretches = PriceClock.Between(tariff, Build.Berlin, from, to, Dimension.Energy);
        Assert.Equal([0.29m, 0.60m, 0.29m], stretches.Select(stretch => stretch.InclTax));
        Assert.Equal([Instant.FromUtc(2026, 3, 29, 4, 10), Instant.FromUtc(2026, 3, 29, 20, 0), to], stretches.Select(stretch => stretch.To));
    }

    [Fact]
    public void A_price_that_is_locked_at_the_start_turns_where_the_interval_of_the_start_does()
    {
        var tariff = Build.Tariff(new TariffElement([new PriceComponent(Dimension.Energy, 9m, 1, [], new CurvePricing("spot", CurveLock.AtStart))]));
        var context = new SessionContext { Curves = [new PriceCurve("spot", Build.Noon, 900, [0.1m, 0.2m, 0.3m])] };
        var five = Duration.FromMinutes(5);
        // Each moment is one of a session that has run for five minutes.
        var stretches = PriceClock.Between(tariff, DateTimeZone.Utc, Build.Noon + five, Build.Noon + Duration.FromMinutes(35), Dimension.Energy, new SessionPoint { Duration = five }, context);
        Assert.Equal([(0.1m, 20), (0.2m, 35)], stretches.Select(stretch => (stretch.ExclTax, (int)(stretch.To - Build.Noon).TotalMinutes)));
    }

    [Fact]
    public void An_idle_price_waits_for_its_idle_time()
    {
        var tariff = Build.Tariff(Build.Price(Dimension.Idle, 6m).When(new Restrictions { MinIdleTime = Duration.FromMinutes(30) }));
        Assert.Null(Assert.Single(At(new SessionPoint())).Element);
        Assert.Equal(6m, Assert.Single(At(new SessionPoint { IdleTime = Duration.FromMinutes(30) })).ExclTax);

        IReadOnlyList<PriceStretch> At(SessionPoint point) => PriceClock.Between(tariff, DateTimeZone.Utc, Build.Noon, Build.Noon + Duration.FromDays(1), Dimension.Idle, point);
    }
}
