using System.Diagnostics.Metrics;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Identity.Keys;

/// <summary>The keys' figures, under the meter <c>Busbar.Identity</c>: of the process that keeps them, as it last counted.</summary>
internal sealed class KeyMetrics
{
    private readonly TimeProvider _clock;
    private volatile IReadOnlyList<(DataKey Key, long Boxes)> _counted = [];

    public KeyMetrics(IMeterFactory meters, TimeProvider clock)
    {
        _clock = clock;
        var meter = meters.Create("Busbar.Identity");
        meter.CreateObservableGauge("busbar.keys.boxes", () => _counted.Select(one => Measured(one.Boxes, one.Key)), "{box}", "Sealed values of a key.");
        meter.CreateObservableGauge("busbar.keys.age", () => _counted.Select(one => Measured((_clock.GetInstant() - one.Key.CreatedAt).TotalSeconds, one.Key)), "s", "Since a key was made.");
    }

    public void Counted(IReadOnlyList<DataKey> keys, IReadOnlyDictionary<long, long> boxes) => _counted = [.. keys.Select(key => (key, boxes.GetValueOrDefault(key.Number)))];

    private static Measurement<T> Measured<T>(T value, DataKey key) where T : struct =>
        new(value, new("key", key.Number), new KeyValuePair<string, object?>("state", key.RetiredAt is null ? "current" : "retired"));
}
