using System.Diagnostics.Metrics;

namespace Busbar.Tests.Support;

/// <summary>Meters of a test's own.</summary>
internal sealed class TestMeters : IMeterFactory
{
    private readonly List<Meter> _made = [];

    public Meter Create(MeterOptions options)
    {
        var meter = new Meter(options.Name, options.Version, options.Tags, this);
        _made.Add(meter);
        return meter;
    }

    public void Dispose() => _made.ForEach(meter => meter.Dispose());
}

/// <summary>What is added to one counter of one server, by its <c>outcome</c>.</summary>
internal sealed class Outcomes : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly List<string> _seen = [];

    public Outcomes(IMeterFactory meters, string counter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Name == counter && ReferenceEquals(instrument.Meter.Scope, meters)) listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, count, tags, _) =>
        {
            var outcome = (string)tags.ToArray().Single(tag => tag.Key == "outcome").Value!;
            lock (_seen) _seen.AddRange(Enumerable.Repeat(outcome, checked((int)count)));
        });
        _listener.Start();
    }

    /// <summary>In the order in which they came.</summary>
    public IReadOnlyList<string> Seen
    {
        get
        {
            lock (_seen) return [.. _seen];
        }
    }

    public void Dispose() => _listener.Dispose();
}
