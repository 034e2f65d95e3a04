using System.Data.Common;
using Microsoft.Data.Sqlite;
using Microsoft.Win32.SafeHandles;
using Npgsql;

namespace Busbar.Storage;

/// <summary>Which database a process runs on. The schema and the promises are the same on both.</summary>
public enum DatabaseKind
{
    Sqlite,
    Postgres,
}

/// <summary>
/// The one database of a process: where it is, how a connection to it is opened, and the gate that lets SQLite's writers in one by one.
/// </summary>
public sealed class Database : IAsyncDisposable
{
    /// <summary>The role that every unit of work on PostgreSQL assumes: it cannot log in and does not bypass row-level security.</summary>
    public const string ApplicationRole = "busbar_app";

    private const string SqliteFile = "busbar.db";

    private readonly string _connectionString;
    private long _sqliteLogPages;

    // Never closed while a connection is open: POSIX takes all of a process's locks on a file away when it closes any handle of it.
    private SafeFileHandle? _sqliteFile;

    private Database(DatabaseKind kind, string connectionString, string? directory)
    {
        Kind = kind;
        Directory = directory;
        _connectionString = connectionString;
        if (kind == DatabaseKind.Postgres) Source = new NpgsqlDataSourceBuilder(connectionString).Build();
    }

    public DatabaseKind Kind { get; }

    /// <summary>The embedded store's folder; null on PostgreSQL.</summary>
    public string? Directory { get; }

    /// <summary>PostgreSQL's pool; null on SQLite.</summary>
    public NpgsqlDataSource? Source { get; }

    /// <summary>
    /// SQLite has one writer. Ours queue here, first come first served, because SQLite's own busy handler polls, and a commit loop
    /// under load would starve every other writer of it.
    /// </summary>
    public SemaphoreSlim SqliteWriteGate { get; } = new(1, 1);

    /// <summary>What tells open pages that something changed.</summary>
    public Hints Hints { get; } = new();

    internal Commits.TailStations SqliteTail { get; } = new();

    /// <summary>What tells the audit's sealer that this process wrote entries.</summary>
    internal Audit.AuditBell AuditBell { get; } = new();

    /// <summary>About so many pages the embedded store's log has; see <see cref="SqliteCheckpointer"/>.</summary>
    internal long SqliteLogPages => Interlocked.Read(ref _sqliteLogPages);

    internal void SqliteLogGrew(long pages) => Interlocked.Add(ref _sqliteLogPages, pages);

    internal void SqliteLogBegins() => Interlocked.Exchange(ref _sqliteLogPages, 0);

    /// <summary>
    /// How long a process may believe what it read: nobody else writes the embedded store; on PostgreSQL another process's change must be seen soon.
    /// </summary>
    public TimeSpan BeliefAge => Kind == DatabaseKind.Sqlite ? TimeSpan.FromMinutes(10) : TimeSpan.FromSeconds(2);

    internal string ConnectionString => _connectionString;

    /// <summary>An embedded store in <paramref name="directory"/>, which is made if it is absent.</summary>
    public static Database Sqlite(string directory)
    {
        System.IO.Directory.CreateDirectory(directory);
        var file = new SqliteConnectionStringBuilder
        {
            DataSource = Path.Combine(directory, SqliteFile),
            ForeignKeys = true,
            DefaultTimeout = 30,
        };
        return new Database(DatabaseKind.Sqlite, file.ConnectionString, directory);
    }

    public static Database Postgres(string connectionString)
    {
        var options = new NpgsqlConnectionStringBuilder(connectionString);
        // A statement that hangs for ever would hold a whole batch of acknowledgements.
        if (!options.ContainsKey("Command Timeout")) options.CommandTimeout = 15;
        // The few statements of the commit loop and of every unit of work are planned once per connection. A pooler that hands out another server connection for
        // each transaction must know prepared statements, or this is set to 0.
        if (!options.ContainsKey("Max Auto Prepare")) (options.MaxAutoPrepare, options.AutoPrepareMinUsages) = (100, 2);
        if (!options.ContainsKey("Application Name")) options.ApplicationName = "busbar";
        return new Database(DatabaseKind.Postgres, options.ConnectionString, null);
    }

    /// <summary>An open connection, with the embedded store's pragmas set. The caller disposes it.</summary>
    public async ValueTask<DbConnection> OpenAsync(CancellationToken ct)
    {
        if (Source is not null) return await Source.OpenConnectionAsync(ct);
        var connection = new SqliteConnection(_connectionString);
        await connection.OpenAsync(ct);
        SqlitePragmas.Apply(connection);
        return connection;
    }

    /// <summary>A connection to the embedded store that its holder keeps, outside the pool, with the pragmas set.</summary>
    internal SqliteConnection OpenOwn()
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(_connectionString) { Pooling = false }.ConnectionString);
        try
        {
            connection.Open();
            SqlitePragmas.Apply(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Returns when the database has answered a question; throws when it does not.</summary>
    public async Task ProbeAsync(CancellationToken ct)
    {
        await using var connection = await OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT 1";
        await command.ExecuteScalarAsync(ct);
    }

    /// <summary>Brings what was written to the embedded store's file to the disk, whoever wrote it.</summary>
    internal void FlushSqliteFile() => RandomAccess.FlushToDisk(_sqliteFile ??= File.OpenHandle(Path.Combine(Directory!, SqliteFile), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete));

    public ValueTask DisposeAsync()
    {
        SqliteWriteGate.Dispose();
        if (Kind == DatabaseKind.Sqlite) SqliteConnection.ClearPool(new SqliteConnection(_connectionString));
        _sqliteFile?.Dispose();
        return Source?.DisposeAsync() ?? ValueTask.CompletedTask;
    }
}
