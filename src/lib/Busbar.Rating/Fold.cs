using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>
/// A rating under way: what has been counted so far, and nothing that grows with the number of meter values (periods in which nothing changes grow
/// together). Changed only by the one who made it; a copy shares no mutable part with its original.
/// </summary>
/// <remarks>
/// Within a measured period time is cut where a condition can turn: the wall clock and durations at their exact millisecond, an energy threshold at
/// the first millisecond by which it is reached, with exactly the threshold's energy before the cut. Each stretch is judged by its first moment.
/// </remarks>
internal sealed class Fold(CompiledTariff tariff, DateTimeZone zone, long start)
{
    private Tally[] tallies = new Tally[4];
    private LocalClock clock = new(zone, tariff.ClockMarks);
    private Winners winners;
    private Phase winnersPhase;
    private long winnersUntil = long.MinValue;
    private long winnersBelow = long.MinValue;
    private long? reservedFrom;
    private long? lastPower;
    private Segment? open;

    public CompiledTariff Tariff => tariff;
    public ReadOnlySpan<Tally> Tallies => tallies.AsSpan(0, TallyCount);
    public int TallyCount { get; private set; }

    /// <summary>The end of the last period; nothing can be added before it.</summary>
    public long Until { get; private set; } = long.MinValue;
    public long Start => start;
    public long Energy { get; private set; }
    public long ChargingMs { get; private set; }
    public long IdleMs { get; private set; }
    public long ReservedMs { get; private set; }

    /// <summary>True once the session itself, not just its reservation, has any extent.</summary>
    public bool Begun { get; private set; }

    /// <summary>The last component that counted energy, time (charging or idle), reserved time: its step size is the one that rounds.</summary>
    public int LastEnergy { get; private set; } = CompiledTariff.None;
    public int LastTimed { get; private set; } = CompiledTariff.None;
    public int LastReserved { get; private set; } = CompiledTariff.None;
    private bool FlatTaken { get; set; }
    private bool ReservedFlatTaken { get; set; }
    private bool ExpiredFlatTaken { get; set; }

    public Fold Copy()
    {
        var copy = (Fold)MemberwiseClone();
        copy.tallies = (Tally[])tallies.Clone();
        return copy;
    }

    /// <exception cref="ArgumentException">The period ends before it starts, overlaps what was added, precedes the session, or has negative energy.</exception>
    public void Add(in MeasuredPeriod period)
    {
        var from = period.From.ToUnixTimeMilliseconds();
        var to = period.To.ToUnixTimeMilliseconds();
        var total = period.Energy.MilliwattHours;
        var reserved = period.Phase != Phase.Session;
        if (to < from || total < 0) throw new ArgumentException($"A period has no negative length or energy: {period}.", nameof(period));
        if (from < Until || (!reserved && from < start)) throw new ArgumentException($"Periods follow each other: {period}.", nameof(period));
        if (reserved && (total > 0 || to > start)) throw new ArgumentException($"A reservation has no energy and ends before its session: {period}.", nameof(period));
        Until = to;
        if (from == to && total == 0) return;
        if (reserved) reservedFrom ??= from;
        else Begun = true;

        var length = to - from;
        var origin = reserved ? reservedFrom!.Value : start;
        var power = period.Power?.Milliwatts ?? (length == 0 ? lastPower : (long)((Int128)total * NodaConstants.MillisecondsPerHour / length));
        var current = period.CurrentA ?? (total == 0 ? 0m : null);
        lastPower = power;
        if (tariff.UsesMeasurements || winnersPhase != period.Phase) winnersUntil = long.MinValue;

        var (zero, at, energy, all) = (Energy, from, Energy, Energy + total);
        while (true)
        {
            if (at >= winnersUntil || energy >= winnersBelow) Judge(at, energy, origin, power, current, period.Phase);
            var (cutAt, cutEnergy) = (to, all);
            if (winnersUntil < to)
            {
                cutAt = winnersUntil;
                cutEnergy = Measurement.Linear((from, zero), (to, all), cutAt);
            }
            if (winnersBelow <= all)
            {
                var reachedAt = length == 0 ? from : from + (long)((((Int128)(winnersBelow - zero) * length) + total - 1) / total);
                if (reachedAt <= cutAt) (cutAt, cutEnergy) = (reachedAt, winnersBelow);
            }
            Book(at, cutAt, cutEnergy - energy, period, (at != from || cutAt != to) ? Evidence.Interpolated : period.Evidence, new(energy, at - origin, power, current));
            (at, energy) = (cutAt, cutEnergy);
            if (at == to && energy == all) break;
        }
        Energy = all;
    }

    /// <summary>The stretches so far, in order.</summary>
    public IReadOnlyList<Segment> Segments()
    {
        var all = new List<Segment>();
        for (var segment = open; segment is { } some; segment = some.Before?.Value) all.Add(some);
        all.Reverse();
        return all;
    }

    /// <summary>The moment at which a stretch was judged.</summary>
    public Moment MomentOf(in Segment segment)
    {
        var own = clock;
        var (day, ofDay) = own.At(segment.From);
        return new Moment(day, ofDay, segment.Judged.Energy, segment.Judged.Duration, segment.Judged.Power, segment.Judged.CurrentA);
    }

    private void Judge(long at, long energy, long origin, long? power, decimal? current, Phase phase)
    {
        var (day, ofDay) = clock.At(at);
        var duration = at - origin;
        var moment = new Moment(day, ofDay, energy, duration, power, current);
        winners = phase switch
        {
            Phase.Session => new Winners(
                tariff.Winner(Dimension.Energy, moment, null), tariff.Winner(Dimension.Time, moment, null),
                tariff.Winner(Dimension.Idle, moment, null), tariff.Winner(Dimension.Flat, moment, null), CompiledTariff.None),
            Phase.Reserved => new Winners(CompiledTariff.None, tariff.Winner(Dimension.Time, moment, ReservationKind.Reserved),
                CompiledTariff.None, tariff.Winner(Dimension.Flat, moment, ReservationKind.Reserved), CompiledTariff.None),
            _ => new Winners(CompiledTariff.None, Expired(moment),
                CompiledTariff.None, tariff.Winner(Dimension.Flat, moment, ReservationKind.Reserved), tariff.Winner(Dimension.Flat, moment, ReservationKind.Expired)),
        };
        winnersPhase = phase;
        winnersBelow = After(tariff.EnergyMarks, energy);
        var mark = After(tariff.DurationMarks, duration);
        winnersUntil = Math.Min(clock.Next(at), mark == long.MaxValue ? mark : origin + mark);
    }

    // OCPI mod_tariffs, ReservationRestrictionType: with both kinds the time of an expired reservation is priced by RESERVATION_EXPIRES.
    private int Expired(in Moment moment)
    {
        var expired = tariff.Winner(Dimension.Time, moment, ReservationKind.Expired);
        return expired != CompiledTariff.None ? expired : tariff.Winner(Dimension.Time, moment, ReservationKind.Reserved);
    }

    private void Book(long from, long to, long energy, in MeasuredPeriod period, Evidence evidence, Judged judged)
    {
        var length = to - from;
        var active = winners with { Flat = CompiledTariff.None, ExpiryFlat = CompiledTariff.None };
        if (period.Phase == Phase.Session)
        {
            if (!FlatTaken && (FlatTaken = winners.Flat != CompiledTariff.None)) Count(active.Flat = winners.Flat, 1);
            if (energy > 0 && winners.Energy != CompiledTariff.None) Count(LastEnergy = winners.Energy, energy);
            if (period.State == VehicleState.Charging) ChargingMs += length;
            else active.Time = CompiledTariff.None;
            if (period.State == VehicleState.EvIdle) IdleMs += length;
            else active.Idle = CompiledTariff.None;
            var timed = active.Time != CompiledTariff.None ? active.Time : active.Idle;
            if (length > 0 && timed != CompiledTariff.None) Count(LastTimed = timed, length);
        }
        else
        {
            ReservedMs += length;
            if (!ReservedFlatTaken && (ReservedFlatTaken = winners.Flat != CompiledTariff.None)) Count(active.Flat = winners.Flat, 1);
            if (!ExpiredFlatTaken && (ExpiredFlatTaken = winners.ExpiryFlat != CompiledTariff.None)) Count(active.ExpiryFlat = winners.ExpiryFlat, 1);
            if (winners.Time != CompiledTariff.None) Count(LastReserved = winners.Time, length);
        }
        Extend(new Segment(from, to, energy, period.State, period.Phase, active, evidence, judged, null));
    }

    // A stretch without length (two thresholds within a millisecond) is no period: its energy is shown with its neighbour, and billed where it belongs.
    private void Extend(in Segment next)
    {
        if (open is not { } last)
            open = next;
        else if (next.Length == 0)
            open = last with { Energy = last.Energy + next.Energy };
        else if (last.Length == 0)
            open = next with { Energy = last.Energy + next.Energy, Active = next.Active.WithFlatOf(last.Active) };
        else if (last.To == next.From && last.State == next.State && last.Phase == next.Phase && last.Active.SamePrices(next.Active))
            open = last with { To = next.To, Energy = last.Energy + next.Energy, Evidence = last.Evidence == Evidence.Measured ? next.Evidence : last.Evidence };
        else
            open = next with { Before = new SegmentNode(last) };
    }

    private void Count(int component, long quantity)
    {
        for (var i = 0; i < TallyCount; i++)
        {
            if (tallies[i].Component != component) continue;
            tallies[i] = tallies[i] with { Quantity = tallies[i].Quantity + quantity };
            return;
        }
        if (TallyCount == tallies.Length) Array.Resize(ref tallies, TallyCount * 2);
        tallies[TallyCount++] = new Tally(component, quantity);
    }

    private static long After(long[] marks, long value)
    {
        foreach (var mark in marks)
            if (mark > value) return mark;
        return long.MaxValue;
    }
}

/// <summary>How much was counted at a component's price: milliwatt-hours, milliseconds, or times.</summary>
internal readonly record struct Tally(int Component, long Quantity);

/// <summary>The components that set the prices; <see cref="CompiledTariff.None"/> where none does.</summary>
internal record struct Winners(int Energy, int Time, int Idle, int Flat, int ExpiryFlat)
{
    /// <summary>A later stretch may grow onto this one: the same prices, and no fee fell due at the later one's start.</summary>
    public readonly bool SamePrices(Winners later) =>
        Energy == later.Energy && Time == later.Time && Idle == later.Idle && later is { Flat: CompiledTariff.None, ExpiryFlat: CompiledTariff.None };

    public readonly Winners WithFlatOf(Winners earlier) =>
        this with { Flat = Flat == CompiledTariff.None ? earlier.Flat : Flat, ExpiryFlat = ExpiryFlat == CompiledTariff.None ? earlier.ExpiryFlat : ExpiryFlat };
}

/// <summary>What a stretch's first moment looked like, its wall clock apart.</summary>
internal readonly record struct Judged(long Energy, long Duration, long? Power, decimal? CurrentA);

internal readonly record struct Segment(
    long From, long To, long Energy, VehicleState State, Phase Phase, Winners Active, Evidence Evidence, Judged Judged, SegmentNode? Before)
{
    public long Length => To - From;
}

/// <summary>A closed stretch and, through it, those before: shared by every later state, never changed.</summary>
internal sealed record SegmentNode(Segment Value);
