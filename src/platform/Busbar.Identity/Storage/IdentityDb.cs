using Busbar.Kernel;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Storage;

internal sealed class IdentityDb(RoomDbSetup setup) : RoomDb(setup)
{
    protected override IReadOnlyList<RoomSchema> Schemas => [IdentitySchema.Schema];

    public DbSet<TenantRow> Tenants => Set<TenantRow>();
    public DbSet<ApiClientRow> ApiClients => Set<ApiClientRow>();
    public DbSet<OperatorRow> Operators => Set<OperatorRow>();
    public DbSet<SetupLinkRow> SetupLinks => Set<SetupLinkRow>();
    public DbSet<KeyRow> Keys => Set<KeyRow>();
    public DbSet<IdempotencyRow> Idempotency => Set<IdempotencyRow>();
}

internal static class IdentitySchema
{
    public static RoomSchema Schema { get; } = new(ids => ids.Add<ApiClientId>().Add<OperatorId>(), Tables);

    private static void Tables(ModelBuilder model)
    {
        model.Entity<TenantRow>(table =>
        {
            table.ToTable("identity_tenants");
            table.HasKey(row => row.TenantId);
            table.HasIndex(row => row.Slug).IsUnique();
        });
        model.Entity<ApiClientRow>(table =>
        {
            table.ToTable("identity_api_clients");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => row.KeyHash).IsUnique();
        });
        model.Entity<OperatorRow>(table =>
        {
            table.ToTable("identity_operators");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => row.EmailFolded).IsUnique();
        });
        model.Entity<SetupLinkRow>(table =>
        {
            table.ToTable("identity_setup_links");
            table.HasKey(row => new { row.TenantId, row.CodeHash });
        });
        model.Entity<KeyRow>(table =>
        {
            table.ToTable("identity_keys");
            table.HasKey(row => new { row.TenantId, row.Name });
        });
        model.Entity<IdempotencyRow>(table =>
        {
            table.ToTable("identity_idempotency");
            table.HasKey(row => new { row.TenantId, row.Actor, row.Key });
            table.HasIndex(row => row.CreatedAt);
            table.Property(row => row.CreatedAt).IsConcurrencyToken();
        });
    }
}

/// <summary>A tenant owns its own row: <c>tenant_id</c> is its id, so that row-level security covers this table like every other.</summary>
internal sealed class TenantRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public TenantId? Parent { get; init; }
    public required string Slug { get; init; }
    public required string Name { get; set; }
    public required string Currency { get; set; }
    public required string TimeZone { get; set; }
    public Instant CreatedAt { get; init; }
    public long Revision { get; set; } = 1;
}

internal sealed class ApiClientRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public required ApiClientId Id { get; init; }
    public required string Name { get; set; }
    public required byte[] KeyHash { get; set; }

    /// <summary>Separated by spaces.</summary>
    public required string Scopes { get; set; }

    /// <summary>Made from <c>Busbar:AdminKey</c>: a new key there replaces this one's, and a start without one revokes it.</summary>
    public bool Configured { get; init; }

    public Instant CreatedAt { get; init; }
    public Instant? LastUsedAt { get; set; }
    public Instant? RevokedAt { get; set; }
    public long Revision { get; set; } = 1;
}

internal sealed class OperatorRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public required OperatorId Id { get; init; }
    public required string Email { get; set; }

    /// <summary>As <see cref="Operators.OperatorDesk.Fold"/> makes it: unique in the installation, since one signs in without naming a tenant.</summary>
    public required string EmailFolded { get; set; }

    /// <summary>ASP.NET Core Identity's format, which names its own parameters.</summary>
    public required string PasswordHash { get; set; }

    /// <summary>Random; a new one ends every session.</summary>
    public required string SecurityStamp { get; set; }

    /// <summary>Separated by spaces.</summary>
    public required string Scopes { get; set; }

    public Instant CreatedAt { get; init; }
    public Instant? LastSignInAt { get; set; }
    public Instant? DisabledAt { get; set; }
    public long Revision { get; set; } = 1;
}

/// <summary>Of the tenant <c>default</c>; all are gone once it has an operator.</summary>
internal sealed class SetupLinkRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required byte[] CodeHash { get; init; }
    public Instant CreatedAt { get; init; }
    public Instant ExpiresAt { get; init; }
}

/// <summary>The installation's, not a tenant's: <c>tenant_id</c> is all zeros, which no tenant's scope ever sees.</summary>
internal sealed class KeyRow : ITenantOwned
{
    public const string Installation = "installation";

    public static RowSource<KeyRow> Source { get; } = new(
        "identity_keys", "tenant_id, name, value", row => new KeyRow { TenantId = row.Id<TenantId>(0), Name = row.Text(1), Value = row.Bytes(2) });

    public required TenantId TenantId { get; init; }
    public required string Name { get; init; }
    public required byte[] Value { get; init; }
}

internal sealed class IdempotencyRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required string Actor { get; init; }
    public required string Key { get; init; }
    public required byte[] RequestHash { get; set; }
    public required Instant CreatedAt { get; set; }

    /// <summary>0 while the request runs.</summary>
    public int Status { get; set; }

    /// <summary>Headers and body, sealed: an answer may carry a password that is shown once.</summary>
    public byte[]? Answer { get; set; }
}
