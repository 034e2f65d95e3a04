using Busbar.Kernel;
using Busbar.Stations.Contracts;

namespace Busbar.Stations.Screens;

/// <summary>What one connection heard of its transactions, as far as their prices need it.</summary>
internal sealed class RunningTransactions
{
    // A corrupt station may begin transactions without end.
    private const int Most = 64;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (Energy? MeterStart, decimal? Told)> _known = new(StringComparer.Ordinal);

    /// <param name="told">The price in the answer, where it has one.</param>
    public void Heard(string transaction, ChargingFact fact, decimal? told)
    {
        lock (_gate)
        {
            if (fact is ChargingFact.Ended)
            {
                _known.Remove(transaction);
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

    public decimal? ToldCost(string transaction)
    {
        lock (_gate) return _known.TryGetValue(transaction, out var known) ? known.Told : null;
    }
}
