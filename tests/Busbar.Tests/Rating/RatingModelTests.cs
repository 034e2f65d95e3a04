using System.Text;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;
using static Busbar.Tests.Rating.Build;

namespace Busbar.Tests.Rating;

/// <summary>What the model has beyond OCPI: what OCPP 2.1 and our own rules add.</summary>
public sealed class RatingModelTests
{
    private static readonly Tariff IdlePerHour = Tariff(Element(Price(Dimension.Idle, 6)));

    [Fact]
    public void Counted_times_restrict_by_what_the_vehicle_did_and_not_by_the_clock()
    {
        var tariff = Tariff(
            Price(Dimension.Energy, 1).When(new Restrictions { MaxChargingTime = Duration.FromMinutes(30) }),
            Element(Price(Dimension.Energy, 2)),
            Price(Dimension.Idle, 6).When(new Restrictions { MinIdleTime = Duration.FromMinutes(10) }));

        // 20 min of charging, 20 idle, 20 charging: the thirtieth minute of charging lies in the middle of the last.
        var priced = Rate(tariff, Period(Noon, 20, 2), Period(At(20), 20, 0, VehicleState.EvIdle), Period(At(40), 20, 2));

        Assert.Equal((3m * 1) + (1 * 2) + 1, priced.Total.ExclTax);
        Assert.Contains(priced.Periods, period => period.From == At(50) && period.Elements.Energy == 1);
        Assert.Contains(priced.Periods, period => period.From == At(30) && period.Elements.Idle == 2);
    }

    [Fact]
    public void A_grace_is_free_and_stays_free()
    {
        var graced = IdlePerHour with { Idle = new IdleTerms { Grace = Duration.FromMinutes(15) } };

        Assert.Equal(0m, Rate(graced, Period(Noon, 15, 0, VehicleState.EvIdle)).Total.ExclTax);
        Assert.Equal(0.5m, Rate(graced, Period(Noon, 20, 0, VehicleState.EvIdle)).Total.ExclTax);
        Assert.Equal(PriceReason.Grace, Rate(graced, Period(Noon, 20, 0, VehicleState.EvIdle)).Trace.First(entry => entry.Dimension == Dimension.Idle).Reason);
    }

    [Theory]
    [InlineData(0.1, 3.5)]      // four sips of 0.1 kWh: one grace
    [InlineData(1.0, 0.5)]      // four charges of 1 kWh: a grace after each of the first ones
    public void A_grace_begins_again_after_a_charge_and_not_after_a_sip(decimal sip, decimal expected)
    {
        var graced = IdlePerHour with { Idle = new IdleTerms { Grace = Duration.FromMinutes(10), RestartAbove = Energy.FromWattHours(500) } };
        MeasuredPeriod[] periods = [
            Period(Noon, 10, 0, VehicleState.EvIdle), Period(At(10), 5, sip), Period(At(15), 10, 0, VehicleState.EvIdle), Period(At(25), 5, sip),
            Period(At(30), 10, 0, VehicleState.EvIdle), Period(At(40), 5, sip), Period(At(45), 5, 0, VehicleState.EvIdle), Period(At(50), 10, 0, VehicleState.EvIdle)];

        Assert.Equal(expected, Rate(graced, periods).Total.ExclTax);
        Assert.Equal(4.5m, Rate(graced with { Idle = graced.Idle! with { Grace = null } }, periods).Total.ExclTax);
    }

    [Fact]
    public void Idle_time_costs_at_most_its_cap_and_the_line_that_says_so_bears_its_tax()
    {
        var capped = Tariff(Element(Price(Dimension.Energy, 1, 1, Vat(10)), Price(Dimension.Idle, 6, 1, Vat(20)))) with { Idle = new IdleTerms { Cap = new PriceBound(5, 6) } };

        var priced = Rate(capped, Period(Noon, 60, 10), Period(At(60), 120, 0, VehicleState.EvIdle));

        Assert.Equal(new Cost(15, 17), priced.Total);
        var cap = Assert.Single(priced.Lines, line => line.Kind == LineKind.IdleCap);
        Assert.Equal((-7m, -8.4m, 20m), (cap.ExclTax, cap.InclTax, Assert.Single(cap.Taxes).Percent));
        Assert.Equal(new Cost(10, 11), Rate(capped, Period(Noon, 60, 10)).Total);
    }

    [Theory]
    [InlineData(WithheldBy.Station)]
    [InlineData(WithheldBy.Operator)]
    public void Idle_time_is_not_billed_while_energy_is_held_back_whatever_the_station_says(WithheldBy by)
    {
        var timeline = Timeline(Noon, At(60), [], new StateChange(Noon, VehicleState.EvIdle)) with
        {
            Withheld = [new WithheldTime(At(20), At(40), by), new WithheldTime(At(10), At(30), by)],
        };

        var priced = Rater.Rate(IdlePerHour, DateTimeZone.Utc, timeline);

        Assert.Equal(3m, priced.Total.ExclTax);
        Assert.Equal([VehicleState.EvIdle, VehicleState.EvseWithholds, VehicleState.EvIdle], priced.Periods.Select(period => period.State));
        Assert.Equal(PriceReason.Withheld, Assert.Single(priced.Trace, entry => entry.From == At(10) && entry.Dimension == Dimension.Idle).Reason);
    }

    [Fact]
    public void A_vehicle_that_charges_while_energy_is_said_to_be_held_back_charges() =>
        Assert.Equal(VehicleState.Charging, Assert.Single((Timeline(Noon, At(60), [new(Noon, Energy.Zero), new(At(60), Energy.FromKilowattHours(5))], new StateChange(Noon, VehicleState.Charging)) with
        {
            Withheld = [new WithheldTime(Noon, At(60), WithheldBy.Operator)],
        }).ToPeriods()).State);

    [Fact]
    public void Special_days_are_priced_by_the_calendar_that_the_tariff_carries()
    {
        var tariff = Tariff(
            Price(Dimension.Energy, 1).When(new Restrictions { SpecialDays = "holidays" }),
            Price(Dimension.Energy, 3).When(new Restrictions { ExceptSpecialDays = "holidays", Weekdays = Weekdays.Monday }),
            Element(Price(Dimension.Energy, 2))) with { Calendars = [new SpecialDays("holidays", [new LocalDate(2026, 4, 6)])] };

        // From Sunday 22:00 to Tuesday 02:00 in Berlin, a kilowatt-hour each hour: Easter Monday has its own price, an ordinary Monday another.
        Assert.Equal((2 * 2) + (24 * 1) + (2 * 2), Rate(tariff, Berlin, Period(Instant.FromUtc(2026, 4, 5, 20, 0), 28 * 60, 28)).Total.ExclTax);
        Assert.Equal((2 * 2) + (24 * 3) + (2 * 2), Rate(tariff, Berlin, Period(Instant.FromUtc(2026, 4, 12, 20, 0), 28 * 60, 28)).Total.ExclTax);
    }

    [Fact]
    public void Who_pays_and_where_restricts_and_what_is_not_known_fulfils_nothing()
    {
        var tariff = Tariff(
            Price(Dimension.Energy, 1).When(new Restrictions { TokenGroup = "staff" }),
            Price(Dimension.Energy, 2).When(new Restrictions { PaymentBrand = "VISA", PaymentRecognition = "CC" }),
            Price(Dimension.Energy, 3).When(new Restrictions { EvseKind = EvseKind.Dc }),
            Element(Price(Dimension.Energy, 4)));

        Assert.Equal(1, Cost(new SessionContext { TokenGroup = "staff", EvseKind = EvseKind.Dc }));
        Assert.Equal(1, Cost(new SessionContext { TokenGroup = "STAFF" }));
        Assert.Equal(2, Cost(new SessionContext { TokenGroup = "Stuff", PaymentBrand = "Visa", PaymentRecognition = "cc" }));
        Assert.Equal(3, Cost(new SessionContext { PaymentBrand = "Visa", EvseKind = EvseKind.Dc }));
        Assert.Equal(4, Cost(new SessionContext { EvseKind = EvseKind.Ac }));
        Assert.Equal(4, Cost(new SessionContext { PaymentRecognition = "CC" }));
        Assert.Equal(4, Cost(new SessionContext { PaymentBrand = "Visa" }));
        Assert.Equal(4, Cost(null));

        decimal Cost(SessionContext? context) => Rated(tariff, context, Period(Noon, 60, 1)).Total.ExclTax;
    }

    [Fact]
    public void A_curve_prices_each_interval_or_the_whole_by_the_start()
    {
        var context = new SessionContext { Curves = [new PriceCurve("spot", Noon, 900, [0.10m, 0.30m, null, 0.50m])] };

        // 4 kWh an hour: one in each quarter of an hour; the third quarter has no price, and the last lies beyond the curve.
        var each = Rated(Following(CurveLock.EachInterval), context, Period(Noon, 75, 5));
        Assert.Equal(0.12m + 0.32m + 0.9m + 0.42m + 0.9m, each.Total.ExclTax);
        Assert.Equal([0.12m, 0.32m, 0.9m, 0.42m, 0.9m], each.Trace.Where(entry => entry.Dimension == Dimension.Energy).Select(entry => entry.UnitPrice!.Value));
        Assert.Equal([At(0), At(15), At(30), At(45), At(60)], each.Periods.Select(period => period.From));
        Assert.Equal([0.12m, 0.32m, 0.9m, 0.42m], each.Lines.Select(line => line.UnitPrice));

        Assert.Equal(5 * 0.12m, Rated(Following(CurveLock.AtStart), context, Period(Noon, 30, 2), Period(At(30), 45, 3, VehicleState.Unknown)).Total.ExclTax);
        Assert.Equal(5 * 0.9m, Rated(Following(CurveLock.AtStart), null, Period(Noon, 75, 5)).Total.ExclTax);

        static Tariff Following(CurveLock when) =>
            Tariff(Element(new PriceComponent(Dimension.Energy, 0.9m, 1, [], new CurvePricing("spot", when, 100, 0.02m, 0.05m, 0.40m))));
    }

    [Fact]
    public void A_negative_price_of_the_market_is_passed_on_unless_the_tariff_has_a_least()
    {
        var context = new SessionContext { Curves = [new PriceCurve("spot", Noon, 3_600, [-0.05m])] };

        Assert.Equal(-0.1m, Cost(null));
        Assert.Equal(0m, Cost(0));

        decimal Cost(decimal? least) => Rated(
            Tariff(Element(new PriceComponent(Dimension.Energy, 1, 1, [], new CurvePricing("spot", CurveLock.EachInterval, 100, 0, least)))), context, Period(Noon, 30, 2)).Total.ExclTax;
    }

    [Fact]
    public void Energy_that_is_given_back_is_priced_apart_from_what_was_taken()
    {
        var tariff = Tariff(Element(Price(Dimension.Energy, 0.4m, 1, Vat(20)), Price(Dimension.Export, -0.3m)));
        var timeline = Timeline(
            Noon, At(120),
            [new(Noon, Energy.Zero, ExportRegister: Energy.FromKilowattHours(7)), new(At(60), Energy.FromKilowattHours(10), ExportRegister: Energy.FromKilowattHours(7)),
             new(At(120), Energy.FromKilowattHours(10), ExportRegister: Energy.FromKilowattHours(11))],
            new StateChange(Noon, VehicleState.Charging));

        var priced = Rater.Rate(tariff, DateTimeZone.Utc, timeline);

        Assert.Equal(new Cost(4 - 1.2m, 4.8m - 1.2m), priced.Total);
        Assert.Equal((Energy.FromKilowattHours(10), Energy.FromKilowattHours(4)), (priced.Usage.Energy, priced.Usage.Exported));
        Assert.Equal(4m, Assert.Single(priced.Lines, line => line.Kind == LineKind.Export).Quantity);
        Assert.Equal(Energy.FromKilowattHours(4), new Energy(priced.Periods.Sum(period => period.Exported.MilliwattHours)));
    }

    [Fact]
    public void Allowances_are_used_up_in_the_order_of_time_and_say_how_much_is_gone()
    {
        var tariff = Tariff(
            Price(Dimension.Energy, 0.5m, 1, Vat(20)).When(new Restrictions { MaxDuration = Duration.FromMinutes(60) }),
            Element(Price(Dimension.Energy, 0.2m, 1, Vat(20)), Price(Dimension.Flat, 1)));
        var context = new SessionContext
        {
            Allowances =
            [
                new Allowance { Name = "subscription", Dimension = Dimension.Energy, PercentOff = 100, Energy = Energy.FromKilowattHours(12) },
                new Allowance { Name = "campaign", Dimension = Dimension.Energy, PercentOff = 10 },
                new Allowance { Name = "welcome", Dimension = Dimension.Flat, PercentOff = 50 },
            ],
        };

        // 10 kWh at 0.50, then 10 at 0.20: the subscription takes the first twelve, the campaign a tenth of the other eight.
        var priced = Rated(tariff, context, Period(Noon, 120, 20));

        Assert.Equal((8 * 0.2m * 0.9m) + 0.5m, priced.Total.ExclTax);
        Assert.Equal(
            [("subscription", 10m, -5m), ("subscription", 2m, -0.4m), ("campaign", 8m, -0.16m), ("welcome", 1m, -0.5m)],
            priced.Lines.Where(line => line.Kind == LineKind.Discount).Select(line => (line.Allowance!, line.Quantity, line.ExclTax)));
        Assert.Equal(
            [("subscription", Energy.FromKilowattHours(12)), ("campaign", Energy.FromKilowattHours(8)), ("welcome", Energy.Zero)],
            priced.Allowances.Select(use => (use.Name, use.Energy)));
    }

    [Fact]
    public void A_state_that_is_extended_twice_uses_its_allowance_up_in_each()
    {
        var context = new SessionContext { Allowances = [new Allowance { Name = "first", Dimension = Dimension.Energy, PercentOff = 100, Energy = Energy.FromKilowattHours(3) }] };
        var state = Rater.Extend(Rater.Begin(Tariff(Element(Price(Dimension.Energy, 1))), DateTimeZone.Utc, Noon, context), Period(Noon, 10, 2));

        Assert.Equal(1m, Rater.Running(Rater.Extend(state, Period(At(10), 10, 2))).Total.ExclTax);
        Assert.Equal(1m, Rater.Running(Rater.Extend(state, Period(At(10), 10, 2))).Total.ExclTax);
        Assert.Equal(0m, Rater.Running(state).Total.ExclTax);
    }

    [Theory]
    [InlineData(TaxPoint.SessionEnd, 2.42)]
    [InlineData(TaxPoint.EachDay, 2.40)]
    public void A_tax_that_changes_at_midnight_is_taken_by_the_tariffs_rule(TaxPoint point, decimal gross)
    {
        TaxRate[] vat = [new("VAT", 19, Until: new LocalDate(2026, 7, 1)), new("VAT", 21, From: new LocalDate(2026, 7, 1))];
        var tariff = Tariff(Element(Price(Dimension.Energy, 1, 1, vat))) with { TaxPoint = point };

        var priced = Rate(tariff, Berlin, Period(Instant.FromUtc(2026, 6, 30, 21, 0), 120, 2));

        Assert.Equal(new Cost(2, gross), priced.Total);
        Assert.Equal(point == TaxPoint.EachDay ? 2 : 1, priced.Lines.Count);
        Assert.Equal(2.38m, Rate(tariff, Berlin, Period(Instant.FromUtc(2026, 6, 30, 19, 0), 120, 2)).Total.InclTax);
    }

    [Fact]
    public void What_the_model_has_more_reads_back_and_leaves_the_bytes_of_older_tariffs_alone()
    {
        const string More =
            """{"currency":"EUR","taxMode":"exclusive","elements":[{"components":[{"dimension":"export","price":-0.1,"stepSize":1,"taxes":[{"name":"VAT","percent":19,"stack":0,"from":"2026-01-01","until":"2027-01-01"}]""" +
            ""","curve":{"name":"spot","lock":"eachInterval","percent":100,"add":0.02,"least":0,"most":1}}],"when":{"minChargingTimeSeconds":1,"maxChargingTimeSeconds":2,"minIdleTimeSeconds":3,"maxIdleTimeSeconds":4""" +
            ""","specialDays":"a","exceptSpecialDays":"b","evseKind":"dc","paymentBrand":"Visa","paymentRecognition":"CC","tokenGroup":"g"}}]""" +
            ""","idle":{"restartAboveWh":500,"cap":{"beforeTax":5},"graceSeconds":600},"calendars":[{"name":"a","dates":["2026-12-25"]}],"taxPoint":"eachDay"}""";
        const string Context =
            """{"evseKind":"ac","paymentBrand":"Visa","paymentRecognition":"CC","tokenGroup":"g","curves":[{"name":"spot","from":"2026-03-02T12:00:00.000Z","stepSeconds":900,"prices":[0.1,null]}]""" +
            ""","allowances":[{"name":"a","dimension":"energy","percentOff":100,"energyWh":5000},{"name":"b","dimension":"idle","percentOff":50,"timeSeconds":60}]}""";

        Assert.Equal(More, Encoding.UTF8.GetString(TariffJson.Write(TariffJson.Read(Encoding.UTF8.GetBytes(More)))));
        Assert.Equal(Context, Encoding.UTF8.GetString(SessionContextJson.Write(SessionContextJson.Read(Encoding.UTF8.GetBytes(Context)))));
    }

    private static Instant At(int minutes) => Noon + Duration.FromMinutes(minutes);

    private static PricedSession Rated(Tariff tariff, SessionContext? context, params MeasuredPeriod[] periods)
    {
        var priced = Rater.Finish(periods.Aggregate(Rater.Begin(tariff, DateTimeZone.Utc, periods[0].From, context), Rater.Extend));
        Invariants.Hold(priced);
        return priced;
    }
}
