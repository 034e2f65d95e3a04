using Busbar.Kernel;
using Busbar.Rating;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Rating;

/// <summary>Random tariffs and sessions whose conditions meet: short sessions, around midnights and clock changes, on bounds in the same ranges.</summary>
internal static class RandomCases
{
    private static readonly Gen<TaxRate> Taxes =
        Gen.Select(OneOf(0m, 5m, 9.975m, 10m, 19m, 20m), Gen.Int[0, 2]).Select((percent, stack) => new TaxRate("T" + stack, percent, stack));

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
        .Select((clock, days, energy, duration, current, power, date, open) => new Restrictions
        {
            StartTime = open == 1 ? null : clock?.Item1,
            EndTime = open == 2 ? null : clock?.Item2,
            StartDate = date is { } from ? new LocalDate(2026, 3, 29).PlusDays(from) : null,
            Weekdays = (Weekdays?)days,
            MinEnergy = energy is { } e && open != 2 ? Energy.FromWattHours(e.Low) : null,
            MaxEnergy = energy is { } f && open != 3 ? Energy.FromWattHours(f.High) : null,
            MinDuration = duration is { } d && open != 1 ? Duration.FromSeconds(d.Low) : null,
            MaxDuration = duration is { } g && open != 2 ? Duration.FromSeconds(g.High) : null,
            MinCurrentA = current is { } a && open != 3 ? a.Low : null,
            MaxCurrentA = current is { } b && open != 2 ? b.High : null,
            MinPower = power is { } p && open != 3 ? Power.FromWatts(p.Low * 1_000) : null,
            MaxPower = power is { } q && open != 1 ? Power.FromWatts(q.High * 1_000) : null,
        });

    private static readonly Gen<TariffElement> Elements =
        Gen.Select(
            Gen.Select(Gen.Int[0, 3], Gen.Int[0, 20_000], OneOf(0, 1, 1, 60, 300, 900), Taxes.Array[0, 2])
                .Select((dimension, price, step, taxes) => new PriceComponent((Dimension)dimension, price / 1_000m, step, taxes)).Array[1, 4],
            Conditions,
            Gen.Int[0, 4])
        .Select((components, when, dice) => new TariffElement([.. components.DistinctBy(component => component.Dimension)], dice == 0 ? null : when));

    public static readonly Gen<Tariff> Tariffs =
        Gen.Select(Elements.Array[1, 6], Gen.Int[0, 2], Maybe(Range(20)), Gen.Int[0, 3]).Select((elements, mode, bounds, which) => new Tariff
        {
            Currency = Currency.Eur,
            TaxMode = (TaxMode)mode,
            Elements = elements,
            Min = bounds is { } low && which != 1 ? new PriceBound(low.Low, (TaxMode)mode == TaxMode.NotApplicable ? low.Low : low.Low * 1.1m) : null,
            Max = bounds is { } high && which != 2 ? new PriceBound(high.High, (TaxMode)mode == TaxMode.NotApplicable ? high.High : high.High * 1.1m) : null,
        });

    private static readonly Gen<Instant> Starts =
        Gen.Select(
            OneOf(Instant.FromUtc(2026, 3, 29, 0, 30), Instant.FromUtc(2026, 10, 25, 0, 30), Instant.FromUtc(2026, 3, 29, 21, 45), Instant.FromUtc(2026, 3, 28, 22, 45), Instant.FromUtc(2026, 4, 4, 14, 40)),
            Gen.Long[0, 1_800_000])
        .Select((around, milliseconds) => around + Duration.FromMilliseconds(milliseconds));

    private static readonly Gen<DateTimeZone> SomeZones =
        OneOf("UTC", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns", "Asia/Kathmandu").Select(Zones.Find);

    private static readonly Gen<(long Length, long Energy, int State, int Current, int Power)> Stretches =
        Gen.Select(Gen.Frequency((4, Gen.Long[1, 400_000]), (1, Gen.Long[1, 400].Select(s => s * 1_000))), Gen.Frequency((1, Gen.Const(0L)), (3, Gen.Long[0, 6_000_000])), Gen.Int[0, 3], Gen.Int[-20, 50], Gen.Int[-60, 60]);

    public static readonly Gen<Case> Cases =
        Gen.Select(Tariffs, SomeZones, Starts, Stretches.Array[1, 6]).Select((tariff, zone, start, stretches) =>
        {
            var at = start;
            var periods = new List<MeasuredPeriod>();
            foreach (var (length, energy, state, current, power) in stretches)
            {
                var to = at + Duration.FromMilliseconds(length);
                periods.Add(new MeasuredPeriod(at, to, new Energy(energy), (VehicleState)state, power < 0 ? null : Power.FromWatts(power * 1_000), current < 0 ? null : current));
                at = to;
            }
            return new Case(tariff, zone, start, periods);
        });

    private static Gen<LocalTime> Clock => Gen.Select(OneOf(0, 1, 2, 3, 23, 5, 12), OneOf(0, 15, 30, 45, 50)).Select((hour, minute) => new LocalTime(hour, minute));

    /// <summary>As many whole milliwatt-hours in each millisecond, so that no split rounds.</summary>
    public static MeasuredPeriod WithWholeRate(MeasuredPeriod period) =>
        period with { Energy = new Energy(period.Energy.MilliwattHours % 20 * (period.To - period.From).BclCompatibleTicks / NodaConstants.TicksPerMillisecond) };

    public static IEnumerable<MeasuredPeriod> Split(MeasuredPeriod period, long thousandths)
    {
        var length = (period.To - period.From).BclCompatibleTicks / NodaConstants.TicksPerMillisecond;
        var first = length * thousandths / 1_000;
        var middle = period.From + Duration.FromMilliseconds(first);
        var energy = new Energy(period.Energy.MilliwattHours / length * first);
        if (first > 0) yield return period with { To = middle, Energy = energy };
        yield return period with { From = middle, Energy = period.Energy - energy };
    }

    public static Timeline ToTimeline(Case c)
    {
        var register = 1_000_000L;
        var readings = new List<Reading> { new(c.Start, new Energy(register)) };
        foreach (var period in c.Periods)
        {
            register += period.Energy.MilliwattHours;
            readings.Add(new Reading(period.To, new Energy(register), null, period.Power, period.CurrentA));
        }
        return new Timeline { Start = c.Start, End = c.Periods[^1].To, Readings = readings, States = [.. c.Periods.Select(period => new StateChange(period.From, period.State))] };
    }

    private static Gen<T?> Maybe<T>(Gen<T> some) where T : struct => Gen.Select(Gen.Int[0, 3], some).Select((dice, value) => dice == 0 ? value : (T?)null);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static Gen<(int Low, int High)> Range(int most) => Gen.Select(Gen.Int[0, most], Gen.Int[1, most]).Select((low, length) => (low, low + length));

    public sealed record Case(Tariff Tariff, DateTimeZone Zone, Instant Start, IReadOnlyList<MeasuredPeriod> Periods);
}
