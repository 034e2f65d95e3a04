using Busbar.Storage.Commits;
using NodaTime;
using Npgsql;
using NpgsqlTypes;

namespace Busbar.Storage.Wire;

/// <summary>The table <c>storage_wirelog</c>, written with <c>synchronous_commit=off</c> in transactions of its own.</summary>
internal sealed class PostgresWireStore(Database database) : IWireStore
{
    private const string Insert =
        "INSERT INTO storage_wirelog (tenant_id, station_id, position, from_station, protocol, at, frame) " +
        "SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";

    public async Task WriteAsync(IReadOnlyList<StoredFrame> frames, CancellationToken ct)
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
                Array(NpgsqlDbType.Uuid, frames.Select(frame => frame.Station.Tenant.Value)), Array(NpgsqlDbType.Uuid, frames.Select(frame => frame.Station.Station)),
                Array(NpgsqlDbType.Bigint, frames.Select(frame => frame.Position)), Array(NpgsqlDbType.Bigint, frames.Select(frame => frame.FromStation ? 1L : 0L)),
                Array(NpgsqlDbType.Bigint, frames.Select(frame => (long)frame.Protocol)), Array(NpgsqlDbType.Bigint, frames.Select(frame => frame.At.ToUnixTimeMilliseconds())),
                Array(NpgsqlDbType.Bytea, frames.Select(frame => frame.Bytes)),
            },
        });
        await batch.ExecuteNonQueryAsync(ct);
        await transaction.CommitAsync(ct);
    }

    public async Task<IReadOnlyList<LoggedFrame>> ReadAsync(StationKey station, long before, int limit, CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.Of(station.Tenant), ct);
        await using var command = unit.Command("SELECT position, from_station, protocol, at, frame FROM storage_wirelog " +
            "WHERE tenant_id = $1 AND station_id = $2 AND position < $3 ORDER BY position DESC LIMIT $4", station.Tenant.Value, station.Station, before, (long)limit);
        var found = new List<LoggedFrame>();
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
            found.Add(new LoggedFrame(reader.GetInt64(0), reader.GetInt64(1) == 1, (int)reader.GetInt64(2), Instant.FromUnixTimeMilliseconds(reader.GetInt64(3)), (byte[])reader.GetValue(4)));
        return found;
    }

    // By age only: the size of a shared database is its operator's to watch.
    public async Task ForgetAsync(Instant before, long bytes, CancellationToken ct)
    {
        await using var unit = await DatabaseUnit.OpenAsync(database, TenantScope.System, ct);
        await using var command = unit.Command("DELETE FROM storage_wirelog WHERE at < $1", before.ToUnixTimeMilliseconds());
        await command.ExecuteNonQueryAsync(ct);
        await unit.CommitAsync(ct);
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static NpgsqlParameter Array<T>(NpgsqlDbType type, IEnumerable<T> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | type };
}
