using Microsoft.Data.Sqlite;

namespace Busbar.Storage.Commits;

/// <summary>
/// The embedded store's writer: one connection, prepared commands, <c>BEGIN IMMEDIATE</c>, and <c>synchronous=FULL</c>, which returns from
/// COMMIT after the log is on disk. A second process cannot be here (<see cref="DataDirectoryLock"/>), and the lease is checked all the same.
/// </summary>
public sealed class SqliteCommitWriter(Database database, TimeProvider clock) : ICommitWriter
{
    private const int BusyCode = 5;
    private const int ConstraintCode = 19;

    private readonly string _node = NodeName.Current;
    private Statements? _statements;

    public async Task ClaimAsync(IReadOnlyList<LeaseClaim> claims, CancellationToken ct)
    {
        await database.SqliteWriteGate.WaitAsync(ct);
        try
        {
            var sql = Open();
            sql.Begin();
            foreach (var claim in claims) claim.Epoch = sql.Claim(claim.Key, _node, clock.GetUtcNow().ToUnixTimeMilliseconds());
            sql.Commit();
        }
        finally { database.SqliteWriteGate.Release(); }
    }

    public async Task WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct)
    {
        await database.SqliteWriteGate.WaitAsync(ct);
        try
        {
            var sql = Open();
            sql.Begin();
            foreach (var unit in units) unit.Outcome = Write(sql, unit);
            sql.Commit();
        }
        finally { database.SqliteWriteGate.Release(); }
    }

    public Task ResetAsync()
    {
        _statements?.Dispose();
        _statements = null;
        return Task.CompletedTask;
    }

    // Everything but a broken constraint or a busy file is about the disk or the file itself.
    public bool IsOutage(Exception error) => error is not SqliteException { SqliteErrorCode: ConstraintCode or BusyCode };

    public bool IsTransient(Exception error) => error is SqliteException { SqliteErrorCode: BusyCode };

    public async ValueTask DisposeAsync() => await ResetAsync();

    private static CommitOutcome Write(Statements sql, CommitUnit unit)
    {
        if (sql.CurrentEpoch(unit.Key) != unit.Epoch) return CommitOutcome.Fenced.Instance;
        if (unit.Entry is { } entry && !sql.Append(unit.Key, unit.Epoch, entry))
            return new CommitOutcome.Duplicate(sql.StoredAnswer(unit.Key, entry.NaturalKey));
        foreach (var row in unit.Rows) sql.Write(row);
        return CommitOutcome.Committed.Instance;
    }

    private Statements Open()
    {
        if (_statements is not null) return _statements;
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder(database.ConnectionString) { Pooling = false }.ConnectionString);
        connection.Open();
        SqlitePragmas.Apply(connection);
        return _statements = new Statements(connection);
    }

    /// <summary>The prepared commands of one connection.</summary>
    private sealed class Statements(SqliteConnection connection) : IDisposable
    {
        private readonly SqliteCommand _begin = Prepare(connection, "BEGIN IMMEDIATE", 0);
        private readonly SqliteCommand _commit = Prepare(connection, "COMMIT", 0);
        private readonly SqliteCommand _epoch = Prepare(connection, $"SELECT epoch FROM {JournalTables.Leases} WHERE tenant_id = $1 AND station_id = $2", 2);
        private readonly SqliteCommand _answer = Prepare(connection,
            $"SELECT answer FROM {JournalTables.Journal} WHERE tenant_id = $1 AND station_id = $2 AND natural_key = $3", 3);
        private readonly SqliteCommand _claim = Prepare(connection,
            $"INSERT INTO {JournalTables.Leases} (tenant_id, station_id, epoch, node, claimed_at) VALUES ($1, $2, 1, $3, $4) " +
            "ON CONFLICT (tenant_id, station_id) DO UPDATE SET epoch = epoch + 1, node = excluded.node, claimed_at = excluded.claimed_at RETURNING epoch", 4);
        private readonly SqliteCommand _append = Prepare(connection,
            $"INSERT INTO {JournalTables.Journal} ({JournalTables.JournalColumns}) " +
            "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING", 14);
        private readonly Dictionary<TableShape, SqliteCommand> _rows = [];

        public void Begin() => _begin.ExecuteNonQuery();

        public void Commit() => _commit.ExecuteNonQuery();

        public long Claim(StationKey key, string node, long now) => (long)Bind(_claim, Bytes(key.Tenant.Value), Bytes(key.Station), node, now).ExecuteScalar()!;

        public long? CurrentEpoch(StationKey key) => (long?)Bind(_epoch, Bytes(key.Tenant.Value), Bytes(key.Station)).ExecuteScalar();

        public byte[] StoredAnswer(StationKey key, ReadOnlyMemory<byte> naturalKey) =>
            (byte[])Bind(_answer, Bytes(key.Tenant.Value), Bytes(key.Station), naturalKey.ToArray()).ExecuteScalar()!;

        public bool Append(StationKey key, long epoch, JournalEntry entry) =>
            Bind(_append, Bytes(key.Tenant.Value), Bytes(key.Station), epoch, entry.N, (long)entry.Origin, entry.ReceivedAt.ToUnixTimeMilliseconds(),
                (long)entry.Protocol, entry.Action, entry.MessageId, Bytes(entry.NaturalKey), Bytes(entry.Raw), Bytes(entry.Answer), Bytes(entry.Decided),
                (long)entry.SchemaVersion).ExecuteNonQuery() == 1;

        public void Write(RowWrite row)
        {
            if (!_rows.TryGetValue(row.Shape, out var command))
                _rows[row.Shape] = command = Prepare(connection, row.Shape.Sql, row.Shape.Columns.Count);
            for (var i = 0; i < row.Values.Length; i++)
                command.Parameters[i].Value = row.Values[i] switch { null => DBNull.Value, Guid id => Bytes(id), var value => value };
            command.ExecuteNonQuery();
        }

        public void Dispose()
        {
            foreach (var command in _rows.Values) command.Dispose();
            foreach (var command in new[] { _begin, _commit, _epoch, _answer, _claim, _append }) command.Dispose();
            connection.Dispose();
        }

        private static SqliteCommand Prepare(SqliteConnection connection, string sql, int parameters)
        {
            var command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 1; i <= parameters; i++) command.Parameters.Add(new SqliteParameter("$" + i, null));
            return command;
        }

        private static SqliteCommand Bind(SqliteCommand command, params ReadOnlySpan<object> values)
        {
            for (var i = 0; i < values.Length; i++) command.Parameters[i].Value = values[i];
            return command;
        }

        private static byte[] Bytes(Guid id) => id.ToByteArray(bigEndian: true);

        private static byte[] Bytes(ReadOnlyMemory<byte> memory) =>
            System.Runtime.InteropServices.MemoryMarshal.TryGetArray(memory, out var segment) && segment.Offset == 0 && segment.Count == segment.Array!.Length
                ? segment.Array
                : memory.ToArray();
    }
}
