using Busbar.Schema;
using Busbar.Schema.Design;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Tests.Support;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Tests.Schema;

public sealed class MigrationTests(Servers servers)
{
    [Fact]
    public void The_migrations_are_the_models()
    {
        using var sqlite = new SqliteSchemaDbFactory().CreateDbContext([]);
        using var postgres = new PostgresSchemaDbFactory().CreateDbContext([]);
        Assert.False(sqlite.Database.HasPendingModelChanges(), "Run ./schema-migration.");
        Assert.False(postgres.Database.HasPendingModelChanges(), "Run ./schema-migration.");
    }

    [Fact]
    public void Every_table_begins_its_key_with_the_tenant()
    {
        using var db = new PostgresSchemaDbFactory().CreateDbContext([]);
        var tables = db.Model.GetEntityTypes().ToList();
        Assert.NotEmpty(tables);
        // The embedded store's tail is in the order of commits, and no more than a way into the journal.
        Assert.Empty(tables.Where(table => table.GetTableName() != JournalTables.Tail).Where(table => table.FindPrimaryKey()!.Properties[0].GetColumnName() != "tenant_id").Select(table => table.GetTableName()));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task An_upgrade_can_be_repeated_and_run_by_several_at_once(DatabaseKind kind)
    {
        await using var database = await NewDatabaseAsync(kind);
        if (kind == DatabaseKind.Postgres) await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => SchemaUpgrade.ApplyAsync(database, TestContext.Current.CancellationToken)));
        await SchemaUpgrade.ApplyAsync(database, TestContext.Current.CancellationToken);
        await SchemaUpgrade.ApplyAsync(database, TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_lock_that_a_killed_process_left_does_not_stop_the_next()
    {
        await using var database = await NewDatabaseAsync(DatabaseKind.Sqlite);
        await ExecuteAsync(database, "CREATE TABLE \"__EFMigrationsLock\" (\"Id\" INTEGER PRIMARY KEY, \"Timestamp\" TEXT NOT NULL); INSERT INTO \"__EFMigrationsLock\" VALUES (1, '2026-01-01')");
        await SchemaUpgrade.ApplyAsync(database, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_schema_from_elsewhere_is_refused(DatabaseKind kind)
    {
        await using var database = await NewDatabaseAsync(kind);
        await SchemaUpgrade.ApplyAsync(database, TestContext.Current.CancellationToken);
        await ExecuteAsync(database, "INSERT INTO \"__EFMigrationsHistory\" VALUES ('29990101000000_Later', '99')");
        await Assert.ThrowsAsync<InvalidOperationException>(() => SchemaUpgrade.ApplyAsync(database, TestContext.Current.CancellationToken));
    }

    private async Task<Database> NewDatabaseAsync(DatabaseKind kind)
    {
        var store = (await servers.NewStoreAsync(kind))[0].Split('=', 2)[1];
        return kind == DatabaseKind.Postgres ? Database.Postgres(store) : Database.Sqlite(store);
    }

    private static async Task ExecuteAsync(Database database, string sql)
    {
        await using var connection = await database.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await command.ExecuteNonQueryAsync();
    }
}
