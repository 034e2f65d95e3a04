using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Busbar.Identity.Audit;

/// <summary>The audit's figures, under the meter <c>Busbar.Identity</c>.</summary>
internal sealed class AuditMetrics
{
    private readonly ConcurrentDictionary<string, long> _heads = new();

    public AuditMetrics(IMeterFactory meters) => meters.Create("Busbar.Identity").CreateObservableGauge(
        "busbar.audit.anchored", () => _heads.Select(head => new Measurement<long>(head.Value, new KeyValuePair<string, object?>("tenant", head.Key))), "{entry}",
        "The last place of a tenant's audit that this process anchored.");

    public void Anchored(string tenant, long sequence) => _heads[tenant] = sequence;
}
