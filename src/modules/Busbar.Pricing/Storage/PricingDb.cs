using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Stations.Contracts;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Storage;

internal sealed class PricingDb(RoomDbSetup setup) : RoomDb(setup)
{
    protected override IReadOnlyList<RoomSchema> Schemas => [PricingSchema.Schema];

    public DbSet<TariffRow> Tariffs => Set<TariffRow>();
    public DbSet<VersionRow> Versions => Set<VersionRow>();
    public DbSet<PublicationRow> Publications => Set<PublicationRow>();

    /// <summary>Those that hold; what held before is in <see cref="AssignmentHistory"/>.</summary>
    public IQueryable<AssignmentRow> Assignments => AssignmentHistory.Where(row => row.RemovedAt == null);

    public DbSet<AssignmentRow> AssignmentHistory => Set<AssignmentRow>();

    public DbSet<CurveRow> Curves => Set<CurveRow>();
    public DbSet<CurvePriceRow> CurvePrices => Set<CurvePriceRow>();
    public DbSet<SimulationRow> Simulations => Set<SimulationRow>();
    public DbSet<SimulationPartRow> SimulationParts => Set<SimulationPartRow>();
}

internal static class PricingSchema
{
    public static RoomSchema Schema { get; } = new(ids => ids.Add<TariffId>().Add<CurveId>().Add<SimulationId>().Add<LocationId>().Add<StationId>(), Tables);

    private static void Tables(ModelBuilder model)
    {
        model.Entity<TariffRow>(table =>
        {
            table.ToTable("pricing_tariffs");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.Property(row => row.State).HasConversion<string>();
        });
        model.Entity<VersionRow>(table =>
        {
            table.ToTable("pricing_versions");
            table.HasKey(row => new { row.TenantId, row.TariffId, row.Version });
            table.HasIndex(row => new { row.TenantId, row.Hash });
            table.HasIndex(row => row.ActivateAt);
            table.Property(row => row.State).HasConversion<string>();
        });
        model.Entity<PublicationRow>(table =>
        {
            table.ToTable("pricing_publications");
            table.HasKey(row => new { row.TenantId, row.TariffId, row.Number });
        });
        model.Entity<AssignmentRow>(table =>
        {
            table.ToTable("pricing_assignments");
            table.HasKey(row => new { row.TenantId, row.TariffId, row.Number });
            table.HasIndex(row => new { row.TenantId, row.Place });
            table.Property(row => row.Scope).HasConversion<string>();
        });
        CurveTables.Add(model);
        SimulationTables.Add(model);
    }
}

/// <summary>Of a version, and of a tariff. <see cref="Draft"/> comes first: what nobody published is charged to nobody.</summary>
internal enum VersionState
{
    Draft,

    /// <summary>The rule packs found no error in it.</summary>
    Linted,

    /// <summary>Somebody answers for it.</summary>
    Approved,

    /// <summary>It becomes the active one at an instant to come.</summary>
    Scheduled,
    Active,
    Retired,
}

/// <summary>
/// Where or for whom an assignment applies, in the order in which the later wins: kinds of customers, then places from wide to narrow, then what was agreed with one
/// customer, which holds wherever that customer charges.
/// </summary>
internal enum AssignmentScope
{
    Tenant,

    /// <summary>Whoever pays on the spot, without a contract (AFIR, Art. 5).</summary>
    AdHoc,

    /// <summary>Whose token it is, by the partner's own name.</summary>
    RoamingPartner,
    TokenGroup,
    Location,
    Station,
    Evse,
    Subscription,
    Contract,

    /// <summary>One token, by its uid, or one customer, by an id of the operator's choice.</summary>
    Driver,
}

/// <summary>Its revision grows with every change to its versions and assignments too: the sum over a tenant tells whether its book has changed.</summary>
[Audited("tariff", nameof(TariffRow.Id), Name = nameof(TariffRow.Name))]
internal sealed class TariffRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public required TariffId Id { get; init; }
    public required string Name { get; set; }
    public required string Currency { get; init; }

    /// <summary>A draft until its first version is published.</summary>
    public required VersionState State { get; set; }

    /// <summary>Null: it applies nowhere, whatever its assignments say.</summary>
    public int? ActiveVersion { get; set; }

    public required int LatestVersion { get; set; }

    /// <summary>The last number that was given to a publication, and to an assignment.</summary>
    [AuditSilent]
    public int LatestPublication { get; set; }
    [AuditSilent]
    public int LatestAssignment { get; set; }

    /// <summary>When what it costs, or where it applies, was changed last.</summary>
    [AuditSilent]
    public required Instant ChangedAt { get; set; }

    public Instant CreatedAt { get; init; }
    public long Revision { get; set; } = 1;
}

/// <summary>Never changed but for its state: sessions are pinned to its hash.</summary>
[Audited("tariff", nameof(VersionRow.TariffId), Part = "versions/{Version}")]
internal sealed class VersionRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required TariffId TariffId { get; init; }
    public required int Version { get; init; }
    public required VersionState State { get; set; }

    /// <summary>Of <see cref="Canonical"/>. Two versions that say the same have the same.</summary>
    public required string Hash { get; init; }

    /// <summary>What the rater reads.</summary>
    [AuditSilent]
    public required byte[] Canonical { get; init; }

    /// <summary>The OCPI object, byte for byte as it was given.</summary>
    [AuditDocument]
    public required byte[] Document { get; init; }

    public required string OcpiVersion { get; init; }

    /// <summary>OCPI's <c>start_date_time</c> and <c>end_date_time</c>: outside of them the version applies nowhere.</summary>
    public Instant? ValidFrom { get; init; }
    public Instant? ValidUntil { get; init; }

    public Instant CreatedAt { get; init; }

    /// <summary>Who wrote it; null: written before that was kept.</summary>
    public string? Author { get; init; }

    /// <summary>What the rule packs found, as JSON, and when they looked; null: they have not.</summary>
    [AuditSilent]
    public string? Findings { get; set; }
    [AuditSilent]
    public Instant? LintedAt { get; set; }

    public string? ApprovedBy { get; set; }
    public Instant? ApprovedAt { get; set; }

    /// <summary>From this instant on it is the active one; null: it is not scheduled.</summary>
    public Instant? ActivateAt { get; set; }
}

/// <summary>
/// When a version was the active one, the end excluded: a session that is told late is priced by what was published when it began. A version that is published again has
/// several; no two of a tariff's overlap, and they are never removed.
/// </summary>
[Audited("tariff", nameof(PublicationRow.TariffId), Part = "publications/{Number}")]
internal sealed class PublicationRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required TariffId TariffId { get; init; }

    /// <summary>From 1, in the order of time.</summary>
    public required int Number { get; init; }

    public required int Version { get; init; }
    public required Instant ActivatedAt { get; init; }

    /// <summary>Null: it is the active one.</summary>
    public Instant? RetiredAt { get; set; }
}

/// <summary>A tariff's assignments are replaced together. What a replacement leaves out ends, and is kept for the sessions that began under it.</summary>
[Audited("tariff", nameof(AssignmentRow.TariffId), Part = "assignments/{Number}")]
internal sealed class AssignmentRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required TariffId TariffId { get; init; }
    /// <summary>Of its tariff, from 1.</summary>
    public int Number { get; set; }

    /// <summary>In the list of those that hold.</summary>
    public int Position { get; set; }
    public required AssignmentScope Scope { get; init; }

    /// <summary>As given; null for the tenant.</summary>
    [Personal(When = nameof(NamesPerson))]
    public string? ScopeId { get; set; }

    /// <summary>What it is compared by: <see cref="Places"/>. A station is known by its own id here, so that its name can be given to another.</summary>
    [Personal(When = nameof(NamesPerson))]
    public required string Place { get; init; }

    /// <summary>It is for one driver, or for one contract.</summary>
    internal bool NamesPerson => Scope is AssignmentScope.Driver or AssignmentScope.Contract;

    public required int Priority { get; init; }

    /// <summary>Its window, as given.</summary>
    public Instant? ValidFrom { get; init; }
    public Instant? ValidUntil { get; init; }

    /// <summary>When it was made, and when it was replaced, that moment excluded; null: it holds.</summary>
    public required Instant AssignedAt { get; init; }
    public Instant? RemovedAt { get; set; }
}
