using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Sessions;

/// <summary>What goes on, from the stored rows: a session's is written with its start, and a command may come to a process that does not hold its desk.</summary>
internal sealed class CurrentSessions(RoomDbFactory<SessionsDb> rooms) : ICurrentSessions
{
    public async ValueTask<CurrentSession?> FindAsync(TenantId tenant, string sessionId, CancellationToken ct)
    {
        if (!TypedId.TryParse<SessionId>(sessionId, out var id)) return null;
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        return await db.Sessions.AsNoTracking().Where(SessionsSchema.GoesOn).SingleOrDefaultAsync(row => row.TenantId == tenant && row.Id == id, ct) is { } row ? Of(row) : null;
    }

    public async ValueTask<IReadOnlyList<CurrentSession>> AtAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct)
    {
        if (stations.Count == 0) return [];
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var found = await db.Sessions.AsNoTracking().Where(SessionsSchema.GoesOn).Where(row => row.TenantId == tenant && stations.Contains(row.StationId)).OrderBy(row => row.Id).ToListAsync(ct);
        return [.. found.Select(Of)];
    }

    // 0 is where none is known.
    private static CurrentSession Of(SessionRow row) => new(
        row.Id.ToString(), row.StationId, row.Evse == 0 ? null : (int)row.Evse, row.Connector == 0 ? null : (int)row.Connector,
        FoundBy.IsShort(row.TransactionId) ? SessionsJson.ReadSession(row.State).TransactionId : row.TransactionId) { Energy = row.Energy, StartedAt = row.StartedAt };
}
