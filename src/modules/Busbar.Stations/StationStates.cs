using System.Runtime.CompilerServices;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations;

/// <summary>Reads the rows page by page and lays what is live over them.</summary>
internal sealed class StationStates(RoomDbFactory<StationsDb> rooms, IStationPresence presence) : IStationStates
{
    private const int StationsAtOnce = 1_000;

    public async IAsyncEnumerable<IReadOnlyList<StationState>> ReadAsync(TenantId tenant, [EnumeratorCancellation] CancellationToken ct)
    {
        var after = new StationId(Guid.Empty);
        while (true)
        {
            List<StationRow> stations;
            ILookup<StationId, ConnectorRow> connectors;
            await using (var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct))
            {
                var last = after;
                stations = await db.Stations.AsNoTracking().Where(row => row.Id.CompareTo(last) > 0).OrderBy(row => row.Id).Take(StationsAtOnce).ToListAsync(ct);
                var ids = stations.ConvertAll(row => row.Id);
                connectors = (await db.Connectors.AsNoTracking().Where(row => ids.Contains(row.StationId) && row.Evse > 0 && row.Number > 0).ToListAsync(ct)).ToLookup(row => row.StationId);
            }
            if (stations.Count == 0) yield break;
            var live = await presence.FindAsync(tenant, stations.ConvertAll(row => row.Id), ct);
            yield return stations.ConvertAll(row => StateOf(row, connectors[row.Id], live.GetValueOrDefault(row.Id)));
            if (stations.Count < StationsAtOnce) yield break;
            after = stations[^1].Id;
        }
    }

    private static StationState StateOf(StationRow row, IEnumerable<ConnectorRow> stored, StationPresence? live)
    {
        var connectors = stored.ToDictionary(place => (place.Evse, place.Number), place => new ConnectorState(place.Evse, place.Number, place.Status, place.StatusAt, Said(place.ErrorCode)));
        foreach (var ((evse, connector), told) in live?.Connectors ?? new Dictionary<(int, int), ConnectorNow>())
        {
            if (evse > 0 && connector > 0) connectors[(evse, connector)] = new ConnectorState(evse, connector, told.Status, told.At, Said(told.ErrorCode));
        }
        return new StationState(row.TenantId, row.Id, row.Identity, row.LocationId, row.FirstSeenAt ?? live?.LastSeen, live?.LastSeen ?? row.LastSeenAt, live?.Online ?? false, [.. connectors.Values]);
    }

    // 1.6 says "NoError" where there is none.
    private static string? Said(string? error) => error is null or "" or "NoError" ? null : error;
}
