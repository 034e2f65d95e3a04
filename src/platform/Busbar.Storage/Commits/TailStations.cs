using System.Collections.Concurrent;

namespace Busbar.Storage.Commits;

/// <summary>
/// Which stations may have rows in the embedded store's tail. It has no index: of a station that has none there, as of most that come back at once, it need not be
/// read to its end.
/// </summary>
/// <remarks>A station is in it before its row is committed, and goes after the settling is. So a reader that asks here first misses no row that was acknowledged before.</remarks>
internal sealed class TailStations
{
    private readonly ConcurrentDictionary<StationKey, bool> _stations = new();
    private volatile bool _isKnown;

    /// <summary>False: what was committed until now stands in the journal itself.</summary>
    public bool MayHave(StationKey station) => !_isKnown || _stations.ContainsKey(station);

    public void Add(StationKey station) => _stations.TryAdd(station, true);

    /// <summary>The tail is empty, and was written so.</summary>
    public void Settled()
    {
        _stations.Clear();
        _isKnown = true;
    }

    /// <summary>Nobody knows any more how a transaction ended, or what another process left.</summary>
    public void Unknown() => _isKnown = false;
}
