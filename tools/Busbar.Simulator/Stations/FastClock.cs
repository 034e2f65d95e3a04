namespace Busbar.Simulator.Stations;

/// <summary>A clock that begins where it is told and runs so many times as fast as another, with its timers.</summary>
public sealed class FastClock(TimeProvider real, DateTimeOffset start, decimal speed) : TimeProvider
{
    private readonly long _zero = real.GetTimestamp();

    public override DateTimeOffset GetUtcNow() => start + Scale(real.GetElapsedTime(_zero), speed);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        real.CreateTimer(callback, state, Real(dueTime), Real(period));

    private TimeSpan Real(TimeSpan wait) => wait <= TimeSpan.Zero ? wait : Scale(wait, 1 / speed);

    private static TimeSpan Scale(TimeSpan time, decimal factor) => TimeSpan.FromTicks((long)(time.Ticks * factor));
}
