using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Sessions.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Sessions;

/// <summary>How many sessions of a tenant go on.</summary>
internal sealed class SessionsRunning(RoomDbFactory<SessionsDb> rooms) : ITenantActivity
{
    public TenantActivity Kind => TenantActivity.SessionsRunning;

    public async Task<long> CountAsync(TenantId tenant, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.Sessions.Where(SessionsSchema.GoesOn).LongCountAsync(ct);
    }
}
