using System.Text.Json;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;
using static Busbar.Tests.Rating.Build;

namespace Busbar.Tests.Rating;

/// <summary>What is made of a result without pricing again: the totals of a charge detail record, what is paid, and the same result later.</summary>
public sealed class CostTotalsTests
{
    [Fact]
    public void The_totals_of_a_detail_record_are_what_was_charged_for_and_the_clamp_is_in_the_sum_alone()
    {
        var tariff = Tariff(
            Element(Price(Dimension.Flat, 1, 1, Vat(20)), Price(Dimension.Energy, 0.5m, 1, Vat(20)), Price(Dimension.Time, 2, 1, Vat(20))),
            Element(Price(Dimension.Idle, 6, 1, Vat(20))),
            new TariffElement([Price(Dimension.Time, 3, 1, Vat(20)), Price(Dimension.Flat, 2, 1, Vat(20))], new Restrictions { Reservation = ReservationKind.Reserved })) with { Max = new PriceBound(15, 18) };
        var reserved = new MeasuredPeriod(Noon - Duration.FromMinutes(20), Noon, Energy.Zero, VehicleState.Unknown) { Phase = Phase.Reserved };

        var priced = Rate(tariff, reserved, Period(Noon, 60, 10), Period(Noon + Duration.FromMinutes(60), 60, 0, VehicleState.EvIdle));
        var totals = CostTotals.Of(priced.Lines, tariff);

        Assert.Equal(
            (new Cost(1, 1.2m), new Cost(5, 6), new Cost(2, 2.4m), new Cost(6, 7.2m), new Cost(3, 3.6m), new Cost(-2, -2.4m), priced.Total, CostKind.MaxCost),
            (totals.Fixed, totals.Energy, totals.Time, totals.Parking, totals.Reservation, totals.Bound, totals.Total, totals.Kind));
        Assert.Equal(CostKind.NormalCost, CostTotals.Of(Rate(tariff, Period(Noon, 30, 1)).Lines, tariff).Kind);
        Assert.Equal(CostKind.MinCost, CostTotals.Of(Rate(tariff with { Min = new PriceBound(9) }, Period(Noon, 30, 1)).Lines, tariff).Kind);
    }

    [Fact]
    public void A_flat_price_of_parking_is_parkings_and_a_discount_is_taken_off_what_it_relieves()
    {
        var tariff = Tariff(
            new TariffElement([Price(Dimension.Flat, 4), Price(Dimension.Idle, 6)], new Restrictions { MinIdleTime = Duration.FromMinutes(30) }),
            Element(Price(Dimension.Energy, 1), Price(Dimension.Export, -0.5m)));
        var context = new SessionContext { Allowances = [new Allowance { Name = "a", Dimension = Dimension.Idle, PercentOff = 50 }, new Allowance { Name = "b", Dimension = Dimension.Energy, PercentOff = 10 }] };
        var state = Rater.Extend(Rater.Begin(tariff, DateTimeZone.Utc, Noon, context), Period(Noon, 60, 10) with { Exported = Energy.FromKilowattHours(2) });

        var totals = CostTotals.Of(Rater.Running(Rater.Extend(state, Period(Noon + Duration.FromMinutes(60), 60, 0, VehicleState.EvIdle))).Lines, tariff);

        Assert.Equal((0m, 8m, 0m, 5.5m, 13.5m), (totals.Fixed.ExclTax, totals.Energy.ExclTax, totals.Time.ExclTax, totals.Parking.ExclTax, totals.Total.ExclTax));
    }

    [Fact]
    public void Three_lines_of_3_335_are_10_02_by_the_line_and_10_01_by_the_document_and_the_policy_says_which()
    {
        var tariff = Tariff(Element(Price(Dimension.Flat, 3.335m), Price(Dimension.Energy, 3.335m), Price(Dimension.Time, 3.335m)));
        var state = Rater.Extend(Rater.Begin(tariff, DateTimeZone.Utc, Noon), Period(Noon, 60, 1));

        var byLine = Rater.Finish(state, new Rounding(2, MidpointRounding.AwayFromZero));
        var byDocument = Rater.Finish(state);

        Assert.Equal((10.02m, "line-2-AwayFromZero"), (byLine.Total.ExclTax, byLine.Rounding.Id));
        Assert.Equal((10.005m, "line-6-AwayFromZero"), (byDocument.Total.ExclTax, byDocument.Rounding.Id));
        Assert.Equal(10.01m, new Money(byDocument.Total.ExclTax, Currency.Eur).ToPayable().Amount);
    }

    [Theory]
    [InlineData(10.02, 0.05, 10.00)]
    [InlineData(10.025, 0.05, 10.05)]
    [InlineData(-10.03, 0.05, -10.05)]
    [InlineData(1232, 5, 1230)]
    [InlineData(1233, 5, 1235)]
    [InlineData(1237.5, 5, 1240)]
    public void Cash_is_paid_in_the_smallest_coin(decimal amount, decimal coin, decimal paid) => Assert.Equal(paid, Rounding.ToCash(amount, coin));

    [Fact]
    public void A_session_that_is_restated_after_a_tax_has_changed_costs_what_it_cost()
    {
        TaxRate[] vat = [new("VAT", 19, Until: new LocalDate(2026, 7, 1)), new("VAT", 21, From: new LocalDate(2026, 7, 1))];
        var tariff = Tariff(Element(Price(Dimension.Energy, 1, 1, vat))) with { TaxPoint = TaxPoint.EachDay };
        // The rate of half a year later is known by then.
        var later = Tariff(Element(Price(Dimension.Energy, 1, 1, vat[0], vat[1] with { Until = new LocalDate(2027, 1, 1) }, new TaxRate("VAT", 23, From: new LocalDate(2027, 1, 1))))) with { TaxPoint = TaxPoint.EachDay };

        var once = Print(tariff);

        Assert.Equal(once, Print(TariffJson.Read(TariffJson.Write(tariff))));
        Assert.Equal(once, Print(later));

        static string Print(Tariff by)
        {
            var priced = Rate(by, Berlin, Period(Instant.FromUtc(2026, 6, 30, 21, 0), 120, 2));
            return JsonSerializer.Serialize(new { priced.Lines, priced.Periods, priced.Total });
        }
    }

    [Fact]
    public void The_rows_of_a_vat_breakdown_are_the_base_times_the_rate_where_one_bound_binds()
    {
        var capped = Tariff(Element(Price(Dimension.Flat, 3, 1, Vat(20)), Price(Dimension.Energy, 1, 1, Vat(10))), Element(Price(Dimension.Time, 2))) with { Max = new PriceBound(AfterTax: 9.4m) };

        var priced = Rate(capped, Period(Noon, 60, 12));
        var rows = TaxShare.Of(priced.Lines);

        // 3 at 20 %, 12 at 10 % and 2 without tax are 17 and 18.80; half of it is left.
        Assert.Equal(new Cost(8.5m, 9.4m), priced.Total);
        Assert.Equal([(1.5m, 0.3m), (6m, 0.6m), (1m, 0m)], rows.Select(row => (row.ExclTax, row.Taxes.Sum(tax => tax.Amount))));
    }
}
