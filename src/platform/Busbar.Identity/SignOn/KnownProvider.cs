using Busbar.Identity.Storage;
using Busbar.Kernel;

namespace Busbar.Identity.SignOn;

/// <summary>A provider as the sign-in knows it, from memory.</summary>
internal sealed record KnownProvider
{
    public required TenantId Tenant { get; init; }
    public required IdentityProviderId Id { get; init; }
    public required string Name { get; init; }
    public required string Issuer { get; init; }
    public required string ClientId { get; init; }
    public required byte[]? SealedSecret { get; init; }
    public required string Scopes { get; init; }
    public required string? RoleClaim { get; init; }
    public required IReadOnlyList<Mapping> Mappings { get; init; }
    public required IReadOnlyList<string> Domains { get; init; }
    public required bool MakesPeople { get; init; }
    public required bool Enabled { get; init; }
    public required bool Required { get; init; }
    public required bool TrustsSecondFactor { get; init; }

    /// <summary>The key of its secret's box: of this provider alone.</summary>
    public static string SecretPurpose(IdentityProviderId id) => $"identity-provider:{id}";

    /// <summary>The claims whose values are mapped.</summary>
    public IReadOnlyList<string> RoleClaims => RoleClaim is { } one ? [one] : ["groups", "roles"];

    /// <summary>It may speak of this address.</summary>
    public bool HasDomainOf(string email) => DomainOf(email) is { } domain && Domains.Contains(domain);

    /// <summary>In lower case; null: it is no address.</summary>
    public static string? DomainOf(string email) => email.Trim().Split('@') is [{ Length: > 0 }, { Length: > 0 } domain] ? domain.ToLowerInvariant() : null;

    /// <summary>What somebody with these values holds.</summary>
    public IReadOnlyList<Grant> GrantsOf(IReadOnlySet<string> values) => [.. Mappings.Where(mapping => values.Contains(mapping.Value)).Select(mapping => mapping.Grant).Distinct()];
}

/// <summary>A value of a claim, and what who has it holds.</summary>
internal sealed record Mapping(string Value, Grant Grant);

/// <summary>Mappings as text: a line each, the value escaped, then the grant as <see cref="GrantText"/> writes it.</summary>
internal static class MappingText
{
    public static string Write(IEnumerable<Mapping> mappings) => string.Join('\n', mappings.Select(mapping => $"{Uri.EscapeDataString(mapping.Value)} {GrantText.Write([mapping.Grant])}"));

    public static IReadOnlyList<Mapping> Read(string text) =>
    [
        .. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ', 2)).Select(part => new Mapping(Uri.UnescapeDataString(part[0]), GrantText.Read(part[1])[0])),
    ];
}
