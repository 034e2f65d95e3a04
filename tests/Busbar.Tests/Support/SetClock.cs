namespace Busbar.Tests.Support;

/// <summary>The machine's clock and its timers, with the time of day ahead by what a test says: hours pass between two calls, and nothing waits.</summary>
internal sealed class SetClock : TimeProvider
{
    private long _ahead;

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, by.Ticks);

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddTicks(Interlocked.Read(ref _ahead));
}
