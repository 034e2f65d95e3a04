using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;
using static Busbar.Tests.Rating.Build;

namespace Busbar.Tests.Rating;

public sealed class MeasurementTests
{
    private static readonly StateChange Charges = new(Noon, VehicleState.Charging);

    [Fact]
    public void A_register_counts_from_its_first_reading()
    {
        var periods = Timeline(Noon, At(60), [Register(0, 500_000), Register(60, 507_000)], Charges).ToPeriods();

        var only = Assert.Single(periods);
        Assert.Equal((Noon, At(60), Wh(7_000), VehicleState.Charging, Evidence.Measured), (only.From, only.To, only.Energy, only.State, only.Evidence));
    }

    [Fact]
    public void Intervals_add_up()
    {
        var periods = Timeline(Noon, At(60), [Interval(20, 1_000), Interval(40, 2_000), Interval(60, 3_000)], Charges).ToPeriods().ToArray();

        Assert.Equal([Wh(1_000), Wh(2_000), Wh(3_000)], periods.Select(period => period.Energy));
    }

    [Fact]
    public void A_change_of_state_between_two_readings_cuts_and_keeps_every_milliwatt_hour()
    {
        var periods = Timeline(Noon, At(60), [Register(0, 0), Register(60, 10)], Charges, new StateChange(At(20), VehicleState.EvseWithholds), new StateChange(At(50), VehicleState.EvIdle))
            .ToPeriods().ToArray();

        Assert.Equal([3_333L, 5_000L, 1_667L], periods.Select(period => period.Energy.MilliwattHours));
        Assert.All(periods, period => Assert.Equal(Evidence.Interpolated, period.Evidence));
    }

    [Fact]
    public void Before_the_first_state_nothing_is_known() =>
        Assert.Equal(VehicleState.Unknown, Timeline(Noon, At(60), [Register(0, 0), Register(60, 10)], new StateChange(At(20), VehicleState.Charging)).ToPeriods().First().State);

    [Fact]
    public void A_register_that_runs_backwards_never_gives_energy_back()
    {
        var periods = Timeline(Noon, At(60), [Register(0, 100), Register(20, 300), Register(40, 250), Register(60, 310)], Charges).ToPeriods();

        Assert.Equal([Wh(200), Wh(0), Wh(10)], periods.Select(period => period.Energy));
    }

    [Fact]
    public void Readings_in_any_order_and_outside_of_the_session_count_within_it()
    {
        var periods = Timeline(Noon, At(60), [Register(61, 400), Register(30, 200), Register(-1, 100)], Charges).ToPeriods();

        Assert.Equal([(Noon, At(30), Wh(100)), (At(30), At(60), Wh(200))], periods.Select(period => (period.From, period.To, period.Energy)));
    }

    [Fact]
    public void Two_readings_of_one_instant_keep_their_energy()
    {
        var periods = Timeline(Noon, At(60), [Register(0, 0), Register(30, 100), Register(30, 150), Register(60, 200)], Charges).ToPeriods();

        Assert.Equal(Wh(200), new Energy(periods.Sum(period => period.Energy.MilliwattHours)));
    }

    [Fact]
    public void A_power_holds_until_the_next_one_but_a_zero_that_the_energy_contradicts_is_no_evidence()
    {
        Reading[] readings = [Register(0, 0) with { Power = new Power(0), CurrentA = 0 }, Register(20, 1_000) with { Power = Power.FromWatts(7_000), CurrentA = 16 }, Register(40, 3_000), Register(60, 5_000)];
        var periods = Timeline(Noon, At(60), readings, Charges).ToPeriods();

        Assert.Equal([null, Power.FromWatts(7_000), Power.FromWatts(7_000)], periods.Select(period => period.Power));
        Assert.Equal([16m, 16m, 16m], periods.Select(period => period.CurrentA));
    }

    [Fact]
    public void A_session_without_length_has_no_periods() => Assert.Empty(Timeline(Noon, Noon, [], Charges).ToPeriods());

    private static Instant At(int minutes) => Noon + Duration.FromMinutes(minutes);

    private static Energy Wh(int wattHours) => Energy.FromWattHours(wattHours);

    private static Reading Register(int minutes, int wattHours) => new(At(minutes), Register: Wh(wattHours));

    private static Reading Interval(int minutes, int wattHours) => new(At(minutes), Interval: Wh(wattHours));
}
