using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations;

/// <summary>How many stations of a tenant are connected, at whichever process.</summary>
internal sealed class StationsOnline(RoomDbFactory<StationsDb> rooms, IStationPresence presence) : ITenantActivity
{
    public TenantActivity Kind => TenantActivity.StationsOnline;

    public async Task<long> CountAsync(TenantId tenant, CancellationToken ct)
    {
        List<StationId> all;
        await using (var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct)) all = await db.Stations.AsNoTracking().Select(row => row.Id).ToListAsync(ct);
        return (await presence.FindAsync(tenant, all, ct)).Values.LongCount(station => station.Online);
    }
}
