using Busbar.Identity.Http;
using NodaTime;

namespace Busbar.Identity;

/// <summary>A value of the provider's claim, and the role that who has it holds at a place or at several.</summary>
public sealed record RoleMappingInput
{
    /// <summary>As the provider writes it, such as a group's name or id. Letters count as they are.</summary>
    public required string Value { get; init; }

    /// <summary>A built-in role's name, or the id of one of the tenant's own.</summary>
    public required string Role { get; init; }

    /// <summary><c>tenant</c>, <c>locations</c> or <c>stations</c>.</summary>
    public required string Where { get; init; }

    /// <summary>Of locations their ids, of stations their <c>stationId</c>; of the tenant none.</summary>
    public IReadOnlyList<string>? Ids { get; init; }
}

/// <summary>An OpenID provider as somebody asks for it.</summary>
public sealed record IdentityProviderInput
{
    public required string Name { get; init; }

    /// <summary>As its discovery document names itself, to the letter. It cannot change.</summary>
    public required string Issuer { get; init; }

    public required string ClientId { get; init; }

    /// <summary>It is never shown again. Absent: there is none, or in a change, it stays.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>What is asked for; absent: <c>openid</c>, <c>email</c> and <c>profile</c>.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>The claim of the ID token whose values are mapped; absent: <c>groups</c> and <c>roles</c>.</summary>
    public string? RoleClaim { get; init; }

    public IReadOnlyList<RoleMappingInput> Mappings { get; init; } = [];

    /// <summary>Those of the e-mail addresses that it may speak of, such as <c>example.com</c>.</summary>
    public required IReadOnlyList<string> Domains { get; init; }

    /// <summary>Somebody who is not here yet gets an account when they first come by it, with what the mappings give.</summary>
    public bool MakesPeople { get; init; }

    public bool Enabled { get; init; } = true;

    /// <summary>People of its domains come in by it only. The owner who was there first keeps the password.</summary>
    public bool Required { get; init; }

    /// <summary>Where it says that it asked for a second factor, none is asked for here.</summary>
    public bool TrustsSecondFactor { get; init; }
}

/// <summary>A provider as it is.</summary>
/// <param name="HasSecret">It has one, which is not shown.</param>
/// <param name="Mappings">A place that is there no more is left out.</param>
public sealed record RegisteredProvider(
    IdentityProviderId Id, string Name, string Issuer, string ClientId, bool HasSecret, IReadOnlyList<string> Scopes, string? RoleClaim, IReadOnlyList<RoleMappingInput> Mappings, IReadOnlyList<string> Domains,
    bool MakesPeople, bool Enabled, bool Required, bool TrustsSecondFactor, Instant CreatedAt, long Revision)
{
    /// <summary>As it would be asked for.</summary>
    public IdentityProviderInput ToInput() => new()
    {
        Name = Name, Issuer = Issuer, ClientId = ClientId, Scopes = Scopes, RoleClaim = RoleClaim, Mappings = Mappings, Domains = Domains, MakesPeople = MakesPeople, Enabled = Enabled, Required = Required,
        TrustsSecondFactor = TrustsSecondFactor,
    };
}

/// <summary>What came of changing a provider.</summary>
public abstract record ProviderChange
{
    private ProviderChange()
    {
    }

    /// <param name="Provider">As it is now; null: removed.</param>
    public sealed record Done(RegisteredProvider? Provider) : ProviderChange;

    public sealed record Gone : ProviderChange;

    /// <summary>Somebody else changed it meanwhile.</summary>
    public sealed record Stale : ProviderChange;

    public sealed record Wrong(Check Check) : ProviderChange;

    /// <summary>Who asks does not hold what people could come to by it.</summary>
    public sealed record Beyond(MissingRight Missing) : ProviderChange;

    /// <summary>Nobody would be left who can do everything.</summary>
    public sealed record LastOwner : ProviderChange;
}

/// <summary>What is wrong with a provider, found by asking it.</summary>
public enum ProviderFault
{
    /// <summary>It does not answer.</summary>
    Unreachable,

    /// <summary>Its address is one that this server does not connect to.</summary>
    NotAllowed,

    /// <summary>It answers, but not with 200.</summary>
    Status,

    /// <summary>What it answers is no document of this kind.</summary>
    Unreadable,

    /// <summary>It calls itself otherwise.</summary>
    OtherIssuer,

    /// <summary>An address that is needed is missing or is no https.</summary>
    Endpoint,

    /// <summary>It does not do the authorisation code flow with PKCE (S256).</summary>
    Flow,

    /// <summary>It has no key by which its tokens could be verified.</summary>
    Keys,
}

/// <summary>What asking a provider found.</summary>
/// <param name="Fault">Null: nothing is wrong.</param>
/// <param name="Detail">What was found instead: a status, an issuer, the name of a member.</param>
public sealed record ProviderProbe(ProviderFault? Fault, string? Detail, int Keys);
