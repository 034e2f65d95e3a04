using System.Buffers;
using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Busbar.Storage.Commits;

/// <summary>
/// A prepared statement, bound without boxes: the commit loop runs a few for every fact. Positions count from 1, as SQLite's do.
/// </summary>
/// <remarks>Values are bound in their order, and <see cref="Step"/> ends with a reset: <c>sql.Next(a).Next(b).Run()</c>.</remarks>
internal sealed class SqliteStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private int _position;

    public SqliteStatement(SqliteConnection connection, string sql)
    {
        _database = connection.Handle ?? throw new InvalidOperationException("The connection is closed.");
        Check(raw.sqlite3_prepare_v3(_database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));
    }

    public SqliteStatement Next(long value) => Bound(raw.sqlite3_bind_int64(_statement, ++_position, value));

    public SqliteStatement Next(Guid value)
    {
        Span<byte> bytes = stackalloc byte[16];
        value.TryWriteBytes(bytes, bigEndian: true, out _);
        return Next(bytes);
    }

    public SqliteStatement Next(ReadOnlySpan<byte> value) => Bound(value.IsEmpty
        ? raw.sqlite3_bind_zeroblob(_statement, ++_position, 0)   // an empty span would bind NULL
        : raw.sqlite3_bind_blob(_statement, ++_position, value));

    public SqliteStatement Next(string value)
    {
        var most = Encoding.UTF8.GetMaxByteCount(value.Length);
        var rented = most > 512 ? ArrayPool<byte>.Shared.Rent(most) : null;
        try
        {
            var bytes = rented ?? stackalloc byte[512];
            var length = Encoding.UTF8.GetBytes(value, bytes);
            return Bound(raw.sqlite3_bind_text(_statement, ++_position, bytes[..length]));
        }
        finally
        {
            if (rented is not null) ArrayPool<byte>.Shared.Return(rented);
        }
    }

    public SqliteStatement Next(object? value) => value switch
    {
        null => Bound(raw.sqlite3_bind_null(_statement, ++_position)),
        long number => Next(number),
        Guid id => Next(id),
        string text => Next(text),
        byte[] bytes => Next(bytes.AsSpan()),
        _ => throw new ArgumentException($"A {value.GetType().Name} is no column's value.", nameof(value)),
    };

    /// <summary>Runs it to its end. Answers how many rows it wrote.</summary>
    public int Run()
    {
        try
        {
            while (Stepped())
            {
            }
            return raw.sqlite3_changes(_database);
        }
        finally { Rewind(); }
    }

    /// <summary>The first row's first column; null where there is no row, or NULL in it.</summary>
    public long? Number()
    {
        try { return HasValue() ? raw.sqlite3_column_int64(_statement, 0) : null; }
        finally { Rewind(); }
    }

    /// <summary>The first row's first column; null where there is no row, or NULL in it.</summary>
    public byte[]? Bytes()
    {
        try { return HasValue() ? raw.sqlite3_column_blob(_statement, 0).ToArray() : null; }
        finally { Rewind(); }
    }

    /// <summary>Goes on to the next row. False: there is none, and the statement may run again.</summary>
    public bool Read()
    {
        if (Stepped()) return true;
        Rewind();
        return false;
    }

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    public long NumberOf(int column) => raw.sqlite3_column_int64(_statement, column);

    /// <summary>A text's are its UTF-8. They are there until the next row is read.</summary>
    public ReadOnlySpan<byte> BytesOf(int column) => raw.sqlite3_column_blob(_statement, column);

    public void Dispose() => _statement.Dispose();

    private bool Stepped()
    {
        var code = raw.sqlite3_step(_statement);
        if (code == raw.SQLITE_ROW) return true;
        Check(code);
        return false;
    }

    private bool HasValue() => Stepped() && raw.sqlite3_column_type(_statement, 0) != raw.SQLITE_NULL;

    // Its code is that of the step, which was thrown already.
    private void Rewind()
    {
        _position = 0;
        raw.sqlite3_reset(_statement);
    }

    private SqliteStatement Bound(int code)
    {
        Check(code);
        return this;
    }

    private void Check(int code)
    {
        if (code is not (raw.SQLITE_OK or raw.SQLITE_DONE)) SqliteException.ThrowExceptionForRC(code, _database);
    }
}
