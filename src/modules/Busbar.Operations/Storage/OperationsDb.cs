using Busbar.Egress;
using Busbar.Kernel;
using Busbar.Operations.Contracts;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Operations.Storage;

/// <summary>How far an alert is.</summary>
internal enum AlertState
{
    Open,

    /// <summary>Still so, and somebody has taken it up.</summary>
    Acknowledged,
    Resolved,
}

[Audited("alert", nameof(AlertRow.Id), Name = nameof(AlertRow.Thing))]
internal sealed class AlertRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public required AlertId Id { get; init; }
    public required AlertRule Rule { get; init; }

    /// <summary>See <see cref="Finding.Thing"/>.</summary>
    public required string Thing { get; init; }
    public AlertState State { get; set; }
    public StationId? StationId { get; init; }

    /// <summary>The station's name when it was raised.</summary>
    public string? Station { get; init; }
    public LocationId? LocationId { get; init; }

    /// <summary>The site's name when it was raised.</summary>
    public string? Location { get; init; }
    public int? Evse { get; init; }
    public int? Connector { get; init; }
    public SessionId? SessionId { get; init; }

    /// <summary>Of a site: how many stations were away.</summary>
    public int? Stations { get; init; }

    /// <summary>As the station said it. Of missing prices the curve's name when it was raised.</summary>
    public string? Error { get; init; }

    public required Instant Since { get; init; }
    public required Instant RaisedAt { get; init; }

    /// <summary>When it was last so; null while it is.</summary>
    public Instant? ClearedAt { get; set; }
    public Instant? ResolvedAt { get; set; }

    /// <summary>It is not well: it became part of a site's alert.</summary>
    public bool Merged { get; set; }
    public Instant? AcknowledgedAt { get; set; }
    public string? AcknowledgedBy { get; set; }
    [Personal]
    public string? Note { get; set; }

    /// <summary>In micro-units; see <see cref="MoneyAtRisk"/>.</summary>
    public long? RiskPerHour { get; init; }
    public long? RiskFixed { get; init; }
    public string? Currency { get; init; }
    public long Revision { get; set; } = 1;

    /// <summary>The curve's name, of missing prices.</summary>
    public string? CurveName => Rule == AlertRule.PricesMissing ? Error : null;

    /// <summary>It is about what is kept, and about no station.</summary>
    public bool IsOfKeeping => Rule is AlertRule.RetentionFails or AlertRule.ErasureOpen;

    public OpenAlert ToOpen() => new(Id, Rule, Thing, Since, ClearedAt);

    /// <returns>False: somebody has taken it up already, or it is over.</returns>
    public bool TryAcknowledge(string actor, Instant now)
    {
        if (State != AlertState.Open) return false;
        (State, AcknowledgedAt, AcknowledgedBy) = (AlertState.Acknowledged, now, actor);
        return true;
    }

    /// <summary>What it has cost until then; null: nothing is known.</summary>
    public Money? CostUntil(Instant now) => Busbar.Kernel.Currency.TryParse(Currency, out var currency)
        ? RiskFixed is { } amount ? Money.FromMicros(amount, currency)
            : RiskPerHour is { } perHour ? Money.FromMicros(perHour, currency) * MoneyAtRisk.Hours(Duration.Max(Duration.Zero, (ClearedAt ?? ResolvedAt ?? now) - Since)) : null
        : null;
}

/// <summary>A rule that a tenant has changed.</summary>
[Audited("alertRule", nameof(RuleRow.Rule))]
internal sealed class RuleRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public required AlertRule Rule { get; init; }
    public bool Enabled { get; set; }
    public int AfterMinutes { get; set; }
    public int RecoverMinutes { get; set; }
    public int Amount { get; set; }
    public long Revision { get; set; } = 1;

    public RuleSettings ToSettings() => new(Rule, Enabled, Duration.FromMinutes(AfterMinutes), Duration.FromMinutes(RecoverMinutes), Amount);
}

internal enum ChannelKind
{
    Mail,
    Webhook,
}

[Audited("channel", nameof(ChannelRow.Id), Name = nameof(ChannelRow.Name))]
internal sealed class ChannelRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public required ChannelId Id { get; init; }
    public required ChannelKind Kind { get; init; }

    /// <summary>Of who is mailed to it is often their name.</summary>
    [Personal(When = nameof(IsMail))]
    public required string Name { get; set; }
    internal bool IsMail => Kind == ChannelKind.Mail;

    /// <summary>A mail address or a URL.</summary>
    [AuditAddress]
    [Personal]
    public required string Target { get; set; }

    /// <summary>Of mails.</summary>
    public required string Language { get; set; }
    public bool Enabled { get; set; } = true;

    /// <summary>Of a webhook, sealed.</summary>
    [Sealed]
    public byte[]? Secret { get; set; }

    /// <summary>The one before, which signs too until then.</summary>
    [Sealed]
    public byte[]? FormerSecret { get; set; }
    public Instant? FormerUntil { get; set; }
    public required Instant CreatedAt { get; init; }
    public long Revision { get; set; } = 1;
}

internal static class OperationsSchema
{
    public static RoomSchema Schema { get; } = new(ids => ids.Add<AlertId>().Add<ChannelId>().Add<StationId>().Add<LocationId>().Add<SessionId>(), Tables);

    private static void Tables(ModelBuilder model)
    {
        model.Entity<AlertRow>(table =>
        {
            table.ToTable("operations_alerts");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.Property(row => row.Rule).HasConversion<long>();
            table.Property(row => row.State).HasConversion<long>();
            // One thing is wrong once.
            table.HasIndex(row => new { row.TenantId, row.Rule, row.Thing }).IsUnique().HasDatabaseName("ix_operations_open").HasFilter("resolved_at IS NULL");
            table.HasIndex(row => new { row.TenantId, row.State, row.Id });
            table.HasIndex(row => new { row.TenantId, row.Station, row.Id });
        });
        model.Entity<RuleRow>(table =>
        {
            table.ToTable("operations_rules");
            table.HasKey(row => new { row.TenantId, row.Rule });
            table.Property(row => row.Rule).HasConversion<long>();
        });
        model.Entity<ChannelRow>(table =>
        {
            table.ToTable("operations_channels");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.Property(row => row.Kind).HasConversion<long>();
        });
    }
}

internal sealed class OperationsDb(RoomDbSetup setup) : RoomDb(setup)
{
    public DbSet<AlertRow> Alerts => Set<AlertRow>();
    public DbSet<RuleRow> Rules => Set<RuleRow>();
    public DbSet<ChannelRow> Channels => Set<ChannelRow>();

    // An alert and what is told of it are one unit of work.
    protected override IReadOnlyList<RoomSchema> Schemas => [OperationsSchema.Schema, EgressModule.Schema];
}
