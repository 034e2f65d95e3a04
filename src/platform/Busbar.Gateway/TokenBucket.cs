namespace Busbar.Gateway;

/// <summary>
/// A rate with a burst. Not thread-safe: one bucket belongs to one reader, or its owner locks it. Time comes in as the clock's ticks of 100 ns.
/// </summary>
internal struct TokenBucket(int perSecond, int burst)
{
    private const long TicksPerSecond = TimeSpan.TicksPerSecond;

    private long _tokens = burst * TicksPerSecond;   // scaled, so that no fraction is lost
    private long _last;

    /// <summary>Takes one token and answers zero, or leaves the bucket as it is and answers how long to wait.</summary>
    public TimeSpan Take(long now)
    {
        if (_last != 0)
        {
            var elapsed = Math.Clamp(now - _last, 0, burst * TicksPerSecond / perSecond);
            _tokens = Math.Min(burst * TicksPerSecond, _tokens + (elapsed * perSecond));
        }
        _last = now;
        if (_tokens >= TicksPerSecond)
        {
            _tokens -= TicksPerSecond;
            return TimeSpan.Zero;
        }
        return TimeSpan.FromTicks(((TicksPerSecond - _tokens) / perSecond) + 1);
    }
}
