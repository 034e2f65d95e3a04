using System.Runtime.CompilerServices;
using Busbar.Storage.Commits;
using Microsoft.Data.Sqlite;
using Npgsql;

namespace Busbar.Storage.Audit;

/// <summary>An entry as a verification sees it: one object for all, filled anew for each.</summary>
internal sealed class ChainRow
{
    public Guid Tenant { get; set; }
    public long Sequence { get; set; }
    public byte[] Previous { get; set; } = new byte[AuditChain.HashSize];
    public byte[] Hash { get; set; } = new byte[AuditChain.HashSize];
    public ChainBytes Bytes { get; } = new();
}

/// <summary>Reads the chains of a database in their order, as bytes: no text becomes a string on the way.</summary>
internal sealed class ChainReader(Database database)
{
    private const int Texts = 10;
    private const int FirstText = 6;
    private const string Sql = $"SELECT tenant_id, sequence, previous, hash, {AuditTables.Content} FROM {AuditTables.ChainTable} ORDER BY tenant_id, sequence";

    /// <summary>How many entries have no place yet.</summary>
    public async Task<long> CountWaitingAsync(CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.System, ct);
        await using var command = unit.Command($"SELECT count(*) FROM {AuditTables.InboxTable}");
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }

    public IAsyncEnumerable<ChainRow> ReadAsync(CancellationToken ct) => database.Kind == DatabaseKind.Sqlite ? ReadSqliteAsync(ct) : ReadPostgresAsync(ct);

    private async IAsyncEnumerable<ChainRow> ReadSqliteAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await using var connection = (SqliteConnection)await database.OpenAsync(ct);
        using var statement = new SqliteStatement(connection, Sql);
        var row = new ChainRow();
        while (statement.Read())
        {
            ct.ThrowIfCancellationRequested();
            Fill(row, statement);
            yield return row;
        }
    }

    private static void Fill(ChainRow row, SqliteStatement statement)
    {
        row.Tenant = new Guid(statement.BytesOf(0), bigEndian: true);
        row.Sequence = statement.NumberOf(1);
        row.Previous = Same(row.Previous, statement.BytesOf(2));
        row.Hash = Same(row.Hash, statement.BytesOf(3));
        row.Bytes.Begin();
        row.Bytes.AddRaw(statement.BytesOf(4));
        row.Bytes.Add(statement.NumberOf(5));
        for (var i = FirstText; i < FirstText + Texts; i++)
        {
            if (statement.IsNull(i)) row.Bytes.AddNull();
            else row.Bytes.Add(statement.BytesOf(i));
        }
    }

    /// <summary>Whatever length somebody gave it.</summary>
    private static byte[] Same(byte[] old, ReadOnlySpan<byte> bytes)
    {
        if (old.Length != bytes.Length) return bytes.ToArray();
        bytes.CopyTo(old);
        return old;
    }

    private async IAsyncEnumerable<ChainRow> ReadPostgresAsync([EnumeratorCancellation] CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.System, ct);
        await using var command = unit.Command(Sql);
        // It is a long answer: as long as it comes, it is no statement that hangs.
        command.CommandTimeout = 0;
        await using var reader = (NpgsqlDataReader)await command.ExecuteReaderAsync(ct);
        var row = new ChainRow();
        while (await reader.ReadAsync(ct))
        {
            row.Tenant = reader.GetGuid(0);
            row.Sequence = reader.GetInt64(1);
            row.Previous = reader.GetFieldValue<byte[]>(2);
            row.Hash = reader.GetFieldValue<byte[]>(3);
            row.Bytes.Begin();
            row.Bytes.Add(reader.GetGuid(4));
            row.Bytes.Add(reader.GetInt64(5));
            for (var i = FirstText; i < FirstText + Texts; i++)
            {
                if (reader.IsDBNull(i)) row.Bytes.AddNull();
                else row.Bytes.Add(reader.GetFieldValue<byte[]>(i));
            }
            yield return row;
        }
    }
}
