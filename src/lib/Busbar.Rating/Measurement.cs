using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>From a timeline to measured periods. Times are Unix milliseconds, energy is milliwatt-hours.</summary>
internal static class Measurement
{
    public static IEnumerable<MeasuredPeriod> Periods(Timeline timeline)
    {
        if (timeline.Reserved is { } reserved && reserved.To > reserved.From)
            yield return new MeasuredPeriod(reserved.From, reserved.To, Energy.Zero, VehicleState.Unknown)
            {
                Phase = reserved.Expired ? Phase.ReservationExpired : Phase.Reserved,
            };

        var start = timeline.Start.ToUnixTimeMilliseconds();
        var end = Math.Max(start, timeline.End.ToUnixTimeMilliseconds());
        var readings = Sorted(timeline.Readings, reading => Math.Clamp(reading.At.ToUnixTimeMilliseconds(), start, end));
        var states = Sorted(timeline.States, change => Math.Max(change.From.ToUnixTimeMilliseconds(), start));
        var meter = Counts(readings, start);
        var state = VehicleState.Unknown;
        var (nextReading, nextState, nextCount) = (0, 0, 0);
        (long At, long Count) before = (start, 0), at = before;
        Sample sample = default;

        // Each turn starts at one cut: first what is true from there on, then how far it stays so.
        while (true)
        {
            while (nextState < states.Length && states[nextState].At <= at.At) state = states[nextState++].Value.State;
            while (nextReading < readings.Length && readings[nextReading].At <= at.At) sample = sample.With(readings[nextReading++].Value);
            while (nextCount < meter.Length && meter[nextCount].At <= at.At) before = meter[nextCount++];
            if (before.At == at.At && before.Count > at.Count)
            {
                yield return new MeasuredPeriod(Time(at.At), Time(at.At), new Energy(before.Count - at.Count), state);
                at = before;
            }
            if (at.At >= end) yield break;

            var cut = end;
            if (nextState < states.Length) cut = Math.Min(cut, states[nextState].At);
            if (nextReading < readings.Length) cut = Math.Min(cut, readings[nextReading].At);
            var after = nextCount < meter.Length ? meter[nextCount] : (At: end, before.Count);
            var count = cut < after.At ? Linear(before, after, cut) : after.Count;
            var ending = nextReading < readings.Length && readings[nextReading].At == cut ? readings[nextReading].Value : null;
            var moved = after.Count > before.Count;
            var flowed = count > at.Count;
            yield return new MeasuredPeriod(Time(at.At), Time(cut), new Energy(count - at.Count), state, sample.PowerIn(flowed), sample.CurrentIn(flowed, ending))
            {
                Evidence = moved && (at.At != before.At || cut != after.At) ? Evidence.Interpolated : Evidence.Measured,
            };
            at = (cut, count);
        }
    }

    /// <summary>The count at <paramref name="at"/> on the line between two readings, rounded down: what is rounded away comes with the next piece.</summary>
    public static long Linear((long At, long Count) from, (long At, long Count) to, long at) =>
        from.Count + (long)((Int128)(to.Count - from.Count) * (at - from.At) / (to.At - from.At));

    // Energy of the session at each reading that counts energy, from 0 and never falling: a register that runs backwards counts nothing until it has
    // caught up (the one who builds the timeline judges such meters, edge case E11).
    private static (long At, long Count)[] Counts((long At, Reading Value)[] readings, long start)
    {
        var registers = readings.Count(reading => reading.Value.Register is not null) >= 2;
        var counts = new List<(long At, long Count)>(readings.Length + 1);
        long? first = null;
        long total = 0;
        if (!registers) counts.Add((start, 0));
        foreach (var (at, reading) in readings)
        {
            if (registers && reading.Register is { } register)
            {
                first ??= register.MilliwattHours;
                total = Math.Max(total, register.MilliwattHours - first.Value);
            }
            else if (!registers && reading.Interval is { } interval)
            {
                total += Math.Max(0, interval.MilliwattHours);
            }
            else
            {
                continue;
            }
            counts.Add((at, total));
        }
        return [.. counts];
    }

    private static (long At, T Value)[] Sorted<T>(IReadOnlyList<T> items, Func<T, long> time)
    {
        var sorted = new (long At, T Value)[items.Count];
        var ordered = true;
        for (var i = 0; i < sorted.Length; i++)
        {
            sorted[i] = (time(items[i]), items[i]);
            ordered &= i == 0 || sorted[i - 1].At <= sorted[i].At;
        }
        return ordered ? sorted : [.. sorted.OrderBy(item => item.At)];
    }

    private static Instant Time(long milliseconds) => Instant.FromUnixTimeMilliseconds(milliseconds);

    /// <summary>The last values that were read. A zero that the energy contradicts (the first reading of a session often has one) is no evidence.</summary>
    private readonly record struct Sample(Power? Power, decimal? CurrentA)
    {
        public Sample With(Reading reading) => new(reading.Power ?? Power, reading.CurrentA ?? CurrentA);

        public Power? PowerIn(bool flowed) => flowed && Power is { Milliwatts: <= 0 } ? null : Power;

        public decimal? CurrentIn(bool flowed, Reading? ending) =>
            CurrentA is null || (flowed && CurrentA <= 0) ? ending is { CurrentA: > 0 } ? ending.CurrentA : null : CurrentA;
    }
}
