using System.Text.Json;
using Busbar.Kernel;
using Busbar.Rating;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Rating;

public sealed class RatingProperties
{
    /// <summary>As many as fit into ./test; the million is bench's.</summary>
    private const int Pairs = 100_000;

    // A second and a watt-hour at the highest random prices and taxes: a step of 1 rounds only what was counted last.
    private const decimal Step = 0.04m;

    [Fact]
    public void The_rater_agrees_with_the_naive_one() => RandomCases.Cases.Sample(Agree, iter: Pairs);

    public static TheoryData<string, Func<Tariff, Tariff>, Func<SessionContext, SessionContext>> Misreadings => new()
    {
        { "no step rounds", Of(component => component with { StepSize = 1 }), context => context },
        { "curves are read at each interval only", Of(component => component.Curve is { } curve ? component with { Curve = curve with { Lock = CurveLock.EachInterval } } : component), context => context },
        { "energy given back is nobody's", Of(component => component.Dimension == Dimension.Export ? component with { Price = 0 } : component), context => context },
        { "taxes stand beside each other", Of(component => component with { Taxes = [.. component.Taxes.Select(tax => tax with { Stack = 0 })] }), context => context },
        { "taxes are those of each day", tariff => tariff with { TaxPoint = TaxPoint.EachDay }, context => context },
        { "idle time has no grace", tariff => tariff with { Idle = tariff.Idle is { } idle ? idle with { Grace = null } : null }, context => context },
        { "a grace never begins again", tariff => tariff with { Idle = tariff.Idle is { } idle ? idle with { RestartAbove = null } : null }, context => context },
        { "idle time has no cap", tariff => tariff with { Idle = tariff.Idle is { } idle ? idle with { Cap = null } : null }, context => context },
        { "a session has no bounds", tariff => tariff with { Min = null, Max = null }, context => context },
        { "charging time restricts nothing", When(when => when with { MinChargingTime = null, MaxChargingTime = null }), context => context },
        { "idle time restricts nothing", When(when => when with { MinIdleTime = null, MaxIdleTime = null }), context => context },
        { "no day is special", When(when => when with { SpecialDays = null, ExceptSpecialDays = null }), context => context },
        { "dates have no end", When(when => when with { EndDate = null }), context => context },
        { "every card is the same", When(when => when with { PaymentBrand = null }), context => context },
        { "every payment is the same", When(when => when with { PaymentRecognition = null }), context => context },
        { "nothing is waived", tariff => tariff with { WaiveBelow = null }, context => context },
        { "an expired reservation is a used one", When(when => when with { Reservation = when.Reservation is null ? null : ReservationKind.Reserved }), context => context },
        { "reservations are never rounded", tariff => tariff with { Elements = [.. tariff.Elements.Select(element => element.When?.Reservation is null ? element : element with { Components = [.. element.Components.Select(component => component with { StepSize = 1 })] })] }, context => context },
        { "a maximum says nothing of taxes", tariff => tariff with { Max = tariff.Max is { BeforeTax: { } net, AfterTax: null } ? new PriceBound(net, 1_000) : tariff.Max }, context => context },
        { "all are one group", When(when => when with { TokenGroup = null }), context => context },
        { "the last allowance is used first", tariff => tariff, context => context with { Allowances = [.. context.Allowances!.Reverse()] } },
        { "allowances have no end", tariff => tariff, context => context with { Allowances = [.. context.Allowances!.Select(allowance => allowance with { Energy = null, Time = null })] } },
    };

    /// <summary>The control of the comparison: each rule decides some of the random sessions, and reading it otherwise is seen.</summary>
    [Theory, MemberData(nameof(Misreadings), DisableDiscoveryEnumeration = true)]
    public void A_rule_that_is_read_otherwise_is_caught(string rule, Func<Tariff, Tariff> tariff, Func<SessionContext, SessionContext> context)
    {
        var caught = 0;
        RandomCases.Cases.Sample(
            c =>
            {
                var total = Rater.Running(c.Periods.Aggregate(c.Begin(), Rater.Extend)).Total;
                if (total != NaiveRater.Rate(tariff(c.Tariff), c.Zone, c.Start, c.Periods, context(c.Context))) Interlocked.Increment(ref caught);
            },
            iter: 3_000);
        Assert.True(caught > 0, rule);
    }

    [Fact]
    public void The_rater_agrees_with_the_naive_one_over_hours() => RandomCases.LongCases.Sample(Agree, iter: 300);

    [Fact]
    public void The_fold_is_the_full_rating() =>
        RandomCases.Cases.Sample(
            c =>
            {
                var timeline = RandomCases.ToTimeline(c);
                var folded = timeline.ToPeriods().Aggregate(c.Begin(), Rater.Extend);
                Assert.Equal(Print(Rater.Finish(folded)), Print(Rater.Rate(c.Tariff, c.Zone, timeline, context: c.Context)));
                Assert.Equal(JsonSerializer.Serialize(Rater.Running(folded).Lines), JsonSerializer.Serialize(Rater.Finish(folded).Lines));
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
                var (one, many) = (Rater.Finish(whole.Aggregate(c.Begin(), Rater.Extend)), Rater.Finish(split.Aggregate(c.Begin(), Rater.Extend)));
                Assert.Equal(JsonSerializer.Serialize(one.Lines), JsonSerializer.Serialize(many.Lines));
                Assert.Equal(one.Periods, many.Periods);
            },
            iter: 2_000);

    [Fact]
    public void A_session_that_goes_on_never_costs_less_by_more_than_the_step_that_no_longer_rounds() =>
        RandomCases.Cases.Sample(
            c =>
            {
                var (state, before) = ((c with { Tariff = RandomCases.Rising(c.Tariff) }).Begin(), default(Cost));
                // A reservation that no session follows is not bounded: the session's bounds may lower what it comes to.
                foreach (var period in c.Periods.Where(period => period.Phase == Phase.Session))
                {
                    state = Rater.Extend(state, period with { Exported = Energy.Zero });
                    var now = Rater.Running(state).Total;
                    Assert.True(now.InclTax >= before.InclTax - Step && now.ExclTax >= before.ExclTax - Step, $"{before} became {now}");
                    before = now;
                }
            },
            iter: 5_000);

    [Fact]
    public void More_energy_never_costs_less_where_the_price_does_not_depend_on_it() =>
        Gen.Select(RandomCases.Cases, Gen.Long[0, 5_000_000]).Sample(
            (c, more) =>
            {
                var rising = RandomCases.Rising(c.Tariff);
                var always = c with { Tariff = rising with { Elements = [.. rising.Elements.Select(element => element with { When = null })], Idle = null }, Context = new SessionContext() };
                decimal Cost(long extra) => Rater.Running(c.Periods.Where(period => period.Phase == Phase.Session).Aggregate(always.Begin(), (state, period) => Rater.Extend(state, period with { Energy = period.Energy + new Energy(extra), Exported = Energy.Zero }))).Total.InclTax;
                Assert.True(Cost(more) >= Cost(0));
            },
            iter: 3_000);

    [Fact]
    public void Canonical_bytes_read_back_to_themselves() =>
        RandomCases.Tariffs.Sample(tariff => Assert.Equal(TariffJson.Write(tariff), TariffJson.Write(TariffJson.Read(TariffJson.Write(tariff)))), iter: 1_000);

    [Fact]
    public void The_random_cases_are_worth_pricing()
    {
        var (all, priced, switching, cut, graced, relieved, returned, capped, moved) = (0, 0, 0, 0, 0, 0, 0, 0, 0);
        var (reserved, expired, waived, bounded, sudden, paired) = (0, 0, 0, 0, 0, 0);
        RandomCases.Cases.Sample(
            c =>
            {
                var result = Rater.Finish(c.Periods.Aggregate(c.Begin(), Rater.Extend));
                Interlocked.Increment(ref all);
                if (result.Total.ExclTax != 0) Interlocked.Increment(ref priced);
                if (result.Lines.Select(line => line.Element).Distinct().Count() > 1) Interlocked.Increment(ref switching);
                if (result.Trace.Any(entry => entry.Evidence == Evidence.Interpolated)) Interlocked.Increment(ref cut);
                if (result.Trace.Any(entry => entry.Reason == PriceReason.Grace)) Interlocked.Increment(ref graced);
                if (result.Lines.Any(line => line.Kind == LineKind.Discount)) Interlocked.Increment(ref relieved);
                if (result.Lines.Any(line => line.Kind == LineKind.Export)) Interlocked.Increment(ref returned);
                if (result.Lines.Any(line => line.Kind == LineKind.IdleCap)) Interlocked.Increment(ref capped);
                if (result.Lines.Any(line => line.Kind == LineKind.Reservation)) Interlocked.Increment(ref reserved);
                if (result.Periods.Any(period => period.Phase == Phase.ReservationExpired)) Interlocked.Increment(ref expired);
                if (result.Waived) Interlocked.Increment(ref waived);
                if (result.Lines.Any(line => line.Kind == LineKind.Clamp)) Interlocked.Increment(ref bounded);
                if (result.Lines.Any(line => line.Kind == LineKind.Clamp) && (c.Tariff.Min is { AfterTax: null } or { BeforeTax: null } || c.Tariff.Max is { AfterTax: null } or { BeforeTax: null })) Interlocked.Increment(ref paired);
                if (c.Periods.Any(period => period.From == period.To && period.Energy != Energy.Zero)) Interlocked.Increment(ref sudden);
                if (result.Lines.GroupBy(line => (line.Element, line.Kind)).Any(lines => lines.Select(line => line.UnitPrice).Distinct().Count() > 1)) Interlocked.Increment(ref moved);
            },
            iter: 1_000);

        Assert.True(priced > all * 6 / 10 && switching > all * 3 / 10 && cut > all * 3 / 10, $"{all} cases: {priced} priced, {switching} with several elements, {cut} cut inside a period");
        Assert.True(
            graced > all / 20 && relieved > all / 10 && returned > all / 20 && capped > all / 100 && moved > all / 100,
            $"{all} cases: {graced} with a grace, {relieved} with a discount, {returned} with energy given back, {capped} with a cap, {moved} with a price that moved");
        Assert.True(
            reserved > all / 20 && expired > all / 20 && waived > all / 50 && bounded > all / 20 && paired > all / 50 && sudden > all / 20,
            $"{all} cases: {reserved} with a reservation to pay, {expired} with an expired one, {waived} waived, {bounded} bounded, {paired} with a bound of one side, {sudden} with energy in no time");
    }

    private static Func<Tariff, Tariff> Of(Func<PriceComponent, PriceComponent> misread) =>
        tariff => tariff with { Elements = [.. tariff.Elements.Select(element => element with { Components = [.. element.Components.Select(misread)] })] };

    private static Func<Tariff, Tariff> When(Func<Restrictions, Restrictions> misread) =>
        tariff => tariff with { Elements = [.. tariff.Elements.Select(element => element.When is { } when ? element with { When = misread(when) } : element)] };

    private static void Agree(RandomCases.Case c)
    {
        var priced = Rater.Finish(c.Periods.Aggregate(c.Begin(), Rater.Extend));
        Invariants.Hold(priced);
        Assert.Equal(NaiveRater.Rate(c.Tariff, c.Zone, c.Start, c.Periods, c.Context), priced.Total);
    }

    private static string Print(PricedSession priced) => JsonSerializer.Serialize(new { priced.Lines, priced.Periods, priced.Total, Trace = priced.Trace.ToArray() });
}
