using System.Linq.Expressions;
using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using Busbar.Storage.Audit;
using Busbar.Storage.Commits;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Sessions.Storage;

/// <summary>
/// The room's tables. All are projections of the journal, written by the commit loop: EF only reads them. <c>State</c> is the truth of a row; the other
/// columns are for finding it.
/// </summary>
internal static class SessionsSchema
{
    public static RoomSchema Schema { get; } = new(ids => ids.Add<SessionId>().Add<CdrId>().Add<StationId>(), Tables);

    public static TableShape Sessions { get; } = new("sessions_sessions", 2,
        new("tenant_id", ColumnKind.Uuid), new("id", ColumnKind.Uuid), new("station_id", ColumnKind.Uuid), new("station", ColumnKind.Text),
        new("evse", ColumnKind.Integer), new("connector", ColumnKind.Integer), new("token_key", ColumnKind.Text), new("transaction_id", ColumnKind.Text),
        new("status", ColumnKind.Integer), new("started_at", ColumnKind.Integer), new("ended_at", ColumnKind.Integer), new("energy", ColumnKind.Integer),
        new("cost_excl_tax", ColumnKind.Integer), new("cost_incl_tax", ColumnKind.Integer), new("currency", ColumnKind.Text),
        new("version", ColumnKind.Integer), new("state", ColumnKind.Bytes));

    public static TableShape Cdrs { get; } = new TableShape("sessions_cdrs", 2,
        new("tenant_id", ColumnKind.Uuid), new("id", ColumnKind.Uuid), new("session_id", ColumnKind.Uuid), new("station_id", ColumnKind.Uuid),
        new("station", ColumnKind.Text), new("version", ColumnKind.Integer), new("credit_of", ColumnKind.Uuid), new("started_at", ColumnKind.Integer),
        new("ended_at", ColumnKind.Integer), new("energy", ColumnKind.Integer), new("cost_excl_tax", ColumnKind.Integer),
        new("cost_incl_tax", ColumnKind.Integer), new("currency", ColumnKind.Text), new("hash", ColumnKind.Bytes), new("document", ColumnKind.Bytes)).WrittenOnce();

    public static TableShape Books { get; } = new("sessions_books", 2,
        new("tenant_id", ColumnKind.Uuid), new("station_id", ColumnKind.Uuid), new("epoch", ColumnKind.Integer), new("n", ColumnKind.Integer),
        new("state", ColumnKind.Bytes));

    /// <summary>What the index of unfinished sessions holds; in a query's conditions, word for word, it lets both databases use it.</summary>
    public static Expression<Func<SessionRow, bool>> Unfinished { get; } = row => row.Status != SessionStatus.Completed && row.Status != SessionStatus.Failed;

    /// <summary>Those that have begun and not ended.</summary>
    public static Expression<Func<SessionRow, bool>> GoesOn { get; } =
        row => row.EndedAt == null && (row.Status == SessionStatus.Pending || row.Status == SessionStatus.Charging || row.Status == SessionStatus.Suspended);

    /// <summary>Sessions that are over, billed or never to be; one that is held waits for a person.</summary>
    public static RetainedRows Over { get; } = new(Sessions.Table, "ended_at", new RowMatch("status", new[] { (long)SessionStatus.Completed, (long)SessionStatus.Failed })) { From = "started_at" };

    /// <summary>For how long <see cref="Over"/> are kept.</summary>
    public static RetentionRule OverKept { get; } = new("sessions", RetentionTimes.OfBooksByDefault, 365, RetentionTimes.Longest,
        "Sessions that are over, with their meter readings and who charged. Their charge detail records stay.", "To explain a bill, line by line, while somebody may object to it.");

    private static void Tables(ModelBuilder model)
    {
        model.Entity<SessionRow>(table =>
        {
            table.ToTable(Sessions.Table);
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => new { row.TenantId, row.StationId, row.TransactionId });
            table.HasIndex(row => new { row.TenantId, row.StartedAt, row.Id });
            table.HasIndex(row => new { row.TenantId, row.TokenKey, row.StartedAt });
            table.Property(row => row.Status).HasConversion<long>();
            table.HasIndex(row => new { row.TenantId, row.Station, row.StartedAt });
            // Those that somebody may ask for by their status: few, whatever a tenant's past. A row leaves it when it is over, and is not moved in it before.
            table.HasIndex(row => new { row.TenantId, row.StartedAt }).HasDatabaseName("ix_sessions_unfinished").HasFilter("status NOT IN (3, 4)");
        });
        model.Entity<CdrRow>(table =>
        {
            table.ToTable(Cdrs.Table);
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => new { row.TenantId, row.SessionId, row.Version }).IsUnique();
            table.HasIndex(row => new { row.TenantId, row.EndedAt, row.Id });
            table.HasIndex(row => new { row.TenantId, row.Station, row.EndedAt });
        });
        model.Entity<BookRow>(table =>
        {
            table.ToTable(Books.Table);
            table.HasKey(row => new { row.TenantId, row.StationId });
        });
    }
}

[NotAudited("the journal is its truth")]
internal sealed class SessionRow : ITenantOwned
{
    public TenantId TenantId { get; init; }
    public SessionId Id { get; init; }
    public StationId StationId { get; init; }
    public required string Station { get; init; }
    public long Evse { get; init; }
    public long Connector { get; init; }
    [Personal]
    public string? TokenKey { get; init; }
    [Personal]
    public required string TransactionId { get; init; }
    public SessionStatus Status { get; init; }
    public Instant StartedAt { get; init; }
    public Instant? EndedAt { get; init; }
    public Energy Energy { get; init; }
    public long? CostExclTax { get; init; }
    public long? CostInclTax { get; init; }
    public string? Currency { get; init; }
    public long Version { get; init; }
    [Personal]
    public required byte[] State { get; init; }
}

[NotAudited("the journal is its truth")]
internal sealed class CdrRow : ITenantOwned
{
    public TenantId TenantId { get; init; }
    public CdrId Id { get; init; }
    public SessionId SessionId { get; init; }
    public StationId StationId { get; init; }
    public required string Station { get; init; }
    public long Version { get; init; }
    public CdrId? CreditOf { get; init; }
    public Instant StartedAt { get; init; }
    public Instant EndedAt { get; init; }
    public Energy Energy { get; init; }
    public long? CostExclTax { get; init; }
    public long? CostInclTax { get; init; }
    public string? Currency { get; init; }
    public required byte[] Hash { get; init; }
    [Personal]
    public required byte[] Document { get; init; }
}

[NotAudited("the journal is its truth")]
internal sealed class BookRow : ITenantOwned
{
    public TenantId TenantId { get; init; }
    public StationId StationId { get; init; }
    public long Epoch { get; init; }
    public long N { get; init; }
    public required byte[] State { get; init; }
}

internal sealed class SessionsDb(RoomDbSetup setup) : RoomDb(setup)
{
    public DbSet<SessionRow> Sessions => Set<SessionRow>();
    public DbSet<CdrRow> Cdrs => Set<CdrRow>();
    public DbSet<BookRow> Books => Set<BookRow>();

    protected override IReadOnlyList<RoomSchema> Schemas => [SessionsSchema.Schema];
}
