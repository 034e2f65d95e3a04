using NodaTime;

namespace Busbar.Kernel;

/// <summary>A stretch of time: the start belongs to it, the end does not. Never negative.</summary>
public readonly record struct TimeWindow
{
    public TimeWindow(Instant start, Instant end)
    {
        if (end < start) throw new ArgumentException($"A window cannot end ({end}) before it starts ({start}).", nameof(end));
        Start = start;
        End = end;
    }

    public Instant Start { get; }
    public Instant End { get; }
    public Duration Length => End - Start;
    public bool IsEmpty => End == Start;

    public bool Contains(Instant instant) => Start <= instant && instant < End;
}
