using Busbar.Kernel;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Storage.Audit;

/// <summary>The two tables of the audit: what was written with its change and has no place yet, and the chain.</summary>
public static class AuditTables
{
    public const string InboxTable = "storage_audit_inbox";
    public const string ChainTable = "storage_audit";

    private const string MayNotDelete = "storage_audit_stays";

    private static readonly Column[] Columns =
    [
        new("tenant_id", ColumnKind.Uuid), new("id", ColumnKind.Uuid), new("at", ColumnKind.Integer), new("actor", ColumnKind.Text), new("way", ColumnKind.Text), new("source", ColumnKind.Text),
        new("action", ColumnKind.Text), new("kind", ColumnKind.Text), new("thing", ColumnKind.Text), new("name", ColumnKind.Text), new("outcome", ColumnKind.Text), new("before", ColumnKind.Text),
        new("after", ColumnKind.Text),
    ];

    internal static TableShape Inbox { get; } = new TableShape(InboxTable, 2, Columns).WrittenOnce();

    internal static TableShape Chain { get; } = new TableShape(
        ChainTable, 2, [Columns[0], new("sequence", ColumnKind.Integer), .. Columns[1..], new("previous", ColumnKind.Bytes), new("hash", ColumnKind.Bytes)]).WrittenOnce();

    /// <summary>In the order of the hash (<see cref="AuditChain"/>).</summary>
    internal const string Content = "id, at, actor, way, source, action, kind, thing, name, outcome, before, after";

    /// <summary>What the application's role may do with a table, on PostgreSQL. The audit it can write and read, and nothing else.</summary>
    public static string GrantsOn(string table) => table is InboxTable or ChainTable ? "SELECT, INSERT" : "SELECT, INSERT, UPDATE, DELETE";

    /// <summary>The embedded store has no roles: there, triggers keep the rows. Empty for every other table.</summary>
    public static IReadOnlyList<string> SqliteTriggersOn(string table) => table switch
    {
        ChainTable => [Forbid("storage_audit_is_as_it_was", "UPDATE", ChainTable, ""), KeepRows],
        InboxTable =>
        [
            Forbid("storage_audit_inbox_is_as_it_was", "UPDATE", InboxTable, ""),
            Forbid("storage_audit_inbox_stays", "DELETE", InboxTable, $"WHEN NOT EXISTS (SELECT 1 FROM {ChainTable} WHERE tenant_id = OLD.tenant_id AND id = OLD.id)"),
        ],
        _ => [],
    };

    /// <summary>Put back after a cut (<see cref="AuditCutter"/>), which takes it away for its own transaction.</summary>
    internal static string KeepRows { get; } = Forbid(MayNotDelete, "DELETE", ChainTable, "");

    internal const string LetGo = "DROP TRIGGER " + MayNotDelete;

    private static string Forbid(string name, string what, string table, string when) =>
        $"CREATE TRIGGER {name} BEFORE {what} ON {table} {when} BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END";

    /// <summary>In every room's context: entries go with the change that they tell of.</summary>
    internal static RoomSchema InboxSchema { get; } = new(ids => ids.Add<AuditId>(), model => model.Entity<AuditInboxRow>(table =>
    {
        table.ToTable(InboxTable);
        table.HasKey(row => new { row.TenantId, row.Id });
    }));

    public static RoomSchema Schema { get; } = new(ids => ids.Add<AuditId>(), model => model.Entity<AuditRow>(table =>
    {
        table.ToTable(ChainTable);
        table.HasKey(row => new { row.TenantId, row.Sequence });
        table.Property(row => row.Sequence).ValueGeneratedNever();
        // An entry has one place.
        table.HasIndex(row => new { row.TenantId, row.Id }).IsUnique();
        table.HasIndex(row => new { row.TenantId, row.At });
        table.HasIndex(row => new { row.TenantId, row.Actor, row.Sequence });
        table.HasIndex(row => new { row.TenantId, row.Action, row.Sequence });
        table.HasIndex(row => new { row.TenantId, row.Kind, row.Thing, row.Sequence });
    }));
}

internal abstract class AuditColumns : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required AuditId Id { get; init; }
    public required Instant At { get; init; }
    public required string Actor { get; init; }
    public required string Way { get; init; }
    [Rooms.Personal]
    public string? Source { get; init; }
    public required string Action { get; init; }
    public required string Kind { get; init; }
    public required string Thing { get; init; }
    public string? Name { get; init; }
    public required string Outcome { get; init; }
    public string? Before { get; init; }
    public string? After { get; init; }
}

[NotAudited("it is the audit")]
internal sealed class AuditInboxRow : AuditColumns
{
    public static AuditInboxRow Of(AuditEntry entry) => new()
    {
        TenantId = entry.Tenant, Id = entry.Id, At = entry.At, Actor = entry.Actor, Way = entry.Way, Source = entry.Source, Action = entry.Action, Kind = entry.Kind, Thing = entry.Thing,
        Name = entry.Name, Outcome = entry.Outcome, Before = entry.Before, After = entry.After,
    };
}

[NotAudited("it is the audit")]
internal sealed class AuditRow : AuditColumns
{
    public required long Sequence { get; init; }
    public required byte[] Previous { get; init; }
    public required byte[] Hash { get; init; }

    public SealedEntry ToSealed() => new(
        new AuditEntry
        {
            Tenant = TenantId, Id = Id, At = At, Actor = Actor, Way = Way, Source = Source, Action = Action, Kind = Kind, Thing = Thing, Name = Name, Outcome = Outcome, Before = Before, After = After,
        },
        Sequence, Previous, Hash);
}

internal sealed class AuditDb(RoomDbSetup setup) : RoomDb(setup)
{
    public DbSet<AuditRow> Chain => Set<AuditRow>();

    protected override IReadOnlyList<RoomSchema> Schemas => [AuditTables.Schema];
}
