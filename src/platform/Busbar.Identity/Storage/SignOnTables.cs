using Busbar.Identity.SignOn;
using Busbar.Kernel;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;
using NodaTime;

namespace Busbar.Identity.Storage;

/// <summary>Who says for a tenant who its people are, and whom they know by which subject.</summary>
internal static class SignOnTables
{
    public static void Add(ModelBuilder model)
    {
        model.Entity<ProviderRow>(table =>
        {
            table.ToTable("identity_providers");
            table.HasKey(row => new { row.TenantId, row.Id });
        });
        model.Entity<PersonLinkRow>(table =>
        {
            table.ToTable("identity_person_links");
            table.HasKey(row => new { row.TenantId, row.Provider, row.Subject });
            table.HasIndex(row => new { row.TenantId, row.Holder });
        });
    }
}

/// <summary>An OpenID provider of a tenant.</summary>
[Audited("identityProvider", nameof(ProviderRow.Id), Name = nameof(ProviderRow.Name))]
internal sealed class ProviderRow : ITenantOwned, IRevised
{
    public static RowSource<KnownProvider> Source { get; } = new(
        "identity_providers", "tenant_id, id, name, issuer, client_id, sealed_secret, scopes, role_claim, mappings, domains, makes_people, enabled, required, trusts_second_factor",
        row => new KnownProvider
        {
            Tenant = row.Id<TenantId>(0), Id = row.Id<IdentityProviderId>(1), Name = row.Text(2), Issuer = row.Text(3), ClientId = row.Text(4), SealedSecret = row.MaybeBytes(5), Scopes = row.Text(6),
            RoleClaim = row.MaybeText(7), Mappings = MappingText.Read(row.Text(8)), Domains = row.Text(9).Split(' '), MakesPeople = row.Flag(10), Enabled = row.Flag(11), Required = row.Flag(12),
            TrustsSecondFactor = row.Flag(13),
        });

    public required TenantId TenantId { get; init; }
    public required IdentityProviderId Id { get; init; }
    public required string Name { get; set; }

    /// <summary>It never changes: links are to its subjects.</summary>
    public required string Issuer { get; init; }
    public required string ClientId { get; set; }

    /// <summary>In a <see cref="SealedBox"/> with a key of this provider's own; null: there is none.</summary>
    [Sealed]
    public byte[]? SealedSecret { get; set; }

    /// <summary>Separated by spaces.</summary>
    public required string Scopes { get; set; }

    /// <summary>Null: <c>groups</c> and <c>roles</c>.</summary>
    public string? RoleClaim { get; set; }

    /// <summary>As <see cref="MappingText"/> writes them.</summary>
    public required string Mappings { get; set; }

    /// <summary>Lower case, separated by spaces.</summary>
    public required string Domains { get; set; }
    public bool MakesPeople { get; set; }
    public bool Enabled { get; set; }
    public bool Required { get; set; }
    public bool TrustsSecondFactor { get; set; }
    public Instant CreatedAt { get; init; }
    public long Revision { get; set; } = 1;
}

/// <summary>By which subject of a provider somebody is known.</summary>
[NotAudited("that somebody was linked is told by SignOnDesk, with whose it is")]
internal sealed class PersonLinkRow : ITenantOwned
{
    public required TenantId TenantId { get; init; }
    public required IdentityProviderId Provider { get; init; }
    [Personal]
    public required string Subject { get; init; }
    public required OperatorId Holder { get; init; }
    public Instant LinkedAt { get; init; }
}
