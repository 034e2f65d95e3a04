using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Stations.Contracts;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Storage;

internal static class SimulationTables
{
    public static void Add(ModelBuilder model)
    {
        model.Entity<SimulationRow>(table =>
        {
            table.ToTable("pricing_simulations");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.Property(row => row.State).HasConversion<string>();
            // Those that wait or run, of all tenants: few, whatever the past.
            table.HasIndex(row => row.CreatedAt).HasDatabaseName("ix_simulations_unfinished").HasFilter("state IN ('Queued', 'Running')");
        });
        model.Entity<SimulationPartRow>(table =>
        {
            table.ToTable("pricing_simulation_parts");
            table.HasKey(row => new { row.TenantId, row.SimulationId, row.Number });
        });
    }
}

/// <summary>Where a simulation stands. The first is the safe one: it has done nothing yet.</summary>
internal enum SimulationState
{
    Queued,
    Running,
    Done,
    Failed,
    Cancelled,
}

/// <summary>A draft, or any version or document, over past sessions.</summary>
[NotAudited("a calculation: nothing that anybody pays follows from it")]
internal sealed class SimulationRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required SimulationId Id { get; init; }

    /// <summary>Null: of a document that is not stored.</summary>
    public TariffId? TariffId { get; init; }
    public int? Version { get; init; }

    /// <summary>What the rater reads: kept here too, so that a document that is not stored has one, and a simulation goes on whatever becomes of the tariff.</summary>
    public required byte[] Canonical { get; init; }
    public required string Hash { get; init; }
    public required string Currency { get; init; }

    /// <summary>Sessions that began in it, the end excluded.</summary>
    public required Instant FromAt { get; init; }
    public required Instant ToAt { get; init; }
    public LocationId? Location { get; init; }
    public StationId? Station { get; init; }
    public int? Evse { get; init; }
    public string? OfTariff { get; init; }

    public required SimulationState State { get; set; }

    /// <summary>Sessions that were looked at, of so many.</summary>
    public long Done { get; set; }
    public long Total { get; set; }

    /// <summary>Why it failed: a code.</summary>
    public string? Failure { get; set; }

    /// <summary>The result as JSON.</summary>
    public byte[]? Result { get; set; }

    public required Instant CreatedAt { get; init; }
    public Instant? StartedAt { get; set; }
    public Instant? EndedAt { get; set; }
}

/// <summary>The sessions of some pages with their prices: what the list and the file are read from, and what a simulation goes on behind after a restart.</summary>
[NotAudited("a calculation: nothing that anybody pays follows from it")]
internal sealed class SimulationPartRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required SimulationId SimulationId { get; init; }

    /// <summary>From 1, in the order of the sessions.</summary>
    public required int Number { get; init; }

    /// <summary>The last session that was looked at.</summary>
    public required Instant LastStartedAt { get; init; }
    public required Guid LastSession { get; init; }

    /// <summary>Sessions that were looked at up to here.</summary>
    public required long Done { get; init; }

    /// <summary>As <c>SimulationPart</c> writes them.</summary>
    public required byte[] Sessions { get; init; }
}
