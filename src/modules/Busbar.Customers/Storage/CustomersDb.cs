using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Customers.Storage;

internal sealed class CustomersDb(RoomDbSetup setup) : RoomDb(setup)
{
    protected override IReadOnlyList<RoomSchema> Schemas => [CustomersSchema.Schema];

    public DbSet<TokenRow> Tokens => Set<TokenRow>();
}

internal static class CustomersSchema
{
    public static RoomSchema Schema { get; } = new(ids => ids.Add<TokenId>(), Tables);

    private static void Tables(ModelBuilder model)
    {
        model.Entity<TokenRow>(table =>
        {
            table.ToTable("customers_tokens");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => new { row.TenantId, row.UidFolded }).IsUnique();
            table.Property(row => row.Type).HasConversion<string>();
            table.Property(row => row.Status).HasConversion<string>();
        });
    }
}

internal enum TokenType
{
    Rfid,
    App,
    Emaid,
    Mac,
    AdHoc,
}

/// <summary>What the operator says; whether it is expired by its date is <see cref="TokenBook"/>'s to judge.</summary>
internal enum TokenState
{
    Blocked,
    Active,
    Expired,
}

[Audited("token", nameof(TokenRow.Id), Name = nameof(TokenRow.Uid))]
internal sealed class TokenRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public required TokenId Id { get; init; }

    /// <summary>As given.</summary>
    [AuditMasked]
    [Personal]
    public required string Uid { get; init; }

    /// <summary>The key: two spellings of one card are one token.</summary>
    [AuditSilent]
    [Personal]
    public required string UidFolded { get; init; }

    public required TokenType Type { get; set; }
    [AuditMasked]
    [Personal]
    public string? DriverId { get; set; }
    public string? GroupId { get; set; }
    public required TokenState Status { get; set; }
    public Instant? ValidUntil { get; set; }
    public int? ConcurrentSessions { get; set; }
    public long Revision { get; set; } = 1;

    /// <summary>OCPP 2.x IdTokenType holds 36 characters, 2.1 holds 255; an eMAID and a MAC address are shorter.</summary>
    public const int LongestUid = 255;

    public static string Fold(string uid) => uid.ToUpperInvariant();
}
