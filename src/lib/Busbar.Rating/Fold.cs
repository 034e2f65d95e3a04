using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>
/// A rating under way: what has been counted so far, and nothing that grows with the number of meter values (periods in which nothing changes grow
/// together). Changed only by the one who made it; a copy shares no mutable part with its original.
/// </summary>
/// <remarks>
/// Within a measured period time is cut where a condition can turn: the wall clock, durations, counted times and intervals of a curve at their exact
/// millisecond, an energy threshold at the first millisecond by which it is reached, with exactly the threshold's energy before the cut. Each stretch
/// is judged by its first moment.
/// </remarks>
internal sealed class Fold(CompiledTariff tariff, DateTimeZone zone, long start, SessionContext context)
{
    private readonly Curves? curves = tariff.HasCurves ? new Curves(tariff, context, start) : null;
    private Tally[] tallies = new Tally[4];
    private long[] left = context.Allowances is { Count: > 0 } allowances ? [.. allowances.Select(allowance => allowance.Units)] : [];
    private Relief[] reliefs = [];
    private LocalClock clock = new(zone, tariff.ClockMarks);
    private Winners winners;
    private Phase winnersPhase;
    private long winnersUntil = long.MinValue;
    private long winnersBelow = long.MinValue;
    private long? reservedFrom;
    private long? lastPower;
    private decimal? lastCurrent;
    private long graceUsed;
    private long energySinceIdle;
    private Segment? open;

    public CompiledTariff Tariff => tariff;
    public SessionContext Context => context;
    public ReadOnlySpan<Tally> Tallies => tallies.AsSpan(0, TallyCount);
    public int TallyCount { get; private set; }

    /// <summary>The end of the last period; nothing can be added before it.</summary>
    public long Until { get; private set; } = long.MinValue;
    public long Start => start;
    public long Energy { get; private set; }
    public long Exported { get; private set; }
    public long ChargingMs { get; private set; }
    public long IdleMs { get; private set; }
    public long ReservedMs { get; private set; }

    /// <summary>True once the session itself, not just its reservation, has any extent.</summary>
    public bool Begun { get; private set; }

    /// <summary>The last tally that counted energy, time (charging or idle), reserved time: its component's step size is the one that rounds.</summary>
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
        copy.left = (long[])left.Clone();
        copy.reliefs = (Relief[])reliefs.Clone();
        return copy;
    }

    /// <exception cref="ArgumentException">The period ends before it starts, overlaps what was added, precedes the session, or has negative energy.</exception>
    public void Add(in MeasuredPeriod period)
    {
        var from = period.From.ToUnixTimeMilliseconds();
        var to = period.To.ToUnixTimeMilliseconds();
        var total = period.Energy.MilliwattHours;
        var given = period.Exported.MilliwattHours;
        var reserved = period.Phase != Phase.Session;
        if (to < from || total < 0 || given < 0) throw new ArgumentException($"A period has no negative length or energy: {period}.", nameof(period));
        if (from < Until || (!reserved && from < start)) throw new ArgumentException($"Periods follow each other: {period}.", nameof(period));
        if (reserved && (total > 0 || given > 0 || to > start)) throw new ArgumentException($"A reservation has no energy and ends before its session: {period}.", nameof(period));
        Until = to;
        if (from == to && total == 0 && given == 0) return;
        if (reserved) reservedFrom ??= from;
        else Begun = true;

        var length = to - from;
        var origin = reserved ? reservedFrom!.Value : start;
        var power = period.Power?.Milliwatts ?? (length == 0 ? lastPower : (long)((Int128)total * NodaConstants.MillisecondsPerHour / length));
        var current = period.CurrentA ?? (total == 0 ? 0m : null);
        (lastPower, lastCurrent) = (power, current);
        if (period.State == VehicleState.EvIdle && length > 0 && energySinceIdle > tariff.RestartAbove) graceUsed = 0;
        if (tariff.UsesMeasurements || tariff.UsesStates || winnersPhase != period.Phase) winnersUntil = long.MinValue;

        var (zero, at, energy, all) = (Energy, from, Energy, Energy + total);
        var (back, allBack) = (0L, given);
        while (true)
        {
            var judged = new Judged(energy, at - origin, ChargingMs, IdleMs, power, current);
            if (at >= winnersUntil || energy >= winnersBelow) Judge(at, judged, origin, period);
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
            var cutBack = cutAt < to ? Measurement.Linear((from, 0), (to, allBack), cutAt) : allBack;
            Book(at, cutAt, cutEnergy - energy, cutBack - back, period, (at != from || cutAt != to) ? Evidence.Interpolated : period.Evidence, judged);
            (at, energy, back) = (cutAt, cutEnergy, cutBack);
            if (at == to && energy == all) break;
        }
        Energy = all;
        Exported += given;
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
        return new Moment(day, ofDay, segment.Judged, context);
    }

    /// <summary>A component's price at an instant.</summary>
    public decimal PriceOf(int component, long at) => curves?.Price(component, at) ?? tariff.Components[component].Price.Price;

    /// <summary>The prices at the end of what was added, with their taxes, for a vehicle that is in the state that it was in last.</summary>
    public IReadOnlyList<(Dimension Dimension, decimal InclTax)> InForce()
    {
        var own = Copy();
        var at = Until == long.MinValue ? start : Until;
        own.Judge(at, new Judged(Energy, at - start, ChargingMs, IdleMs, lastPower, lastCurrent), start, new MeasuredPeriod(default, default, default, open?.State ?? VehicleState.Unknown));
        var (prices, era) = (new List<(Dimension, decimal)>(3), LastEra());
        Add(Dimension.Energy, own.winners.Energy);
        Add(Dimension.Time, own.winners.Time);
        Add(Dimension.Idle, own.winners.Idle);
        return prices;

        void Add(Dimension dimension, int component)
        {
            if (component == CompiledTariff.None) return;
            var factor = tariff.Tariff.TaxMode == TaxMode.Exclusive ? Taxes.Factor(tariff.Components[component].TaxesIn(era)) : 1;
            prices.Add((dimension, PriceOf(component, at) * factor));
        }
    }

    /// <summary>The taxes' era of the last moment of what was added. An end is no part of what ends there: until midnight is not the next day.</summary>
    public int LastEra()
    {
        if (tariff.TaxDays.Length == 0) return 0;
        var own = clock;
        return tariff.Era(own.At(Until > start || (reservedFrom is not null && !Begun) ? Until - 1 : start).Day);
    }

    private void Judge(long at, in Judged judged, long origin, in MeasuredPeriod period)
    {
        var (day, ofDay) = clock.At(at);
        var moment = new Moment(day, ofDay, judged, context);
        winners = period.Phase switch
        {
            Phase.Session => new Winners(
                tariff.Winner(Dimension.Energy, moment, null), tariff.Winner(Dimension.Time, moment, null),
                tariff.Winner(Dimension.Idle, moment, null), tariff.Winner(Dimension.Flat, moment, null), CompiledTariff.None,
                tariff.Winner(Dimension.Export, moment, null)),
            Phase.Reserved => new Winners(CompiledTariff.None, tariff.Winner(Dimension.Time, moment, ReservationKind.Reserved),
                CompiledTariff.None, tariff.Winner(Dimension.Flat, moment, ReservationKind.Reserved), CompiledTariff.None, CompiledTariff.None),
            _ => new Winners(CompiledTariff.None, Expired(moment),
                CompiledTariff.None, tariff.Winner(Dimension.Flat, moment, ReservationKind.Reserved), tariff.Winner(Dimension.Flat, moment, ReservationKind.Expired), CompiledTariff.None),
        };
        if (tariff.TaxesByDay) winners.Era = tariff.Era(day);
        winnersPhase = period.Phase;
        winnersBelow = After(tariff.EnergyMarks, judged.Energy);
        winnersUntil = Math.Min(clock.Next(at), Next(at, tariff.DurationMarks, judged.Duration));
        if (curves is not null) winnersUntil = Math.Min(winnersUntil, curves.Next(at));
        if (period.State == VehicleState.Charging) winnersUntil = Math.Min(winnersUntil, Next(at, tariff.ChargingMarks, judged.ChargingMs));
        if (period.State != VehicleState.EvIdle) return;
        winnersUntil = Math.Min(winnersUntil, Next(at, tariff.IdleMarks, judged.IdleMs));
        if (graceUsed >= tariff.Grace) return;
        (winners.Grace, winners.Idle) = (true, CompiledTariff.None);
        winnersUntil = Math.Min(winnersUntil, at + tariff.Grace - graceUsed);

        static long Next(long at, long[] marks, long count) => After(marks, count) is var mark && mark == long.MaxValue ? mark : at + mark - count;
    }

    // OCPI mod_tariffs, ReservationRestrictionType: with both kinds the time of an expired reservation is priced by RESERVATION_EXPIRES.
    private int Expired(in Moment moment)
    {
        var expired = tariff.Winner(Dimension.Time, moment, ReservationKind.Expired);
        return expired != CompiledTariff.None ? expired : tariff.Winner(Dimension.Time, moment, ReservationKind.Reserved);
    }

    private void Book(long from, long to, long energy, long exported, in MeasuredPeriod period, Evidence evidence, in Judged judged)
    {
        var length = to - from;
        var active = winners with { Flat = CompiledTariff.None, ExpiryFlat = CompiledTariff.None };
        if (period.Phase == Phase.Session)
        {
            if (!FlatTaken && (FlatTaken = winners.Flat != CompiledTariff.None)) Count(active.Flat = winners.Flat, 1, from);
            if (energy > 0 && winners.Energy != CompiledTariff.None) LastEnergy = Count(winners.Energy, energy, from);
            if (exported > 0 && winners.Export != CompiledTariff.None) Count(winners.Export, exported, from);
            if (period.State == VehicleState.Charging) ChargingMs += length;
            else active.Time = CompiledTariff.None;
            if (period.State == VehicleState.EvIdle) Idle(length);
            else (active.Idle, active.Grace) = (CompiledTariff.None, false);
            if (period.State != VehicleState.EvIdle) energySinceIdle += energy;
            var timed = active.Time != CompiledTariff.None ? active.Time : active.Idle;
            if (length > 0 && timed != CompiledTariff.None) LastTimed = Count(timed, length, from);
        }
        else
        {
            ReservedMs += length;
            if (!ReservedFlatTaken && (ReservedFlatTaken = winners.Flat != CompiledTariff.None)) Count(active.Flat = winners.Flat, 1, from);
            if (!ExpiredFlatTaken && (ExpiredFlatTaken = winners.ExpiryFlat != CompiledTariff.None)) Count(active.ExpiryFlat = winners.ExpiryFlat, 1, from);
            if (winners.Time != CompiledTariff.None) LastReserved = Count(winners.Time, length, from);
        }
        if (period.Exported == Kernel.Energy.Zero) active.Export = CompiledTariff.None;
        if (tariff.Intervals.Length > 0) active.Interval = Interval(active, from);
        Extend(new Segment(from, to, energy, exported, period.State, period.Phase, active, evidence, judged, null));
    }

    private void Idle(long length)
    {
        IdleMs += length;
        if (length == 0) return;
        graceUsed = Math.Min(tariff.Grace, graceUsed + length);
        energySinceIdle = 0;
    }

    /// <summary>The newest interval of a curve among the prices that go on: with another one begins another period.</summary>
    private long Interval(in Winners active, long at)
    {
        var newest = long.MinValue;
        foreach (var component in tariff.Intervals)
            if (active.GoesOn(component) && curves!.Interval(component, at) is { } interval) newest = Math.Max(newest, interval);
        return newest;
    }

    // A stretch without length (two thresholds within a millisecond) is no period: its energy is shown with its neighbour, and billed where it belongs.
    private void Extend(in Segment next)
    {
        if (open is not { } last)
            open = next;
        else if (next.Length == 0)
            open = last with { Energy = last.Energy + next.Energy, Exported = last.Exported + next.Exported };
        else if (last.Length == 0)
            open = next with { Energy = last.Energy + next.Energy, Exported = last.Exported + next.Exported, Active = next.Active.WithFlatOf(last.Active) };
        else if (last.To == next.From && last.State == next.State && last.Phase == next.Phase && last.Active.SamePrices(next.Active))
            open = last with
            {
                To = next.To, Energy = last.Energy + next.Energy, Exported = last.Exported + next.Exported,
                Evidence = last.Evidence == Evidence.Measured ? next.Evidence : last.Evidence,
            };
        else
            open = next with { Before = new SegmentNode(last) };
    }

    /// <summary>Counts at a component's price and gives the tally. The newest tally of a price is looked for first: a curve has many, and goes on.</summary>
    private int Count(int component, long quantity, long at)
    {
        var (price, era) = (PriceOf(component, at), winners.Era);
        if (left.Length > 0) Relieve(left, ref reliefs, new Tally(component, era, price, quantity));
        for (var i = TallyCount - 1; i >= 0; i--)
        {
            if (tallies[i].Component != component || tallies[i].Price != price || tallies[i].Era != era) continue;
            tallies[i].Quantity += quantity;
            return i;
        }
        if (TallyCount == tallies.Length) Array.Resize(ref tallies, TallyCount * 2);
        tallies[TallyCount] = new Tally(component, era, price, quantity);
        return TallyCount++;
    }

    /// <summary>What allowances take over once the steps have rounded: what a step adds is relieved by what they have left, as all that is billed.</summary>
    /// <param name="added">What the steps add to tallies.</param>
    public Relief[] ReliefsWith(ReadOnlySpan<Tally> added)
    {
        if (left.Length == 0 || added.Length == 0) return reliefs;
        var (rest, all) = ((long[])left.Clone(), (Relief[])reliefs.Clone());
        foreach (var tally in added) Relieve(rest, ref all, tally);
        return all;
    }

    private void Relieve(long[] rest, ref Relief[] relieved, Tally used)
    {
        if (tariff.Components[used.Component].Reservation is not null) return;
        var quantity = used.Quantity;
        for (var i = 0; i < rest.Length && quantity > 0; i++)
        {
            if (rest[i] == 0 || context.Allowances![i].Dimension != tariff.Components[used.Component].Price.Dimension) continue;
            var taken = Math.Min(rest[i], quantity);
            if (rest[i] != long.MaxValue) rest[i] -= taken;
            quantity -= taken;
            var known = Array.FindLastIndex(relieved, relief => relief.Allowance == i && relief.Component == used.Component && relief.Era == used.Era && relief.Price == used.Price);
            if (known < 0) relieved = [.. relieved, new Relief(i, used.Component, used.Era, used.Price, taken)];
            else relieved[known].Quantity += taken;
        }
    }

    private static long After(long[] marks, long value)
    {
        foreach (var mark in marks)
            if (mark > value) return mark;
        return long.MaxValue;
    }
}

/// <summary>How much was counted at one price of a component under one era's taxes: milliwatt-hours, milliseconds, or times.</summary>
internal record struct Tally(int Component, int Era, decimal Price, long Quantity);

/// <summary>How much of a tally an allowance took over.</summary>
internal record struct Relief(int Allowance, int Component, int Era, decimal Price, long Quantity);

/// <summary>The components that set the prices; <see cref="CompiledTariff.None"/> where none does.</summary>
internal record struct Winners(int Energy, int Time, int Idle, int Flat, int ExpiryFlat, int Export)
{
    /// <summary>Idle time is still free.</summary>
    public bool Grace { get; set; }

    /// <summary>Of the taxes, where they can change during a session.</summary>
    public int Era { get; set; }

    /// <summary>The start of the curve's interval that the prices were read from.</summary>
    public long Interval { get; set; }

    /// <summary>A later stretch may grow onto this one: the same prices, and no fee fell due at the later one's start.</summary>
    public readonly bool SamePrices(in Winners later) =>
        Energy == later.Energy && Time == later.Time && Idle == later.Idle && Export == later.Export && Grace == later.Grace && Era == later.Era && Interval == later.Interval
        && later is { Flat: CompiledTariff.None, ExpiryFlat: CompiledTariff.None };

    /// <summary>Whether a component is among the prices that go on, which a flat one does not.</summary>
    public readonly bool GoesOn(int component) =>
        Energy == component || Time == component || Idle == component || Export == component;

    public readonly Winners WithFlatOf(Winners earlier) =>
        this with { Flat = Flat == CompiledTariff.None ? earlier.Flat : Flat, ExpiryFlat = ExpiryFlat == CompiledTariff.None ? earlier.ExpiryFlat : ExpiryFlat };
}

internal readonly record struct Segment(
    long From, long To, long Energy, long Exported, VehicleState State, Phase Phase, Winners Active, Evidence Evidence, Judged Judged, SegmentNode? Before)
{
    public long Length => To - From;
}

/// <summary>A closed stretch and, through it, those before: shared by every later state, never changed.</summary>
internal sealed record SegmentNode(Segment Value);
