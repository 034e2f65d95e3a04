using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Busbar.Storage.Rooms;

/// <summary>How a bulk update treats a column.</summary>
public enum Setting
{
    Always,

    /// <summary>A null leaves what is there.</summary>
    UnlessNull,

    /// <summary>What is there stays.</summary>
    Once,
}

/// <param name="Property">Of the row's class.</param>
public sealed record SetColumn(string Property, Setting Setting = Setting.Always);

/// <summary>
/// Updates many rows by their keys, without reading them, for what is written all day long: tracking costs many times more. Straight to the columns: a
/// row's revision does not grow.
/// </summary>
public static class BulkUpdate
{
    /// <summary>
    /// Call it in <see cref="RoomDb.CommitAsync(Func{CancellationToken, Task}?, CancellationToken)"/>, whose transaction it joins. Rows are written, and on
    /// PostgreSQL locked, in their order.
    /// </summary>
    /// <param name="rows">Of each, the key's values (the tenant first) and then the columns'.</param>
    /// <returns>For each row, whether there is one.</returns>
    /// <exception cref="DbException">The database refused a row.</exception>
    public static async Task<bool[]> UpdateAllAsync<T>(this RoomDb db, IReadOnlyList<SetColumn> columns, IReadOnlyList<object?[]> rows, CancellationToken ct) where T : class
    {
        if (rows.Count == 0) return [];
        var entity = db.Model.FindEntityType(typeof(T)) ?? throw new ArgumentException($"{typeof(T).Name} is not a row of this context.", nameof(rows));
        var keys = entity.FindPrimaryKey()!.Properties;
        IProperty[] properties = [.. keys, .. columns.Select(column => entity.GetProperty(column.Property))];
        var update = $"UPDATE {entity.GetTableName()} SET {string.Join(", ", columns.Select((column, i) => Set(properties[keys.Count + i].GetColumnName(), column.Setting, keys.Count + i + 1)))} " +
            $"WHERE {string.Join(" AND ", keys.Select((key, i) => $"{key.GetColumnName()} = ${i + 1}"))}";
        var transaction = db.Database.CurrentTransaction?.GetDbTransaction() ?? throw new InvalidOperationException("A bulk update joins a transaction.");
        var mappings = Array.ConvertAll(properties, property => property.GetRelationalTypeMapping());
        return transaction is NpgsqlTransaction postgres
            ? await UpdateAsync(postgres, update, mappings, rows, ct)
            : await UpdateAsync((SqliteTransaction)transaction, update, mappings, rows, ct);
    }

    private static async Task<bool[]> UpdateAsync(SqliteTransaction transaction, string update, RelationalTypeMapping[] mappings, IReadOnlyList<object?[]> rows, CancellationToken ct)
    {
        await using var command = transaction.Connection!.CreateCommand();
        (command.Transaction, command.CommandText) = (transaction, update);
        for (var i = 1; i <= mappings.Length; i++) command.Parameters.Add(new SqliteParameter("$" + i, null));
        var found = new bool[rows.Count];
        for (var row = 0; row < rows.Count; row++)
        {
            for (var i = 0; i < mappings.Length; i++) command.Parameters[i].Value = mappings[i].Stored(rows[row][i]) ?? DBNull.Value;
            found[row] = await command.ExecuteNonQueryAsync(ct) > 0;
        }
        return found;
    }

    private static async Task<bool[]> UpdateAsync(NpgsqlTransaction transaction, string update, RelationalTypeMapping[] mappings, IReadOnlyList<object?[]> rows, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var row in rows)
        {
            var command = new NpgsqlBatchCommand(update);
            for (var i = 0; i < mappings.Length; i++) command.Parameters.Add(new NpgsqlParameter { Value = mappings[i].Stored(row[i]) ?? DBNull.Value, DataTypeName = mappings[i].StoreTypeNameBase });
            batch.BatchCommands.Add(command);
        }
        await batch.ExecuteNonQueryAsync(ct);
        return [.. ((IList<NpgsqlBatchCommand>)batch.BatchCommands).Select(command => command.RecordsAffected > 0)];
    }

    private static string Set(string column, Setting setting, int parameter) => setting switch
    {
        Setting.UnlessNull => $"{column} = COALESCE(${parameter}, {column})",
        Setting.Once => $"{column} = COALESCE({column}, ${parameter})",
        _ => $"{column} = ${parameter}",
    };
}
