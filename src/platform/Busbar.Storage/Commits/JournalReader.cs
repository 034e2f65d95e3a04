using System.Data.Common;
using System.Runtime.CompilerServices;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Storage.Commits;

/// <summary>A journal row as it was written, with its place.</summary>
public sealed record JournalRow(StationKey Key, long Epoch, JournalEntry Entry);

/// <summary>Where a station's journal was read to.</summary>
public readonly record struct JournalPosition(Guid Station, long Epoch, long N);

/// <summary>Reads the journal in the order that replay needs: station by station, epoch by epoch, row by row.</summary>
public sealed class JournalReader(Database database)
{
    private const string After = "WHERE tenant_id = $1 AND station_id = $2 AND (epoch > $3 OR (epoch = $3 AND n > $4))";
    private const string InOrder = "ORDER BY epoch, n";

    // LATERAL with an order of its own stays what it says: a walk along the key for each station, whatever the planner believes of the table.
    private const string AfterMany = $"""
        SELECT row.* FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS place (station, epoch, n),
        LATERAL (SELECT {JournalTables.JournalColumns} FROM {JournalTables.Journal} AS j
                 WHERE j.tenant_id = $1 AND j.station_id = place.station AND (j.epoch, j.n) > (place.epoch, place.n) ORDER BY j.epoch, j.n) AS row
        """;

    /// <summary>One station's rows after a position, exclusive.</summary>
    public IAsyncEnumerable<JournalRow> AfterAsync(StationKey key, long epoch, long n, CancellationToken ct) =>
        ReadAsync(TenantScope.Of(key.Tenant), key, After, InOrder,
            [Id(key.Tenant.Value), Id(key.Station), epoch, n], ct);

    /// <summary>The rows of several stations of one tenant after a position of each, exclusive; each station's in the order of its replay.</summary>
    public async Task<ILookup<Guid, JournalRow>> AfterAsync(TenantId tenant, IReadOnlyList<JournalPosition> positions, CancellationToken ct)
    {
        var rows = new List<JournalRow>();
        // Asked before a statement sees its moment.
        var hasTail = positions.Any(at => HasTail(new StationKey(tenant, at.Station)));
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.Of(tenant), ct);
        if (database.Kind == DatabaseKind.Postgres)
        {
            await using var command = unit.Command(AfterMany, tenant.Value,
                positions.Select(at => at.Station).ToArray(), positions.Select(at => at.Epoch).ToArray(), positions.Select(at => at.N).ToArray());
            await ReadAsync(command, rows, ct);
        }
        else
        {
            var (withTail, without) = (Select(After, InOrder, hasTail: true), Select(After, InOrder, hasTail: false));
            foreach (var at in positions)
            {
                var text = hasTail && HasTail(new StationKey(tenant, at.Station)) ? withTail : without;
                await using var command = unit.Command(text, Id(tenant.Value), Id(at.Station), at.Epoch, at.N);
                await ReadAsync(command, rows, ct);
            }
        }
        return rows.OrderBy(row => row.Epoch).ThenBy(row => row.Entry.N).ToLookup(row => row.Key.Station);
    }

    /// <summary>The row at a place; null where there is none.</summary>
    public async ValueTask<JournalRow?> FindAsync(StationKey key, long epoch, long n, CancellationToken ct)
    {
        await foreach (var row in ReadAsync(TenantScope.Of(key.Tenant), key, "WHERE tenant_id = $1 AND station_id = $2 AND epoch = $3 AND n = $4", "",
            [Id(key.Tenant.Value), Id(key.Station), epoch, n], ct)) return row;
        return null;
    }

    /// <summary>The whole journal, for <c>rebuild</c>.</summary>
    public IAsyncEnumerable<JournalRow> AllAsync(CancellationToken ct) =>
        ReadAsync(TenantScope.System, null, "", "ORDER BY tenant_id, station_id, epoch, n", [], ct);

    private object Id(Guid value) => database.Kind == DatabaseKind.Postgres ? value : value.ToByteArray(bigEndian: true);

    private async IAsyncEnumerable<JournalRow> ReadAsync(
        TenantScope scope, StationKey? station, string where, string order, object[] parameters, [EnumeratorCancellation] CancellationToken ct)
    {
        // Asked before the statement sees its moment.
        var hasTail = station is { } key ? HasTail(key) : database.Kind == DatabaseKind.Sqlite;
        await using var unit = await DatabaseUnit.OpenAsync(database, scope, ct);
        await using var command = unit.Command(Select(where, order, hasTail), parameters);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) yield return Row(reader);
    }

    private bool HasTail(StationKey station) => database.Kind == DatabaseKind.Sqlite && database.SqliteTail.MayHave(station);

    private static async Task ReadAsync(DbCommand command, List<JournalRow> rows, CancellationToken ct)
    {
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct)) rows.Add(Row(reader));
    }

    // Each row stands in the journal or in its tail, whichever moment one statement sees.
    private static string Select(string where, string order, bool hasTail)
    {
        var settled = $"SELECT {JournalTables.JournalColumns} FROM {JournalTables.Journal} {where}";
        return !hasTail ? $"{settled} {order}" : $"{settled} UNION ALL SELECT {JournalTables.JournalColumns} FROM {JournalTables.Tail} {where} {order}";
    }

    private static JournalRow Row(DbDataReader reader) => new(
        new StationKey(new TenantId(DatabaseUnit.Guid(reader, 0)), DatabaseUnit.Guid(reader, 1)),
        reader.GetInt64(2),
        new JournalEntry
        {
            N = reader.GetInt64(3),
            Origin = (JournalOrigin)reader.GetInt64(4),
            ReceivedAt = Instant.FromUnixTimeMilliseconds(reader.GetInt64(5)),
            Protocol = (int)reader.GetInt64(6),
            Action = reader.GetString(7),
            MessageId = reader.GetString(8),
            NaturalKey = (byte[])reader.GetValue(9),
            Raw = (byte[])reader.GetValue(10),
            Answer = (byte[])reader.GetValue(11),
            Decided = (byte[])reader.GetValue(12),
            SchemaVersion = (int)reader.GetInt64(13),
        });
}
