using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Storage;

/// <summary>Who holds what where, how one comes in, and who is in.</summary>
internal static class PeopleTables
{
    public static void Add(ModelBuilder model)
    {
        model.Entity<GrantRow>(table =>
        {
            table.ToTable("identity_grants");
            table.HasKey(row => new { row.TenantId, row.Holder, row.Role, row.PlaceKind, row.PlaceId });
            table.Property(row => row.PlaceKind).HasConversion<long>();
        });
        model.Entity<RoleRow>(table =>
        {
            table.ToTable("identity_roles");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => new { row.TenantId, row.Name }).IsUnique();
        });
        model.Entity<InvitationRow>(table =>
        {
            table.ToTable("identity_invitations");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => row.CodeHash).IsUnique();
        });
        model.Entity<SignInRow>(table =>
        {
            table.ToTable("identity_sign_ins");
            table.HasKey(row => new { row.TenantId, row.Id });
            table.HasIndex(row => row.Until);
        });
    }
}

/// <summary>One role at one place; a role at several stations is several rows.</summary>
[Audited("operator", nameof(GrantRow.Holder), Part = "grants/{Role}/{PlaceKind}/{PlaceId}")]
internal sealed class GrantRow : ITenantOwned
{
    public static RowSource<(OperatorId Holder, Grant Grant, bool ByHand)> Source { get; } = new(
        "identity_grants", "holder, role, place_kind, place_id, provider",
        row => (row.Id<OperatorId>(0), new Grant(row.Text(1), new Place((PlaceKind)row.Number(2), row.Id<PlaceId>(3).Value)), row.MaybeId<IdentityProviderId>(4) is null));

    public required TenantId TenantId { get; init; }
    public required OperatorId Holder { get; init; }
    public required string Role { get; init; }
    public required PlaceKind PlaceKind { get; init; }
    public required PlaceId PlaceId { get; init; }

    /// <summary>Whose mapping gave it, and takes it away again; null: somebody did.</summary>
    [AuditSilent]
    public IdentityProviderId? Provider { get; init; }

    public Grant Grant => new(Role, new Place(PlaceKind, PlaceId.Value));

    public static GrantRow Of(TenantId tenant, OperatorId holder, Grant grant, IdentityProviderId? provider = null) => new()
    {
        TenantId = tenant, Holder = holder, Role = grant.Role, PlaceKind = grant.Where.Kind, PlaceId = new PlaceId(grant.Where.Id), Provider = provider,
    };
}

/// <summary>A location's or a station's id, which are types of a room to the right.</summary>
internal readonly record struct PlaceId(Guid Value) : ITypedId<PlaceId>
{
    public static string Prefix => "plc";
    public static PlaceId From(Guid value) => new(value);
    public override string ToString() => TypedId.Format(this);
}

/// <summary>A role of the tenant's own.</summary>
[Audited("role", nameof(RoleRow.Id), Name = nameof(RoleRow.Name))]
internal sealed class RoleRow : ITenantOwned, IRevised
{
    public static RowSource<(TenantId Tenant, Role Role)> Source { get; } = new(
        "identity_roles", "tenant_id, id, name, scopes, revision",
        row => (row.Id<TenantId>(0), new Role(row.Id<RoleId>(1).ToString(), row.Text(2), row.Text(3).Split(' '), row.Number(4))));

    public required TenantId TenantId { get; init; }
    public required RoleId Id { get; init; }
    public required string Name { get; set; }

    /// <summary>Separated by spaces.</summary>
    public required string Scopes { get; set; }

    public Instant CreatedAt { get; init; }
    public long Revision { get; set; } = 1;

    public Role Role => new(Id.ToString(), Name, Scopes.Split(' '), Revision);
}

/// <summary>A link by which somebody becomes an operator, or sets a password anew. It is gone once it was used; the database has the keyed hash of its code.</summary>
[Audited("invitation", nameof(InvitationRow.Id), Name = nameof(InvitationRow.Email))]
internal sealed class InvitationRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required InvitationId Id { get; init; }
    public required byte[] CodeHash { get; init; }
    [Personal]
    public required string Email { get; init; }
    [AuditSilent]
    [Personal]
    public required string EmailFolded { get; init; }

    /// <summary>Whose password it sets; null: it invites.</summary>
    public OperatorId? Holder { get; init; }

    /// <summary>What the invited will hold: one a line, as <see cref="GrantText"/> writes it.</summary>
    public required string Grants { get; init; }

    /// <summary>Who gave it: it is worth nothing once they may not give that any more.</summary>
    public required string GivenBy { get; init; }

    public Instant CreatedAt { get; init; }
    public Instant ExpiresAt { get; init; }
}

/// <summary>A session.</summary>
[NotAudited("that it began is told by DoorAudit, that somebody ended it by SignIns")]
internal sealed class SignInRow : ITenantOwned
{
    public static RowSource<KnownSignIn> Known { get; } = new(
        "identity_sign_ins", "id, tenant_id, holder, until, provider, had_second_factor",
        row => new KnownSignIn(row.Id<SignInId>(0), row.Id<TenantId>(1), row.Id<OperatorId>(2), row.Instant(3)) { Provider = row.MaybeId<IdentityProviderId>(4), HadSecondFactor = row.Flag(5) });

    public required TenantId TenantId { get; init; }
    public required SignInId Id { get; init; }
    public required OperatorId Holder { get; init; }
    public Instant BeganAt { get; init; }

    /// <summary>To about a minute.</summary>
    public Instant SeenAt { get; set; }

    /// <summary>It ends then, whatever is done in it.</summary>
    public Instant Until { get; init; }

    /// <summary>When its operator last proved who they are: by coming in, or by the password since.</summary>
    public Instant ConfirmedAt { get; set; }

    /// <summary>The address that it began from.</summary>
    [Personal]
    public required string Source { get; init; }

    /// <summary>What the browser says of itself, cut.</summary>
    [Personal]
    public required string Agent { get; init; }

    /// <summary>By whom its operator came in; null: by a password, a passkey or a link.</summary>
    public IdentityProviderId? Provider { get; init; }

    /// <summary>More than a password was asked for.</summary>
    public bool HadSecondFactor { get; set; }
}

/// <summary>A grant as one line: role, kind of place, the place's id.</summary>
internal static class GrantText
{
    public static string Write(IEnumerable<Grant> grants) => string.Join('\n', grants.Select(grant => $"{grant.Role} {grant.Where.Kind} {grant.Where.Id:N}"));

    public static IReadOnlyList<Grant> Read(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' '))
            .Select(part => new Grant(part[0], new Place(Enum.Parse<PlaceKind>(part[1]), Guid.ParseExact(part[2], "N")))),
    ];
}
