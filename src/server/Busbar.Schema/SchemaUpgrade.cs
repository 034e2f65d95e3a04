using System.Reflection;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;

namespace Busbar.Schema;

/// <summary>Brings a database to this program's schema, before anything else touches it.</summary>
public static class SchemaUpgrade
{
    // Any number that nobody else uses.
    private const long AdvisoryLock = 0x4275_7362_6172_0001;

    /// <exception cref="InvalidOperationException">The database has a schema this program does not know, or the application role cannot be assumed.</exception>
    public static async Task ApplyAsync(Database database, CancellationToken ct)
    {
        // Nearly every start. EF would build two models of the whole schema and compare them to find the same.
        var isCurrent = await IsCurrentAsync(database, ct);
        if (database.Kind == DatabaseKind.Sqlite)
        {
            if (!isCurrent) await MigrateSqliteAsync(database, ct);
            await SqliteStatistics.EnsureAsync(database, anew: !isCurrent, ct);
        }
        else if (!isCurrent) await MigratePostgresAsync(database, ct);
    }

    private static async Task MigrateSqliteAsync(Database database, CancellationToken ct)
    {
        await using var sqlite = new SqliteSchemaDb(RoomDbOptions.For<SqliteSchemaDb>(database));
        // EF's lock is a row, and a process that was killed while migrating leaves it. The data directory's lock says that nobody else is here.
        await sqlite.Database.ExecuteSqlRawAsync("DROP TABLE IF EXISTS \"__EFMigrationsLock\"", ct);
        await MigrateAsync(sqlite, ct);
    }

    private static async Task MigratePostgresAsync(Database database, CancellationToken ct)
    {
        await using var held = await database.Source!.OpenConnectionAsync(ct);
        await ExecuteAsync(held, $"SELECT pg_advisory_lock({AdvisoryLock})", ct);
        try
        {
            await using var postgres = new PostgresSchemaDb(RoomDbOptions.For<PostgresSchemaDb>(database));
            await MigrateAsync(postgres, ct);
        }
        finally { await ExecuteAsync(held, $"SELECT pg_advisory_unlock({AdvisoryLock})", CancellationToken.None); }
        await VerifyRoleAsync(held, ct);
    }

    /// <summary>The database has exactly this program's migrations, and on PostgreSQL the role.</summary>
    private static async Task<bool> IsCurrentAsync(Database database, CancellationToken ct)
    {
        const string history = "__EFMigrationsHistory";
        await using var connection = await database.OpenAsync(ct);
        var isThere = connection is NpgsqlConnection ? $"SELECT count(*) FROM pg_tables WHERE schemaname = current_schema() AND tablename = '{history}'" : $"SELECT count(*) FROM sqlite_master WHERE name = '{history}'";
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = isThere;
            if (await command.ExecuteScalarAsync(ct) is not 1L) return false;
        }
        var applied = new HashSet<string>();
        await using (var command = connection.CreateCommand())
        {
            command.CommandText = $"SELECT \"MigrationId\" FROM \"{history}\"";
            await using var reader = await command.ExecuteReaderAsync(ct);
            while (await reader.ReadAsync(ct)) applied.Add(reader.GetString(0));
        }
        if (!applied.SetEquals(KnownTo(database.Kind == DatabaseKind.Sqlite ? typeof(SqliteSchemaDb) : typeof(PostgresSchemaDb)))) return false;
        if (connection is NpgsqlConnection postgres) await VerifyRoleAsync(postgres, ct);
        return true;
    }

    // Exported: the design-time types of this assembly need one that is not shipped.
    private static IEnumerable<string> KnownTo(Type db) =>
        from type in db.Assembly.GetExportedTypes()
        where type.GetCustomAttribute<DbContextAttribute>()?.ContextType == db
        select type.GetCustomAttribute<MigrationAttribute>()?.Id into id
        where id is not null
        select id;

    private static async Task MigrateAsync(SchemaDb db, CancellationToken ct)
    {
        var known = db.Database.GetMigrations().ToHashSet();
        var unknown = (await db.Database.GetAppliedMigrationsAsync(ct)).Where(migration => !known.Contains(migration)).ToArray();
        if (unknown.Length > 0)
            throw new InvalidOperationException($"The database has a schema that this program does not know ({string.Join(", ", unknown)}): it was made by a later or an unreleased version.");
        await db.Database.MigrateAsync(ct);
    }

    private static async Task VerifyRoleAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        const string check = $"SELECT set_config('role', '{Database.ApplicationRole}', true); SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user";
        try
        {
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await using var command = new NpgsqlCommand(check, connection, transaction);
            await using var reader = await command.ExecuteReaderAsync(ct);
            await reader.NextResultAsync(ct);
            if (await reader.ReadAsync(ct) && !reader.GetBoolean(0)) return;
        }
        catch (PostgresException error)
        {
            throw new InvalidOperationException($"The login cannot assume the role {Database.ApplicationRole}: an administrator must create it (NOLOGIN NOBYPASSRLS) and grant it.", error);
        }
        throw new InvalidOperationException($"The role {Database.ApplicationRole} bypasses row-level security; an administrator must take that from it.");
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await command.ExecuteNonQueryAsync(ct);
    }
}
