using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Identity;

internal sealed class FourEyesBook(ITenants tenants, RoomDbFactory<IdentityDb> rooms) : IFourEyes
{
    // Programs that make programs: nobody needs more.
    private const int MostHands = 16;

    public bool Wants(TenantId tenant, FourEyes act) => tenants.Find(tenant)?.FourEyes.Contains(act) == true;

    public async ValueTask<SecondLack?> LacksAsync(Caller second, string? first, CancellationToken ct)
    {
        if (second.Operator is null) return SecondLack.IsProgram;
        await using var db = await rooms.OpenAsync(TenantScope.System, ct);
        for (var i = 0; i < MostHands && TypedId.TryParse<ApiClientId>(first, out var program); i++)
        {
            // Also one that is revoked: it acted while it was not.
            first = await db.ApiClients.AsNoTracking().Where(row => row.Id == program).Select(row => row.HandedTo).SingleOrDefaultAsync(ct);
        }
        // Programs that renew each other's keys lead to nobody: then nobody is known to be another.
        return first == second.Actor || TypedId.TryParse<ApiClientId>(first, out _) ? SecondLack.IsFirst : null;
    }
}
