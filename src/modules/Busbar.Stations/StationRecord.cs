using Busbar.Kernel;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations;

/// <summary>A station with its EVSEs and connectors, in their numbers' order.</summary>
internal sealed record StationRecord(StationRow Row, IReadOnlyList<EvseRow> Evses, IReadOnlyList<ConnectorRow> Connectors)
{
    /// <summary>Tracked, so that it can be changed.</summary>
    public static async Task<StationRecord?> FindAsync(StationsDb db, string identity, CancellationToken ct)
    {
        if (!StationDirectory.IsIdentity(identity)) return null;
        if (await db.Stations.SingleOrDefaultAsync(row => row.Identity == identity, ct) is not { } row) return null;
        var evses = await db.Evses.Where(evse => evse.StationId == row.Id).OrderBy(evse => evse.Number).ToListAsync(ct);
        var connectors = await db.Connectors.Where(connector => connector.StationId == row.Id).OrderBy(connector => connector.Evse).ThenBy(connector => connector.Number).ToListAsync(ct);
        return new StationRecord(row, evses, connectors);
    }

    /// <summary>Adds what belongs to each row, in two queries for all.</summary>
    public static async Task<IReadOnlyList<StationRecord>> AllOfAsync(StationsDb db, IReadOnlyList<StationRow> rows, CancellationToken ct)
    {
        var ids = rows.Select(row => row.Id).ToList();
        var evses = (await db.Evses.AsNoTracking().Where(evse => ids.Contains(evse.StationId)).OrderBy(evse => evse.Number).ToListAsync(ct)).ToLookup(evse => evse.StationId);
        var connectors = (await db.Connectors.AsNoTracking().Where(connector => ids.Contains(connector.StationId))
            .OrderBy(connector => connector.Evse).ThenBy(connector => connector.Number).ToListAsync(ct)).ToLookup(connector => connector.StationId);
        return [.. rows.Select(row => new StationRecord(row, [.. evses[row.Id]], [.. connectors[row.Id]]))];
    }
}
