using Busbar.Kernel;
using Busbar.Storage.Commits;
using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace Busbar.Storage.Wire;

/// <summary>The table <c>storage_wirelog</c>, written with <c>synchronous_commit=off</c> in transactions of its own.</summary>
internal sealed class PostgresWireStore(Database database) : IWireStore
{
    // Two processes that held a station in the same millisecond may name a pack alike.
    private const string Insert =
        "INSERT INTO storage_wirelog (tenant_id, station_id, position, at, frames) SELECT * FROM unnest($1, $2, $3, $4, $5) " +
        "ON CONFLICT (tenant_id, station_id, position) DO UPDATE SET frames = storage_wirelog.frames || excluded.frames";

    public async Task WriteAsync(IReadOnlyList<FramePack> packs, CancellationToken ct)
    {
        await using var connection = await database.Source!.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var batch = new NpgsqlBatch(connection, transaction);
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Rooms.PostgresScope.Prepared) { Parameters = { new NpgsqlParameter<string> { TypedValue = TenantScope.System.Setting } } });
        batch.BatchCommands.Add(new NpgsqlBatchCommand("SET LOCAL synchronous_commit = off"));
        batch.BatchCommands.Add(new NpgsqlBatchCommand(Insert)
        {
            Parameters =
            {
                Array(NpgsqlDbType.Uuid, packs.Select(pack => pack.Station.Tenant.Value)), Array(NpgsqlDbType.Uuid, packs.Select(pack => pack.Station.Station)),
                Array(NpgsqlDbType.Bigint, packs.Select(pack => pack.Position)), Array(NpgsqlDbType.Bigint, packs.Select(pack => pack.At.ToUnixTimeMilliseconds())),
                Array(NpgsqlDbType.Bytea, packs.Select(pack => pack.Frames)),
            },
        });
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    public async Task<IReadOnlyList<LoggedFrame>> ReadAsync(StationKey station, long before, int limit, CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.Of(station.Tenant), ct);
        var found = new List<LoggedFrame>();
        // A busy station's few packs hold enough, a quiet one's have a frame each; and all rows that were asked for are sent, read or not.
        for (var (packs, last) = (8, before); found.Count < limit; packs *= 2)
        {
            await using var query = unit.Command("SELECT frames FROM storage_wirelog WHERE tenant_id = $1 AND station_id = $2 AND position < $3 ORDER BY position DESC LIMIT $4",
                station.Tenant.Value, station.Station, last, (long)packs);
            (var read, last) = await FramePack.ReadAsync(query, before, limit, found, ct);
            if (read < packs) break;
        }
        return FramePack.Newest(found, limit);
    }

    public async Task<long> EraseAsync(TenantId tenant, IReadOnlyList<byte[]> words, CancellationToken ct)
    {
        var (count, changed) = (0L, new List<(Guid Station, long Position, byte[] Frames)>());
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.Of(tenant), ct);
        await using (var query = unit.Command("SELECT station_id, position, frames FROM storage_wirelog WHERE tenant_id = $1", tenant.Value))
        {
            query.CommandTimeout = 0;
            await using var reader = await query.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct))
            {
                var frames = (byte[])reader.GetValue(2);
                var some = FramePack.Erase(frames, words);
                if (some == 0) continue;
                count += some;
                changed.Add((reader.GetGuid(0), reader.GetInt64(1), frames));
            }
        }
        foreach (var (station, position, frames) in changed)
        {
            await using var update = unit.Command("UPDATE storage_wirelog SET frames = $4 WHERE tenant_id = $1 AND station_id = $2 AND position = $3", tenant.Value, station, position, frames);
            await update.ExecuteNonQueryAsync(ct);
        }
        await unit.CommitAsync(ct);
        return count;
    }

    // The size of a shared database is its operator's to watch.
    public Task TrimAsync(long bytes, CancellationToken ct) => Task.CompletedTask;

    public async Task<int> ForgetAsync(TenantId tenant, Instant before, int most, CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.Of(tenant), ct);
        await using var command = unit.Command(
            "DELETE FROM storage_wirelog WHERE ctid = ANY(ARRAY(SELECT ctid FROM storage_wirelog WHERE tenant_id = $1 AND at < $2 ORDER BY at LIMIT $3))", tenant.Value, before.ToUnixTimeMilliseconds(), (long)most);
        var taken = await command.ExecuteNonQueryAsync(ct);
        await unit.CommitAsync(ct);
        return taken;
    }

    public async Task<Instant?> OldestAsync(TenantId tenant, CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.Of(tenant), ct);
        await using var command = unit.Command("SELECT min(at) FROM storage_wirelog WHERE tenant_id = $1", tenant.Value);
        return await command.ExecuteScalarAsync(ct) is long at ? Instant.FromUnixTimeMilliseconds(at) : null;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static NpgsqlParameter Array<T>(NpgsqlDbType type, IEnumerable<T> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
}
