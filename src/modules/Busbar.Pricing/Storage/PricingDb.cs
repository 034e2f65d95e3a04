using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Storage;

internal sealed class PricingDb(RoomDbSetup setup) : RoomDb(setup)
{
    protected override IReadOnlyList<RoomSchema> Schemas => [PricingSchema.Schema];

    public DbSet<TariffRow> Tariffs => Set<TariffRow>();
    public DbSet<VersionRow> Versions => Set<VersionRow>();
    public DbSet<AssignmentRow> Assignments => Set<AssignmentRow>();
}

internal static class PricingSchema
{
    public static RoomSchema Schema { get; } = new(ids => ids.Add<TariffId>(), Tables);

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
            table.Property(row => row.State).HasConversion<string>();
        });
        model.Entity<AssignmentRow>(table =>
        {
            table.ToTable("pricing_assignments");
            table.HasKey(row => new { row.TenantId, row.TariffId, row.Position });
            table.Property(row => row.Scope).HasConversion<string>();
        });
    }
}

/// <summary>Of a version, and of a tariff. <see cref="Draft"/> comes first: what nobody published is charged to nobody.</summary>
internal enum VersionState
{
    Draft,
    Active,
    Retired,
}

/// <summary>Where an assignment applies, from wide to narrow: the order in which the narrower wins.</summary>
internal enum AssignmentScope
{
    Tenant,
    TokenGroup,
    Location,
    Station,
    Evse,
}

/// <summary>Its revision grows with every change to its versions and assignments too: the sum over a tenant tells whether its book has changed.</summary>
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
    public Instant CreatedAt { get; init; }
    public long Revision { get; set; } = 1;
}

/// <summary>Never changed but for its state: sessions are pinned to its hash.</summary>
internal sealed class VersionRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required TariffId TariffId { get; init; }
    public required int Version { get; init; }
    public required VersionState State { get; set; }

    /// <summary>Of <see cref="Canonical"/>. Two versions that say the same have the same.</summary>
    public required string Hash { get; init; }

    /// <summary>What the rater reads.</summary>
    public required byte[] Canonical { get; init; }

    /// <summary>The OCPI object, byte for byte as it was given.</summary>
    public required byte[] Document { get; init; }

    public required string OcpiVersion { get; init; }

    /// <summary>OCPI's <c>start_date_time</c> and <c>end_date_time</c>: outside of them the version applies nowhere.</summary>
    public Instant? ValidFrom { get; init; }
    public Instant? ValidUntil { get; init; }

    public Instant CreatedAt { get; init; }
}

/// <summary>A tariff's assignments are replaced together; they are told apart by their position in that list.</summary>
internal sealed class AssignmentRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required TariffId TariffId { get; init; }
    public required int Position { get; init; }
    public required AssignmentScope Scope { get; init; }

    /// <summary>As given; null for the tenant.</summary>
    public string? ScopeId { get; init; }

    /// <summary>What it is compared by: <see cref="Places"/>. A station is known by its own id here, so that its name can be given to another.</summary>
    public required string Place { get; init; }

    public required int Priority { get; init; }
    public Instant? ValidFrom { get; init; }
    public Instant? ValidUntil { get; init; }
}
