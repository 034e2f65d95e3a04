using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace Busbar.Storage;

/// <summary>How every connection to the embedded store is set up.</summary>
internal static class SqlitePragmas
{
    // FULL: an fsync of the log before each commit returns. NORMAL was measured to lose acknowledged rows at a power cut.
    private const string Text = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=30000; PRAGMA foreign_keys=ON;" +
        // The checkpointer empties the log; this is for programs that run without it.
        " PRAGMA wal_autocheckpoint=65536;";

    // 64 MiB: what the commit loop writes again and again stays at hand.
    private const string Kept = "PRAGMA cache_size=-65536;";

    public static void Apply(DbConnection connection) => Run(connection, Text);

    public static void KeepPages(DbConnection connection) => Run(connection, Kept);

    private static void Run(DbConnection connection, string text)
    {
        using var command = ((SqliteConnection)connection).CreateCommand();
        command.CommandText = text;
        command.ExecuteNonQuery();
    }
}
