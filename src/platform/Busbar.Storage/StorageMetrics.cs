using System.Diagnostics.Metrics;

namespace Busbar.Storage;

/// <summary>The store's figures, under the meter <c>Busbar.Storage</c>.</summary>
public sealed class StorageMetrics
{
    public const string MeterName = "Busbar.Storage";

    private readonly Meter _meter;
    private readonly Counter<long> _units;
    private readonly Counter<long> _failed;
    private readonly Histogram<double> _duration;
    private readonly Histogram<int> _batch;
    private readonly Counter<long> _wireDropped;

    public StorageMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _units = _meter.CreateCounter<long>("busbar.commit.units", "{unit}", "Units made durable.");
        _failed = _meter.CreateCounter<long>("busbar.commit.failed", "{unit}", "Units that did not become durable.");
        _duration = _meter.CreateHistogram<double>("busbar.commit.duration", "s", "From a batch's start to its commit.");
        _batch = _meter.CreateHistogram<int>("busbar.commit.batch", "{unit}", "Units in one transaction.");
        _wireDropped = _meter.CreateCounter<long>("busbar.wirelog.dropped", "{frame}", "Frames that the wire log had no room for.");
    }

    internal void ObserveQueue(Func<int> depth) =>
        _meter.CreateObservableGauge("busbar.commit.queue", depth, "{unit}", "Units that wait for the commit loop.");

    internal void Committed(int units, TimeSpan elapsed)
    {
        _units.Add(units);
        _batch.Record(units);
        _duration.Record(elapsed.TotalSeconds);
    }

    internal void Failed(int units) => _failed.Add(units);

    internal void WireDropped(int frames) => _wireDropped.Add(frames);
}
