using System.Text.Json;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Storage;

/// <summary>Who is whose, and who came in from above.</summary>
internal static class TenantTables
{
    public static void Add(ModelBuilder model)
    {
        model.Entity<TenantRow>(table =>
        {
            table.ToTable("identity_tenants");
            table.HasKey(row => row.TenantId);
            table.HasIndex(row => row.Slug).IsUnique();
            table.Property(row => row.Kind).HasConversion<long>();
            table.Property(row => row.Sharing).HasConversion<long>();
        });
        model.Entity<BreakGlassRow>(table =>
        {
            table.ToTable("identity_break_glass");
            table.HasKey(row => new { row.TenantId, row.Id });
        });
        model.Entity<FourEyesRequestRow>(table =>
        {
            table.ToTable("identity_four_eyes_requests");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.Property(row => row.Act).HasConversion<string>();
        });
    }
}

/// <summary>A tenant owns its own row: <c>tenant_id</c> is its id, so that row-level security covers this table like every other.</summary>
[Audited("tenant", nameof(TenantRow.TenantId), Name = nameof(TenantRow.Slug))]
internal sealed class TenantRow : ITenantOwned, IRevised
{
    public static RowSource<Tenant> Source { get; } = new(
        "identity_tenants", "tenant_id, parent, slug, name, currency, time_zone, kind, sharing, languages, branding, four_eyes, requires_second_factor, closed_at",
        row => new Tenant(row.Id<TenantId>(0), row.MaybeId<TenantId>(1), row.Text(2), row.Text(3), Kernel.Currency.Parse(row.Text(4)), row.Text(5))
        {
            Kind = (TenantKind)row.Number(6), Sharing = (TenantSharing)row.Number(7), Languages = row.Text(8).Split(' '), Branding = Read<Branding>(row.MaybeText(9)) ?? new(),
            FourEyes = ReadFourEyes(row.MaybeText(10)),
            RequiresSecondFactor = row.Flag(11),
            ClosedAt = row.MaybeInstant(12),
        });

    public required TenantId TenantId { get; init; }
    public TenantId? Parent { get; init; }
    public required string Slug { get; init; }
    public required string Name { get; set; }
    public required TenantKind Kind { get; set; }
    public TenantSharing Sharing { get; set; }
    public bool RequiresSecondFactor { get; set; }
    public required string Currency { get; set; }
    public required string TimeZone { get; set; }

    /// <summary>Separated by spaces.</summary>
    public required string Languages { get; set; }

    /// <summary>A <see cref="Identity.LegalEntity"/> as JSON.</summary>
    public string? LegalEntity { get; set; }

    /// <summary>A <see cref="Identity.Branding"/> as JSON.</summary>
    public string? Branding { get; set; }

    /// <summary>Names of <see cref="Identity.FourEyes"/>, separated by spaces; null: one person may do everything.</summary>
    public string? FourEyes { get; set; }

    public Instant CreatedAt { get; init; }

    /// <summary>Null: it is open.</summary>
    public Instant? ClosedAt { get; set; }
    public long Revision { get; set; } = 1;

    public static string? WriteFourEyes(IReadOnlyList<FourEyes>? acts) => acts is { Count: > 0 } ? string.Join(' ', acts.Distinct().Order()) : null;

    public static IReadOnlyList<FourEyes> ReadFourEyes(string? text) => text is null ? [] : [.. text.Split(' ').Select(Enum.Parse<FourEyes>)];

    public static string? Write<T>(T? value) where T : class => value is null ? null : JsonSerializer.Serialize(value, Http.ApiJson.Options);

    public static T? Read<T>(string? text) where T : class => text is null ? null : JsonSerializer.Deserialize<T>(text, Http.ApiJson.Options);
}

/// <summary>Somebody from above who is in, or was.</summary>
[Audited("breakGlass", nameof(BreakGlassRow.Id), Name = nameof(BreakGlassRow.Name))]
internal sealed class BreakGlassRow : ITenantOwned
{
    public static RowSource<KnownBreakGlass> Source { get; } = new(
        "identity_break_glass", "tenant_id, id, operator, name, home, reason, begun_at, until",
        row => new KnownBreakGlass(row.Id<TenantId>(0), row.Id<BreakGlassId>(1), row.Id<OperatorId>(2), row.Text(3), row.Text(4), row.Text(5), row.Instant(6), row.Instant(7)));

    public required TenantId TenantId { get; init; }
    public required BreakGlassId Id { get; init; }
    public required OperatorId Operator { get; init; }

    /// <summary>The operator's address: who is told cannot look them up.</summary>
    [Personal]
    public required string Name { get; init; }

    /// <summary>The name of the tenant that they come from.</summary>
    public required string Home { get; init; }

    public required string Reason { get; init; }
    public Instant BegunAt { get; init; }

    /// <summary>When it ends, or ended.</summary>
    public Instant Until { get; set; }

    public KnownBreakGlass Known => new(TenantId, Id, Operator, Name, Home, Reason, BegunAt, Until);
}

/// <summary>That an act shall take one person again. It waits for the second one, and lapses.</summary>
[Audited("fourEyesRequest", nameof(FourEyesRequestRow.Id), Name = nameof(FourEyesRequestRow.Act))]
internal sealed class FourEyesRequestRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required FourEyesRequestId Id { get; init; }
    public required FourEyes Act { get; init; }

    /// <summary>The actor who asked for it.</summary>
    public required string AskedBy { get; init; }
    public Instant AskedAt { get; init; }

    /// <summary>From then on it is worth nothing.</summary>
    public Instant Until { get; init; }
}
