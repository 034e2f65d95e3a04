using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace Busbar.Storage.Rooms;

/// <summary>
/// Inserts many rows with few statements, for imports: an import of a hundred thousand rows must not hold the one writer of the embedded store for
/// longer than a station waits for an answer. Row-level security holds here too, which PostgreSQL's COPY does not allow.
/// </summary>
public static class BulkInsert
{
    private const int RowsPerStatement = 5_000;

    /// <summary>Call it in <see cref="RoomDb.CommitAsync(Func{CancellationToken, Task}?, CancellationToken)"/>, whose transaction it joins.</summary>
    /// <exception cref="DbException">The database refused a row; see <see cref="DatabaseErrors.IsDuplicateKey"/>.</exception>
    public static async Task InsertAllAsync<T>(this RoomDb db, IReadOnlyList<T> rows, CancellationToken ct) where T : class
    {
        if (rows.Count == 0) return;
        var entity = db.Model.FindEntityType(typeof(T)) ?? throw new ArgumentException($"{typeof(T).Name} is not a row of this context.", nameof(rows));
        var columns = entity.GetProperties().Select(property => new BulkColumn(property)).ToArray();
        var insert = $"INSERT INTO {entity.GetTableName()} ({string.Join(", ", columns.Select(column => column.Name))})";
        var transaction = db.Database.CurrentTransaction?.GetDbTransaction() ?? throw new InvalidOperationException("A bulk insert joins a transaction.");
        await using var command = db.Database.GetDbConnection().CreateCommand();
        command.Transaction = transaction;
        if (command is SqliteCommand sqlite) await InsertAsync(sqlite, insert, columns, rows, ct);
        else await InsertAsync((NpgsqlCommand)command, insert, columns, rows, ct);
    }

    private static async Task InsertAsync<T>(SqliteCommand command, string insert, BulkColumn[] columns, IReadOnlyList<T> rows, CancellationToken ct) where T : class
    {
        command.CommandText = $"{insert} VALUES ({string.Join(", ", columns.Select((_, i) => $"${i}"))})";
        for (var i = 0; i < columns.Length; i++) command.Parameters.Add(new SqliteParameter { ParameterName = $"${i}" });
        foreach (var row in rows)
        {
            for (var i = 0; i < columns.Length; i++) command.Parameters[i].Value = columns[i].ValueOf(row) ?? DBNull.Value;
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    private static async Task InsertAsync<T>(NpgsqlCommand command, string insert, BulkColumn[] columns, IReadOnlyList<T> rows, CancellationToken ct) where T : class
    {
        command.CommandText = $"{insert} SELECT * FROM unnest({string.Join(", ", columns.Select((_, i) => $"${i + 1}"))})";
        foreach (var some in rows.Chunk(RowsPerStatement))
        {
            command.Parameters.Clear();
            foreach (var column in columns) command.Parameters.Add(new NpgsqlParameter { Value = column.ValuesOf(some), DataTypeName = column.StoreType + "[]" });
            await command.ExecuteNonQueryAsync(ct);
        }
    }

    /// <summary>A value as its column has it.</summary>
    internal static object? Stored(this RelationalTypeMapping mapping, object? value) =>
        value is null || mapping.Converter is not { } converter ? value : converter.ConvertToProvider(value);

    /// <summary>A column as the model maps it, converters included.</summary>
    private sealed class BulkColumn(IProperty property)
    {
        private readonly RelationalTypeMapping _mapping = property.GetRelationalTypeMapping();

        public string Name { get; } = property.GetColumnName();
        public string StoreType => _mapping.StoreTypeNameBase;

        public object? ValueOf(object row) => _mapping.Stored(property.GetGetter().GetClrValue(row));

        public Array ValuesOf(object[] rows)
        {
            var type = _mapping.Converter?.ProviderClrType ?? Nullable.GetUnderlyingType(property.ClrType) ?? property.ClrType;
            var values = Array.CreateInstance(type.IsValueType && property.IsNullable ? typeof(Nullable<>).MakeGenericType(type) : type, rows.Length);
            for (var i = 0; i < rows.Length; i++) values.SetValue(ValueOf(rows[i]), i);
            return values;
        }
    }
}
