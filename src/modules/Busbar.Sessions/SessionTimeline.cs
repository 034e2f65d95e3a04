using Busbar.Kernel;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>What a reading stands for in its session.</summary>
internal enum ReadingKind
{
    /// <summary>The first register (1.6 meterStart, 2.x Transaction.Begin).</summary>
    Begin,
    Sample,

    /// <summary>Taken at a time of the clock (Sample.Clock): its intervals overlap those of the samples.</summary>
    Clock,

    /// <summary>The last register (1.6 meterStop, 2.x Transaction.End).</summary>
    End,
}

/// <summary>One reading as evidence: nothing here was judged. Times are corrected by <see cref="StationClock"/>.</summary>
internal sealed record Reading(Instant At, ReadingKind Kind, Energy? Register, Energy? Interval, Power? Power, decimal? CurrentA, decimal? SocPercent)
{
    /// <summary>The register of what the vehicle gave back.</summary>
    public Energy? ExportRegister { get; init; }

    /// <summary>Told of the connector, without a transaction: the session's only as long as the session lasts.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingDefault)]
    public bool IsOfConnector { get; init; }

    /// <summary>Time first; at one time the beginning comes first and the end last.</summary>
    public static int Compare(Reading a, Reading b)
    {
        var time = a.At.CompareTo(b.At);
        if (time != 0) return time;
        var kind = a.Kind.CompareTo(b.Kind);
        if (kind != 0) return kind;
        var register = Nullable.Compare(a.Register, b.Register);
        if (register != 0) return register;
        var interval = Nullable.Compare(a.Interval, b.Interval);
        if (interval != 0) return interval;
        var power = Nullable.Compare(a.Power?.Milliwatts, b.Power?.Milliwatts);
        if (power != 0) return power;
        var current = Nullable.Compare(a.CurrentA, b.CurrentA);
        if (current != 0) return current;
        var charge = Nullable.Compare(a.SocPercent, b.SocPercent);
        if (charge != 0) return charge;
        var exported = Nullable.Compare(a.ExportRegister, b.ExportRegister);
        return exported != 0 ? exported : a.IsOfConnector.CompareTo(b.IsOfConnector);
    }
}

/// <summary>A change of the charging state, at a corrected time.</summary>
internal sealed record StateMark(Instant From, ChargingState State)
{
    public static int Compare(StateMark a, StateMark b)
    {
        var time = a.From.CompareTo(b.From);
        return time != 0 ? time : a.State.CompareTo(b.State);
    }
}

/// <summary>All readings and states of a session in the station's time, whatever order they arrived in; told twice, they stand here once.</summary>
internal sealed record SessionTimeline(AppendList<Reading> Readings, AppendList<StateMark> States)
{
    public static SessionTimeline Empty { get; } = new(AppendList<Reading>.Empty, AppendList<StateMark>.Empty);

    public SessionTimeline With(Reading reading)
    {
        var index = PlaceOf(Readings, reading, Reading.Compare);
        return index < 0 ? this : this with { Readings = Readings.Insert(index, reading) };
    }

    public SessionTimeline With(StateMark mark)
    {
        var index = PlaceOf(States, mark, StateMark.Compare);
        return index < 0 ? this : this with { States = States.Insert(index, mark) };
    }

    /// <summary>The readings and states for which this holds, and the others.</summary>
    public (SessionTimeline Those, SessionTimeline Others) Split(Func<Instant, bool> moves) => (
        new(AppendList<Reading>.Of(Readings.Where(reading => moves(reading.At))), AppendList<StateMark>.Of(States.Where(mark => moves(mark.From)))),
        new(AppendList<Reading>.Of(Readings.Where(reading => !moves(reading.At))), AppendList<StateMark>.Of(States.Where(mark => !moves(mark.From)))));

    public SessionTimeline With(SessionTimeline other) =>
        other.States.Aggregate(other.Readings.Aggregate(this, (timeline, reading) => timeline.With(reading)), (timeline, mark) => timeline.With(mark));

    public SessionTimeline Without(IReadOnlyCollection<Reading> readings) =>
        readings.Count == 0 ? this : this with { Readings = AppendList<Reading>.Of(Readings.Where(reading => !readings.Contains(reading))) };

    /// <summary>Where the item goes; negative if it is there. Searches from the end, where almost everything belongs.</summary>
    public static int PlaceOf<T>(AppendList<T> list, T item, Comparison<T> compare) where T : IEquatable<T>
    {
        var index = list.Count;
        while (index > 0)
        {
            var order = compare(list[index - 1], item);
            if (order < 0) return index;
            if (order == 0 && list[index - 1].Equals(item)) return -1;
            index--;
        }
        return 0;
    }
}
