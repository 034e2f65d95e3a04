using Busbar.Kernel;
using Busbar.Storage.Commits;
using Microsoft.Data.Sqlite;
using NodaTime;

namespace Busbar.Storage.Wire;

/// <summary>
/// A file of its own, so that its writes and its size are nothing to the journal; <c>synchronous=NORMAL</c>, since nothing here was promised. Rows lie in
/// the order of their writing: what is written goes to the end, what is forgotten leaves from the beginning, and neither needs an index on the time.
/// </summary>
internal sealed class SqliteWireStore : IWireStore
{
    private const string Schema =
        "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=5000; " +
        "PRAGMA cache_size=-8192; PRAGMA wal_autocheckpoint=4096; " +
        "CREATE TABLE IF NOT EXISTS packs (id INTEGER PRIMARY KEY, tenant_id BLOB NOT NULL, station_id BLOB NOT NULL, position INTEGER NOT NULL, at INTEGER NOT NULL, frames BLOB NOT NULL); " +
        "CREATE INDEX IF NOT EXISTS packs_station ON packs (tenant_id, station_id, position);";

    private const long FreeShare = 4;

    // About 100 MB each time.
    private const int VacuumPages = 25_000;

    private readonly string _connectionString;
    private readonly SemaphoreSlim _gate = new(1, 1);
    private SqliteConnection? _writer;

    public SqliteWireStore(Database database) => _connectionString = new SqliteConnectionStringBuilder
    {
        DataSource = Path.Combine(database.Directory!, "wirelog.db"), Pooling = false, DefaultTimeout = 5,
    }.ConnectionString;

    public async Task WriteAsync(IReadOnlyList<FramePack> packs, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            var connection = Open();
            await using var transaction = connection.BeginTransaction();
            using var insert = new SqliteStatement(connection, "INSERT INTO packs (tenant_id, station_id, position, at, frames) VALUES ($1, $2, $3, $4, $5)");
            foreach (var pack in packs)
                insert.Next(pack.Station.Tenant.Value).Next(pack.Station.Station).Next(pack.Position).Next(pack.At.ToUnixTimeMilliseconds()).Next(pack.Frames.AsSpan()).Run();
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
            await using var query = Open().CreateCommand();
            query.CommandText = "SELECT frames FROM packs WHERE tenant_id = $1 AND station_id = $2 AND position < $3 ORDER BY position DESC";
            query.Parameters.AddWithValue("$1", station.Tenant.Value.ToByteArray(bigEndian: true));
            query.Parameters.AddWithValue("$2", station.Station.ToByteArray(bigEndian: true));
            query.Parameters.AddWithValue("$3", before);
            var found = new List<LoggedFrame>();
            await FramePack.ReadAsync(query, before, limit, found, ct);
            return FramePack.Newest(found, limit);
        }
        finally { _gate.Release(); }
    }

    public async Task<long> EraseAsync(TenantId tenant, IReadOnlyList<byte[]> words, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            var (connection, count, changed) = (Open(), 0L, new List<(long Id, byte[] Frames)>());
            await using (var query = connection.CreateCommand())
            {
                query.CommandText = "SELECT id, frames FROM packs WHERE tenant_id = $1";
                query.Parameters.AddWithValue("$1", tenant.Value.ToByteArray(bigEndian: true));
                await using var reader = await query.ExecuteReaderAsync(ct);
                while (await reader.ReadAsync(ct))
                {
                    var frames = (byte[])reader.GetValue(1);
                    var some = FramePack.Erase(frames, words);
                    if (some == 0) continue;
                    count += some;
                    changed.Add((reader.GetInt64(0), frames));
                }
            }
            if (count == 0) return 0;
            // What a row leaves where it lay is overwritten, and the log must not keep it.
            Execute(connection, "PRAGMA secure_delete=ON", null);
            await using (var transaction = connection.BeginTransaction())
            {
                using var update = new SqliteStatement(connection, "UPDATE packs SET frames = $1 WHERE id = $2");
                foreach (var (id, frames) in changed) update.Next(frames.AsSpan()).Next(id).Run();
                await transaction.CommitAsync(ct);
            }
            Execute(connection, "PRAGMA secure_delete=OFF; PRAGMA wal_checkpoint(TRUNCATE)", null);
            return count;
        }
        finally { _gate.Release(); }
    }

    public async Task TrimAsync(long bytes, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            var connection = Open();
            var page = Scalar(connection, "PRAGMA page_size");
            var size = (Scalar(connection, "PRAGMA page_count") - Scalar(connection, "PRAGMA freelist_count")) * page;
            if (size > bytes)
            {
                // A tenth more than must be, so that it is not done again at once.
                var (oldest, newest) = (Scalar(connection, "SELECT min(id) FROM packs"), Scalar(connection, "SELECT max(id) FROM packs"));
                var share = 1m - (bytes * 0.9m / size);
                Execute(connection, "DELETE FROM packs WHERE id < $1", oldest + (long)((newest - oldest) * share) + 1);
            }
            // What is written next takes the free pages; only a file that shrank for good gives some back.
            var free = Scalar(connection, "PRAGMA freelist_count");
            if (free > Scalar(connection, "PRAGMA page_count") / FreeShare) Execute(connection, $"PRAGMA incremental_vacuum({VacuumPages})");
        }
        finally { _gate.Release(); }
    }

    public async Task<int> ForgetAsync(TenantId tenant, Instant before, int most, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            // From the beginning to the first that is young enough, whosever it is: what lies before it of others, who keep theirs for longer, is walked past.
            const string Young = "coalesce((SELECT id FROM packs WHERE at >= $2 ORDER BY id LIMIT 1), (SELECT max(id) + 1 FROM packs))";
            return Execute(Open(), $"DELETE FROM packs WHERE id IN (SELECT id FROM packs NOT INDEXED WHERE id < {Young} AND tenant_id = $1 AND at < $2 ORDER BY id LIMIT $3)",
                tenant.Value.ToByteArray(bigEndian: true), before.ToUnixTimeMilliseconds(), most);
        }
        finally { _gate.Release(); }
    }

    public async Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct)
    {
        await _gate.WaitAsync(ct);
        try
        {
            await using var query = Open().CreateCommand();
            // By the index alone: a position begins with its time (WireLog).
            query.CommandText = "SELECT min(position) FROM packs WHERE tenant_id = $1";
            query.Parameters.AddWithValue("$1", tenant.Value.ToByteArray(bigEndian: true));
            return await query.ExecuteScalarAsync(ct) is long position ? Instant.FromUnixTimeMilliseconds(position >> FramePack.PositionBits) : null;
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
        Execute(connection, Schema);
        return _writer = connection;
    }

    private void Close()
    {
        _writer?.Dispose();
        _writer = null;
    }

    private static int Execute(SqliteConnection connection, string sql, params ReadOnlySpan<object> parameters)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters.Length; i++) command.Parameters.AddWithValue($"${i + 1}", parameters[i]);
        return command.ExecuteNonQuery();
    }

    private static long Scalar(SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is long value ? value : 0;
    }
}
