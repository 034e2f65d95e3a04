using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Busbar.Storage.Commits;

/// <summary>A connection that writes rows by prepared statements. After an exception it is of no use: its transaction ends with it.</summary>
internal sealed class SqliteRows(SqliteConnection connection) : IDisposable
{
    private readonly SqliteStatement _begin = new(connection, "BEGIN IMMEDIATE");
    private readonly SqliteStatement _commit = new(connection, "COMMIT");
    private readonly Dictionary<TableShape, SqliteStatement> _rows = [];

    public void Begin() => _begin.Run();

    public void Commit() => _commit.Run();

    public void Write(RowWrite row)
    {
        if (!_rows.TryGetValue(row.Shape, out var statement)) _rows[row.Shape] = statement = new SqliteStatement(connection, row.Shape.Sql);
        foreach (var value in row.Values) statement.Next(value);
        statement.Run();
    }

    /// <summary>Into the log, since it was asked last.</summary>
    public long PagesWritten()
    {
        raw.sqlite3_db_status(connection.Handle!, raw.SQLITE_DBSTATUS_CACHE_WRITE, out var pages, out _, resetFlg: 1);
        return pages;
    }

    public void Dispose()
    {
        foreach (var statement in _rows.Values) statement.Dispose();
        _begin.Dispose();
        _commit.Dispose();
        connection.Dispose();
    }
}
