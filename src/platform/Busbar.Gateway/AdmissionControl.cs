using System.Collections.Concurrent;
using System.Net;
using Busbar.Kernel;

namespace Busbar.Gateway;

/// <summary>
/// Admission before work: how many upgrades are looked at in a second, and who has failed too often. Only failures count, because one address may be the NAT of a thousand good stations; a
/// source is a <see cref="Subscriber"/>. Of a source that failed too often only names that have come in from it before are still looked at, each until it has failed too often itself: who
/// guesses behind such an address does not keep its stations out.
/// </summary>
internal sealed class AdmissionControl(GatewayOptions limits, TimeProvider clock)
{
    private const int Sources = 10_000;

    // Nobody is here who did not show a right password, so they are stations, at the addresses that they had.
    private const int Known = 200_000;

    private readonly Lock _lock = new();
    private readonly ConcurrentDictionary<IPAddress, Failures> _failures = new();
    private readonly ConcurrentDictionary<(IPAddress Source, string Name), Failures> _known = new();
    private TokenBucket _rate = new(limits.UpgradesPerSecond, limits.UpgradesPerSecond);

    /// <summary>Zero: look at it. More: come back after this long.</summary>
    /// <param name="name">With its tenant, as it was asked for.</param>
    public TimeSpan Wait(IPAddress source, string name)
    {
        var subscriber = Subscriber.Of(source);
        if (_failures.TryGetValue(subscriber, out var failures) && IsTooMany(failures))
        {
            if (!_known.TryGetValue((subscriber, name), out var own)) return Left(failures);
            if (IsTooMany(own)) return Left(own);
        }
        lock (_lock) return _rate.Take(clock.GetUtcNow().Ticks);
    }

    public void Failed(IPAddress source, string name)
    {
        var (subscriber, now) = (Subscriber.Of(source), clock.GetTimestamp());
        if (_failures.Count >= Sources) Forget();
        _failures.AddOrUpdate(subscriber, _ => new Failures(1, now), (_, old) => OneMore(old, now));
        if (_known.TryGetValue((subscriber, name), out var own)) _known.TryUpdate((subscriber, name), OneMore(own, now), own);
    }

    /// <summary>It came in.</summary>
    public void Admitted(IPAddress source, string name)
    {
        if (_known.Count >= Known) _known.Clear();
        _known[(Subscriber.Of(source), name)] = new Failures(0, clock.GetTimestamp());
    }

    private Failures OneMore(Failures old, long now) => Expired(old) ? new Failures(1, now) : old with { Count = old.Count + 1 };

    private bool IsTooMany(Failures failures) => failures.Count > limits.FailuresPerMinute && !Expired(failures);

    private TimeSpan Left(Failures failures) => TimeSpan.FromMinutes(1) - clock.GetElapsedTime(failures.Since);

    private bool Expired(Failures failures) => clock.GetElapsedTime(failures.Since) > TimeSpan.FromMinutes(1);

    private void Forget()
    {
        foreach (var (source, failures) in _failures)
            if (Expired(failures)) _failures.TryRemove(source, out _);
        if (_failures.Count >= Sources) _failures.Clear();   // an attack from ten thousand addresses: the rate limit is what is left
    }

    private sealed record Failures(int Count, long Since);
}
