using System.Reflection;
using Busbar.Kernel;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;
using NodaTime;

namespace Busbar.Storage.Rooms;

/// <summary>A row that one tenant owns: the filter and row-level security find it by this column.</summary>
public interface ITenantOwned
{
    TenantId TenantId { get; }
}

/// <summary>A row that people edit: the revision grows with every change and is compared when the row is written (the API's ETag).</summary>
public interface IRevised
{
    long Revision { get; set; }
}

/// <summary>What a room's context is made with; it comes from <see cref="RoomDbFactory{TDb}"/>.</summary>
public sealed record RoomDbSetup(DbContextOptions Options, Database Database, TenantScope Scope);

/// <summary>
/// The base of every room's small runtime context: the same column types, names and tenant filter everywhere.
/// One context is one unit of work of one <see cref="TenantScope"/>; <see cref="CommitAsync"/> makes it durable.
/// </summary>
public abstract class RoomDb : DbContext
{
    private readonly DatabaseKind _kind;
    private readonly Database? _database;

    protected RoomDb(RoomDbSetup setup) : base(setup.Options)
    {
        _kind = setup.Database.Kind;
        _database = setup.Database;
        Scope = setup.Scope;
    }

    /// <summary>For design time and for the schema's sum, which read and write no rows.</summary>
    protected RoomDb(DbContextOptions options, DatabaseKind kind) : base(options)
    {
        _kind = kind;
        Scope = TenantScope.System;
    }

    public TenantScope Scope { get; }

    // A member, not a captured value: the filter is compiled once per model and reads it from the context at hand.
    private TenantId Tenant => Scope.Tenant;

    /// <summary>Saves and commits. On PostgreSQL this ends the unit of work's transaction.</summary>
    /// <exception cref="DbUpdateConcurrencyException">A row with a revision was changed by someone else.</exception>
    public Task CommitAsync(CancellationToken ct) => CommitAsync(null, ct);

    /// <summary>The same, with statements on whole sets (<c>ExecuteUpdateAsync</c>, <c>ExecuteDeleteAsync</c>) in the same transaction, before the rows.</summary>
    public async Task CommitAsync(Func<CancellationToken, Task>? statements, CancellationToken ct)
    {
        foreach (var entry in ChangeTracker.Entries<IRevised>())
            if (entry.State == EntityState.Modified) entry.Entity.Revision++;
        if (_kind == DatabaseKind.Postgres)
        {
            if (statements is not null) await statements(ct);
            await SaveChangesAsync(ct);
            await Database.CommitTransactionAsync(ct);
        }
        else await CommitSqliteAsync(statements, ct);
        if (!Scope.All) _database!.Hints.Tell(Scope.Tenant);
    }

    private async Task CommitSqliteAsync(Func<CancellationToken, Task>? statements, CancellationToken ct)
    {
        await _database!.SqliteWriteGate.WaitAsync(ct);
        try
        {
            if (statements is null)
            {
                await SaveChangesAsync(ct);
                return;
            }
            await using var transaction = await Database.BeginTransactionAsync(ct);
            await statements(ct);
            await SaveChangesAsync(ct);
            await transaction.CommitAsync(ct);
        }
        finally { _database.SqliteWriteGate.Release(); }
    }

    /// <summary>The schemas that this context reads and writes: its own room's.</summary>
    protected abstract IReadOnlyList<RoomSchema> Schemas { get; }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<Instant>().HaveConversion<InstantConverter>();
        configurationBuilder.Properties<Energy>().HaveConversion<EnergyConverter>();
        var ids = new IdColumns(configurationBuilder, _kind);
        ids.Add<TenantId>();
        foreach (var schema in Schemas) schema.Ids(ids);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        foreach (var schema in Schemas) schema.Tables(modelBuilder);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            foreach (var property in entity.GetProperties())
            {
                property.SetColumnName(SnakeCase(property.Name));
                // Sort keys compare bytes on both databases, whatever the cluster's locale is.
                if (_kind == DatabaseKind.Postgres && property.ClrType == typeof(string)) property.SetCollation("C");
            }
            if (typeof(IRevised).IsAssignableFrom(entity.ClrType)) entity.FindProperty(nameof(IRevised.Revision))!.IsConcurrencyToken = true;
            // All tenants' rows have a model of their own (RoomModelKey): an OR in the filter would keep every query from the index that begins with the tenant.
            if (!Scope.All && typeof(ITenantOwned).IsAssignableFrom(entity.ClrType))
                FilterMethod.MakeGenericMethod(entity.ClrType).Invoke(this, [modelBuilder]);
        }
    }

    private static readonly MethodInfo FilterMethod = typeof(RoomDb).GetMethod(nameof(Filter), BindingFlags.Instance | BindingFlags.NonPublic)!;

    private void Filter<T>(ModelBuilder modelBuilder) where T : class, ITenantOwned =>
        modelBuilder.Entity<T>().HasQueryFilter(row => row.TenantId == Tenant);

    private static string SnakeCase(string name) =>
        string.Concat(name.Select((c, i) => char.IsUpper(c) ? (i > 0 ? "_" : "") + char.ToLowerInvariant(c) : c.ToString()));

    private sealed class InstantConverter() : ValueConverter<Instant, long>(
        instant => instant.ToUnixTimeMilliseconds(), milliseconds => Instant.FromUnixTimeMilliseconds(milliseconds));

    private sealed class EnergyConverter() : ValueConverter<Energy, long>(energy => energy.MilliwattHours, value => new Energy(value));
}
