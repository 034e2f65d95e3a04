using NodaTime;

namespace Busbar.Rating;

/// <summary>The wall clock of a zone in milliseconds, and when it next strikes one of a tariff's marks. Keeps the current stretch between two changes of offset.</summary>
internal struct LocalClock(DateTimeZone zone, long[] marks)
{
    private const long DayMs = 86_400_000;
    private long from = long.MaxValue;
    private long until = long.MinValue;
    private long offset;

    /// <summary>The local day (since 1970-01-01) and the milliseconds in it.</summary>
    public (long Day, long OfDay) At(long instant)
    {
        Seek(instant);
        var local = instant + offset;
        var day = Math.DivRem(local, DayMs, out var ofDay);
        return ofDay < 0 ? (day - 1, ofDay + DayMs) : (day, ofDay);
    }

    /// <summary>The first instant after this one at which the wall clock reaches a mark or jumps; <see cref="long.MaxValue"/> when there are no marks.</summary>
    public long Next(long instant)
    {
        if (marks.Length == 0) return long.MaxValue;
        var (day, ofDay) = At(instant);
        var next = marks[0] + DayMs;
        foreach (var mark in marks)
        {
            if (mark <= ofDay) continue;
            next = mark;
            break;
        }
        return Math.Min(day * DayMs + next - offset, until);
    }

    private void Seek(long instant)
    {
        if (from <= instant && instant < until) return;
        var interval = zone.GetZoneInterval(Instant.FromUnixTimeMilliseconds(instant));
        from = interval.HasStart ? interval.Start.ToUnixTimeMilliseconds() : long.MinValue;
        until = interval.HasEnd ? interval.End.ToUnixTimeMilliseconds() : long.MaxValue;
        offset = interval.WallOffset.Milliseconds;
    }
}
