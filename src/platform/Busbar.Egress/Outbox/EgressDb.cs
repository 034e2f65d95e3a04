using Busbar.Egress.Contracts;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Egress.Outbox;

[NotAudited("what leaves is told by what it tells of")]
internal sealed class OutboxRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required DeliveryId Id { get; init; }
    public required string Lane { get; init; }

    /// <summary>The order on the lane: grows with every message that this process puts, and by the clock from process to process.</summary>
    public required long Position { get; init; }
    public required string Kind { get; init; }
    public required string EventId { get; init; }
    public required string EventType { get; init; }
    [Personal]
    public string? About { get; init; }
    [Personal]
    public required string Body { get; init; }
    public DeliveryState State { get; set; }
    public int Attempts { get; set; }
    public required Instant CreatedAt { get; init; }

    /// <summary>Since when it is tried: since it was put, or replayed last.</summary>
    public required Instant BegunAt { get; set; }
    public required Instant DueAt { get; set; }
    public Instant? FinishedAt { get; set; }
    public string? LastError { get; set; }

    /// <summary>The process that tries it now, and until when nobody else does.</summary>
    public string? Holder { get; set; }
    public Instant? HeldUntil { get; set; }

    public OutboxMessage ToMessage() => new(TenantId, Lane, Kind, EventId, EventType, About, Body);

    public Delivery ToDelivery() => new(Id, Lane, Kind, EventId, EventType, About, State, Attempts, CreatedAt, State == DeliveryState.Waiting ? DueAt : null, FinishedAt, LastError);
}

internal static class EgressSchema
{
    public static RoomSchema Schema { get; } = new(ids => ids.Add<DeliveryId>(), model => model.Entity<OutboxRow>(table =>
    {
        table.ToTable("egress_outbox");
        table.HasKey(row => new { row.TenantId, row.Id });
        table.Property(row => row.State).HasConversion<long>();
        // What waits is little, whatever was sent: who looks what is due reads nothing else.
        table.HasIndex(row => new { row.TenantId, row.Lane, row.Position }).HasDatabaseName("ix_egress_waiting").HasFilter("state = 0");
        table.HasIndex(row => new { row.TenantId, row.State, row.Id });
        table.HasIndex(row => new { row.TenantId, row.Lane, row.Id });
    }));
}

internal sealed class EgressDb(RoomDbSetup setup) : RoomDb(setup)
{
    public DbSet<OutboxRow> Outbox => Set<OutboxRow>();

    protected override IReadOnlyList<RoomSchema> Schemas => [EgressSchema.Schema];
}
