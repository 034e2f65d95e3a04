namespace Busbar.Storage.Commits;

/// <summary>The journal's and the leases' tables and columns, once.</summary>
public static class JournalTables
{
    public const string Journal = "storage_journal";

    /// <summary>Rows of the embedded store that are not settled into the journal yet; empty on PostgreSQL. See <see cref="SqliteJournal"/>.</summary>
    public const string Tail = "storage_journal_tail";

    public const string Leases = "storage_leases";

    internal const string JournalColumns =
        "tenant_id, station_id, epoch, n, origin, received_at, protocol, action, message_id, natural_key, raw, answer, decided, schema_version";
}
