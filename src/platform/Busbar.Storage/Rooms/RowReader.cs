using System.Data.Common;
using System.Globalization;
using Busbar.Kernel;
using Microsoft.Data.Sqlite;
using NodaTime;
using Npgsql;

namespace Busbar.Storage.Rooms;

/// <summary>A table as one question needs it: its columns and what a row of them is.</summary>
/// <param name="table">With its room's prefix; it has a <c>tenant_id</c>, as every table has.</param>
/// <param name="columns">In the order in which <paramref name="map"/> reads them, separated by commas; aggregates are allowed.</param>
public sealed class RowSource<TRow>(string table, string columns, Func<RowCursor, TRow> map)
{
    internal string Table => table;
    internal string Columns => columns;
    internal Func<RowCursor, TRow> Map => map;
}

/// <summary>A condition on a column: one of these values, of which none is null; or null itself.</summary>
/// <param name="Values">Texts, numbers, or ids as their <see cref="Guid"/>; null: the column is null.</param>
public readonly record struct RowMatch(string Column, Array? Values)
{
    public static RowMatch Null(string column) => new(column, null);

    public static RowMatch Ids<T>(string column, IEnumerable<T> ids) where T : struct, ITypedId<T> => new(column, ids.Select(id => id.Value).ToArray());

    public static RowMatch Texts(string column, params string[] values) => new(column, values);
}

/// <summary>Rows of a stretch of time in the order of their time and id, some at once: how a long list is read without holding it.</summary>
/// <param name="Time">A column of Unix milliseconds; with the tenant and <c>id</c> it has an index.</param>
/// <param name="From">Belongs to it.</param>
/// <param name="To">Does not.</param>
/// <param name="After">The last row of the step before; null: the first step.</param>
/// <param name="Count">At most so many.</param>
public readonly record struct RowWindow(string Time, Instant From, Instant To, (Instant At, Guid Id)? After, int Count);

/// <summary>
/// Reads rows by their keys in plain SQL, of which the rooms say no more than table and columns: for the few questions that are asked at every start, for every station that connects and for
/// every charge. EF compiles for a second and a half before its first answer, and on PostgreSQL a unit of work is three round trips; this is one.
/// </summary>
public sealed class RowReader(Database database)
{
    /// <summary>The scope's rows that meet all conditions, in no order.</summary>
    public Task<List<TRow>> ReadAsync<TRow>(TenantScope scope, RowSource<TRow> source, CancellationToken ct, params RowMatch[] matches) => AskAsync(scope, source, null, null, matches, ct);

    /// <summary>The scope's rows that meet all conditions, the highest <c>id</c> first, <paramref name="count"/> at most. An index has the conditions' columns.</summary>
    public Task<List<TRow>> ReadNewestAsync<TRow>(TenantScope scope, RowSource<TRow> source, int count, CancellationToken ct, params RowMatch[] matches) => AskAsync(scope, source, null, count, matches, ct);

    /// <summary>The next of the scope's rows in a window that meet all conditions, in its order.</summary>
    public Task<List<TRow>> ReadAsync<TRow>(TenantScope scope, RowSource<TRow> source, RowWindow window, CancellationToken ct, params RowMatch[] matches) => AskAsync(scope, source, window, null, matches, ct);

    private async Task<List<TRow>> AskAsync<TRow>(TenantScope scope, RowSource<TRow> source, RowWindow? window, int? newest, RowMatch[] matches, CancellationToken ct)
    {
        if (Array.Exists(matches, match => match.Values is { Length: 0 })) return [];
        await using var connection = await database.OpenAsync(ct);
        if (connection is NpgsqlConnection postgres)
        {
            // One message to the server, and so one transaction: the scope is set for the question and for nothing else.
            await using var batch = new NpgsqlBatch(postgres);
            var scoped = new NpgsqlBatchCommand(PostgresScope.Prepared);
            scoped.Parameters.Add(new NpgsqlParameter<string> { TypedValue = scope.Setting });
            batch.BatchCommands.Add(scoped);
            var asked = new NpgsqlBatchCommand();
            asked.CommandText = Select(scope, source, window, newest, matches, Parameter, values => $"= ANY({Parameter(values)})");
            batch.BatchCommands.Add(asked);
            await using var reader = await batch.ExecuteReaderAsync(ct);
            await reader.NextResultAsync(ct);
            return await RowsAsync(reader, source, ct);

            string Parameter(object value)
            {
                asked.Parameters.Add(new NpgsqlParameter { Value = value });
                return $"${asked.Parameters.Count}";
            }
        }
        else
        {
            await using var command = ((SqliteConnection)connection).CreateCommand();
#pragma warning disable CA2100 // Table, columns and conditions are constants of the rooms; values are parameters.
            command.CommandText = Select(scope, source, window, newest, matches, Parameter, values => $"IN ({string.Join(',', values.Cast<object>().Select(Parameter))})");
#pragma warning restore CA2100
            await using var reader = await command.ExecuteReaderAsync(ct);
            return await RowsAsync(reader, source, ct);

            string Parameter(object value)
            {
                var name = $"${command.Parameters.Count + 1}";
                command.Parameters.Add(new SqliteParameter(name, value is Guid id ? id.ToByteArray(bigEndian: true) : value));
                return name;
            }
        }
    }

    /// <param name="parameter">Adds a value to the command and answers its name.</param>
    /// <param name="among">The condition that a column is one of these values, behind the column's name.</param>
    private static string Select<TRow>(TenantScope scope, RowSource<TRow> source, RowWindow? window, int? newest, RowMatch[] matches, Func<object, string> parameter, Func<Array, string> among)
    {
        var conditions = new List<string>();
        if (!scope.All) conditions.Add($"tenant_id = {parameter(scope.Tenant.Value)}");
        foreach (var match in matches) conditions.Add($"{match.Column} {(match.Values is { } values ? among(values) : "IS NULL")}");
        var order = newest is { } count ? $" ORDER BY id DESC LIMIT {parameter(count)}" : "";
        if (window is { } part)
        {
            conditions.Add($"{part.Time} < {parameter(part.To.ToUnixTimeMilliseconds())}");
            // Said once, by whichever is later: an index is entered where the window, or the step, begins.
            conditions.Add(part.After is { } last
                ? $"({part.Time}, id) > ({parameter(last.At.ToUnixTimeMilliseconds())}, {parameter(last.Id)})"
                : $"{part.Time} >= {parameter(part.From.ToUnixTimeMilliseconds())}");
            order = $" ORDER BY {part.Time}, id LIMIT {parameter(part.Count)}";
        }
        return $"SELECT {source.Columns} FROM {source.Table}{(conditions.Count == 0 ? "" : " WHERE " + string.Join(" AND ", conditions))}{order}";
    }

    private static async Task<List<TRow>> RowsAsync<TRow>(DbDataReader reader, RowSource<TRow> source, CancellationToken ct)
    {
        var rows = new List<TRow>();
        var cursor = new RowCursor(reader);
        while (await reader.ReadAsync(ct)) rows.Add(source.Map(cursor));
        return rows;
    }
}

/// <summary>The present row, column by column, in the types that <see cref="RoomDb"/> stores them as.</summary>
public sealed class RowCursor(DbDataReader reader)
{
    public bool IsNull(int column) => reader.IsDBNull(column);

    public T Id<T>(int column) where T : struct, ITypedId<T> => T.From(DatabaseUnit.Guid(reader, column));

    public T? MaybeId<T>(int column) where T : struct, ITypedId<T> => IsNull(column) ? null : Id<T>(column);

    public string Text(int column) => reader.GetString(column);

    public string? MaybeText(int column) => IsNull(column) ? null : Text(column);

    public T Name<T>(int column) where T : struct, Enum => Enum.Parse<T>(Text(column));

    public bool Flag(int column) => reader.GetBoolean(column);

    public long Number(int column) => reader.GetInt64(column);

    public long? MaybeNumber(int column) => IsNull(column) ? null : Number(column);

    public Instant Instant(int column) => NodaTime.Instant.FromUnixTimeMilliseconds(Number(column));

    public Instant? MaybeInstant(int column) => IsNull(column) ? null : Instant(column);

    public byte[] Bytes(int column) => (byte[])reader.GetValue(column);

    public byte[]? MaybeBytes(int column) => IsNull(column) ? null : Bytes(column);
}
