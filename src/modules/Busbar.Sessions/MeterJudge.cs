using Busbar.Kernel;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>What a meter's evidence comes to.</summary>
/// <param name="Readings">Accepted readings as a register that starts at zero and never falls; what the rater bills.</param>
/// <param name="Energy">The last of them.</param>
internal sealed record MeterVerdict(IReadOnlyList<Rating.Reading> Readings, Energy Energy, IReadOnlyList<string> Issues)
{
    /// <summary>Where the meter's register stood at the first accepted reading; zero where none told it.</summary>
    public Energy Stood { get; init; }
}

/// <summary>
/// Turns readings into energy. A reading that contradicts its neighbours, or that the connector cannot have delivered, is kept as evidence and
/// never billed; energy is never invented. A register that restarts is added up in parts.
/// </summary>
internal static class MeterJudge
{
    /// <summary>Assumed where nobody said what a connector delivers: more than any connector in the field.</summary>
    public static readonly Power AnyPower = Power.FromWatts(4_000_000);

    /// <summary>For clocks that count seconds, and for an end that is stamped a moment before its last reading.</summary>
    public static readonly Duration ClockSlack = Duration.FromMinutes(1);

    private static readonly Duration LongestInterval = Duration.FromMinutes(15);

    public static MeterVerdict Judge(Session session) => Judge(InOrder(session), session.RatedPower, session.StartedAt);

    /// <param name="readings">In billing order: beginnings, samples by time, ends.</param>
    /// <param name="start">Where intervals begin to count; the first reading if absent.</param>
    public static MeterVerdict Judge(IReadOnlyList<Reading> readings, Power? rated, Instant? start = null)
    {
        var issues = new SortedSet<string>(StringComparer.Ordinal);
        var imported = JudgeImport(readings, Limit(rated), start, issues);
        var exports = readings.Where(reading => reading.ExportRegister >= Energy.Zero).Select(reading => reading with { Register = reading.ExportRegister }).ToList();
        if (exports.Count < 2) return imported;
        // A register is a register: what the connector cannot have taken back is not given back either. But no odd one keeps what was sold from being billed.
        var odd = new SortedSet<string>(StringComparer.Ordinal);
        var exported = new RegisterChain(exports, Limit(rated), odd).Judge([]);
        if (odd.Any(Issues.Holds)) return imported with { Issues = [.. issues.Append(Issues.ExportUnclear).Order(StringComparer.Ordinal)] };
        issues.UnionWith(odd);
        return imported with
        {
            Readings = [.. imported.Readings.Concat(exported.Readings.Select(reading => new Rating.Reading(reading.At, ExportRegister: reading.Register))).OrderBy(reading => reading.At)],
            Issues = [.. issues],
        };
    }

    private static MeterVerdict JudgeImport(IReadOnlyList<Reading> readings, Power power, Instant? start, SortedSet<string> issues)
    {
        var registers = new List<Reading>(readings.Count);
        foreach (var reading in readings)
        {
            if (reading.Register is not { } register) continue;
            // An import register counts from zero upwards.
            if (register < Energy.Zero) issues.Add(Issues.MeterGlitch);
            else registers.Add(reading);
        }
        if (registers.Count >= 2) return new RegisterChain(registers, power, issues).Judge(readings);
        if (readings.Any(reading => reading.Interval is not null)) return JudgeIntervals(readings, power, start ?? readings[0].At, issues) with { Stood = StoodAt(registers) };
        issues.Add(Issues.NoReadings);
        return new MeterVerdict([.. readings.Select(reading => Accept(reading, null))], Energy.Zero, [.. issues]);
    }

    private static Energy StoodAt(List<Reading> registers) => registers is [{ Register: { } first }, ..] ? first : Energy.Zero;

    /// <summary>
    /// The readings that count: from the start to the end, the end's own register last. What was read before or after belongs to no session of this
    /// connector or to another one.
    /// </summary>
    private static List<Reading> InOrder(Session session)
    {
        var start = session.StartedAt;
        var until = session.EndedAt is { } ended ? ended + ClockSlack : Instant.MaxValue;
        var last = session.EndedAt ?? Instant.MaxValue;
        var counting = new List<Reading>(session.Timeline.Readings.Count + 1);
        foreach (var reading in session.Timeline.Readings)
        {
            if (reading.Kind is not ReadingKind.Begin && reading.At > until) continue;
            if (reading.Kind is ReadingKind.Sample or ReadingKind.Clock && reading.At < start) continue;
            counting.Add(reading.At < start || reading.At > last ? reading with { At = Instant.Min(Instant.Max(reading.At, start), last) } : reading);
        }
        if (session is { End: { Register: { } register }, EndedAt: { } at }) counting.Add(new Reading(at, ReadingKind.End, register, null, null, null, null));
        // Already in order unless a clock was set back: then the kind says more than the time.
        for (var i = 1; i < counting.Count; i++)
        {
            if (Rank(counting[i - 1]) > Rank(counting[i])) return [.. counting.OrderBy(Rank)];
        }
        return counting;

        static int Rank(Reading reading) => reading.Kind switch { ReadingKind.Begin => 0, ReadingKind.End => 2, _ => 1 };
    }

    private static MeterVerdict JudgeIntervals(IReadOnlyList<Reading> readings, Power rated, Instant start, SortedSet<string> issues)
    {
        // Clock-aligned intervals cover the same time as sampled ones: adding both would count the energy twice.
        var sampled = readings.Any(reading => reading is { Interval: not null, Kind: not ReadingKind.Clock });
        var accepted = new List<Rating.Reading> { new(start, Energy.Zero) };
        var (total, at, told) = (Energy.Zero, start, false);
        foreach (var reading in readings)
        {
            if (reading.Interval is not { } interval || (sampled && reading.Kind == ReadingKind.Clock))
            {
                // Power and current decide prices that depend on them, with or without energy.
                if (reading.Power is not null || reading.CurrentA is not null) accepted.Add(Accept(reading, null));
                continue;
            }
            if (told && reading.At == at)
            {
                issues.Add(Issues.MeterGlitch);
                continue;
            }
            var span = Duration.Max(reading.At - at, LongestInterval);
            if (interval < Energy.Zero || interval > Possible(rated, span) || total + interval > Possible(rated, reading.At - start + LongestInterval))
            {
                issues.Add(Issues.MeterImplausible);
                continue;
            }
            (total, at, told) = (total + interval, reading.At, true);
            accepted.Add(Accept(reading, total));
        }
        if (!told) issues.Add(Issues.NoReadings);
        return new MeterVerdict(accepted, total, [.. issues]);
    }

    /// <summary>What a connector is judged by.</summary>
    public static Power Limit(Power? rated) => rated is { Milliwatts: > 0 } given && given < AnyPower ? given : AnyPower;

    /// <summary>The most that can have flowed: a quarter above the rated power, and a minute for clocks that count seconds.</summary>
    public static Energy Possible(Power rated, Duration time)
    {
        var milliseconds = (decimal)(Duration.Max(time, Duration.Zero) + ClockSlack).ToInt64Nanoseconds() / 1_000_000m;
        var milliwattHours = rated.Milliwatts * 1.25m * milliseconds / 3_600_000m;
        return new Energy((long)Math.Min(milliwattHours, long.MaxValue / 4));
    }

    public static Rating.Reading Accept(Reading reading, Energy? total) => new(reading.At, total, null, reading.Power, reading.CurrentA);
}
