using System.Linq.Expressions;
using System.Runtime.CompilerServices;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>What is open, from the stored rows: written with a session's start and end, and at most a second behind in between.</summary>
internal sealed class OpenSessions(RoomDbFactory<SessionsDb> rooms, JournalReader journal, ILogger<OpenSessions> log) : IOpenSessions
{
    private const int RowsAtOnce = 200;

    private static readonly Expression<Func<SessionRow, bool>> IsOpen =
        row => row.Status == SessionStatus.Pending || row.Status == SessionStatus.Charging || row.Status == SessionStatus.Suspended;

    public async ValueTask<IReadOnlyList<OpenSession>> AtAsync(TenantId tenant, IReadOnlyCollection<StationId> stations, CancellationToken ct)
    {
        if (stations.Count == 0) return [];
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var found = await db.Sessions.AsNoTracking().Where(IsOpen).Where(row => row.TenantId == tenant && stations.Contains(row.StationId)).OrderBy(row => row.Id).ToListAsync(ct);
        return [.. found.Select(row => Of(row, SessionsJson.ReadSession(row.State)))];
    }

    public async IAsyncEnumerable<OpenSession> SilentSinceAsync(Instant before, [EnumeratorCancellation] CancellationToken ct)
    {
        var after = new SessionId(Guid.Empty);
        while (true)
        {
            List<SessionRow> some;
            await using (var db = await rooms.OpenAsync(TenantScope.System, ct))
            {
                var page = after;
                some = await db.Sessions.AsNoTracking().Where(SessionsSchema.Unfinished).Where(IsOpen).Where(row => row.StartedAt < before && row.Id > page).OrderBy(row => row.Id).Take(RowsAtOnce).ToListAsync(ct);
            }
            foreach (var row in some)
            {
                var session = SessionsJson.ReadSession(row.State);
                if (await LastNewsAsync(row, session.Place, ct) < before) yield return Of(row, session);
            }
            if (some.Count < RowsAtOnce) yield break;
            after = some[^1].Id;
        }
    }

    /// <summary>When the last fact that changed the session was received; null where the journal does not have it.</summary>
    private async Task<Instant?> LastNewsAsync(SessionRow row, JournalPlace place, CancellationToken ct)
    {
        if (await journal.FindAsync(new StationKey(row.TenantId, row.StationId.Value), place.Epoch, place.N, ct) is { } found) return found.Entry.ReceivedAt;
        // A row that the journal knows nothing of is for a person, and does not keep the others from being closed.
        Log.PlaceMissing(log, row.Id, place.Epoch, place.N);
        return null;
    }

    // 0 is where none is known.
    private static OpenSession Of(SessionRow row, Session session) => new(row.TenantId, row.StationId, session.TransactionId, row.Evse == 0 ? null : (int)row.Evse,
        row.Connector == 0 ? null : (int)row.Connector, session.Ends.Count > 0, session.NextStart is not null);
}
