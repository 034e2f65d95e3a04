using Busbar.Storage;
using Microsoft.Data.Sqlite;

namespace Busbar.Schema;

/// <summary>
/// What the embedded store's planner believes of its tables. Without statistics SQLite takes the first column of any index for a narrow choice; here it is the tenant, who
/// has nearly all rows, and every list that is ordered by its key was a walk through all of them, whatever else it was filtered by.
/// </summary>
/// <remarks>
/// Written, not measured: a million rows of ten tenants, each further column a thousand times narrower. A plan is the same on every installation and does not change with its
/// rows. SQLite provides for it (sqlite.org/fileformat2.html, "The sqlite_stat1 table").
/// </remarks>
internal static class SqliteStatistics
{
    private const long Rows = 1_000_000;
    private const long Tenants = 10;
    private const long PerColumn = 1_000;

    private const string Indexes = """
        SELECT t.name, i.name, i."unique", (SELECT group_concat(c.name, ',') FROM (SELECT name FROM pragma_index_info(i.name) ORDER BY seqno) AS c)
        FROM sqlite_schema AS t, pragma_index_list(t.name) AS i
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND i.partial = 0
        """;

    /// <param name="anew">Also where there are some already: the tables have changed.</param>
    public static async Task EnsureAsync(Database database, bool anew, CancellationToken ct)
    {
        await using var connection = (SqliteConnection)await database.OpenAsync(ct);
        if (!anew && await AreThereAsync(connection, ct)) return;
        var known = new List<(string Table, string Index, string Stat)>();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = Indexes;
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) known.Add((reader.GetString(0), reader.GetString(1), Stat(reader.GetString(3).Split(','), reader.GetInt64(2) == 1)));
        }
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Analysing the smallest table makes the table of statistics.
        await ExecuteAsync(connection, "ANALYZE \"__EFMigrationsHistory\"", ct);
        await ExecuteAsync(connection, "DELETE FROM sqlite_stat1", ct);
        foreach (var (table, index, stat) in known) await ExecuteAsync(connection, "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ($1, $2, $3)", ct, table, index, stat);
        await transaction.CommitAsync(ct);
    }

    private static async Task<bool> AreThereAsync(SqliteConnection connection, CancellationToken ct)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM sqlite_schema WHERE name = 'sqlite_stat1'";
        return await command.ExecuteScalarAsync(ct) is 1L;
    }

    /// <summary>How many rows there are, then how many share the first column, the first two, and so on.</summary>
    private static string Stat(string[] columns, bool isUnique)
    {
        var (stat, share) = (new List<long> { Rows }, Rows);
        for (var i = 0; i < columns.Length; i++)
        {
            share = Math.Max(1, share / (columns[i] == "tenant_id" ? Tenants : PerColumn));
            stat.Add(isUnique && i == columns.Length - 1 ? 1 : share);
        }
        return string.Join(' ', stat);
    }

    private static async Task ExecuteAsync(SqliteConnection connection, string sql, CancellationToken ct, params string[] parameters)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        for (var i = 0; i < parameters.Length; i++) command.Parameters.AddWithValue("$" + (i + 1), parameters[i]);
        await command.ExecuteNonQueryAsync(ct);
    }
}
