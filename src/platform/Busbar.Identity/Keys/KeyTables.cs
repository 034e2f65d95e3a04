using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Keys;

internal static class KeyTables
{
    public static void Add(ModelBuilder model)
    {
        model.Entity<DataKeyRow>(table =>
        {
            table.ToTable("identity_data_keys");
            table.HasKey(row => new { row.TenantId, row.Number });
            table.Property(row => row.Number).ValueGeneratedNever();
        });
        model.Entity<SubjectKeyRow>(table =>
        {
            table.ToTable("identity_subject_keys");
            table.HasKey(row => new { row.TenantId, row.Id });
        });
    }
}

/// <summary>A key that lies wrapped in the installation's. It is the installation's own: <c>tenant_id</c> is all zeros, which no tenant's scope ever sees.</summary>
[NotAudited("who made one, and that one was destroyed, is told by KeyVault")]
internal sealed class DataKeyRow : ITenantOwned
{
    /// <summary>The key of <see cref="KeyedHash"/>, for as long as the installation lives: what it hashed is known by the hash only.</summary>
    public const long Hashing = 0;

    public static RowSource<DataKeyRow> Source { get; } = new(
        "identity_data_keys", "tenant_id, number, wrapped_by, wrapped, created_at, retired_at, empty_since",
        row => new DataKeyRow
        {
            TenantId = row.Id<TenantId>(0), Number = row.Number(1), WrappedBy = row.Text(2), Wrapped = row.Bytes(3), CreatedAt = row.Instant(4), RetiredAt = row.MaybeInstant(5), EmptySince = row.MaybeInstant(6),
        });

    public TenantId TenantId { get; init; }

    /// <summary>From 1; the highest seals.</summary>
    public required long Number { get; init; }

    /// <summary>A <see cref="WrappingKey.Name"/>.</summary>
    public required string WrappedBy { get; set; }
    public required byte[] Wrapped { get; set; }
    public required Instant CreatedAt { get; init; }

    /// <summary>When another took its place.</summary>
    public Instant? RetiredAt { get; set; }

    /// <summary>Since when no box of it was found, without a break.</summary>
    public Instant? EmptySince { get; set; }
}

/// <summary>The key of one person's data. Destroyed, the row stays: that somebody was erased, and when.</summary>
[NotAudited("that one was destroyed is told by SubjectKeys; its making is no person's")]
internal sealed class SubjectKeyRow : ITenantOwned
{
    /// <summary>The box.</summary>
    public static RowSource<byte[]?> Source { get; } = new("identity_subject_keys", "key", row => row.MaybeBytes(0));

    public required TenantId TenantId { get; init; }
    public required SubjectKeyId Id { get; init; }

    /// <summary>Null: destroyed.</summary>
    [Sealed]
    public byte[]? Key { get; set; }
    public required Instant CreatedAt { get; init; }
    public Instant? DestroyedAt { get; set; }
}
