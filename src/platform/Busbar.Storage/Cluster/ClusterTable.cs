using System.Data.Common;

namespace Busbar.Storage.Cluster;

/// <summary>A process of the cluster, as its row tells. What status and suspicions mean is the cluster engine's business.</summary>
/// <param name="Address">Where the other processes reach it, unique over its lives.</param>
/// <param name="Node">Its <see cref="NodeName"/>: what the leases call it.</param>
/// <param name="StartedAt">Unix milliseconds; so is <paramref name="AliveAt"/>, the last sign of life that it wrote itself.</param>
public sealed record ClusterMember(string Address, string Node, string Host, long Status, long StartedAt, long AliveAt, string Suspicions);

/// <summary>
/// The processes that serve one PostgreSQL together. Every change names the version of the table that it was decided on, and is refused when that
/// is no longer the present one: of two that decide at the same moment one decides again.
/// </summary>
public sealed class ClusterTable(Database database)
{
    // The installation's rows, not a tenant's: tenant_id is all zeros, which no tenant's scope ever sees.
    private static readonly Guid Installation = Guid.Empty;

    private const string Columns = "address, node, host, status, started_at, alive_at, suspicions";
    private const string Advance = $"WITH next AS (UPDATE {Tables.Version} SET version = version + 1 WHERE tenant_id = $1 AND version = $2 RETURNING version) ";

    // One statement: the version and the rows are of one moment.
    private const string Read =
        $"SELECT v.version, {Columns} FROM {Tables.Version} v LEFT JOIN {Tables.Members} m ON m.tenant_id = v.tenant_id WHERE v.tenant_id = $1";

    private const string Insert =
        $"{Advance}INSERT INTO {Tables.Members} (tenant_id, {Columns}) SELECT $1, $3, $4, $5, $6, $7, $8, $9 FROM next ON CONFLICT DO NOTHING";

    private const string Replace =
        $"{Advance}UPDATE {Tables.Members} SET node = $4, host = $5, status = $6, started_at = $7, alive_at = $8, suspicions = $9 " +
        "FROM next WHERE tenant_id = $1 AND address = $3";

    /// <summary>Makes the table usable; done by every process at its start.</summary>
    public Task PrepareAsync(CancellationToken ct) =>
        ExecuteAsync($"INSERT INTO {Tables.Version} (tenant_id, version) VALUES ($1, 0) ON CONFLICT DO NOTHING", ct, Installation);

    /// <summary>All members and the version that they are of.</summary>
    public async Task<(long Version, IReadOnlyList<ClusterMember> Members)> ReadAsync(CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.System, ct);
        await using var command = unit.Command(Read, Installation);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var (version, members) = (0L, new List<ClusterMember>());
        while (await reader.ReadAsync(ct))
        {
            version = reader.GetInt64(0);
            if (!await reader.IsDBNullAsync(1, ct)) members.Add(Member(reader));
        }
        return (version, members);
    }

    /// <summary>False: the table is no longer at this version, or the member is there already; nothing was changed.</summary>
    public Task<bool> TryAddAsync(ClusterMember member, long version, CancellationToken ct) => TryAsync(Insert, member, version, ct);

    /// <summary>False: the table is no longer at this version, or there is no such member; nothing was changed.</summary>
    public Task<bool> TryReplaceAsync(ClusterMember member, long version, CancellationToken ct) => TryAsync(Replace, member, version, ct);

    /// <summary>A sign of life; it decides nothing and so moves no version.</summary>
    public Task TouchAsync(string address, long aliveAt, CancellationToken ct) =>
        ExecuteAsync($"UPDATE {Tables.Members} SET alive_at = $3 WHERE tenant_id = $1 AND address = $2", ct, Installation, address, aliveAt);

    /// <summary>Forgets the members of this status that have given no sign of life since.</summary>
    public Task ForgetAsync(long status, long before, CancellationToken ct) =>
        ExecuteAsync($"DELETE FROM {Tables.Members} WHERE tenant_id = $1 AND status = $2 AND greatest(started_at, alive_at) < $3", ct, Installation, status, before);

    private async Task<bool> TryAsync(string sql, ClusterMember member, long version, CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.System, ct);
        await using var command = unit.Command(sql, Installation, version,
            member.Address, member.Node, member.Host, member.Status, member.StartedAt, member.AliveAt, member.Suspicions);
        // Not committed where no member was written: then the version stays as it was, too.
        if (await command.ExecuteNonQueryAsync(ct) != 1) return false;
        await unit.CommitAsync(ct);
        return true;
    }

    private async Task ExecuteAsync(string sql, CancellationToken ct, params object[] parameters)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.System, ct);
        await using var command = unit.Command(sql, parameters);
        await command.ExecuteNonQueryAsync(ct);
        await unit.CommitAsync(ct);
    }

    private static ClusterMember Member(DbDataReader reader) => new(
        reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt64(4), reader.GetInt64(5), reader.GetInt64(6), reader.GetString(7));

    internal static class Tables
    {
        public const string Version = "storage_cluster_version";
        public const string Members = "storage_cluster_members";
    }
}
