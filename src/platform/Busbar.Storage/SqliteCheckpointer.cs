using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Busbar.Storage;

/// <summary>
/// Brings the embedded store's log into its file, so that nobody who waits for a commit does it. Pages that are written again and again are copied once
/// per round; a round begins after so much log, or so much time.
/// </summary>
internal sealed class SqliteCheckpointer(Database database, TimeProvider clock, ILogger<SqliteCheckpointer> log) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    // Pages of 4 KiB: 64 MiB. What comes during the round goes on top.
    private const long LogPages = 16_384;

    private SqliteConnection? _connection;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, clock);
        var last = clock.GetTimestamp();
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                if (database.SqliteLogPages < LogPages && clock.GetElapsedTime(last) < Longest) continue;
                await TryAsync(stoppingToken);
                last = clock.GetTimestamp();
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; the last connection that closes brings the log in.
        }
        finally { Close(); }
    }

    private async Task TryAsync(CancellationToken ct)
    {
        try
        {
            // Most of it while others write, then what came meanwhile, and the rest of that with nobody writing: only a log that is in as a whole begins anew. SQLite
            // brings the file to the disk with the last of it; what was copied before is brought there before, so that nobody waits for 64 MiB.
            for (var round = 0; round < 2; round++)
            {
                Copy();
                database.FlushSqliteFile();
            }
            await database.SqliteWriteGate.WaitAsync(ct);
            try
            {
                if (Copy()) database.SqliteLogBegins();
            }
            finally { database.SqliteWriteGate.Release(); }
        }
        catch (Exception error) when (error is SqliteException or IOException or UnauthorizedAccessException)
        {
            // Nothing is lost by it but time: the log keeps growing until a round succeeds.
            Log.CheckpointFailed(log, error);
            Close();
        }
    }

    /// <summary>Copies what no reader still needs elsewhere. True: all of it.</summary>
    private bool Copy()
    {
        var connection = _connection ??= database.OpenOwn();
        using var command = connection.CreateCommand();
        command.CommandText = "PRAGMA wal_checkpoint(PASSIVE)";
        using var reader = command.ExecuteReader();
        return reader.Read() && reader.GetInt64(0) == 0 && reader.GetInt64(1) == reader.GetInt64(2);
    }

    private void Close()
    {
        _connection?.Dispose();
        _connection = null;
    }
}
