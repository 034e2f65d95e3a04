using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;
using static Busbar.Tests.Rating.Build;

namespace Busbar.Tests.Rating;

public sealed class RaterTests
{
    private static readonly Tariff Simple = Tariff(Element(Price(Dimension.Flat, 1), Price(Dimension.Energy, 0.5m), Price(Dimension.Time, 2), Price(Dimension.Idle, 6)));

    [Fact]
    public void A_state_stays_as_it_was_when_it_is_extended_twice()
    {
        var state = Rater.Extend(Rater.Begin(Simple, DateTimeZone.Utc, Noon), Period(Noon, 30, 4));
        var at = Noon + Duration.FromMinutes(30);

        var idle = Rater.Finish(Rater.Extend(state, Period(at, 10, 0, VehicleState.EvIdle)));
        var charging = Rater.Finish(Rater.Extend(state, Period(at, 30, 4)));

        Assert.Equal(5m, idle.Total.ExclTax);
        Assert.Equal(7m, charging.Total.ExclTax);
        Assert.Equal(4m, Rater.Finish(state).Total.ExclTax);
    }

    [Fact]
    public void The_running_cost_is_the_cost()
    {
        var state = Rater.Extend(Rater.Begin(Simple, DateTimeZone.Utc, Noon), Period(Noon, 30, 4));

        Assert.Equal(Rater.Finish(state).Total, Rater.Running(state).Total);
        Assert.Equal((Noon + Duration.FromMinutes(30), Energy.FromKilowattHours(4)), (state.Until, state.Energy));
    }

    [Theory]
    [InlineData(VehicleState.Unknown)]
    [InlineData(VehicleState.EvseWithholds)]
    public void Time_that_is_withheld_or_unknown_is_billed_neither_as_charging_nor_as_idle(VehicleState state)
    {
        var priced = Rate(Simple, Period(Noon, 60, 1, state));

        Assert.Equal(1.5m, priced.Total.ExclTax);
        Assert.Equal((Duration.Zero, Duration.Zero), (priced.Usage.ChargingTime, priced.Usage.IdleTime));
    }

    [Fact]
    public void A_flat_fee_is_charged_once_when_it_is_first_active()
    {
        var late = Tariff(
            new TariffElement([Price(Dimension.Flat, 3)], new Restrictions { MinDuration = Duration.FromMinutes(30), MaxDuration = Duration.FromMinutes(40) }),
            new TariffElement([Price(Dimension.Flat, 5)], new Restrictions { MinDuration = Duration.FromMinutes(50) }));

        Assert.Equal(0m, Rate(late, Period(Noon, 30, 1)).Total.ExclTax);
        Assert.Equal(3m, Rate(late, Period(Noon, 120, 1)).Total.ExclTax);
        Assert.Equal(Noon + Duration.FromMinutes(30), Assert.Single(Rate(late, Period(Noon, 120, 1)).Periods, period => period.Elements.Flat == 0).From);
    }

    [Fact]
    public void A_session_without_energy_pays_the_flat_fee_unless_the_tariff_waives_it()
    {
        var waiving = Simple with { WaiveBelow = new Waiver { Energy = Energy.FromWattHours(100), Duration = Duration.FromMinutes(5) }, Min = new PriceBound(2) };

        Assert.Equal(1m, Rate(Simple, Period(Noon, 2, 0, VehicleState.Unknown)).Total.ExclTax);
        var waived = Rate(waiving, Period(Noon, 2, 0, VehicleState.Unknown));
        Assert.Equal((0m, true), (waived.Total.ExclTax, waived.Waived));
        Assert.Equal(2m, Rate(waiving, Period(Noon, 10, 0, VehicleState.Unknown)).Total.ExclTax);
    }

    [Fact]
    public void A_bound_before_tax_alone_takes_the_tax_along()
    {
        var capped = Tariff(Element(Price(Dimension.Energy, 1, 1, Vat(20)))) with { Max = new PriceBound(BeforeTax: 10) };

        Assert.Equal(new Cost(10, 12), Rate(capped, Period(Noon, 60, 15)).Total);
    }

    [Fact]
    public void A_minimum_on_nothing_bears_the_tariffs_tax()
    {
        var least = Tariff(Element(Price(Dimension.Energy, 1, 1, Vat(20)))) with { Min = new PriceBound(10) };

        var priced = Rate(least, Period(Noon, 60, 0));

        Assert.Equal(new Cost(10, 12), priced.Total);
        Assert.Equal(2m, Assert.Single(Assert.Single(priced.Lines).Taxes).Amount);
    }

    [Fact]
    public void A_clamp_is_shared_over_the_taxes_pro_rata()
    {
        var capped = Tariff(Element(Price(Dimension.Flat, 0.5m, 1, Vat(20)), Price(Dimension.Energy, 0.25m, 1, Vat(10)))) with { Max = new PriceBound(10, 11) };

        var clamp = Rate(capped, Period(Noon, 60, 50)).Lines[^1];

        Assert.Equal((LineKind.Clamp, -3m, -3.35m), (clamp.Kind, clamp.ExclTax, clamp.InclTax));
        Assert.Equal([(20m, -0.025926m), (10m, -0.324074m)], clamp.Taxes.Select(tax => (tax.Percent, tax.Amount)));
    }

    [Fact]
    public void An_unknown_current_fulfils_no_restriction_on_it()
    {
        var byCurrent = Tariff(Price(Dimension.Energy, 9).When(new Restrictions { MaxCurrentA = 32 }), Element(Price(Dimension.Energy, 1)));

        Assert.Equal(5m, Rate(byCurrent, Period(Noon, 60, 5)).Total.ExclTax);
        Assert.Equal(45m, Rate(byCurrent, Period(Noon, 60, 5) with { CurrentA = 31.9m }).Total.ExclTax);
    }

    [Fact]
    public void The_trace_says_who_won_why_and_on_what_evidence()
    {
        var banded = Tariff(Price(Dimension.Energy, 1).When(new Restrictions { MaxEnergy = Energy.FromKilowattHours(1) }), Element(Price(Dimension.Energy, 2)));

        var trace = Rate(banded, Period(Noon, 60, 3)).Trace.Where(entry => entry.Dimension == Dimension.Energy).ToArray();

        Assert.Equal([(0, "holds: maxEnergy"), (1, "no restriction; element 0 fails maxEnergy")], trace.Select(entry => (entry.Element!.Value, entry.Why)));
        Assert.All(trace, entry => Assert.Equal(Evidence.Interpolated, entry.Evidence));
        Assert.Equal(Noon + Duration.FromMinutes(20), trace[1].From);
    }

    [Fact]
    public void Periods_in_which_nothing_changes_grow_together()
    {
        var state = Rater.Begin(Simple, DateTimeZone.Utc, Noon);
        for (var minute = 0; minute < 1_000; minute++) state = Rater.Extend(state, Period(Noon + Duration.FromMinutes(minute), 1, 0.1m));

        var priced = Rater.Finish(state);

        Assert.Single(priced.Periods);
        Assert.Equal(100m, Assert.Single(priced.Lines, line => line.Kind == LineKind.Energy).Quantity);
    }

    [Fact]
    public void A_period_that_overlaps_or_runs_backwards_is_refused()
    {
        var state = Rater.Extend(Rater.Begin(Simple, DateTimeZone.Utc, Noon), Period(Noon, 30, 4));

        Assert.Throws<ArgumentException>(() => Rater.Extend(state, Period(Noon, 40, 4)));
        Assert.Throws<ArgumentException>(() => Rater.Extend(state, Period(Noon + Duration.FromMinutes(30), -1, 0)));
        Assert.Throws<ArgumentException>(() => Rater.Extend(state, Period(Noon + Duration.FromMinutes(30), 1, -1)));
        Assert.Throws<ArgumentException>(() => Rater.Extend(Rater.Begin(Simple, DateTimeZone.Utc, Noon), Period(Noon - Duration.FromMinutes(1), 1, 1)));
    }

    [Fact]
    public void Energy_of_a_session_without_length_is_billed() =>
        Assert.Equal(2m, Rater.Rate(Simple, DateTimeZone.Utc, Timeline(Noon, Noon, [new(Noon, Register: Energy.Zero), new(Noon, Register: Energy.FromKilowattHours(2))])).Total.ExclTax);

    [Fact]
    public void A_full_day_window_may_be_written_midnight_to_midnight()
    {
        var always = Tariff(Price(Dimension.Energy, 1).When(new Restrictions { StartTime = LocalTime.Midnight, EndTime = LocalTime.Midnight }));

        Assert.Empty(TariffLint.Check(always));
        Assert.Equal(24m, Rate(always, Berlin, Period(Noon, 24 * 60, 24)).Total.ExclTax);
    }

    [Fact]
    public void Dates_begin_and_end_at_local_midnight()
    {
        var leapDay = Tariff(Price(Dimension.Energy, 1).When(new Restrictions { StartDate = new LocalDate(2028, 2, 29), EndDate = new LocalDate(2028, 3, 1) }));

        var priced = Rate(leapDay, Berlin, Period(Instant.FromUtc(2028, 2, 28, 12, 0), 72 * 60, 72));

        Assert.Equal(24m, priced.Total.ExclTax);
        Assert.Equal(Instant.FromUtc(2028, 2, 28, 23, 0), priced.Periods[1].From);
    }
}
