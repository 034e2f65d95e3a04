using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Storage.Rooms;

/// <summary>
/// Takes bytes away so that they are in no file any more. On the embedded store that is this class's work; on PostgreSQL a row's former versions lie in its file until a vacuum, and in the
/// write-ahead log until that is recycled.
/// </summary>
public static class Erasure
{
    private const int Tries = 50;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Before the statements of a unit of work: what they free in the embedded store's pages is overwritten with zeros.</summary>
    public static async Task OverwriteFreedAsync(this RoomDb db, CancellationToken ct)
    {
        if (db.Database.IsSqlite()) await db.Database.ExecuteSqlRawAsync("PRAGMA secure_delete=ON", ct);
    }

    /// <summary>
    /// Writes the embedded store's file anew, without what lies between its rows: whatever was ever moved from page to page, or was there before it was changed, is in it no more. Nobody writes
    /// meanwhile, so it is for the rare case: about a second for each 100 MB.
    /// </summary>
    /// <returns>False: a reader held the log all the while, and what was there may still lie in it.</returns>
    public static async Task<bool> RewriteFileAsync(Database database, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(database);
        if (database.Kind != DatabaseKind.Sqlite) return true;
        await using (var connection = (SqliteConnection)await database.OpenAsync(ct))
        {
            await database.SqliteWriteGate.WaitAsync(ct);
            try
            {
                await using var command = connection.CreateCommand();
                command.CommandText = "VACUUM";
                command.CommandTimeout = 0;
                await command.ExecuteNonQueryAsync(ct);
            }
            finally { database.SqliteWriteGate.Release(); }
        }
        return await EmptyLogAsync(database, ct);
    }

    /// <summary>After the commit: brings the embedded store's log into its file and empties it.</summary>
    /// <returns>False: a reader held it all the while; the next time will do.</returns>
    public static async Task<bool> EmptyLogAsync(Database database, CancellationToken ct)
    {
        if (database.Kind != DatabaseKind.Sqlite) return true;
        await using var connection = (SqliteConnection)await database.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        // Who reads holds the log for a moment only; whoever waits for the gate must not wait for the readers.
        command.CommandText = "PRAGMA busy_timeout=100";
        await command.ExecuteNonQueryAsync(ct);
        command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE)";
        try
        {
            for (var i = 0; i < Tries; i++)
            {
                if (await TryAsync(database, command, ct)) return true;
                await Task.Delay(Pause, ct);
            }
            return false;
        }
        finally { SqlitePragmas.Apply(connection); }
    }

    private static async Task<bool> TryAsync(Database database, SqliteCommand command, CancellationToken ct)
    {
        await database.SqliteWriteGate.WaitAsync(ct);
        try
        {
            await using var reader = await command.ExecuteReaderAsync(ct);
            if (!await reader.ReadAsync(ct) || reader.GetInt64(0) != 0) return false;
            database.SqliteLogBegins();
            return true;
        }
        catch (SqliteException error) when (error.SqliteErrorCode == 5) { return false; }   // busy
        finally { database.SqliteWriteGate.Release(); }
    }
}
