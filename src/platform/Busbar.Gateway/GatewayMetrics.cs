using System.Diagnostics.Metrics;

namespace Busbar.Gateway;

/// <summary>The gateway's figures, under the meter <c>Busbar.Gateway</c>.</summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "Busbar.Gateway";

    private readonly UpDownCounter<int> _open;
    private readonly Counter<long> _frames;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _closed;
    private readonly Counter<long> _late;

    public GatewayMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        _open = meter.CreateUpDownCounter<int>("busbar.stations.open", "{connection}", "Open connections of stations.");
        _frames = meter.CreateCounter<long>("busbar.frames", "{frame}", "Frames, by direction.");
        _refused = meter.CreateCounter<long>("busbar.upgrades.refused", "{upgrade}", "Upgrades that were refused, by reason.");
        _closed = meter.CreateCounter<long>("busbar.stations.closed", "{connection}", "Connections that ended, by reason.");
        _late = meter.CreateCounter<long>("busbar.calls.late", "{frame}", "Answers that came after their deadline or to nothing of ours.");
    }

    internal void Opened() => _open.Add(1);

    internal void Closed(string reason)
    {
        _open.Add(-1);
        _closed.Add(1, new KeyValuePair<string, object?>("reason", reason));
    }

    internal void Received() => _frames.Add(1, new KeyValuePair<string, object?>("direction", "in"));

    internal void Sent() => _frames.Add(1, new KeyValuePair<string, object?>("direction", "out"));

    internal void Refused(string reason) => _refused.Add(1, new KeyValuePair<string, object?>("reason", reason));

    internal void LateAnswer() => _late.Add(1);
}
