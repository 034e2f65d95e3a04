using Busbar.Identity.Keys;
using Busbar.Identity.Personal;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Storage;

internal sealed class IdentityDb(RoomDbSetup setup) : RoomDb(setup)
{
    protected override IReadOnlyList<RoomSchema> Schemas => [IdentitySchema.Schema];

    public DbSet<TenantRow> Tenants => Set<TenantRow>();
    public DbSet<BreakGlassRow> BreakGlass => Set<BreakGlassRow>();
    public DbSet<FourEyesRequestRow> FourEyesRequests => Set<FourEyesRequestRow>();
    public DbSet<ApiClientRow> ApiClients => Set<ApiClientRow>();
    public DbSet<OperatorRow> Operators => Set<OperatorRow>();
    public DbSet<GrantRow> Grants => Set<GrantRow>();
    public DbSet<RoleRow> Roles => Set<RoleRow>();
    public DbSet<InvitationRow> Invitations => Set<InvitationRow>();
    public DbSet<SignInRow> SignIns => Set<SignInRow>();
    public DbSet<AuthenticatorRow> Authenticators => Set<AuthenticatorRow>();
    public DbSet<RecoveryCodeRow> RecoveryCodes => Set<RecoveryCodeRow>();
    public DbSet<PasskeyRow> Passkeys => Set<PasskeyRow>();
    public DbSet<UsedChallengeRow> UsedChallenges => Set<UsedChallengeRow>();
    public DbSet<ProviderRow> Providers => Set<ProviderRow>();
    public DbSet<PersonLinkRow> PersonLinks => Set<PersonLinkRow>();
    public DbSet<SetupLinkRow> SetupLinks => Set<SetupLinkRow>();
    public DbSet<DataKeyRow> DataKeys => Set<DataKeyRow>();
    public DbSet<SubjectKeyRow> SubjectKeys => Set<SubjectKeyRow>();
    public DbSet<KeyRow> Keys => Set<KeyRow>();
    public DbSet<ErasureRow> Erasures => Set<ErasureRow>();
    public DbSet<IdempotencyRow> Idempotency => Set<IdempotencyRow>();
    public DbSet<RetentionRow> Retention => Set<RetentionRow>();
    public DbSet<RetentionRunRow> RetentionRuns => Set<RetentionRunRow>();
}

internal static class IdentitySchema
{
    public static RoomSchema Schema { get; } = new(ids => ids.Add<ApiClientId>().Add<OperatorId>().Add<RoleId>().Add<InvitationId>().Add<SignInId>().Add<PlaceId>().Add<BreakGlassId>().Add<FourEyesRequestId>().Add<PasskeyId>().Add<IdentityProviderId>().Add<SubjectKeyId>().Add<ErasureId>(), Tables);

    private static void Tables(ModelBuilder model)
    {
        TenantTables.Add(model);
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
        PeopleTables.Add(model);
        FactorTables.Add(model);
        SignOnTables.Add(model);
        KeyTables.Add(model);
        RetentionTables.Add(model);
        ErasureTable.Add(model);
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

[Audited("operator", nameof(OperatorRow.Id), Name = nameof(OperatorRow.Email))]
internal sealed class OperatorRow : ITenantOwned, IRevised
{
    public required TenantId TenantId { get; init; }
    public required OperatorId Id { get; init; }
    [Personal]
    public required string Email { get; set; }

    /// <summary>As <see cref="Operators.OperatorDesk.Fold"/> makes it: unique in the installation, since one signs in without naming a tenant.</summary>
    [AuditSilent]
    [Personal]
    public required string EmailFolded { get; set; }

    /// <summary>ASP.NET Core Identity's format, which names its own parameters.</summary>
    [AuditSecret]
    public required string PasswordHash { get; set; }

    /// <summary>Random; a new one ends every session.</summary>
    [AuditSecret]
    public required string SecurityStamp { get; set; }

    /// <summary>What others call them; null: nobody said.</summary>
    [Personal]
    public string? Name { get; set; }

    public Instant CreatedAt { get; init; }
    [AuditSilent]
    public Instant? LastSignInAt { get; set; }
    public Instant? DisabledAt { get; set; }
    public long Revision { get; set; } = 1;
}

/// <summary>Of the tenant <c>default</c>; all are gone once it has an operator.</summary>
[NotAudited("printed by every start until there is an operator")]
internal sealed class SetupLinkRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required byte[] CodeHash { get; init; }
    public Instant CreatedAt { get; init; }
    public Instant ExpiresAt { get; init; }
}

/// <summary>The installation's, not a tenant's: <c>tenant_id</c> is all zeros, which no tenant's scope ever sees.</summary>
[NotAudited("the program's own keys: no tenant's, and made by no person")]
internal sealed class KeyRow : ITenantOwned
{
    public const string Installation = "installation";

    public static RowSource<KeyRow> Source { get; } = new(
        "identity_keys", "tenant_id, name, value", row => new KeyRow { TenantId = row.Id<TenantId>(0), Name = row.Text(1), Value = row.Bytes(2) });

    public required TenantId TenantId { get; init; }
    public required string Name { get; init; }

    /// <summary>Of <see cref="Installation"/> the secret, of the others a box.</summary>
    [Sealed]
    public required byte[] Value { get; init; }
}

[NotAudited("an answer that is kept for a day")]
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
    [Sealed]
    public byte[]? Answer { get; set; }
}
