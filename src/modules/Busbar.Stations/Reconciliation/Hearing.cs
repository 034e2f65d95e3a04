using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Stations.Reconciliation;

/// <summary>What was heard of one transaction over one connection; times are those of receipt.</summary>
/// <param name="Told">A message named it, or the station said that it goes on.</param>
/// <param name="Asked">Our last question about it.</param>
/// <param name="Superseded">Since when it is known here that another one began on its connector.</param>
internal readonly record struct TransactionHearing(Instant? Told, Instant? Asked, Instant? Superseded);

/// <summary>What one connection has told so far, as far as it decides what its station must be asked. Written by the connection, read by the reconciler.</summary>
internal sealed class Hearing
{
    // As many as a station's book keeps open; one that names ever new ones loses the oldest.
    private const int MaxTransactions = 256;
    private const int MaxConnectors = 256;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, TransactionHearing> _transactions = new(StringComparer.Ordinal);
    private readonly Dictionary<(int Evse, int Connector), (ConnectorUse Use, Instant At)> _connectors = [];
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);
    private Instant? _stableSince;

    /// <summary>When CALLs of ours could first leave, or when the station last booted; null as long as none may.</summary>
    public Instant? StableSince
    {
        get { lock (_gate) return _stableSince; }
    }

    /// <summary>Every connector that is known has told its status over this connection.</summary>
    public bool IsComplete { get; set; }

    public void Stable(Instant at)
    {
        lock (_gate) _stableSince = at;
    }

    public void Told(string transactionId, Instant at) => Change(transactionId, known => known with { Told = at });

    public void Asked(string transactionId, Instant at) => Change(transactionId, known => known with { Asked = at });

    public void Superseded(string transactionId, Instant at) => Change(transactionId, known => known with { Superseded = known.Superseded ?? at });

    public void Reported(StationNews.ConnectorReported report, Instant at)
    {
        // EVSE 0 is the station itself.
        if (report.Evse == 0) return;
        lock (_gate)
        {
            var place = (report.Evse, report.Connector);
            if (_connectors.Count < MaxConnectors || _connectors.ContainsKey(place)) _connectors[place] = (report.Use, at);
        }
    }

    /// <summary>The station does not do this; it is not asked for it again over this connection.</summary>
    public void Refused(string what)
    {
        lock (_gate) _refused.Add(what);
    }

    public bool Refuses(string what)
    {
        lock (_gate) return _refused.Contains(what);
    }

    public TransactionHearing Of(string transactionId)
    {
        lock (_gate) return _transactions.GetValueOrDefault(transactionId);
    }

    public (ConnectorUse Use, Instant At)? Of(int evse, int connector)
    {
        lock (_gate) return _connectors.TryGetValue((evse, connector), out var told) ? told : null;
    }

    private void Change(string transactionId, Func<TransactionHearing, TransactionHearing> change)
    {
        lock (_gate)
        {
            if (_transactions.Count >= MaxTransactions && !_transactions.ContainsKey(transactionId))
                _transactions.Remove(_transactions.MinBy(pair => pair.Value.Told ?? pair.Value.Asked ?? Instant.MinValue).Key);
            _transactions[transactionId] = change(_transactions.GetValueOrDefault(transactionId));
        }
    }
}
