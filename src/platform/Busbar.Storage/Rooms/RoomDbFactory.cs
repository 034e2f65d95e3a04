using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;

namespace Busbar.Storage.Rooms;

/// <summary>Opens units of work for one room. A context lives for one operation, never for a circuit or a connection.</summary>
public sealed class RoomDbFactory<TDb>(Database database, Func<RoomDbSetup, TDb> create, TimeProvider? clock = null) where TDb : RoomDb
{
    private readonly DbContextOptions _options = RoomDbOptions.For<TDb>(database);

    /// <summary>
    /// A unit of work that sees the scope's rows only. On PostgreSQL it is a transaction that assumes the application role first; what is not
    /// committed by <see cref="RoomDb.CommitAsync"/> is rolled back on disposal.
    /// </summary>
    public async ValueTask<TDb> OpenAsync(TenantScope scope, CancellationToken ct)
    {
        var db = create(new RoomDbSetup(_options, database, scope) { Clock = clock ?? TimeProvider.System });
        if (database.Kind == DatabaseKind.Sqlite) return db;
        try
        {
            await db.Database.BeginTransactionAsync(ct);
            await db.Database.ExecuteSqlRawAsync(PostgresScope.Sql, [scope.Setting], ct);
            return db;
        }
        catch
        {
            await db.DisposeAsync();
            throw;
        }
    }
}

/// <summary>How a context of any kind reaches a process's database.</summary>
public static class RoomDbOptions
{
    public static DbContextOptions For<TDb>(Database database) where TDb : DbContext
    {
        var builder = new DbContextOptionsBuilder<TDb>();
        builder.ReplaceService<IModelCacheKeyFactory, RoomModelKey>();
        if (database.Source is not null) builder.UseNpgsql(database.Source);
        else builder.UseSqlite(database.ConnectionString).AddInterceptors(SqlitePragmaInterceptor.Instance);
        return builder.Options;
    }
}

/// <summary>The statement that opens every unit of work on PostgreSQL.</summary>
internal static class PostgresScope
{
    // One round trip: the role is set for the transaction, then the tenants it may see.
    public const string Sql = $"SELECT set_config('role', '{Storage.Database.ApplicationRole}', true), set_config('busbar.tenants', {{0}}, true)";

    public const string Prepared = $"SELECT set_config('role', '{Storage.Database.ApplicationRole}', true), set_config('busbar.tenants', $1, true)";
}
