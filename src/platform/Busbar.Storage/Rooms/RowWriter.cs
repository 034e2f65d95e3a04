using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Commits;
using Npgsql;

namespace Busbar.Storage.Rooms;

/// <summary>
/// Writes rows that no lease guards and of which many may come at once, without EF: what waits while one transaction is under way goes into the next together. It waits for nothing
/// else, so a row that comes alone is written at once. A lane of its own beside the commit loop: what people do is durable by the same flush, and keeps no station's fact waiting in a queue.
/// </summary>
public sealed class RowWriter(Database database) : IAsyncDisposable
{
    private const int BatchCapacity = 512;
    private const int TransientRetries = 5;

    private readonly Lock _lock = new();
    private readonly Queue<Waiting> _waiting = [];
    private SqliteRows? _sqlite;
    private Task _writing = Task.CompletedTask;
    private bool _isWriting;
    private bool _isDisposed;

    private sealed class Waiting(IReadOnlyList<RowWrite> rows) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public IReadOnlyList<RowWrite> Rows { get; } = rows;
    }

    /// <summary>Returns when the row is durable. Of one row's writes a later one counts.</summary>
    /// <exception cref="System.Data.Common.DbException">The database refused the row, or did not answer.</exception>
    /// <exception cref="ObjectDisposedException">The process ends.</exception>
    public Task WriteAsync(RowWrite row) => WriteTogetherAsync([row]);

    /// <summary>The same of rows that are written all or none: what is done, and the audit's entry of it.</summary>
    public Task WriteTogetherAsync(IReadOnlyList<RowWrite> rows)
    {
        var waiting = new Waiting(rows);
        Enqueue([waiting]);
        return waiting.Task;
    }

    /// <summary>The same of many that come together: they are in one transaction, as far as one holds them. A task for each.</summary>
    /// <exception cref="ObjectDisposedException">The process ends.</exception>
    public IReadOnlyList<Task> WriteAll(IEnumerable<RowWrite> rows)
    {
        var waiting = rows.Select(row => new Waiting([row])).ToList();
        Enqueue(waiting);
        return waiting.ConvertAll(one => one.Task);
    }

    /// <summary>Takes no more rows, writes those that wait, then ends.</summary>
    public async ValueTask DisposeAsync()
    {
        Task writing;
        lock (_lock) (_isDisposed, writing) = (true, _writing);
        await writing;
        Reset();
    }

    private void Enqueue(IReadOnlyList<Waiting> some)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            foreach (var one in some) _waiting.Enqueue(one);
            if (_isWriting || _waiting.Count == 0) return;
            _isWriting = true;
            _writing = Task.Run(DrainAsync, CancellationToken.None);
        }
    }

    private async Task DrainAsync()
    {
        while (Next() is { } batch) await WriteAllAsync(batch);
    }

    private List<Waiting>? Next()
    {
        lock (_lock)
        {
            if (_waiting.Count == 0)
            {
                _isWriting = false;
                return null;
            }
            var batch = new List<Waiting>(int.Min(_waiting.Count, BatchCapacity));
            while (batch.Count < BatchCapacity && _waiting.TryDequeue(out var next)) batch.Add(next);
            return batch;
        }
    }

    private async Task WriteAllAsync(List<Waiting> batch)
    {
        try
        {
            await RetryingAsync([.. batch.SelectMany(waiting => waiting.Rows)]);
            foreach (var waiting in batch) waiting.SetResult();
            if (batch.Exists(waiting => waiting.Rows.Any(row => row.Shape == AuditTables.Inbox))) database.AuditBell.Ring();
            foreach (var tenant in batch.SelectMany(waiting => waiting.Rows).Select(row => (Guid)row.Values[0]!).Distinct()) database.Hints.Tell(new TenantId(tenant));
        }
        // One bad row fails alone.
        catch (Exception error) when (batch.Count > 1 && !error.IsOutage())
        {
            foreach (var waiting in batch) await WriteAllAsync([waiting]);
        }
#pragma warning disable CA1031 // Whatever it was, those who wait must hear it.
        catch (Exception error)
#pragma warning restore CA1031
        {
            foreach (var waiting in batch) waiting.SetException(error);
        }
    }

    private async Task RetryingAsync(IReadOnlyList<RowWrite> rows)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                if (database.Source is { } source) await WriteAsync(source, rows);
                else await WriteSqliteAsync(rows);
                return;
            }
            catch (Exception error) when (attempt <= TransientRetries && error.IsTransient())
            {
                // The same again.
            }
        }
    }

    /// <summary>One message to the server, and so one transaction and one round trip.</summary>
    private static async Task WriteAsync(NpgsqlDataSource source, IReadOnlyList<RowWrite> rows)
    {
        await using var connection = await source.OpenConnectionAsync();
        await using var batch = new NpgsqlBatch(connection);
        var scope = new NpgsqlBatchCommand(PostgresScope.Prepared);
        scope.Parameters.Add(new NpgsqlParameter<string> { TypedValue = string.Join(',', rows.Select(row => (Guid)row.Values[0]!).Distinct()) });
        batch.BatchCommands.Add(scope);
        batch.AddRows(rows);
        await batch.ExecuteNonQueryAsync();
    }

    private async Task WriteSqliteAsync(IReadOnlyList<RowWrite> rows)
    {
        await database.SqliteWriteGate.WaitAsync();
        try
        {
            _sqlite ??= new SqliteRows(database.OpenOwn());
            _sqlite.Begin();
            foreach (var row in rows) _sqlite.Write(row);
            _sqlite.Commit();
            database.SqliteLogGrew(_sqlite.PagesWritten());
        }
        catch
        {
            Reset();
            throw;
        }
        finally { database.SqliteWriteGate.Release(); }
    }

    private void Reset()
    {
        _sqlite?.Dispose();
        _sqlite = null;
    }
}
