using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Pricing.Market;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Pricing.Storage;

internal static class CurveTables
{
    public static void Add(ModelBuilder model)
    {
        model.Entity<CurveRow>(table =>
        {
            table.ToTable("pricing_curves");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => new { row.TenantId, row.Name }).IsUnique();
            table.Property(row => row.Gap).HasConversion<string>();
            table.Property(row => row.SourceKind).HasConversion<string>();
        });
        model.Entity<CurvePriceRow>(table =>
        {
            table.ToTable("pricing_curve_prices");
            table.HasKey(row => new { row.TenantId, row.CurveId, row.At, row.Number });
        });
    }
}

/// <summary>What is done where an interval has no price.</summary>
internal enum CurveGap
{
    /// <summary>The curve's own fallback where it has one; else each component's own price.</summary>
    Fallback,

    /// <summary>The price of the last interval before it that has one.</summary>
    LastKnown,

    /// <summary>Nothing is quoted by it, and a session that needed a price of it is held.</summary>
    Refuse,
}

/// <summary>A curve of the market. Its revision grows with its prices too.</summary>
[Audited("curve", nameof(CurveRow.Id), Name = nameof(CurveRow.Name))]
internal sealed class CurveRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public required CurveId Id { get; init; }

    /// <summary>What tariffs call it.</summary>
    public required string Name { get; init; }
    public required string Currency { get; init; }

    /// <summary>IANA: in which the market's days are counted.</summary>
    public required string TimeZone { get; set; }

    /// <summary>The length of an interval.</summary>
    public required int StepSeconds { get; init; }
    public required CurveGap Gap { get; set; }

    /// <summary>In billionths of the currency's unit, per kWh.</summary>
    public long? FallbackNano { get; set; }

    public Instant CreatedAt { get; init; }
    public Instant? PublishedAt { get; set; }

    /// <summary>Null: prices are told by the API only.</summary>
    public CurveSourceKind? SourceKind { get; set; }

    /// <summary>Sealed: a URL may hold a secret.</summary>
    [Sealed]
    public byte[]? SourceFrom { get; set; }

    /// <summary>When its source is asked next; null without one.</summary>
    [AuditSilent]
    public Instant? FetchAt { get; set; }

    /// <summary>When its source answered last, with prices or with none.</summary>
    [AuditSilent]
    public Instant? FetchedAt { get; set; }

    /// <summary>What went wrong the last time; null: nothing.</summary>
    [AuditSilent]
    public string? FetchFailure { get; set; }
    public long Revision { get; set; } = 1;
}

/// <summary>The price of an interval as it was told once. A correction is a row with the next number: none is ever changed.</summary>
[NotAudited("rows are never changed, and the curve's entry says how many were told")]
internal sealed class CurvePriceRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required CurveId CurveId { get; init; }

    /// <summary>The start of the interval.</summary>
    public required Instant At { get; init; }

    /// <summary>From 1; the highest holds.</summary>
    public required int Number { get; init; }

    /// <summary>In billionths of the currency's unit, per kWh; null: withdrawn.</summary>
    public long? PriceNano { get; init; }
    public required Instant PublishedAt { get; init; }
}
