using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Stations.Contracts;

namespace Busbar.Stations.Screens;

/// <summary>What one connection heard of its transactions, as far as their prices need it.</summary>
internal sealed class RunningTransactions
{
    // A corrupt station may begin transactions without end.
    private const int Most = 64;
    private const int MostEnded = 16;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Energy? MeterStart, decimal? Told)> _known = new(StringComparer.Ordinal);

    // A price so far may still be on its way to a transaction that has its last one.
    private readonly Queue<string> _ended = new();

    /// <param name="told">The price in the answer, where it has one.</param>
    public void Heard(string transaction, ChargingFact fact, decimal? told)
    {
        lock (_gate)
        {
            if (fact is ChargingFact.Ended)
            {
                _known.Remove(transaction);
                if (_ended.Count == MostEnded) _ended.Dequeue();
                _ended.Enqueue(transaction);
                return;
            }
            if (!_known.TryGetValue(transaction, out var known) && _known.Count >= Most) return;
            _known[transaction] = (fact is ChargingFact.Started { Register: { } register } ? register : known.MeterStart, told ?? known.Told);
        }
    }

    public Energy? MeterStart(string transaction)
    {
        lock (_gate) return _known.TryGetValue(transaction, out var known) ? known.MeterStart : null;
    }

    /// <inheritdoc cref="StationActor.NotYetTold"/>
    public SendCondition NotYetTold(string transaction, Func<decimal, bool> isReached) => new(_gate,
        () => !_ended.Contains(transaction) && !(_known.TryGetValue(transaction, out var known) && known.Told is { } told && isReached(told)));
}
