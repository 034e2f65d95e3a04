using System.Diagnostics.Metrics;

namespace Busbar.Operations;

/// <summary>The room's figures, under the meter <c>Busbar.Operations</c>. Only the process that looks counts what is open.</summary>
internal sealed class AlertMetrics
{
    private readonly Counter<long> _raised;
    private readonly Histogram<double> _look;
    private IReadOnlyDictionary<AlertRule, int> _open = new Dictionary<AlertRule, int>();

    public AlertMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Busbar.Operations");
        _raised = meter.CreateCounter<long>("busbar.alerts.raised", "{alert}", "Alerts that were raised, by rule.");
        _look = meter.CreateHistogram<double>("busbar.alerts.look", "s", "How long a look at all stations and sessions took.");
        meter.CreateObservableGauge("busbar.alerts.open", () => Volatile.Read(ref _open).Select(pair => new Measurement<int>(pair.Value, Tag(pair.Key))), "{alert}", "Alerts that are open, by rule.");
    }

    public void Raised(AlertRule rule) => _raised.Add(1, Tag(rule));

    public void Open(IReadOnlyDictionary<AlertRule, int> open) => Volatile.Write(ref _open, Enum.GetValues<AlertRule>().ToDictionary(rule => rule, rule => open.GetValueOrDefault(rule)));

    public void Looked(TimeSpan took) => _look.Record(took.TotalSeconds);

    private static KeyValuePair<string, object?> Tag(AlertRule rule) => new("rule", System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(rule.ToString()));
}
