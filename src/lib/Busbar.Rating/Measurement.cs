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
        var withheld = timeline.Withheld is { Count: > 0 } times ? Sorted(times, time => time.From.ToUnixTimeMilliseconds()) : [];
        var meter = new Meter(Counts(readings, start, reading => reading.Register, reading => reading.Interval), start, end);
        var back = new Meter(Array.Exists(readings, reading => (reading.Value.ExportRegister ?? reading.Value.ExportInterval) is not null)
            ? Counts(readings, start, reading => reading.ExportRegister, reading => reading.ExportInterval) : [], start, end);
        var state = VehicleState.Unknown;
        var (nextReading, nextState, nextWithheld, at, withheldUntil) = (0, 0, 0, start, long.MinValue);
        Sample sample = default;

        // Each turn starts at one cut: first what is true from there on, then how far it stays so.
        while (true)
        {
            while (nextState < states.Length && states[nextState].At <= at) state = states[nextState++].Value.State;
            while (nextReading < readings.Length && readings[nextReading].At <= at) sample = sample.With(readings[nextReading++].Value);
            while (nextWithheld < withheld.Length && withheld[nextWithheld].At <= at) withheldUntil = Math.Max(withheldUntil, withheld[nextWithheld++].Value.To.ToUnixTimeMilliseconds());
            var shown = state == VehicleState.EvIdle && at < withheldUntil ? VehicleState.EvseWithholds : state;
            var (jump, jumpBack) = (meter.Reach(at), back.Reach(at));
            if (jump > 0 || jumpBack > 0) yield return new MeasuredPeriod(Time(at), Time(at), new Energy(jump), shown) { Exported = new Energy(jumpBack) };
            if (at >= end) yield break;

            var cut = end;
            if (nextState < states.Length) cut = Math.Min(cut, states[nextState].At);
            if (nextReading < readings.Length) cut = Math.Min(cut, readings[nextReading].At);
            if (nextWithheld < withheld.Length) cut = Math.Min(cut, withheld[nextWithheld].At);
            if (withheldUntil > at) cut = Math.Min(cut, withheldUntil);
            var ending = nextReading < readings.Length && readings[nextReading].At == cut ? readings[nextReading].Value : null;
            var interpolated = meter.IsCutBy(at, cut) || back.IsCutBy(at, cut);
            var (energy, exported) = (meter.Take(cut), back.Take(cut));
            yield return new MeasuredPeriod(Time(at), Time(cut), new Energy(energy), shown, sample.PowerIn(energy > 0), sample.CurrentIn(energy > 0, ending))
            {
                Evidence = interpolated ? Evidence.Interpolated : Evidence.Measured,
                Exported = new Energy(exported),
            };
            at = cut;
        }
    }

    /// <summary>The count at <paramref name="at"/> on the line between two readings, rounded down: what is rounded away comes with the next piece.</summary>
    public static long Linear((long At, long Count) from, (long At, long Count) to, long at) =>
        from.Count + (long)((Int128)(to.Count - from.Count) * (at - from.At) / (to.At - from.At));

    // Energy of the session at each reading that counts energy, from 0 and never falling: a register that runs backwards counts nothing until it has
    // caught up (the one who builds the timeline judges such meters, edge case E11).
    private static (long At, long Count)[] Counts((long At, Reading Value)[] readings, long start, Func<Reading, Energy?> register, Func<Reading, Energy?> interval)
    {
        var registers = readings.Count(reading => register(reading.Value) is not null) >= 2;
        var counts = new List<(long At, long Count)>(readings.Length + 1);
        long? first = null;
        long total = 0;
        if (!registers) counts.Add((start, 0));
        foreach (var (at, reading) in readings)
        {
            if (registers && register(reading) is { } count)
            {
                first ??= count.MilliwattHours;
                total = Math.Max(total, count.MilliwattHours - first.Value);
            }
            else if (!registers && interval(reading) is { } more)
            {
                total += Math.Max(0, more.MilliwattHours);
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

    /// <summary>A count that is walked through from cut to cut: linear between two readings that count.</summary>
    private struct Meter((long At, long Count)[] counts, long start, long end)
    {
        private (long At, long Count) before = (start, 0);
        private long taken;
        private int next;

        private readonly (long At, long Count) After => next < counts.Length ? counts[next] : (end, before.Count);

        /// <summary>Goes to an instant, and gives what was counted there and then, between two readings of it.</summary>
        public long Reach(long at)
        {
            while (next < counts.Length && counts[next].At <= at) before = counts[next++];
            return before.At == at && before.Count > taken ? TakeUpTo(before.Count) : 0;
        }

        /// <summary>What was counted up to a cut.</summary>
        public long Take(long cut) => TakeUpTo(cut < After.At ? Linear(before, After, cut) : After.Count);

        /// <summary>Whether the count moves, and an end of the stretch lies between two readings.</summary>
        public readonly bool IsCutBy(long at, long cut) => After.Count > before.Count && (at != before.At || cut != After.At);

        private long TakeUpTo(long count)
        {
            var more = count - taken;
            taken = count;
            return more;
        }
    }

    /// <summary>The last values that were read. A zero that the energy contradicts (the first reading of a session often has one) is no evidence.</summary>
    private readonly record struct Sample(Power? Power, decimal? CurrentA)
    {
        public Sample With(Reading reading) => new(reading.Power ?? Power, reading.CurrentA ?? CurrentA);

        public Power? PowerIn(bool flowed) => flowed && Power is { Milliwatts: <= 0 } ? null : Power;

        public decimal? CurrentIn(bool flowed, Reading? ending) =>
            CurrentA is null || (flowed && CurrentA <= 0) ? ending is { CurrentA: > 0 } ? ending.CurrentA : null : CurrentA;
    }
}
