using System.Diagnostics;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;
using static Busbar.Tests.Rating.Build;

namespace Busbar.Tests.Rating;

/// <summary>What a rating costs: in bytes, which are the same on every machine, and in time only where the bar is wide.</summary>
public sealed class RatingCostTests
{
    private static readonly Tariff Banded = Tariff(
        Price(Dimension.Energy, 0.3m).When(new Restrictions { MaxEnergy = Energy.FromKilowattHours(5), StartTime = new LocalTime(6, 0), EndTime = new LocalTime(22, 0) }),
        Element(Price(Dimension.Energy, 0.4m, 1, Vat(19)), Price(Dimension.Time, 1), Price(Dimension.Idle, 6)));

    private static readonly Tariff Steady = Tariff(Element(Price(Dimension.Energy, 0.4m, 1, Vat(19)), Price(Dimension.Time, 1)));

    [Fact]
    public void A_running_price_costs_the_same_after_the_thousandth_meter_value_as_after_the_first()
    {
        var state = Extended(Rater.Begin(Banded, DateTimeZone.Utc, Noon), 0, 100);
        _ = CostOf(state, 100);

        var first = CostOf(state, 100);
        var thousandth = CostOf(Extended(state, 100, 1_100), 1_100);

        Assert.Equal(first, thousandth);

        static long CostOf(RatingState state, int minute)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            _ = Rater.Running(Rater.Extend(state, Minute(minute))).Total;
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void A_period_in_which_nothing_changes_allocates_nothing_but_its_place_in_the_sorted_input()
    {
        _ = BytesOf(1_000);

        Assert.InRange((BytesOf(11_000) - BytesOf(1_000)) / 10_000, 0, 64);

        static long BytesOf(int count)
        {
            var timeline = Readings(count) with { States = [new StateChange(Noon, VehicleState.Charging)] };
            var before = GC.GetAllocatedBytesForCurrentThread();
            _ = Rater.Rate(Steady, DateTimeZone.Utc, timeline);
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }
    }

    [Fact]
    public void A_hundred_thousand_meter_values_cost_ten_times_as_much_as_ten_thousand()
    {
        var (few, many) = (Readings(10_000), Readings(100_000));
        _ = Measured(few);

        var (small, large) = (Measured(few), Measured(many));

        // Lists that double are up to a fifth more; what grew with the square would be a hundred times as much, and take as long.
        Assert.InRange(large.Bytes, 0, small.Bytes * 12);
        Assert.InRange(large.Ticks, 0, small.Ticks * 40);

        static (long Bytes, long Ticks) Measured(Timeline timeline)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var best = long.MaxValue;
            for (var round = 0; round < 3; round++)
            {
                var started = Stopwatch.GetTimestamp();
                _ = Rater.Rate(Banded, DateTimeZone.Utc, timeline).Periods.Count;
                best = Math.Min(best, Stopwatch.GetTimestamp() - started);
            }
            return (GC.GetAllocatedBytesForCurrentThread() - before, best);
        }
    }

    private static RatingState Extended(RatingState state, int from, int to)
    {
        for (var minute = from; minute < to; minute++) state = Rater.Extend(state, Minute(minute));
        return state;
    }

    private static MeasuredPeriod Minute(int minute) => Period(Noon + Duration.FromMinutes(minute), 1, 0.1m);

    // Every tenth minute the vehicle stops or goes on, so that the result grows too.
    private static Timeline Readings(int count) => Timeline(
        Noon, Noon + Duration.FromMinutes(count), [.. Enumerable.Range(0, count + 1).Select(minute => new Reading(Noon + Duration.FromMinutes(minute), Energy.FromWattHours(100L * minute)))],
        [.. Enumerable.Range(0, count / 10).Select(ten => new StateChange(Noon + Duration.FromMinutes(ten * 10), ten % 2 == 0 ? VehicleState.Charging : VehicleState.EvIdle))]);
}
