using Busbar.Kernel;
using Busbar.Sessions.Storage;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>Begins and ends of charges, from the stored rows: they are written with the facts that tell them.</summary>
internal sealed class ChargingEvidence(RoomDbFactory<SessionsDb> rooms) : IChargingEvidence
{
    public async ValueTask<IReadOnlyList<BegunCharge>> BegunAsync(TenantId tenant, StationId station, Instant from, Instant until, CancellationToken ct)
    {
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var found = await db.Sessions.AsNoTracking()
            .Where(row => row.TenantId == tenant && row.StationId == station && row.StartedAt >= from && row.StartedAt < until).OrderBy(row => row.Id).ToListAsync(ct);
        // A session without its start begins where the first word of it came.
        return [.. found.Select(row => (Row: row, Session: SessionsJson.ReadSession(row.State))).Where(begun => begun.Session.StartKnown)
            .Select(begun => new BegunCharge(begun.Session.TransactionId, begun.Row.Evse == 0 ? null : (int)begun.Row.Evse, begun.Session.Token?.Folded))];
    }

    public async ValueTask<EndedCharge?> EndAsync(TenantId tenant, StationId station, string transactionId, CancellationToken ct)
    {
        var transaction = FoundBy.Transaction(transactionId);
        await using var db = await rooms.OpenAsync(TenantScope.Of(tenant), ct);
        var state = await db.Sessions.AsNoTracking().Where(row => row.TenantId == tenant && row.StationId == station && row.TransactionId == transaction)
            .OrderByDescending(row => row.Id).Select(row => row.State).FirstOrDefaultAsync(ct);
        return state is not null && SessionsJson.ReadSession(state).End is { } end ? new EndedCharge(end.At, end.Reason) : null;
    }
}
