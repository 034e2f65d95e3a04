using Busbar.Storage.Commits;
using Microsoft.Data.Sqlite;
using NodaTime;

namespace Busbar.Storage.Wire;

/// <summary>A file of its own, so that its writes and its size are nothing to the journal; <c>synchronous=NORMAL</c>, since nothing here was promised.</summary>
internal sealed class SqliteWireStore : IWireStore
{
    private const string Schema =
        "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; " +
        "CREATE TABLE IF NOT EXISTS frames (tenant_id BLOB NOT NULL, station_id BLOB NOT NULL, position INTEGER NOT NULL, from_station INTEGER NOT NULL, " +
        "protocol INTEGER NOT NULL, at INTEGER NOT NULL, frame BLOB NOT NULL, PRIMARY KEY (tenant_id, station_id, position)) WITHOUT ROWID; " +
        "CREATE INDEX IF NOT EXISTS frames_at ON frames (at);";

    private readonly string _connectionString;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private SqliteConnection? _writer;

    public SqliteWireStore(Database database) => _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = Path.Combine(database.Directory!, "wirelog.db"), Pooling = false, DefaultTimeout = 5,
    }.ConnectionString;

    public async Task WriteAsync(IReadOnlyList<StoredFrame> frames, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            var connection = Open();
            await using var transaction = connection.BeginTransaction();
            await using var command = connection.CreateCommand();
            command.Transaction = transaction;
            command.CommandText = "INSERT INTO frames (tenant_id, station_id, position, from_station, protocol, at, frame) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
            for (var i = 1; i <= 7; i++) command.Parameters.Add(new SqliteParameter("$" + i, null));
            foreach (var frame in frames)
            {
                object[] values =
                [
                    frame.Station.Tenant.Value.ToByteArray(bigEndian: true), frame.Station.Station.ToByteArray(bigEndian: true), frame.Position,
                    frame.FromStation ? 1L : 0L, (long)frame.Protocol, frame.At.ToUnixTimeMilliseconds(), frame.Bytes,
                ];
                for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
                command.ExecuteNonQuery();
            }
            await transaction.CommitAsync(ct);
        }
        catch
        {
            Close();
            throw;
        }
        finally { _gate.Release(); }
    }

    public async Task<IReadOnlyList<LoggedFrame>> ReadAsync(StationKey station, long before, int limit, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            await using var command = Open().CreateCommand();
            command.CommandText = "SELECT position, from_station, protocol, at, frame FROM frames " +
                "WHERE tenant_id = $1 AND station_id = $2 AND position < $3 ORDER BY position DESC LIMIT $4";
            command.Parameters.AddWithValue("$1", station.Tenant.Value.ToByteArray(bigEndian: true));
            command.Parameters.AddWithValue("$2", station.Station.ToByteArray(bigEndian: true));
            command.Parameters.AddWithValue("$3", before);
            command.Parameters.AddWithValue("$4", (long)limit);
            var found = new List<LoggedFrame>();
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
                found.Add(new LoggedFrame(reader.GetInt64(0), reader.GetInt64(1) == 1, (int)reader.GetInt64(2), Instant.FromUnixTimeMilliseconds(reader.GetInt64(3)), (byte[])reader.GetValue(4)));
            return found;
        }
        finally { _gate.Release(); }
    }

    public async Task ForgetAsync(Instant before, long bytes, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            var connection = Open();
            Execute(connection, "DELETE FROM frames WHERE at < $1", before.ToUnixTimeMilliseconds());
            var size = Scalar(connection, "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
                - Scalar(connection, "SELECT freelist_count * page_size FROM pragma_freelist_count(), pragma_page_size()");
            if (size > bytes)
            {
                // A tenth more than must be, so that it is not done again at once.
                var (oldest, newest) = (Scalar(connection, "SELECT min(at) FROM frames"), Scalar(connection, "SELECT max(at) FROM frames"));
                var share = 1m - (bytes * 0.9m / size);
                Execute(connection, "DELETE FROM frames WHERE at < $1", oldest + (long)((newest - oldest) * share) + 1);
            }
            Execute(connection, "PRAGMA incremental_vacuum", null);
        }
        finally { _gate.Release(); }
    }

    public ValueTask DisposeAsync()
    {
        Close();
        return ValueTask.CompletedTask;
    }

    private SqliteConnection Open()
    {
        if (_writer is not null) return _writer;
        var connection = new SqliteConnection(_connectionString);
        connection.Open();
        Execute(connection, Schema, null);
        return _writer = connection;
    }

    private void Close()
    {
        _writer?.Dispose();
        _writer = null;
    }

    private static void Execute(SqliteConnection connection, string sql, long? parameter)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        if (parameter is { } value) command.Parameters.AddWithValue("$1", value);
        command.ExecuteNonQuery();
    }

    private static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is long value ? value : 0;
    }
}
