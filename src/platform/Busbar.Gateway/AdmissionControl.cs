using System.Collections.Concurrent;
using System.Net;
using Busbar.Kernel;

namespace Busbar.Gateway;

/// <summary>
/// Admission before work: how many upgrades are looked at in a second, and which sources have failed too often. Only failures count per
/// source, because one address may be the NAT of a thousand good stations; a source is a <see cref="Subscriber"/>.
/// </summary>
internal sealed class AdmissionControl(GatewayOptions limits, TimeProvider clock)
{
    private const int Sources = 10_000;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<IPAddress, Failures> _failures = new();
    private TokenBucket _rate = new(limits.UpgradesPerSecond, limits.UpgradesPerSecond);

    /// <summary>Zero: look at it. More: come back after this long.</summary>
    public TimeSpan Wait(IPAddress source)
    {
        if (_failures.TryGetValue(Subscriber.Of(source), out var failures) && failures.Count > limits.FailuresPerMinute && !Expired(failures))
            return TimeSpan.FromMinutes(1) - clock.GetElapsedTime(failures.Since);
        lock (_lock) return _rate.Take(clock.GetUtcNow().Ticks);
    }

    public void Failed(IPAddress source)
    {
        var now = clock.GetTimestamp();
        if (_failures.Count >= Sources) Forget();
        _failures.AddOrUpdate(Subscriber.Of(source), _ => new Failures(1, now), (_, old) => Expired(old) ? new Failures(1, now) : old with { Count = old.Count + 1 });
    }

    private bool Expired(Failures failures) => clock.GetElapsedTime(failures.Since) > TimeSpan.FromMinutes(1);

    private void Forget()
    {
        foreach (var (source, failures) in _failures)
            if (Expired(failures)) _failures.TryRemove(source, out _);
        if (_failures.Count >= Sources) _failures.Clear();   // an attack from ten thousand addresses: the rate limit is what is left
    }

    private sealed record Failures(int Count, long Since);
}
