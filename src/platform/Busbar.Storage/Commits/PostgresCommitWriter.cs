using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Npgsql;
using NpgsqlTypes;

namespace Busbar.Storage.Commits;

/// <summary>
/// PostgreSQL's writer. A batch is one transaction of two round trips and a commit: the first assumes the application role for the batch's
/// tenants, locks the leases in key order (<c>FOR SHARE</c>) and appends the entries whose epoch is current; the second writes the rows that
/// follow from the entries that were new.
/// </summary>
public sealed class PostgresCommitWriter(Database database, TimeProvider clock) : ICommitWriter
{
    private const string Scope = PostgresScope.Prepared;

    private const string Lock =
        $"SELECT l.tenant_id, l.station_id, l.epoch FROM {JournalTables.Leases} l JOIN unnest($1, $2) AS k(tenant_id, station_id) " +
        "ON l.tenant_id = k.tenant_id AND l.station_id = k.station_id ORDER BY l.tenant_id, l.station_id FOR SHARE OF l";

    private const string Append =
        $"INSERT INTO {JournalTables.Journal} ({JournalTables.JournalColumns}) SELECT u.* FROM " +
        "unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) " +
        $"AS u({JournalTables.JournalColumns}) JOIN {JournalTables.Leases} l " +
        "ON l.tenant_id = u.tenant_id AND l.station_id = u.station_id AND l.epoch = u.epoch " +
        "ON CONFLICT DO NOTHING RETURNING tenant_id, station_id, epoch, n";

    private const string Answer =
        $"SELECT answer FROM {JournalTables.Journal} WHERE tenant_id = $1 AND station_id = $2 AND natural_key = $3";

    private const string Claim =
        $"INSERT INTO {JournalTables.Leases} (tenant_id, station_id, epoch, node, claimed_at) " +
        "SELECT k.tenant_id, k.station_id, 1, $3, $4 FROM unnest($1, $2) AS k(tenant_id, station_id) ORDER BY k.tenant_id, k.station_id " +
        "ON CONFLICT (tenant_id, station_id) DO UPDATE SET epoch = storage_leases.epoch + 1, node = excluded.node, claimed_at = excluded.claimed_at " +
        "RETURNING tenant_id, station_id, epoch";

    private readonly string _node = NodeName.Current;

    public async Task ClaimAsync(IReadOnlyList<LeaseClaim> claims, CancellationToken ct)
    {
        await using var connection = await database.Source!.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(Command(Scope, TenantsOf(claims.Select(claim => claim.Key.Tenant))));
        batch.BatchCommands.Add(Command(Claim, Uuids(claims, claim => claim.Key.Tenant.Value), Uuids(claims, claim => claim.Key.Station),
            Text(_node), Integer(clock.GetUtcNow().ToUnixTimeMilliseconds())));
        var epochs = new Dictionary<StationKey, long>(claims.Count);
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            await reader.NextResultAsync(ct);
            while (await reader.ReadAsync(ct)) epochs[Key(reader)] = reader.GetInt64(2);
        }
        await transaction.CommitAsync(ct);
        foreach (var claim in claims) claim.Epoch = epochs[claim.Key];
    }

    public async Task WriteAsync(IReadOnlyList<CommitUnit> units, CancellationToken ct)
    {
        await using var connection = await database.Source!.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await AppendAsync(connection, transaction, units, ct);
        await WriteRowsAsync(connection, transaction, units, ct);
        await transaction.CommitAsync(ct);
    }

    public Task TidyAsync(CancellationToken ct) => Task.CompletedTask;

    public Task ResetAsync() => Task.CompletedTask;   // connections come from the pool, which drops broken ones itself

    public bool IsOutage(Exception error) => error.IsOutage();

    public bool IsTransient(Exception error) => error.IsTransient();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Sets each unit's outcome to committed or fenced, or leaves it null where the natural key was there already.</summary>
    private static async Task AppendAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<CommitUnit> units, CancellationToken ct)
    {
        var keys = units.Select(unit => unit.Key).Distinct().Order(StationKey.LockOrder).ToArray();
        var entries = units.Where(unit => unit.Entry is not null).ToArray();
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(Command(Scope, TenantsOf(keys.Select(key => key.Tenant))));
        batch.BatchCommands.Add(Command(Lock, Uuids(keys, key => key.Tenant.Value), Uuids(keys, key => key.Station)));
        if (entries.Length > 0) batch.BatchCommands.Add(AppendCommand(entries));

        var epochs = new Dictionary<StationKey, long>(keys.Length);
        var appended = new HashSet<(StationKey, long, long)>(entries.Length);
        await using (var reader = await batch.ExecuteReaderAsync(ct))
        {
            await reader.NextResultAsync(ct);
            while (await reader.ReadAsync(ct)) epochs[Key(reader)] = reader.GetInt64(2);
            if (entries.Length > 0)
            {
                await reader.NextResultAsync(ct);
                while (await reader.ReadAsync(ct)) appended.Add((Key(reader), reader.GetInt64(2), reader.GetInt64(3)));
            }
        }
        foreach (var unit in units)
        {
            if (!epochs.TryGetValue(unit.Key, out var epoch) || epoch != unit.Epoch) unit.Outcome = CommitOutcome.Fenced.Instance;
            else if (unit.Entry is null || appended.Contains((unit.Key, unit.Epoch, unit.Entry.N))) unit.Outcome = CommitOutcome.Committed.Instance;
            else unit.Outcome = null;
        }
    }

    private static async Task WriteRowsAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, IReadOnlyList<CommitUnit> units, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(connection, transaction);
        var duplicates = units.Where(unit => unit.Outcome is null).ToArray();
        foreach (var unit in duplicates)
            batch.BatchCommands.Add(Command(Answer, Uuid(unit.Key.Tenant.Value), Uuid(unit.Key.Station), Bytes(unit.Entry!.NaturalKey)));
        batch.AddRows(units.Where(unit => unit.Outcome is CommitOutcome.Committed).SelectMany(unit => unit.Rows));
        if (batch.BatchCommands.Count == 0) return;
        await using var reader = await batch.ExecuteReaderAsync(ct);
        foreach (var unit in duplicates)
        {
            if (!await reader.ReadAsync(ct)) throw new InvalidOperationException("A journal row conflicts with another than by its natural key.");
            unit.Outcome = new CommitOutcome.Duplicate(reader.GetFieldValue<byte[]>(0));
            await reader.NextResultAsync(ct);
        }
        // The remaining results are row writes; reading to the end surfaces their errors before the commit.
        while (await reader.NextResultAsync(ct))
        {
        }
    }

    private static NpgsqlBatchCommand AppendCommand(CommitUnit[] units) => Command(Append,
        Uuids(units, unit => unit.Key.Tenant.Value), Uuids(units, unit => unit.Key.Station),
        Integers(units, unit => unit.Epoch), Integers(units, unit => unit.Entry!.N),
        Integers(units, unit => (long)unit.Entry!.Origin), Integers(units, unit => unit.Entry!.ReceivedAt.ToUnixTimeMilliseconds()),
        Integers(units, unit => unit.Entry!.Protocol), Texts(units, unit => unit.Entry!.Action), Texts(units, unit => unit.Entry!.MessageId),
        Blobs(units, unit => unit.Entry!.NaturalKey), Blobs(units, unit => unit.Entry!.Raw), Blobs(units, unit => unit.Entry!.Answer),
        Blobs(units, unit => unit.Entry!.Decided), Integers(units, unit => unit.Entry!.SchemaVersion));

    private static NpgsqlBatchCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters) command.Parameters.Add(parameter);
        return command;
    }

    private static NpgsqlParameter TenantsOf(IEnumerable<TenantId> tenants) => Text(string.Join(',', tenants.Distinct().Select(tenant => tenant.Value)));

    private static StationKey Key(NpgsqlDataReader reader) => new(new TenantId(reader.GetGuid(0)), reader.GetGuid(1));

    private static NpgsqlParameter<string> Text(string value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Text };

    private static NpgsqlParameter<long> Integer(long value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bigint };

    private static NpgsqlParameter<Guid> Uuid(Guid value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Uuid };

    private static NpgsqlParameter<ReadOnlyMemory<byte>> Bytes(ReadOnlyMemory<byte> value) => new() { TypedValue = value, NpgsqlDbType = NpgsqlDbType.Bytea };

    private static NpgsqlParameter Uuids<T>(IReadOnlyList<T> items, Func<T, Guid> value) => PostgresRows.Array(items, value, NpgsqlDbType.Uuid);

    private static NpgsqlParameter Integers<T>(IReadOnlyList<T> items, Func<T, long> value) => PostgresRows.Array(items, value, NpgsqlDbType.Bigint);

    private static NpgsqlParameter Texts<T>(IReadOnlyList<T> items, Func<T, string> value) => PostgresRows.Array(items, value, NpgsqlDbType.Text);

    private static NpgsqlParameter Blobs<T>(IReadOnlyList<T> items, Func<T, ReadOnlyMemory<byte>> value) =>
        PostgresRows.Array(items, item => value(item).ToArray(), NpgsqlDbType.Bytea);
}
