using Busbar.Kernel;
using Busbar.Operations.Contracts;

namespace Busbar.Operations;

/// <summary>
/// How many tests may leave: a channel leads to any address, and a test is a mail that nobody there asked for. Per process, by a clock that nobody sets.
/// </summary>
internal sealed class TestAllowance(TimeProvider clock)
{
    /// <summary>To one channel in a minute.</summary>
    public const int OfChannel = 5;

    /// <summary>Of one tenant in an hour, whatever channels it makes and removes.</summary>
    public const int OfTenant = 30;

    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private readonly Dictionary<TenantId, Queue<(ChannelId Channel, long At)>> _left = [];

    /// <summary>Takes one and answers zero, or answers how long to wait.</summary>
    public TimeSpan Take(TenantId tenant, ChannelId channel)
    {
        lock (_left)
        {
            var now = clock.GetTimestamp();
            if (!_left.TryGetValue(tenant, out var left)) _left[tenant] = left = [];
            while (left.TryPeek(out var first) && Since(first.At) >= Hour) left.Dequeue();
            if (left.Count >= OfTenant) return Hour - Since(left.Peek().At);
            var there = left.Where(test => test.Channel == channel && Since(test.At) < Minute).Select(test => test.At).ToList();
            if (there.Count >= OfChannel) return Minute - Since(there[0]);
            left.Enqueue((channel, now));
            return TimeSpan.Zero;

            TimeSpan Since(long at) => clock.GetElapsedTime(at, now);
        }
    }
}
