using Busbar.Storage;
using Busbar.Storage.Audit;
using Microsoft.EntityFrameworkCore.Design;
using Microsoft.EntityFrameworkCore.Migrations.Design;
using Microsoft.EntityFrameworkCore.Migrations.Operations;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Schema.Design;

/// <summary>Found by dotnet-ef in this assembly.</summary>
internal sealed class DesignServices : IDesignTimeServices
{
    public void ConfigureDesignTimeServices(IServiceCollection serviceCollection) =>
        serviceCollection.AddSingleton<IMigrationsCodeGenerator, RowSecurityGenerator>();
}

/// <summary>
/// Writes PostgreSQL's row-level security into each migration that makes a table with a <c>tenant_id</c>: tables and policies are one history, and
/// no table can be made without its policy. What is append-only is so from the same history on: by the role's grants there, by triggers on SQLite.
/// </summary>
internal sealed class RowSecurityGenerator(MigrationsCodeGeneratorDependencies dependencies, CSharpMigrationsGeneratorDependencies csharp)
    : CSharpMigrationsGenerator(dependencies, csharp)
{
    private const string Role = Database.ApplicationRole;

    // A role belongs to the whole cluster: another database's migration may make it at the same moment. Where the login may not make or grant
    // it, an administrator has to; start-up finds out whether it can be assumed.
    private const string MakeRole =
        $"""
        DO $$
        BEGIN
            IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{Role}') THEN
                CREATE ROLE {Role} NOLOGIN NOSUPERUSER NOBYPASSRLS;
            END IF;
        EXCEPTION WHEN duplicate_object OR unique_violation OR insufficient_privilege THEN NULL;
        END $$;
        DO $$
        BEGIN
            IF NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
                EXECUTE format('GRANT {Role} TO %I', current_user);
            END IF;
        EXCEPTION WHEN insufficient_privilege THEN NULL;
        END $$;
        """;

    // The sub-select is evaluated once per statement, not once per row.
    private const string Visible =
        "current_setting('busbar.tenants', true) = '*' OR tenant_id = ANY ((SELECT string_to_array(nullif(current_setting('busbar.tenants', true), '*'), ','))::uuid[])";

    public override string GenerateMigration(
        string? migrationNamespace, string migrationName, IReadOnlyList<MigrationOperation> upOperations, IReadOnlyList<MigrationOperation> downOperations)
    {
        var owned = upOperations.OfType<CreateTableOperation>()
            .Where(table => table.Columns.Any(column => column is { Name: "tenant_id", ColumnType: "uuid" })).Select(table => table.Name).ToList();
        var kept = upOperations.OfType<CreateTableOperation>().Where(table => table.Columns.Any(column => column is { Name: "tenant_id", ColumnType: "BLOB" }))
            .SelectMany(table => AuditTables.SqliteTriggersOn(table.Name)).Select(trigger => new SqlOperation { Sql = trigger }).ToList();
        if (kept.Count > 0) upOperations = [.. upOperations, .. kept];
        if (owned.Count > 0) upOperations = [new SqlOperation { Sql = MakeRole }, .. upOperations, .. owned.Select(table => new SqlOperation { Sql = Secure(table) })];
        return base.GenerateMigration(migrationNamespace, migrationName, upOperations, downOperations);
    }

    private static string Secure(string table) =>
        $"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
        CREATE POLICY busbar_tenants ON {table}
            USING ({Visible})
            WITH CHECK ({Visible});
        GRANT {AuditTables.GrantsOn(table)} ON {table} TO {Role};
        """;
}
