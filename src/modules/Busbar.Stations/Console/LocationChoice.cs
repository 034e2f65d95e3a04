using Busbar.Identity.Http;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations.Console;

internal sealed record PlaceChoice(LocationId Id, string Name);

/// <summary>The locations that a form offers.</summary>
internal sealed class LocationChoice(RoomDbFactory<StationsDb> rooms)
{
    // More nobody finds in a list.
    private const int Most = 500;

    public async Task<IReadOnlyList<PlaceChoice>> AllAsync(Caller caller, Reach reach, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        return await db.Locations.AsNoTracking().Where(row => row.TenantId == caller.Tenant).Within(reach).OrderBy(row => row.Name).ThenBy(row => row.Id).Take(Most)
            .Select(row => new PlaceChoice(row.Id, row.Name + ", " + row.City)).ToListAsync(ct);
    }
}
