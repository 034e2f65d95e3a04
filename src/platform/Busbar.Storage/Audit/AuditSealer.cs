using System.Data.Common;
using Busbar.Kernel;
using Busbar.Storage.Commits;
using Microsoft.Data.Sqlite;
using NodaTime;
using Npgsql;

namespace Busbar.Storage.Audit;

/// <summary>
/// Gives entries their places: moves them from the inbox to the end of their tenant's chain, many in one transaction. The application's role cannot do that: on PostgreSQL this is the login's
/// own work. One at a time does it in a database; should two ever, the chain's key lets one of them win, and the other's transaction is undone whole.
/// </summary>
public sealed class AuditSealer(Database database)
{
    private const int AtOnce = 2_000;

    // Any number that nobody else uses.
    private const long AdvisoryLock = 0x4275_7362_6172_0002;

    private const string Waiting = $"SELECT tenant_id, {AuditTables.Content} FROM {AuditTables.InboxTable} ORDER BY tenant_id, id LIMIT $1";
    private const string Head = $"SELECT sequence, hash FROM {AuditTables.ChainTable} WHERE tenant_id = $1 ORDER BY sequence DESC LIMIT 1";
    private const string Gone = $"DELETE FROM {AuditTables.InboxTable} WHERE tenant_id = $1 AND id = $2";
    private const string GoneOfMany = $"DELETE FROM {AuditTables.InboxTable} AS waiting USING unnest($1, $2) AS sealed(tenant, id) WHERE waiting.tenant_id = sealed.tenant AND waiting.id = sealed.id";

    private static readonly TenantScope All = TenantScope.System;

    /// <summary>Seals all that waits. Answers how many entries there were.</summary>
    public async Task<long> SealAsync(CancellationToken ct)
    {
        var total = 0L;
        while (true)
        {
            var some = await SealSomeAsync([], ct);
            total += some;
            if (some < AtOnce) return total;
        }
    }

    /// <summary>Seals some of what waits and these entries behind it, and then runs the rest of the work in the same transaction.</summary>
    internal async Task<int> SealSomeAsync(IReadOnlyList<AuditEntry> more, CancellationToken ct, Func<DbConnection, DbTransaction, Task>? then = null)
    {
        await using var connection = await database.OpenAsync(ct);
        if (connection is NpgsqlConnection postgres)
        {
            await using var transaction = await postgres.BeginTransactionAsync(ct);
            // Not the application's role: it may not take anything away.
            await ExecuteAsync(postgres, transaction, $"SELECT set_config('busbar.tenants', '{All.Setting}', true), pg_advisory_xact_lock({AdvisoryLock})", ct);
            var count = await SealAsync(postgres, transaction, more, ct);
            if (then is not null) await then(postgres, transaction);
            await transaction.CommitAsync(ct);
            return count;
        }
        var sqlite = (SqliteConnection)connection;
        if (more.Count == 0 && then is null && !await AnythingWaitsAsync(sqlite, ct)) return 0;
        await database.SqliteWriteGate.WaitAsync(ct);
        try
        {
            await using var transaction = sqlite.BeginTransaction();
            var count = await SealAsync(sqlite, transaction, more, ct);
            if (then is not null) await then(sqlite, transaction);
            await transaction.CommitAsync(ct);
            return count;
        }
        finally { database.SqliteWriteGate.Release(); }
    }

    internal static async Task ExecuteAsync(DbConnection connection, DbTransaction transaction, string sql, CancellationToken ct, params object[] parameters)
    {
        await using var command = Command(connection, transaction, sql, parameters);
        await command.ExecuteNonQueryAsync(ct);
    }

    internal static DbCommand Command(DbConnection connection, DbTransaction? transaction, string sql, params ReadOnlySpan<object> parameters)
    {
        var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (sql, transaction);
        for (var i = 0; i < parameters.Length; i++)
        {
            command.Parameters.Add(command is SqliteCommand
                ? new SqliteParameter($"${i + 1}", parameters[i] is Guid id ? id.ToByteArray(bigEndian: true) : parameters[i])
                : new NpgsqlParameter { Value = parameters[i] });
        }
        return command;
    }

    private static async Task<bool> AnythingWaitsAsync(SqliteConnection connection, CancellationToken ct)
    {
        await using var command = Command(connection, null, $"SELECT EXISTS (SELECT 1 FROM {AuditTables.InboxTable})");
        return await command.ExecuteScalarAsync(ct) is not 0L;
    }

    private static async Task<int> SealAsync(DbConnection connection, DbTransaction transaction, IReadOnlyList<AuditEntry> more, CancellationToken ct)
    {
        var waiting = await WaitingAsync(connection, transaction, ct);
        var rows = new List<RowWrite>(waiting.Count + more.Count);
        var heads = new Dictionary<TenantId, (long Sequence, byte[] Hash)>();
        foreach (var entry in waiting.Concat(more))
        {
            if (!heads.TryGetValue(entry.Tenant, out var head)) head = await HeadAsync(connection, transaction, entry.Tenant, ct);
            var sequence = head.Sequence + 1;
            var hash = AuditChain.Hash(entry, sequence, head.Hash);
            rows.Add(AuditTables.Chain.Row(
                entry.Tenant.Value, sequence, entry.Id.Value, entry.At.ToUnixTimeMilliseconds(), entry.Actor, entry.Way, entry.Source, entry.Action, entry.Kind, entry.Thing, entry.Name,
                entry.Outcome, entry.Before, entry.After, head.Hash, hash));
            heads[entry.Tenant] = (sequence, hash);
        }
        if (rows.Count == 0) return 0;
        if (connection is NpgsqlConnection postgres) await MoveAsync(postgres, rows, waiting, ct);
        else Move((SqliteConnection)connection, rows, waiting);
        return waiting.Count;
    }

    private static async Task MoveAsync(NpgsqlConnection connection, List<RowWrite> rows, List<AuditEntry> waiting, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection);
        batch.AddRows(rows);
        var gone = new NpgsqlBatchCommand(GoneOfMany);
        gone.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. waiting.Select(entry => entry.Tenant.Value)] });
        gone.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. waiting.Select(entry => entry.Id.Value)] });
        batch.BatchCommands.Add(gone);
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static void Move(SqliteConnection connection, List<RowWrite> rows, List<AuditEntry> waiting)
    {
        using var insert = new SqliteStatement(connection, AuditTables.Chain.Sql);
        foreach (var row in rows)
        {
            foreach (var value in row.Values) insert.Next(value);
            insert.Run();
        }
        using var delete = new SqliteStatement(connection, Gone);
        foreach (var entry in waiting) delete.Next(entry.Tenant.Value).Next(entry.Id.Value).Run();
    }

    private static async Task<(long Sequence, byte[] Hash)> HeadAsync(DbConnection connection, DbTransaction transaction, TenantId tenant, CancellationToken ct)
    {
        await using var command = Command(connection, transaction, Head, tenant.Value);
        await using var reader = await command.ExecuteReaderAsync(ct);
        return await reader.ReadAsync(ct) ? (reader.GetInt64(0), (byte[])reader.GetValue(1)) : (0, AuditChain.Beginning);
    }

    private static async Task<List<AuditEntry>> WaitingAsync(DbConnection connection, DbTransaction transaction, CancellationToken ct)
    {
        await using var command = Command(connection, transaction, Waiting, (long)AtOnce);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var entries = new List<AuditEntry>();
        while (await reader.ReadAsync(ct))
        {
            entries.Add(new AuditEntry
            {
                Tenant = new TenantId(DatabaseUnit.Guid(reader, 0)), Id = new AuditId(DatabaseUnit.Guid(reader, 1)), At = Instant.FromUnixTimeMilliseconds(reader.GetInt64(2)),
                Actor = reader.GetString(3), Way = reader.GetString(4), Source = Text(5), Action = reader.GetString(6), Kind = reader.GetString(7), Thing = reader.GetString(8), Name = Text(9),
                Outcome = reader.GetString(10), Before = Text(11), After = Text(12),
            });
        }
        return entries;

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }
}
