using System.Diagnostics.Metrics;

namespace Busbar.Stations.Reconciliation;

/// <summary>The reconciliation's figures, under the meter <c>Busbar.Stations</c>.</summary>
internal sealed class ReconcileMetrics
{
    public const string MeterName = "Busbar.Stations";

    private readonly Counter<long> _reconciled;
    private readonly Counter<long> _givenUp;
    private int _silent;

    public ReconcileMetrics(IMeterFactory meters)
    {
        var meter = meters.Create(MeterName);
        meter.CreateObservableGauge("busbar.sessions.silent", () => Volatile.Read(ref _silent), "{session}", "Open sessions of connected stations that say nothing about them.");
        _reconciled = meter.CreateCounter<long>("busbar.sessions.reconciled", "{session}", "Open sessions that a station was asked about or has shown to be over, by what came of it.");
        _givenUp = meter.CreateCounter<long>("busbar.sessions.given_up", "{session}", "Open sessions that were closed because nothing was told of them for too long.");
    }

    public void Silent(int sessions) => Volatile.Write(ref _silent, sessions);

    /// <param name="outcome"><c>goesOn</c>, <c>queued</c>, <c>over</c>, <c>connectorFree</c>, <c>superseded</c>, <c>noAnswer</c> or <c>refused</c>.</param>
    public void Reconciled(string outcome) => _reconciled.Add(1, new KeyValuePair<string, object?>("outcome", outcome));

    public void GivenUp() => _givenUp.Add(1);
}
