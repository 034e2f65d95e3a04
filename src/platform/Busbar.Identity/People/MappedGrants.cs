using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Identity;

/// <summary>What a provider's mappings gave somebody, and take away again at a sign-in.</summary>
/// <param name="Provider">Its name.</param>
public sealed record MappedGrant(string Provider, IReadOnlyList<Grant> Grants);

/// <summary>Tells which of somebody's grants nobody gave by hand.</summary>
public sealed class MappedGrants
{
    private readonly RoomDbFactory<IdentityDb> _rooms;

    internal MappedGrants(RoomDbFactory<IdentityDb> rooms) => _rooms = rooms;

    public async Task<IReadOnlyList<MappedGrant>> OfAsync(Caller caller, OperatorId holder, CancellationToken ct)
    {
        await using var db = await _rooms.OpenAsync(caller.Rows, ct);
        var rows = await db.Grants.AsNoTracking().Where(row => row.Holder == holder && row.Provider != null).ToListAsync(ct);
        if (rows.Count == 0) return [];
        var names = await db.Providers.AsNoTracking().ToDictionaryAsync(row => row.Id, row => row.Name, ct);
        return [.. rows.GroupBy(row => row.Provider!.Value).Select(some => new MappedGrant(names.GetValueOrDefault(some.Key) ?? some.Key.ToString(), [.. some.Select(row => row.Grant)]))];
    }
}
