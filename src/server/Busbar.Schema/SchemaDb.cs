using Busbar.Customers;
using Busbar.Egress;
using Busbar.Identity;
using Busbar.Operations;
using Busbar.Pricing;
using Busbar.Sessions;
using Busbar.Stations;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Schema;

/// <summary>The sum of the rooms' tables. It exists for migrations; no row is read through it.</summary>
internal abstract class SchemaDb(DbContextOptions options, DatabaseKind kind) : RoomDb(options, kind)
{
    // A room that gets tables adds its line here and runs ./schema-migration.
    protected override IReadOnlyList<RoomSchema> Schemas =>
    [
        StorageModule.Schema,
        StorageModule.Jobs,
        StorageModule.Audit,
        EgressModule.Schema,
        IdentityModule.Schema,
        StationsModule.Schema,
        CustomersModule.Schema,
        PricingModule.Schema,
        SessionsModule.Schema,
        OperationsModule.Schema,
    ];
}

/// <summary>Owns the migrations in <c>Sqlite/</c>.</summary>
internal sealed class SqliteSchemaDb(DbContextOptions options) : SchemaDb(options, DatabaseKind.Sqlite);

/// <summary>Owns the migrations in <c>Postgres/</c>.</summary>
internal sealed class PostgresSchemaDb(DbContextOptions options) : SchemaDb(options, DatabaseKind.Postgres);
