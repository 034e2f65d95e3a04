using System.Buffers.Binary;
using System.Data.Common;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using NodaTime;

namespace Busbar.Storage.Retention;

/// <summary>The rows of a table that are over some day.</summary>
/// <param name="Table">With its room's prefix. Its key begins with <c>tenant_id</c>.</param>
/// <param name="Over">The column of Unix milliseconds at which a row was over; where it is null the row is not.</param>
/// <param name="Only">What a row must be besides, to be taken ever.</param>
public sealed record RetainedRows(string Table, string Over, params RowMatch[] Only)
{
    /// <summary>
    /// A column with an index behind <c>tenant_id</c>, of a time that is never after <see cref="Over"/>: the walk begins at the oldest and ends where everything is younger. <c>id</c>, whose values
    /// grow with time, needs no index but the key.
    /// </summary>
    public string From { get; init; } = "id";
}

/// <summary>Rows of one table, in plain SQL: EF deletes some of many by a walk through all.</summary>
public sealed class RowRetention(Database database, RetentionRule rule, RetainedRows rows) : IRetention
{
    public RetentionRule Rule => rule;

    public IReadOnlyList<string> Tables { get; } = [rows.Table];

    public async Task<int> CutAsync(TenantId tenant, Instant before, int most, CancellationToken ct)
    {
        if (database.Kind == DatabaseKind.Postgres) return await DeleteAsync(tenant, before, most, ct);
        await database.SqliteWriteGate.WaitAsync(ct);
        try { return await DeleteAsync(tenant, before, most, ct); }
        finally { database.SqliteWriteGate.Release(); }
    }

    public async Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.Of(tenant), ct);
        await using var command = unit.Command("");
        var where = Where(command, tenant);
#pragma warning disable CA2100 // Table, columns and conditions are constants of the rooms; values are parameters.
        command.CommandText = $"SELECT {rows.Over} FROM {rows.Table} WHERE {where} AND {rows.Over} IS NOT NULL ORDER BY {rows.From} LIMIT 1";
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(ct) is long at ? Instant.FromUnixTimeMilliseconds(at) : null;
    }

    private async Task<int> DeleteAsync(TenantId tenant, Instant before, int most, CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.Of(tenant), ct);
        await using var command = unit.Command("");
        var where = Where(command, tenant);
        var (from, over) = (Add(command, rows.From == "id" ? Begin(before) : before.ToUnixTimeMilliseconds()), Add(command, before.ToUnixTimeMilliseconds()));
        var some = $"FROM {rows.Table} WHERE {where} AND {rows.From} < {from} AND {rows.Over} < {over} ORDER BY {rows.From} LIMIT {Add(command, (long)most)}";
        // On PostgreSQL a row that somebody changes at this moment has another place afterwards, and is not taken.
#pragma warning disable CA2100 // As above.
        command.CommandText = database.Kind == DatabaseKind.Postgres
            ? $"DELETE FROM {rows.Table} WHERE ctid = ANY(ARRAY(SELECT ctid {some}))"
            : $"DELETE FROM {rows.Table} WHERE rowid IN (SELECT rowid {some})";
#pragma warning restore CA2100
        var taken = await command.ExecuteNonQueryAsync(ct);
        await unit.CommitAsync(ct);
        return taken;
    }

    private string Where(DbCommand command, TenantId tenant) => string.Join(" AND ", rows.Only.Select(Condition).Prepend($"tenant_id = {Add(command, tenant.Value)}"));

    // Written out: they are few, and the same on both databases.
    private static string Condition(RowMatch match) => match.Values is null ? $"{match.Column} IS NULL" : $"{match.Column} IN ({string.Join(", ", match.Values.Cast<long>())})";

    private string Add(DbCommand command, object value) => DatabaseUnit.Add(command, value is Guid id && database.Kind == DatabaseKind.Sqlite ? id.ToByteArray(bigEndian: true) : value);

    /// <summary>Every id that was made earlier is less (UUIDv7).</summary>
    private static Guid Begin(Instant at)
    {
        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(bytes, at.ToUnixTimeMilliseconds() << 16);
        return new Guid(bytes, bigEndian: true);
    }
}
