using System.Reflection;
using Busbar.Kernel;
using Busbar.Storage.Audit;
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
public sealed record RoomDbSetup(DbContextOptions Options, Database Database, TenantScope Scope)
{
    /// <summary>For the times of what the audit is told.</summary>
    internal TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>
/// The base of every room's small runtime context: the same column types, names and tenant filter everywhere.
/// One context is one unit of work of one <see cref="TenantScope"/>; <see cref="CommitAsync"/> makes it durable.
/// </summary>
public abstract class RoomDb : DbContext
{
    // Above it, a statement of its own costs less than the tracker.
    private const int EntriesByTracker = 50;

    private readonly DatabaseKind _kind;
    private readonly Database? _database;
    private readonly TimeProvider _clock = TimeProvider.System;
    private readonly AuditDraft _audit = new();
    private readonly List<AuditInboxRow> _told = [];

    protected RoomDb(RoomDbSetup setup) : base(setup.Options)
    {
        _kind = setup.Database.Kind;
        _database = setup.Database;
        _clock = setup.Clock;
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

    /// <summary>What the audit calls that which this unit does to a thing, where "created", "changed" or "deleted" does not say it: <c>published</c>. Nothing where a machine writes.</summary>
    /// <param name="row">One of the thing's rows.</param>
    /// <param name="more">Members that stand beside those that changed.</param>
    public void TellAs(string verb, ITenantOwned row, params IReadOnlyList<KeyValuePair<string, object?>> more)
    {
        if (Scope.Author is not null) _audit.TellAs(verb, row, more);
    }

    /// <summary>Tells the audit what statements on whole sets do: no context tracks it.</summary>
    public void Tell(AuditFact fact) => _audit.Tell(Scope.Tenant, fact);

    /// <summary>The same in a tenant's audit, for a unit of all tenants: what is done to the installation stands in the audit of who did it.</summary>
    public void Tell(TenantId tenant, AuditFact fact) => _audit.Tell(tenant, fact);

    /// <summary>Tells the audit of rows that are inserted past the context (<see cref="BulkInsert"/>). Before the commit: there may be many, and writers wait behind it.</summary>
    public void TellAdded(IEnumerable<ITenantOwned> rows) => Take(EntityState.Added, rows);

    /// <summary>The same of rows that a statement deletes.</summary>
    public void TellRemoved(IEnumerable<ITenantOwned> rows) => Take(EntityState.Deleted, rows);

    /// <summary>The statements of this unit change nothing that the audit is told of, for this reason; what the context tracks is told all the same.</summary>
    public void LeaveUntold(string why)
    {
        ArgumentException.ThrowIfNullOrEmpty(why);
        _audit.Untold();
    }

    /// <summary>Saves and commits. On PostgreSQL this ends the unit of work's transaction.</summary>
    /// <exception cref="DbUpdateConcurrencyException">A row with a revision was changed by someone else.</exception>
    public Task CommitAsync(CancellationToken ct) => CommitAsync(null, ct);

    /// <summary>The same, with statements on whole sets (<c>ExecuteUpdateAsync</c>, <c>ExecuteDeleteAsync</c>) in the same transaction, before the rows.</summary>
    /// <exception cref="InvalidOperationException">Somebody's statements were not told to the audit, nor left untold with a reason.</exception>
    public async Task CommitAsync(Func<CancellationToken, Task>? statements, CancellationToken ct)
    {
        foreach (var entry in ChangeTracker.Entries<IRevised>())
            if (entry.State == EntityState.Modified) entry.Entity.Revision++;
        if (_kind == DatabaseKind.Postgres)
        {
            await SaveAsync(statements, ct);
            await Database.CommitTransactionAsync(ct);
        }
        else await CommitSqliteAsync(statements, ct);
        if (Scope.Author is not null) _database!.AuditBell.Ring();
        if (!Scope.All) _database!.Hints.Tell(Scope.Tenant);
    }

    private async Task CommitSqliteAsync(Func<CancellationToken, Task>? statements, CancellationToken ct)
    {
        await _database!.SqliteWriteGate.WaitAsync(ct);
        try
        {
            if (statements is null)
            {
                await SaveAsync(null, ct);
                return;
            }
            await using var transaction = await Database.BeginTransactionAsync(ct);
            await SaveAsync(statements, ct);
            await transaction.CommitAsync(ct);
        }
        finally { _database.SqliteWriteGate.Release(); }
    }

    private void Take(EntityState state, IEnumerable<ITenantOwned> rows)
    {
        if (Scope.Author is not { } author) return;
        _audit.Take(this, state, rows);
        _told.AddRange(_audit.Finish(author, _clock.GetInstant()).Select(AuditInboxRow.Of));
    }

    private async Task SaveAsync(Func<CancellationToken, Task>? statements, CancellationToken ct)
    {
        if (statements is not null) await statements(ct);
        if (Scope.Author is not { } author)
        {
            await SaveChangesAsync(ct);
            return;
        }
        if (statements is not null && !_audit.IsStatementTold) throw new InvalidOperationException($"{GetType().Name}: the statements of {author.Actor} are not told to the audit (Tell, TellAdded), nor left untold.");
        _audit.Take(ChangeTracker);
        _told.AddRange(_audit.Finish(author, _clock.GetInstant()).Select(AuditInboxRow.Of));
        if (_told.Count > EntriesByTracker && Database.CurrentTransaction is not null) await this.InsertAllAsync(_told, ct);
        else AddRange(_told);
        try { await SaveChangesAsync(ct); }
        catch
        {
            // Nothing of it is there; a context that is used again tells what it then does.
            foreach (var entry in ChangeTracker.Entries<AuditInboxRow>().ToList()) entry.State = EntityState.Detached;
            throw;
        }
        finally { _told.Clear(); }
    }

    /// <summary>The schemas that this context reads and writes: its own room's.</summary>
    protected abstract IReadOnlyList<RoomSchema> Schemas { get; }

    private IEnumerable<RoomSchema> AllSchemas => Schemas.Prepend(AuditTables.InboxSchema);

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        configurationBuilder.Properties<Instant>().HaveConversion<InstantConverter>();
        configurationBuilder.Properties<Energy>().HaveConversion<EnergyConverter>();
        var ids = new IdColumns(configurationBuilder, _kind);
        ids.Add<TenantId>();
        foreach (var schema in AllSchemas) schema.Ids(ids);
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        foreach (var schema in AllSchemas) schema.Tables(modelBuilder);
        BytesPart.AddTo(modelBuilder);
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
