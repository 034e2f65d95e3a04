using System.Diagnostics.Metrics;

namespace Busbar.Stations.Cluster;

/// <summary>The cluster's figures, under the meter <c>Busbar.Cluster</c>.</summary>
internal sealed class ClusterMetrics
{
    public const string MeterName = "Busbar.Cluster";

    private readonly Counter<long> _forwarded;

    public ClusterMetrics(IMeterFactory meters, StationNodes nodes)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("busbar.cluster.members", () => nodes.Count, "{process}", "Processes that serve, as this one sees them.");
        _forwarded = meter.CreateCounter<long>("busbar.cluster.forwarded", "{command}", "Commands to stations of other processes.");
    }

    internal void Forwarded() => _forwarded.Add(1);
}
