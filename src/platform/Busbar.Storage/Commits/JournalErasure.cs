using System.Data.Common;
using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Busbar.Storage.Commits;

/// <summary>An entry of a station's journal as it is to read from now on. Its natural key stays: whoever tells the fact again gets the stored answer.</summary>
public sealed record JournalRewrite(long Epoch, long N, byte[] Raw, byte[] Answer);

/// <summary>
/// The one way in which an entry changes: what names a person in it is replaced, so that a replay comes to the same but for the name. Whoever does that keeps everybody else from the station.
/// </summary>
public sealed class JournalErasure(Database database)
{
    /// <summary>The tenant's stations that told something for which this holds. It reads the tenant's whole journal: no index knows what is in it.</summary>
    /// <param name="mentions">Of a payload that a station sent, or that it was answered.</param>
    public async Task<IReadOnlyList<StationKey>> StationsAsync(TenantId tenant, Predicate<byte[]> mentions, CancellationToken ct)
    {
        const string Select = $"SELECT station_id, raw, answer FROM {JournalTables.Journal} WHERE tenant_id = $1";
        var found = new HashSet<Guid>();
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.Of(tenant), ct);
        var isSqlite = database.Kind == DatabaseKind.Sqlite;
        await using var command = unit.Command(
            isSqlite ? $"{Select} UNION ALL SELECT station_id, raw, answer FROM {JournalTables.Tail} WHERE tenant_id = $1" : Select,
            isSqlite ? tenant.Value.ToByteArray(bigEndian: true) : tenant.Value);
        // It is a long answer: as long as it comes, it is no statement that hangs.
        command.CommandTimeout = 0;
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            var station = DatabaseUnit.Guid(reader, 0);
            if (!found.Contains(station) && (mentions((byte[])reader.GetValue(1)) || mentions((byte[])reader.GetValue(2)))) found.Add(station);
        }
        return [.. found.Select(station => new StationKey(tenant, station))];
    }

    /// <summary>Call it in <see cref="RoomDb.CommitAsync(Func{CancellationToken, Task}?, CancellationToken)"/>, whose transaction it joins.</summary>
    public static async Task RewriteAsync(RoomDb db, StationKey station, IReadOnlyList<JournalRewrite> rows, CancellationToken ct)
    {
        ArgumentNullException.ThrowIfNull(db);
        ArgumentNullException.ThrowIfNull(rows);
        var transaction = db.Database.CurrentTransaction?.GetDbTransaction() ?? throw new InvalidOperationException("An entry is rewritten in a transaction.");
        var isSqlite = db.Database.IsSqlite();
        // On the embedded store an entry stands in the journal or in its tail.
        string[] tables = isSqlite ? [JournalTables.Journal, JournalTables.Tail] : [JournalTables.Journal];
        foreach (var table in tables)
        {
            await using var command = transaction.Connection!.CreateCommand();
            (command.Transaction, command.CommandText) = (transaction, $"UPDATE {table} SET raw = $1, answer = $2 WHERE tenant_id = $3 AND station_id = $4 AND epoch = $5 AND n = $6");
            foreach (var row in rows)
            {
                command.Parameters.Clear();
                object[] values = [row.Raw, row.Answer, Id(station.Tenant.Value), Id(station.Station), row.Epoch, row.N];
                for (var i = 0; i < values.Length; i++) command.Parameters.Add(isSqlite ? new SqliteParameter("$" + (i + 1), values[i]) : new Npgsql.NpgsqlParameter { Value = values[i] });
                await command.ExecuteNonQueryAsync(ct);
            }
        }

        object Id(Guid value) => isSqlite ? value.ToByteArray(bigEndian: true) : value;
    }
}
