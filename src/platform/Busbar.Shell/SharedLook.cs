using System.Collections.Concurrent;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Shell;

/// <summary>
/// What is dear to find out and the same for all who look: all who look at once share one finding, and one that took long is kept for longer, so that open pages never cost a
/// tenant more than a twentieth of a processor. No tenant waits for another's.
/// </summary>
/// <param name="look">Finds it out.</param>
public sealed class SharedLook<T>(TimeProvider clock, Func<TenantId, CancellationToken, Task<T>> look) where T : class
{
    private const int CostFactor = 20;
    private static readonly Duration Shortest = Duration.FromMilliseconds(200);
    private static readonly Duration Forgotten = Duration.FromMinutes(1);

    private readonly ConcurrentDictionary<TenantId, Place> _places = new();

    /// <param name="Took">This finding alone. One slow one among quick ones says something of the moment and not of what is looked at: what is kept for long was slow twice.</param>
    private sealed record Found(Instant At, Duration Took, Duration Cost, T Value);

    private sealed class Place
    {
        public SemaphoreSlim Gate { get; } = new(1, 1);
        public Found? Latest { get; set; }
    }

    public async Task<T> OfAsync(TenantId tenant, CancellationToken ct)
    {
        var place = _places.GetOrAdd(tenant, static _ => new Place());
        if (Fresh(place) is { } known) return known;
        await place.Gate.WaitAsync(ct);
        try
        {
            if (Fresh(place) is { } meanwhile) return meanwhile;
            // What nobody looks at any more must not stay in memory; its place may.
            foreach (var other in _places.Values)
                if (other.Latest is { } old && clock.GetInstant() - old.At > Forgotten) other.Latest = null;
            var (began, at) = (clock.GetTimestamp(), clock.GetInstant());
            var value = await look(tenant, ct);
            var took = Duration.FromTimeSpan(clock.GetElapsedTime(began));
            place.Latest = new Found(at, took, place.Latest is { } before ? Duration.Min(before.Took, took) : took, value);
            return value;
        }
        finally { place.Gate.Release(); }
    }

    private T? Fresh(Place place) =>
        place.Latest is { } found && clock.GetInstant() - found.At < Duration.Max(Shortest, found.Cost * CostFactor) ? found.Value : null;
}
