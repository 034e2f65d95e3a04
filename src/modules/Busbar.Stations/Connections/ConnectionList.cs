using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Stations.Connections;

/// <summary>What a station's page says of its line.</summary>
/// <param name="Since">When its present connection began; null: none is known to be open.</param>
/// <param name="DropsOfDay">Within the last 24 hours.</param>
internal sealed record LineFacts(Instant? Since, int DropsOfDay);

/// <summary>Reads a station's connections, which are its tenant's by the context that they are asked of.</summary>
internal static class ConnectionList
{
    /// <summary>The newest first, from before this one on.</summary>
    public static Task<List<ConnectionRow>> ReadAsync(StationsDb db, StationId station, Instant before, ConnectionId? beforeId, int take, CancellationToken ct) =>
        Before(db, station, before, beforeId, take).ToListAsync(ct);

    internal static IQueryable<ConnectionRow> Before(StationsDb db, StationId station, Instant before, ConnectionId? beforeId, int take)
    {
        var found = db.Connections.AsNoTracking().Where(row => row.StationId == station);
        found = beforeId is { } id
            ? found.Where(row => row.ConnectedAt <= before && (row.ConnectedAt < before || row.Id.CompareTo(id) < 0))
            : found.Where(row => row.ConnectedAt < before);
        return found.OrderByDescending(row => row.ConnectedAt).ThenByDescending(row => row.Id).Take(take);
    }

    public static async Task<LineFacts> FactsAsync(StationsDb db, StationId station, Instant now, CancellationToken ct)
    {
        var since = now - Duration.FromDays(1);
        var mine = db.Connections.AsNoTracking().Where(row => row.StationId == station);
        var drops = await mine.Where(row => row.ConnectedAt >= since).SumAsync(row => row.Drops, ct);
        var newest = await mine.OrderByDescending(row => row.ConnectedAt).Take(1).SingleOrDefaultAsync(ct);
        // Of those that began before, only the last may have ended since.
        var straddling = await mine.Where(row => row.ConnectedAt < since).OrderByDescending(row => row.ConnectedAt).Take(1).SingleOrDefaultAsync(ct);
        if (straddling is { IsDrop: true } row && row.EndedAt >= since) drops++;
        return new LineFacts(newest is { EndedAt: null } ? newest.LastConnectedAt : null, drops);
    }
}
