using Busbar.Kernel;
using Busbar.Rating;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Rating;

/// <summary>Random tariffs and sessions whose conditions meet: short sessions, around midnights and clock changes, on bounds in the same ranges.</summary>
internal static class RandomCases
{
    private static readonly LocalDate ClockChange = new(2026, 3, 29);

    private static readonly Gen<TaxRate> Taxes =
        Gen.Select(OneOf(0m, 5m, 9.975m, 10m, 19m, 20m), Gen.Int[0, 2], Gen.Int[0, 11]).Select((percent, stack, dated) => new TaxRate(
            "T" + stack, percent, stack, dated is 0 or 1 ? ClockChange.PlusDays(dated) : null, dated is 2 or 3 ? ClockChange.PlusDays(dated - 2) : null));

    private static readonly Gen<Restrictions> Conditions =
        Gen.Select(
            Maybe(Gen.Select(Clock, Clock).Where((a, b) => a != b)),
            Maybe(Gen.Int[1, 127]),
            Maybe(Range(12_000)),
            Maybe(Range(1_800)),
            Maybe(Range(40)),
            Maybe(Range(60)),
            Maybe(Gen.Int[-1, 2]),
            Gen.Int[0, 3])
        .SelectMany((clock, days, energy, duration, current, power, date, open) => Gen.Select(Maybe(Range(1_200)), Maybe(Range(1_200)), Gen.Int[0, 40]).Select((charging, idle, dice) => new Restrictions
        {
            StartTime = open == 1 ? null : clock?.Item1,
            EndTime = open == 2 ? null : clock?.Item2,
            StartDate = date is { } from && open != 3 ? ClockChange.PlusDays(from) : null,
            EndDate = date is { } until && open > 1 ? ClockChange.PlusDays(until + 1) : null,
            Weekdays = (Weekdays?)days,
            MinEnergy = energy is { } e && open != 2 ? Energy.FromWattHours(e.Low) : null,
            MaxEnergy = energy is { } f && open != 3 ? Energy.FromWattHours(f.High) : null,
            MinDuration = duration is { } d && open != 1 ? Duration.FromSeconds(d.Low) : null,
            MaxDuration = duration is { } g && open != 2 ? Duration.FromSeconds(g.High) : null,
            MinCurrentA = current is { } a && open != 3 ? a.Low : null,
            MaxCurrentA = current is { } b && open != 2 ? b.High : null,
            MinPower = power is { } p && open != 3 ? Power.FromWatts(p.Low * 1_000) : null,
            MaxPower = power is { } q && open != 1 ? Power.FromWatts(q.High * 1_000) : null,
            MinChargingTime = charging is { } c && open != 2 ? Duration.FromSeconds(c.Low) : null,
            MaxChargingTime = charging is { } h && open != 0 ? Duration.FromSeconds(h.High) : null,
            MinIdleTime = idle is { } i && open != 0 ? Duration.FromSeconds(i.Low) : null,
            MaxIdleTime = idle is { } j && open != 1 ? Duration.FromSeconds(j.High) : null,
            SpecialDays = dice == 1 ? "fairs" : null,
            ExceptSpecialDays = dice == 2 ? "fairs" : null,
            EvseKind = dice == 3 ? EvseKind.Dc : null,
            TokenGroup = dice == 4 ? "staff" : null,
            PaymentBrand = dice == 5 ? "Visa" : null,
            PaymentRecognition = dice == 6 ? "CC" : null,
        }));

    private static readonly Gen<TariffElement> Elements =
        Gen.Select(
            Gen.Select(Gen.Int[0, 4], Gen.Int[0, 20_000], OneOf(0, 1, 1, 60, 300, 900), Taxes.Array[0, 2], Gen.Int[0, 9])
                .Select((dimension, price, step, taxes, dice) => new PriceComponent(
                    (Dimension)dimension, (Dimension)dimension == Dimension.Export ? -price / 2_000m : price / 1_000m, step, taxes, Follows(dice))).Array[1, 5],
            Conditions,
            Gen.Int[0, 4])
        .Select((components, when, dice) => new TariffElement([.. components.DistinctBy(component => component.Dimension)], dice == 0 ? null : when));

    /// <summary>Elements that price reservations, by time and once.</summary>
    private static readonly Gen<TariffElement> Reservations =
        Gen.Select(Gen.Int[0, 2], Gen.Int[0, 8_000], Gen.Int[0, 8_000], OneOf(1, 60, 600), Taxes.Array[0, 1], Conditions, Gen.Int[0, 5]).Select((which, hour, once, step, taxes, when, dice) => new TariffElement(
            [.. new[] { new PriceComponent(Dimension.Time, hour / 1_000m, step, taxes), new PriceComponent(Dimension.Flat, once / 1_000m, 1, taxes) }.Where((_, i) => which != i)],
            (dice < 4 ? new Restrictions() : when) with { Reservation = dice % 2 == 0 ? ReservationKind.Reserved : ReservationKind.Expired }));

    public static readonly Gen<Tariff> Tariffs =
        Gen.Select(
            Gen.Select(Elements.Array[1, 6], Gen.Frequency((1, Gen.Const<TariffElement[]>([])), (2, Reservations.Array[1, 3]))).Select((elements, reservations) => (TariffElement[])[.. elements, .. reservations]),
            Gen.Int[0, 2], Maybe(Range(20)), Gen.Int[0, 3], Maybe(Gen.Int[1, 600]), Gen.Select(Gen.Int[0, 1], Gen.Int[1, 40]).Select((dice, most) => dice == 0 ? most : (int?)null), Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Int[0, 2], Gen.Int[0, 9]))
        .Select((elements, mode, bounds, which, grace, cap, dice) => new Tariff
        {
            Currency = Currency.Eur,
            TaxMode = (TaxMode)mode,
            Elements = elements,
            Min = bounds is { } low && which != 1 ? Bound(low.Low, (TaxMode)mode, dice.Item2) : null,
            Max = bounds is { } high && which != 2 ? Bound(high.High, (TaxMode)mode, dice.Item3) : null,
            WaiveBelow = dice.Item4 switch
            {
                0 => new Waiver { Energy = Energy.FromWattHours(4_000) },
                1 => new Waiver { Duration = Duration.FromSeconds(400) },
                2 => new Waiver { Energy = Energy.FromWattHours(8_000), Duration = Duration.FromSeconds(1_000) },
                _ => null,
            },
            Idle = grace is null && cap is null ? null : new IdleTerms
            {
                Grace = grace is { } free ? Duration.FromSeconds(free) : null,
                RestartAbove = dice.Item1 < 2 ? Energy.FromWattHours(dice.Item1 * 1_000) : null,
                Cap = cap is { } most ? Bound(most / 10m, (TaxMode)mode, dice.Item2) : null,
            },
            Calendars = [new SpecialDays("fairs", [ClockChange])],
            TaxPoint = dice.Item1 == 3 ? TaxPoint.EachDay : TaxPoint.SessionEnd,
        });

    /// <summary>Of both sides, of one before taxes alone, or of one after them.</summary>
    private static PriceBound Bound(decimal amount, TaxMode mode, int sides) =>
        new(sides != 2 ? amount : null, sides == 1 ? null : mode == TaxMode.NotApplicable ? amount : amount * 1.1m);

    private static readonly Gen<SessionContext> Contexts =
        Gen.Select(Gen.Int[0, 3], Gen.Int[-60, 60], Gen.Int[-300, 900].Array[1, 12], Gen.Select(Gen.Int[0, 3], Gen.Int[1, 4_000], Gen.Int[1, 100]).Array[0, 3]).Select((dice, offset, prices, allowances) => new SessionContext
        {
            EvseKind = dice == 0 ? EvseKind.Dc : null,
            TokenGroup = dice == 1 ? "Staff" : null,
            PaymentBrand = dice == 2 ? "VISA" : null,
            PaymentRecognition = dice == 3 ? "cc" : null,
            Curves = dice == 2 ? null : [new PriceCurve("spot", Instant.FromUtc(2026, 3, 29, 0, 30) + Duration.FromMinutes(offset), 900, [.. prices.Select(price => price < -250 ? (decimal?)null : price / 1_000m)])],
            Allowances = [.. allowances.Select((one, i) => new Allowance
            {
                Name = "A" + i, Dimension = (Dimension)one.Item1, PercentOff = one.Item3,
                Energy = one.Item1 == 0 && one.Item2 < 3_500 ? Energy.FromWattHours(one.Item2) : null,
                Time = one.Item1 is 1 or 2 && one.Item2 < 3_500 ? Duration.FromSeconds(one.Item2 / 4) : null,
            })],
        });

    private static readonly Gen<Instant> Starts =
        Gen.Select(
            OneOf(Instant.FromUtc(2026, 3, 29, 0, 30), Instant.FromUtc(2026, 10, 25, 0, 30), Instant.FromUtc(2026, 3, 29, 21, 45), Instant.FromUtc(2026, 3, 28, 22, 45), Instant.FromUtc(2026, 4, 4, 14, 40)),
            Gen.Long[0, 1_800_000])
        .Select((around, milliseconds) => around + Duration.FromMilliseconds(milliseconds));

    private static readonly Gen<DateTimeZone> SomeZones =
        OneOf("UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu").Select(Zones.Find);

    private static readonly Gen<(long Length, long Energy, int State, int Current, int Power, long Exported)> Stretches =
        Gen.Select(Gen.Frequency((8, Gen.Long[1, 400_000]), (2, Gen.Long[1, 400].Select(s => s * 1_000)), (1, Gen.Const(0L))), Gen.Frequency((1, Gen.Const(0L)), (3, Gen.Long[0, 6_000_000])), Gen.Int[0, 3], Gen.Int[-20, 50], Gen.Int[-60, 60], Gen.Frequency((3, Gen.Const(0L)), (1, Gen.Long[0, 3_000_000])));

    public static readonly Gen<Case> Cases =
        CasesOf(Stretches);

    /// <summary>Hours instead of minutes.</summary>
    public static readonly Gen<Case> LongCases =
        CasesOf(Stretches.Select(stretch => stretch with { Length = stretch.Length * 30 }));

    private static Gen<Case> CasesOf(Gen<(long Length, long Energy, int State, int Current, int Power, long Exported)> stretches) =>
        Gen.Select(Tariffs, SomeZones, Starts, stretches.Array[1, 6], Contexts, Gen.Select(Gen.Int[0, 11], Gen.Long[1, 1_500_000], Gen.Long[0, 300_000])).Select((tariff, zone, start, some, context, reserved) =>
        {
            var (at, periods) = (start, new List<MeasuredPeriod>());
            var (kind, held, pause) = reserved;
            // Half have none. Of the others most are used; of those that expire some are followed by no session.
            if (kind > 5)
            {
                var until = start - Duration.FromMilliseconds(kind % 2 == 0 ? pause : 0);
                periods.Add(new MeasuredPeriod(until - Duration.FromMilliseconds(held), until, Energy.Zero, VehicleState.Unknown) { Phase = kind > 8 ? Phase.ReservationExpired : Phase.Reserved });
            }
            foreach (var (length, energy, state, current, power, exported) in kind == 11 ? [] : some)
            {
                var to = at + Duration.FromMilliseconds(length);
                periods.Add(new MeasuredPeriod(at, to, new Energy(energy), (VehicleState)state, power < 0 ? null : Power.FromWatts(power * 1_000), current < 0 ? null : current) { Exported = new Energy(exported) });
                at = to;
            }
            return new Case(tariff, zone, start, periods, context);
        });

    private static Gen<LocalTime> Clock => Gen.Select(OneOf(0, 1, 2, 3, 23, 5, 12), OneOf(0, 15, 30, 45, 50)).Select((hour, minute) => new LocalTime(hour, minute));

    /// <summary>
    /// The same prices without what may lower a total: steps, dated taxes, energy given back, negative prices, and bounds of one side, which the other total follows
    /// by the mix of taxes.
    /// </summary>
    public static Tariff Rising(Tariff tariff) => tariff with
    {
        Min = OfBothSides(tariff.Min), Max = OfBothSides(tariff.Max), Idle = tariff.Idle is { } idle ? idle with { Cap = OfBothSides(idle.Cap) } : null,
        Elements = [.. tariff.Elements.Select(element => element with
        {
            Components = [.. element.Components.Select(component => component with
            {
                StepSize = 1, Price = Math.Abs(component.Price),
                Taxes = [.. component.Taxes.Select(tax => tax with { From = null, Until = null })],
                Curve = component.Curve is { } curve ? curve with { Least = 0 } : null,
            })],
        })],
    };

    private static PriceBound? OfBothSides(PriceBound? bound) => bound is { BeforeTax: not null, AfterTax: not null } ? bound : null;

    private static CurvePricing? Follows(int dice) => dice switch
    {
        0 => new CurvePricing("spot", CurveLock.EachInterval, 100, 0.1m),
        1 => new CurvePricing("spot", CurveLock.AtStart, 110, 0.02m, 0.05m, 0.6m),
        2 => new CurvePricing("spot", CurveLock.EachInterval, 90, 0, 0),
        _ => null,
    };

    /// <summary>As many whole milliwatt-hours in each millisecond, so that no split rounds.</summary>
    public static MeasuredPeriod WithWholeRate(MeasuredPeriod period) => period with
    {
        Energy = new Energy(period.Energy.MilliwattHours % 20 * Milliseconds(period)),
        Exported = new Energy(period.Exported.MilliwattHours % 20 * Milliseconds(period)),
    };

    public static IEnumerable<MeasuredPeriod> Split(MeasuredPeriod period, long thousandths)
    {
        var length = Milliseconds(period);
        if (length == 0)
        {
            yield return period;
            yield break;
        }
        var first = length * thousandths / 1_000;
        var middle = period.From + Duration.FromMilliseconds(first);
        var (energy, exported) = (new Energy(period.Energy.MilliwattHours / length * first), new Energy(period.Exported.MilliwattHours / length * first));
        if (first > 0) yield return period with { To = middle, Energy = energy, Exported = exported };
        yield return period with { From = middle, Energy = period.Energy - energy, Exported = period.Exported - exported };
    }

    private static long Milliseconds(MeasuredPeriod period) => (period.To - period.From).BclCompatibleTicks / NodaConstants.TicksPerMillisecond;

    public static Timeline ToTimeline(Case c)
    {
        var (register, export) = (1_000_000L, 500_000L);
        var readings = new List<Reading> { new(c.Start, new Energy(register), ExportRegister: new Energy(export)) };
        var periods = c.Periods.Where(period => period.Phase == Phase.Session).ToArray();
        foreach (var period in periods)
        {
            register += period.Energy.MilliwattHours;
            export += period.Exported.MilliwattHours;
            readings.Add(new Reading(period.To, new Energy(register), null, period.Power, period.CurrentA, new Energy(export)));
        }
        return new Timeline
        {
            Start = c.Start, End = periods.Length == 0 ? c.Start : periods[^1].To, Readings = readings, States = [.. periods.Select(period => new StateChange(period.From, period.State))],
            Reserved = c.Periods.Where(period => period.Phase != Phase.Session).Select(period => new ReservedTime(period.From, period.To, period.Phase == Phase.ReservationExpired)).SingleOrDefault(),
        };
    }

    private static Gen<T?> Maybe<T>(Gen<T> some) where T : struct => Gen.Select(Gen.Int[0, 3], some).Select((dice, value) => dice == 0 ? value : (T?)null);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static Gen<(int Low, int High)> Range(int most) => Gen.Select(Gen.Int[0, most], Gen.Int[1, most]).Select((low, length) => (low, low + length));

    public sealed record Case(Tariff Tariff, DateTimeZone Zone, Instant Start, IReadOnlyList<MeasuredPeriod> Periods, SessionContext Context)
    {
        public RatingState Begin() => Rater.Begin(Tariff, Zone, Start, Context);
    }
}
