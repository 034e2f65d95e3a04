namespace Busbar.Storage.Commits;

public enum ColumnKind
{
    Uuid,
    Integer,
    Text,
    Bytes,
}

public readonly record struct Column(string Name, ColumnKind Kind);

/// <summary>
/// A table that a room writes through the commit loop. The loop prepares one statement per shape: an insert, or, where the key exists, an
/// update of every other column. The first column is always <c>tenant_id</c>.
/// </summary>
public sealed class TableShape
{
    public TableShape(string table, int keyColumns, params Column[] columns)
    {
        Table = table;
        KeyColumns = keyColumns;
        Columns = columns;
        var names = string.Join(", ", columns.Select(column => column.Name));
        var keys = string.Join(", ", columns.Take(keyColumns).Select(column => column.Name));
        var updates = string.Join(", ", columns.Skip(keyColumns).Select(column => $"{column.Name} = excluded.{column.Name}"));
        var values = string.Join(", ", columns.Select((_, i) => $"${i + 1}"));
        var conflict = $" ON CONFLICT ({keys}) DO UPDATE SET {updates}";
        Sql = $"INSERT INTO {table} ({names}) VALUES ({values}){conflict}";
        ManySql = $"INSERT INTO {table} ({names}) SELECT * FROM unnest({values}){conflict}";
    }

    private TableShape(TableShape upsert)
    {
        (Table, KeyColumns, Columns) = (upsert.Table, upsert.KeyColumns, upsert.Columns);
        IsWrittenOnce = true;
        (Sql, ManySql) = (Plain(upsert.Sql), Plain(upsert.ManySql));

        static string Plain(string sql) => sql[..sql.IndexOf(" ON CONFLICT", StringComparison.Ordinal)];
    }

    /// <summary>The same table with rows that are written once: a second row of one key is an error, and its unit fails.</summary>
    public TableShape WrittenOnce() => new(this);

    public string Table { get; }
    public int KeyColumns { get; }
    public IReadOnlyList<Column> Columns { get; }

    /// <summary>A second row of one key is an error.</summary>
    public bool IsWrittenOnce { get; }

    /// <summary>One row by positional parameters <c>$1…$n</c>.</summary>
    internal string Sql { get; }

    /// <summary>Many rows by an array per column (PostgreSQL).</summary>
    internal string ManySql { get; }

    /// <summary>A row of this table; values in the columns' order: <see cref="Guid"/>, <see cref="long"/>, <see cref="string"/>, bytes, or null.</summary>
    public RowWrite Row(params object?[] values) =>
        values.Length == Columns.Count ? new RowWrite(this, values) : throw new ArgumentException($"{Table} has {Columns.Count} columns.", nameof(values));
}

/// <summary>One row to write, in the transaction of the unit that carries it.</summary>
public sealed record RowWrite(TableShape Shape, object?[] Values);
