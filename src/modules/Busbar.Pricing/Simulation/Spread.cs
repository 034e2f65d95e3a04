namespace Busbar.Pricing.Simulation;

/// <summary>
/// How often each difference came, in the currency's smallest coin. Holds a bounded number of different ones: beyond it all are counted ten times coarser. How coarse does not depend
/// on the order in which they came.
/// </summary>
internal sealed class Spread(int most = 65_536)
{
    private Dictionary<long, long> _counts = [];

    /// <summary>The coins that one step stands for: 1, or a power of ten.</summary>
    public long Step { get; private set; } = 1;

    public long Count { get; private set; }

    public void Add(long coins, long times = 1)
    {
        Count += times;
        var key = Coarse(coins, Step);
        _counts[key] = _counts.GetValueOrDefault(key) + times;
        while (_counts.Count > most) Coarsen();
    }

    public void Add(Spread other)
    {
        while (Step < other.Step) Coarsen();
        foreach (var (coins, times) in other._counts) Add(coins, times);
    }

    /// <summary>The difference below or at which this part of a hundred lies; null where there is none. Nearest rank.</summary>
    public long? Percentile(int percent)
    {
        if (Count == 0) return null;
        var rank = Math.Max(1, (long)(((decimal)Count * percent + 99) / 100));
        foreach (var (coins, times) in InOrder())
            if ((rank -= times) <= 0) return coins;
        throw new InvalidOperationException("Fewer differences than were counted.");
    }

    public IEnumerable<(long Coins, long Times)> InOrder() => _counts.OrderBy(pair => pair.Key).Select(pair => (pair.Key, pair.Value));

    private void Coarsen()
    {
        Step *= 10;
        var coarser = new Dictionary<long, long>();
        foreach (var (coins, times) in _counts)
        {
            var key = Coarse(coins, Step);
            coarser[key] = coarser.GetValueOrDefault(key) + times;
        }
        _counts = coarser;
    }

    // Away from zero: what differs never becomes what does not.
    private static long Coarse(long coins, long step) => step == 1 ? coins : (coins >= 0 ? (coins + step - 1) / step : -((-coins + step - 1) / step)) * step;
}
