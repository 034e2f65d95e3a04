using Npgsql;
using NpgsqlTypes;

namespace Busbar.Storage.Commits;

/// <summary>Rows as a statement for each table, with an array for each column.</summary>
internal static class PostgresRows
{
    public static void AddRows(this NpgsqlBatch batch, IEnumerable<RowWrite> rows)
    {
        foreach (var table in rows.GroupBy(row => row.Shape)) batch.BatchCommands.Add(Command(table.Key, Newest(table)));
    }

    public static NpgsqlParameter<TValue[]> Array<T, TValue>(IReadOnlyList<T> items, Func<T, TValue> value, NpgsqlDbType type)
    {
        var values = new TValue[items.Count];
        for (var i = 0; i < values.Length; i++) values[i] = value(items[i]);
        return new NpgsqlParameter<TValue[]> { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | type };
    }

    private static NpgsqlBatchCommand Command(TableShape shape, List<RowWrite> rows)
    {
        var command = new NpgsqlBatchCommand(shape.ManySql);
        for (var i = 0; i < shape.Columns.Count; i++)
        {
            var column = i;
            command.Parameters.Add(shape.Columns[i].Kind switch
            {
                ColumnKind.Uuid => Array(rows, row => (Guid?)row.Values[column], NpgsqlDbType.Uuid),
                ColumnKind.Integer => Array(rows, row => (long?)row.Values[column], NpgsqlDbType.Bigint),
                ColumnKind.Text => Array(rows, row => (string?)row.Values[column], NpgsqlDbType.Text),
                _ => Array(rows, row => (byte[]?)row.Values[column], NpgsqlDbType.Bytea),
            });
        }
        return command;
    }

    /// <summary>One statement cannot update a row twice: of two writes of one row in a batch the later one counts. Rows that are written once are not looked at: twice is an error.</summary>
    private static List<RowWrite> Newest(IEnumerable<RowWrite> rows)
    {
        var newest = new List<RowWrite>();
        var places = new Dictionary<RowKey, int>();
        foreach (var row in rows)
        {
            if (!row.Shape.IsWrittenOnce && !places.TryAdd(new RowKey(row), newest.Count)) newest[places[new RowKey(row)]] = row;
            else newest.Add(row);
        }
        return newest;
    }

    private readonly record struct RowKey(RowWrite Row)
    {
        public bool Equals(RowKey other)
        {
            for (var i = 0; i < Row.Shape.KeyColumns; i++)
                if (!object.Equals(Row.Values[i], other.Row.Values[i])) return false;
            return true;
        }

        public override int GetHashCode()
        {
            var hash = new HashCode();
            for (var i = 0; i < Row.Shape.KeyColumns; i++) hash.Add(Row.Values[i]);
            return hash.ToHashCode();
        }
    }
}
