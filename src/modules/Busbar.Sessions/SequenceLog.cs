using System.Collections.Immutable;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>One numbered event of a 2.x transaction, at its corrected time.</summary>
internal sealed record Heard(Instant At, long Number, EventPlace Place)
{
    public static int Compare(Heard a, Heard b)
    {
        var time = a.At.CompareTo(b.At);
        if (time != 0) return time;
        var number = a.Number.CompareTo(b.Number);
        return number != 0 ? number : a.Place.CompareTo(b.Place);
    }
}

internal enum EventPlace
{
    Between,
    First,
    Last,
}

/// <summary>
/// Which sequence numbers of a 2.x transaction have come, which one was the first and which the last. They grow by one (2.0.1 part 2, E01), but
/// not every station begins at 0, so a gap is judged from the first. 1.6 has none, and nothing is ever missing there.
/// </summary>
/// <param name="Events">Every event by time: a station that uses a transaction id again is told apart by it.</param>
internal sealed record SequenceLog(ImmutableArray<SequenceRange> Seen, long? First, long? Last, AppendList<Heard> Events)
{
    /// <summary>No transaction has so many gaps; beyond it a number that stands alone counts as missing.</summary>
    public const int RangeLimit = 1_000;

    public static SequenceLog Empty { get; } = new([], null, null, AppendList<Heard>.Empty);

    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsEmpty => Seen.IsEmpty;

    /// <summary>All numbers from the first to the last have come, as far as can be known. What comes after the last is late, not missing.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsComplete => Last is not { } last || (First is { } first && Seen.Any(range => range.From <= first && last <= range.To));

    /// <summary>Something is missing between numbers that have come.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool HasGap => !IsComplete || (Last is null && Seen.Length > 1);

    public bool Contains(long number) => Seen.Any(range => range.From <= number && number <= range.To);

    public SequenceLog Add(long? number, Instant at, EventPlace place = EventPlace.Between)
    {
        if (number is not { } n) return this;
        var heard = new Heard(at, n, place);
        var index = SessionTimeline.PlaceOf(Events, heard, Heard.Compare);
        if (index < 0) return this;
        return new SequenceLog(
            Contains(n) ? Seen : Within(Merge(Seen.Add(new SequenceRange(n, n)))),
            place == EventPlace.First ? Math.Min(n, First ?? n) : First,
            place == EventPlace.Last ? Math.Max(n, Last ?? n) : Last,
            Events.Count < SessionRules.TimelineLimit ? Events.Insert(index, heard) : Events);
    }

    /// <summary>The events for which this holds, and the others.</summary>
    public (SequenceLog Those, SequenceLog Others) Split(Func<Instant, bool> moves)
    {
        var (those, others) = (Empty, Empty);
        foreach (var heard in Events)
        {
            if (moves(heard.At)) those = those.Add(heard.Number, heard.At, heard.Place);
            else others = others.Add(heard.Number, heard.At, heard.Place);
        }
        return (those, others);
    }

    public SequenceLog With(SequenceLog other) => other.Events.Aggregate(this, (log, heard) => log.Add(heard.Number, heard.At, heard.Place));

    public bool Equals(SequenceLog? other) =>
        other is not null && First == other.First && Last == other.Last && Seen.SequenceEqual(other.Seen) && Events.Equals(other.Events);

    public override int GetHashCode() => HashCode.Combine(First, Last, Seen.Length);

    private ImmutableArray<SequenceRange> Within(ImmutableArray<SequenceRange> grown) => grown.Length > RangeLimit ? Seen : grown;

    private static ImmutableArray<SequenceRange> Merge(ImmutableArray<SequenceRange> ranges)
    {
        var merged = new List<SequenceRange>();
        foreach (var range in ranges.OrderBy(range => range.From))
        {
            if (merged.Count > 0 && merged[^1].To >= range.From - 1) merged[^1] = merged[^1] with { To = Math.Max(merged[^1].To, range.To) };
            else merged.Add(range);
        }
        return [.. merged];
    }
}

internal readonly record struct SequenceRange(long From, long To);
