using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Presence;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Logging;

namespace Busbar.Stations.Cluster;

/// <summary>
/// What is live, asked of the processes that hold the stations, each once for a whole page: no sign of life is written anywhere for it. A station
/// whose process does not answer is offline, and as its row says.
/// </summary>
internal sealed class ClusterPresence(PresenceBook book, LeaseReader leases, StationNodes nodes, TimeProvider clock, ILogger<ClusterPresence> log) : IStationPresence
{
    public async ValueTask<IReadOnlyDictionary<StationId, StationPresence>> FindAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct)
    {
        if (stations.Count == 0) return new Dictionary<StationId, StationPresence>();
        var owners = await leases.FindAsync(tenant, stations.Select(station => station.Value), ct);
        var elsewhere = stations.Where(station => owners.TryGetValue(station.Value, out var lease) && lease.Node != NodeName.Current).ToHashSet();
        var told = await Task.WhenAll(elsewhere.GroupBy(station => owners[station.Value].Node, station => station.Value).Select(node => AskAsync(tenant, node.Key, [.. node], ct)));
        var found = told.SelectMany(all => all).ToDictionary(one => new StationId(one.Station), one => one.ToPresence());
        foreach (var (station, known) in await book.FindAsync(tenant, stations, ct))
        {
            // Of a station that has gone elsewhere this process remembers only how it was; unless it is just coming here, and its claim is under way.
            if (!elsewhere.Contains(station) || (known.Online && found.GetValueOrDefault(station) is not { Online: true })) found[station] = known;
        }
        return found;
    }

    private async Task<NodePresence[]> AskAsync(TenantId tenant, string node, Guid[] stations, CancellationToken ct)
    {
        if (nodes.Find(node) is not { } process) return [];
        try
        {
            return await process.PresenceAsync(tenant.Value, stations).WaitAsync(ClusterRouter.Patience, clock, ct);
        }
        catch (Exception error) when (!ct.IsCancellationRequested)
        {
            Log.NodeSilent(log, error, node);
            return [];
        }
    }
}
