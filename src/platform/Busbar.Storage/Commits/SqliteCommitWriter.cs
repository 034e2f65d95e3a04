using Busbar.Storage.Rooms;
using Microsoft.Data.Sqlite;

namespace Busbar.Storage.Commits;

/// <summary>
/// The embedded store's writer: one connection, prepared commands, <c>BEGIN IMMEDIATE</c>, and <c>synchronous=FULL</c>, which returns from
/// COMMIT after the log is on disk. A second process cannot be here (<see cref="DataDirectoryLock"/>); a second connection of a station is fenced all the same.
/// </summary>
public sealed class SqliteCommitWriter(Database database, TimeProvider clock) : ICommitWriter
{
    private readonly string _node = NodeName.Current;
    private Statements? _statements;

    public async Task ClaimAsync(IReadOnlyList<LeaseClaim> claims, CancellationToken ct)
    {
        await database.SqliteWriteGate.WaitAsync(ct);
        try
        {
            var sql = Open();
            sql.Rows.Begin();
            foreach (var claim in claims) claim.Epoch = sql.Claim(claim.Key, _node, clock.GetUtcNow().ToUnixTimeMilliseconds());
            sql.Rows.Commit();
        }
        finally { database.SqliteWriteGate.Release(); }
    }

    public Task WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct) => InTransactionAsync(sql =>
    {
        foreach (var unit in units) unit.Outcome = Write(sql, unit);
        sql.Journal.SettleIfMany();
    }, ct);

    public async Task TidyAsync(CancellationToken ct)
    {
        if (_statements is { Journal.IsWorthSettling: true }) await InTransactionAsync(static sql => sql.Journal.Settle(), ct);
    }

    public Task ResetAsync()
    {
        _statements?.Dispose();
        _statements = null;
        return Task.CompletedTask;
    }

    public bool IsOutage(Exception error) => error.IsOutage();

    public bool IsTransient(Exception error) => error.IsTransient();

    public async ValueTask DisposeAsync() => await ResetAsync();

    private async Task InTransactionAsync(Action<Statements> work, CancellationToken ct)
    {
        await database.SqliteWriteGate.WaitAsync(ct);
        try
        {
            var sql = Open();
            sql.Rows.Begin();
            work(sql);
            sql.Rows.Commit();
            sql.Journal.Committed();
            database.SqliteLogGrew(sql.Rows.PagesWritten());
        }
        finally { database.SqliteWriteGate.Release(); }
    }

    private static CommitOutcome Write(Statements sql, CommitUnit unit)
    {
        if (!sql.Journal.IsCurrent(unit.Key, unit.Epoch)) return CommitOutcome.Fenced.Instance;
        if (unit.Entry is { } entry && !sql.Journal.TryAppend(unit.Key, unit.Epoch, entry, out var stored)) return new CommitOutcome.Duplicate(stored);
        foreach (var row in unit.Rows) sql.Rows.Write(row);
        return CommitOutcome.Committed.Instance;
    }

    private Statements Open()
    {
        if (_statements is not null) return _statements;
        var connection = database.OpenOwn();
        try
        {
            SqlitePragmas.KeepPages(connection);
            var sql = new Statements(connection, database.SqliteTail);
            // What an earlier process or connection left in the tail.
            sql.Rows.Begin();
            sql.Journal.Settle();
            sql.Rows.Commit();
            sql.Journal.Committed();
            return _statements = sql;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>The prepared statements of one connection.</summary>
    private sealed class Statements(SqliteConnection connection, TailStations tail) : IDisposable
    {
        private readonly SqliteStatement _claim = new(connection,
            $"INSERT INTO {JournalTables.Leases} (tenant_id, station_id, epoch, node, claimed_at) VALUES ($1, $2, 1, $3, $4) " +
            "ON CONFLICT (tenant_id, station_id) DO UPDATE SET epoch = epoch + 1, node = excluded.node, claimed_at = excluded.claimed_at RETURNING epoch");

        public SqliteRows Rows { get; } = new(connection);

        public SqliteJournal Journal { get; } = new(connection, tail);

        public long Claim(StationKey key, string node, long now)
        {
            var epoch = _claim.Next(key.Tenant.Value).Next(key.Station).Next(node).Next(now).Number()!.Value;
            Journal.Claimed(key, epoch);
            return epoch;
        }

        public void Dispose()
        {
            _claim.Dispose();
            Journal.Dispose();
            Rows.Dispose();
        }
    }
}
