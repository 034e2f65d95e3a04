using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Busbar.Kernel;

namespace Busbar.Identity.Retention;

/// <summary>What the rules do, under the meter <c>Busbar.Identity</c>: of the process that runs them.</summary>
internal sealed class RetentionMetrics
{
    private readonly ConcurrentDictionary<(TenantId Tenant, string Rule), double> _overdue = new();
    private readonly Counter<long> _taken;
    private readonly Counter<long> _failed;

    public RetentionMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Busbar.Identity");
        _taken = meter.CreateCounter<long>("busbar.retention.taken", "{thing}", "Things that were taken since their time was over.");
        _failed = meter.CreateCounter<long>("busbar.retention.failed", "{turn}", "Turns that went wrong: what is too old stays, and it is tried again.");
        meter.CreateObservableGauge("busbar.retention.overdue", () => _overdue.GroupBy(one => one.Key.Rule).Select(rule => new Measurement<double>(rule.Max(one => one.Value), new KeyValuePair<string, object?>("rule", rule.Key))), "s",
            "By how much the oldest thing that the last turn left is older than it should be; the most of all tenants.");
    }

    public void Taken(string rule, long things) => _taken.Add(things, new KeyValuePair<string, object?>("rule", rule));

    public void Failed(string rule) => _failed.Add(1, new KeyValuePair<string, object?>("rule", rule));

    public void Overdue(TenantId tenant, string rule, double seconds) => _overdue[(tenant, rule)] = double.Max(seconds, 0);

    /// <summary>Another process runs them.</summary>
    public void Forget() => _overdue.Clear();
}
