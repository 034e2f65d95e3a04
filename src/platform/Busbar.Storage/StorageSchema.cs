using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Cluster;
using Busbar.Storage.Commits;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Storage;

/// <summary>The journal, the leases and the cluster's members, as tables. Rows are written by this room's own statements, never through EF.</summary>
internal static class StorageSchema
{
    public static RoomSchema Schema { get; } = new(ids => ids.Add<StationRef>(), Tables);

    private static void Tables(ModelBuilder model)
    {
        model.Entity<JournalRecord>(table =>
        {
            table.ToTable(JournalTables.Journal);
            table.HasKey(row => new { row.TenantId, row.StationId, row.Epoch, row.N });
            table.HasIndex(row => new { row.TenantId, row.StationId, row.NaturalKey }).IsUnique();
        });
        model.Entity<TailRecord>(table =>
        {
            table.ToTable(JournalTables.Tail);
            table.HasKey(row => row.Id);
            table.Property(row => row.Id).ValueGeneratedNever();
        });
        model.Entity<LeaseRecord>(table =>
        {
            table.ToTable(JournalTables.Leases);
            table.HasKey(row => new { row.TenantId, row.StationId });
        });
        model.Entity<WireRecord>(table =>
        {
            table.ToTable("storage_wirelog");
            table.HasKey(row => new { row.TenantId, row.StationId, row.Position });
            table.HasIndex(row => new { row.TenantId, row.At });
        });
        model.Entity<ClusterVersionRecord>(table =>
        {
            table.ToTable(ClusterTable.Tables.Version);
            table.HasKey(row => row.TenantId);
        });
        model.Entity<ClusterMemberRecord>(table =>
        {
            table.ToTable(ClusterTable.Tables.Members);
            table.HasKey(row => new { row.TenantId, row.Address });
        });
    }

    /// <summary>A schema of its own, since it is read through EF.</summary>
    public static RoomSchema Jobs { get; } = new(_ => { }, model => model.Entity<JobRow>(table =>
    {
        table.ToTable("storage_jobs");
        table.HasKey(row => new { row.TenantId, row.Name });
    }));

    /// <summary>A station's internal id, as the journal refers to it: this room knows no stations.</summary>
    internal readonly record struct StationRef(Guid Value) : ITypedId<StationRef>
    {
        public static string Prefix => "sta";
        public static StationRef From(Guid value) => new(value);
    }

    [NotAudited("it is the truth of what stations told")]
    internal abstract class JournalColumns : ITenantOwned
    {
        public TenantId TenantId { get; init; }
        public StationRef StationId { get; init; }
        public long Epoch { get; init; }
        public long N { get; init; }
        public long Origin { get; init; }
        public long ReceivedAt { get; init; }
        public long Protocol { get; init; }
        public required string Action { get; init; }
        public required string MessageId { get; init; }
        public required byte[] NaturalKey { get; init; }
        [Personal]
        public required byte[] Raw { get; init; }
        [Personal]
        public required byte[] Answer { get; init; }
        public required byte[] Decided { get; init; }
        public long SchemaVersion { get; init; }
    }

    internal sealed class JournalRecord : JournalColumns;

    /// <summary>Used by the embedded store; it has no index.</summary>
    internal sealed class TailRecord : JournalColumns
    {
        public long Id { get; init; }
    }

    [NotAudited("a lease")]
    internal sealed class LeaseRecord : ITenantOwned
    {
        public TenantId TenantId { get; init; }
        public StationRef StationId { get; init; }
        public long Epoch { get; init; }
        public required string Node { get; init; }
        public long ClaimedAt { get; init; }
    }

    /// <summary>
    /// Used on PostgreSQL; the embedded store keeps its frames in a file of their own. The time's index is an ordinary one: the space of what is forgotten
    /// is written again, and ranges of pages (BRIN) would soon hold all times.
    /// </summary>
    [NotAudited("frames, for a few days")]
    internal sealed class WireRecord : ITenantOwned
    {
        public TenantId TenantId { get; init; }
        public StationRef StationId { get; init; }
        public long Position { get; init; }
        public long At { get; init; }
        [Personal]
        public required byte[] Frames { get; init; }
    }

    /// <summary>The installation's; used on PostgreSQL, where several processes may serve one database. So is the next.</summary>
    [NotAudited("the processes of this database")]
    internal sealed class ClusterVersionRecord : ITenantOwned
    {
        public TenantId TenantId { get; init; }
        public long Version { get; init; }
    }

    [NotAudited("the processes of this database")]
    internal sealed class ClusterMemberRecord : ITenantOwned
    {
        public TenantId TenantId { get; init; }
        public required string Address { get; init; }
        public required string Node { get; init; }
        public required string Host { get; init; }
        public long Status { get; init; }
        public long StartedAt { get; init; }
        public long AliveAt { get; init; }
        public required string Suspicions { get; init; }
    }
}
