using System.Diagnostics.Metrics;
using NodaTime;

namespace Busbar.Egress.Outbox;

/// <summary>The outbox's figures, under the meter <c>Busbar.Egress</c>. Counts are of the database, at most a quarter of a minute old.</summary>
internal sealed class OutboxMetrics
{
    private readonly Counter<long> _attempts;
    private readonly Counter<long> _expired;
    private long _waiting;
    private long _dead;
    private long _oldest;

    public OutboxMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Busbar.Egress");
        _attempts = meter.CreateCounter<long>("busbar.outbox.attempts", "{attempt}", "Attempts to deliver, by kind and outcome: sent, failed (it is tried again), dead.");
        _expired = meter.CreateCounter<long>("busbar.outbox.expired", "{message}", "Messages that were given up because they waited for too long, by kind.");
        meter.CreateObservableGauge("busbar.outbox.waiting", () => Interlocked.Read(ref _waiting), "{message}", "Messages that wait to be sent.");
        meter.CreateObservableGauge("busbar.outbox.dead", () => Interlocked.Read(ref _dead), "{message}", "Messages that were given up.");
        meter.CreateObservableGauge("busbar.outbox.oldest", () => Interlocked.Read(ref _oldest), "s", "Age of the oldest message that waits.");
    }

    public void Attempted(string kind, string outcome) =>
        _attempts.Add(1, new KeyValuePair<string, object?>("kind", kind), new KeyValuePair<string, object?>("outcome", outcome));

    public void Expired(string kind, long count) => _expired.Add(count, new KeyValuePair<string, object?>("kind", kind));

    public void Counted(long waiting, long dead, Duration oldest)
    {
        Interlocked.Exchange(ref _waiting, waiting);
        Interlocked.Exchange(ref _dead, dead);
        Interlocked.Exchange(ref _oldest, (long)oldest.TotalSeconds);
    }
}
