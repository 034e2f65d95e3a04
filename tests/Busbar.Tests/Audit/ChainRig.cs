using System.Data.Common;
using Busbar.Kernel;
using Busbar.Schema;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Busbar.Tests.Support;
using Npgsql;
using NodaTime;

namespace Busbar.Tests.Audit;

/// <summary>A store with chains, and somebody with the owner's rights who changes them past the program.</summary>
internal sealed class ChainRig : IAsyncDisposable
{
    public static readonly Instant Noon = Instant.FromUtc(2026, 3, 1, 12, 0);

    private readonly string? _folder;

    private ChainRig(Database database, string? folder)
    {
        (Database, _folder) = (database, folder);
        Rows = new RowWriter(database);
        Sealer = new AuditSealer(database);
        Rooms = new RoomDbFactory<AuditDb>(database, setup => new AuditDb(setup));
        Log = new AuditLog(Rooms, Rows, Sealer);
    }

    public Database Database { get; }
    public RowWriter Rows { get; }
    public AuditSealer Sealer { get; }
    public RoomDbFactory<AuditDb> Rooms { get; }
    public AuditLog Log { get; }

    public static async Task<ChainRig> NewAsync(Servers servers, DatabaseKind kind)
    {
        var folder = kind == DatabaseKind.Sqlite ? Directory.CreateTempSubdirectory("busbar-audit-").FullName : null;
        var database = folder is not null ? Database.Sqlite(folder) : Database.Postgres(await (await servers.PostgresAsync()).CreateDatabaseAsync());
        await SchemaUpgrade.ApplyAsync(database, default);
        return new ChainRig(database, folder);
    }

    public static TenantId NewTenant() => new IdSource(TimeProvider.System).New<TenantId>();

    public static AuditEntry Entry(TenantId tenant, int number) =>
        AuditEntry.Of(new Author("opr01jaudit0000000000000000000", AuditWay.Console, "192.0.2.7"), tenant, Noon + Duration.FromSeconds(number), "station.changed", "station", "sta" + number) with
        {
            Name = number % 7 == 0 ? null : "CS-" + number, Before = $$"""{"name":"before {{number}}"}""", After = $$"""{"name":"nach {{number}} · ü"}""",
        };

    /// <summary>A chain of so many entries; answers its head.</summary>
    public async Task<AuditAnchor> GivenChainAsync(TenantId tenant, int count)
    {
        await Log.WriteAsync([.. Enumerable.Range(1, count).Select(number => Entry(tenant, number))]);
        var head = (await Log.ListAsync(TenantScope.Of(tenant), new AuditFilter(), null, 1, default))[0];
        Assert.Equal(count, head.Sequence);
        return new AuditAnchor(tenant, head.Sequence, head.Hash);
    }

    /// <summary>The chain's own hash of a place, for who forges one.</summary>
    public async Task<byte[]> HashOfAsync(TenantId tenant, long sequence) => (await Log.FindAsync(TenantScope.Of(tenant), sequence, default))!.Hash;

    /// <summary>As whoever owns the tables: what the triggers and the role forbid is no hindrance.</summary>
    public async Task TamperAsync(TenantId tenant, params string[] statements)
    {
        await using var connection = await Database.OpenAsync(default);
        await using var transaction = await connection.BeginTransactionAsync();
        if (connection is NpgsqlConnection) await RunAsync(connection, transaction, "SELECT set_config('busbar.tenants', '*', true)");
        else
        {
            await RunAsync(connection, transaction, "DROP TRIGGER IF EXISTS storage_audit_stays");
            await RunAsync(connection, transaction, "DROP TRIGGER IF EXISTS storage_audit_is_as_it_was");
        }
        foreach (var statement in statements) await RunAsync(connection, transaction, statement.Replace("{tenant}", Literal(tenant.Value), StringComparison.Ordinal));
        await transaction.CommitAsync();
    }

    public string Literal(Guid id) => Database.Kind == DatabaseKind.Sqlite ? $"x'{Convert.ToHexString(id.ToByteArray(bigEndian: true))}'" : $"'{id}'::uuid";

    public string Literal(byte[] bytes) => Database.Kind == DatabaseKind.Sqlite ? $"x'{Convert.ToHexString(bytes)}'" : $"'\\x{Convert.ToHexStringLower(bytes)}'::bytea";

    public async Task<Dictionary<TenantId, AuditVerdict>> VerifyAsync(params AuditAnchor[] anchors)
    {
        var verdicts = new Dictionary<TenantId, AuditVerdict>();
        await foreach (var verdict in AuditVerifier.VerifyAsync(Database, anchors, default)) verdicts.Add(verdict.Tenant, verdict);
        return verdicts;
    }

    public async ValueTask DisposeAsync()
    {
        await Rows.DisposeAsync();
        await Database.DisposeAsync();
        if (_folder is not null) Directory.Delete(_folder, recursive: true);
    }

    private static async Task RunAsync(DbConnection connection, DbTransaction transaction, string sql)
    {
        await using var command = connection.CreateCommand();
        (command.CommandText, command.Transaction) = (sql, transaction);
        await command.ExecuteNonQueryAsync();
    }
}
