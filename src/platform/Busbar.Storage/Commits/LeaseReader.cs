using Busbar.Kernel;

namespace Busbar.Storage.Commits;

/// <summary>Who holds a station: the process that took it last, and with which epoch. It may have ended since.</summary>
/// <param name="Node">Its <see cref="NodeName"/>.</param>
public readonly record struct StationLease(string Node, long Epoch);

/// <summary>Reads the leases that the commit loop writes. On PostgreSQL: the embedded store is one process's, which holds every station.</summary>
public sealed class LeaseReader(Database database)
{
    private const string Find = $"SELECT station_id, node, epoch FROM {JournalTables.Leases} WHERE tenant_id = $1 AND station_id = ANY ($2)";

    /// <summary>Those of the tenant's stations that were ever connected.</summary>
    public async Task<IReadOnlyDictionary<Guid, StationLease>> FindAsync(TenantId tenant, IEnumerable<Guid> stations, CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.Of(tenant), ct);
        await using var command = unit.Command(Find, tenant.Value, stations.ToArray());
        await using var reader = await command.ExecuteReaderAsync(ct);
        var found = new Dictionary<Guid, StationLease>();
        while (await reader.ReadAsync(ct)) found[reader.GetGuid(0)] = new StationLease(reader.GetString(1), reader.GetInt64(2));
        return found;
    }
}
