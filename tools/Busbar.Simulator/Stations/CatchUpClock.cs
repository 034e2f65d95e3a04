namespace Busbar.Simulator.Stations;

/// <summary>
/// A clock that begins in the past, runs so many times as fast as another until it has caught up with it, and goes with it from then on: what a station has told by then looks as if it
/// had been there before. Its single timers are right across that moment; a period is one of what the clock was when the timer was made.
/// </summary>
public sealed class CatchUpClock : TimeProvider
{
    private readonly TimeProvider _real;
    private readonly decimal _speed;
    private readonly DateTimeOffset _start;
    private readonly TimeSpan _lasts;
    private readonly long _zero;

    /// <param name="behind">How long ago it begins.</param>
    /// <param name="speed">More than 1.</param>
    public CatchUpClock(TimeProvider real, TimeSpan behind, decimal speed)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(speed, 1);
        (_real, _speed, _start, _zero) = (real, speed, real.GetUtcNow() - behind, real.GetTimestamp());
        _lasts = Scale(behind, 1 / (speed - 1));
    }

    /// <summary>It goes with the other clock.</summary>
    public bool HasCaughtUp => _real.GetElapsedTime(_zero) >= _lasts;

    public override DateTimeOffset GetUtcNow() => _real.GetElapsedTime(_zero) is var passed && passed < _lasts ? _start + Scale(passed, _speed) : _real.GetUtcNow();

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        _real.CreateTimer(callback, state, Real(dueTime), Real(period));

    private TimeSpan Real(TimeSpan wait)
    {
        var left = _lasts - _real.GetElapsedTime(_zero);
        if (wait <= TimeSpan.Zero || left <= TimeSpan.Zero) return wait;
        var fast = Scale(left, _speed);
        return wait <= fast ? Scale(wait, 1 / _speed) : left + (wait - fast);
    }

    private static TimeSpan Scale(TimeSpan time, decimal factor) => TimeSpan.FromTicks((long)(time.Ticks * factor));
}
