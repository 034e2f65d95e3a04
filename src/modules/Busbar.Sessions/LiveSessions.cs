using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Storage;
using Busbar.Storage.Commits;

namespace Busbar.Sessions;

/// <summary>
/// Sessions as the last commit left them. A row that goes on is written at most once a second; whoever looks at it sees what the station's desk has in memory, where this
/// process has the desk.
/// </summary>
internal sealed class LiveSessions(ChargingDesk desks, Booking booking)
{
    public async ValueTask<IReadOnlyList<SessionRow>> NowAsync(IReadOnlyList<SessionRow> rows, CancellationToken ct)
    {
        var now = new List<SessionRow>(rows.Count);
        foreach (var row in rows) now.Add(await NowAsync(row, ct));
        return now;
    }

    public async ValueTask<SessionRow> NowAsync(SessionRow row, CancellationToken ct)
    {
        // What ends a session is written with its row.
        if (row.EndedAt is not null || desks.Remembered(new StationKey(row.TenantId, row.StationId.Value), row.Id) is not { } session) return row;
        // A desk is kept for a while after its station has left: the process where it is now may have written more.
        if (session.Place.CompareTo(SessionsJson.ReadSession(row.State).Place) <= 0) return row;
        var price = await booking.PriceAsync(row.TenantId, session, null, ct);
        return row.As(session, price.Energy, price.Cost);
    }
}
