using Busbar.Identity;
using Busbar.Shell.People;

namespace Busbar.Shell.SignOn;

/// <summary>One line of the form: who has the value holds the role there.</summary>
internal sealed class MappingDraft
{
    public string Value { get; set; } = "";
    public GrantDraft Grant { get; init; } = new();

    public RoleMappingInput ToInput()
    {
        var grant = Grant.ToInput();
        return new RoleMappingInput { Value = Value.Trim(), Role = grant.Role, Where = grant.Where, Ids = grant.Ids };
    }

    /// <summary>A location has a line of its own; stations share one.</summary>
    public static IEnumerable<MappingDraft> Of(RoleMappingInput mapping) => mapping.Where switch
    {
        "locations" => (mapping.Ids ?? []).Select(id => new MappingDraft { Value = mapping.Value, Grant = new GrantDraft { Role = mapping.Role, Where = id } }),
        GrantDraft.Stations => [new MappingDraft { Value = mapping.Value, Grant = new GrantDraft { Role = mapping.Role, Where = GrantDraft.Stations, Names = string.Join(", ", mapping.Ids ?? []) } }],
        _ => [new MappingDraft { Value = mapping.Value, Grant = new GrantDraft { Role = mapping.Role, Where = GrantDraft.Tenant } }],
    };
}

/// <summary>A provider while it is typed.</summary>
internal sealed class ProviderDraft
{
    public string Name { get; set; } = "";
    public string Issuer { get; set; } = "";
    public string ClientId { get; set; } = "";

    /// <summary>Empty: it stays.</summary>
    public string Secret { get; set; } = "";
    public string Scopes { get; set; } = "openid email profile";
    public string RoleClaim { get; set; } = "";
    public string Domains { get; set; } = "";
    public bool MakesPeople { get; set; }
    public bool Enabled { get; set; } = true;
    public bool Required { get; set; }
    public bool TrustsSecondFactor { get; set; }
    public List<MappingDraft> Mappings { get; } = [];

    public static ProviderDraft Of(RegisteredProvider provider)
    {
        var draft = new ProviderDraft
        {
            Name = provider.Name, Issuer = provider.Issuer, ClientId = provider.ClientId, Scopes = string.Join(' ', provider.Scopes), RoleClaim = provider.RoleClaim ?? "", Domains = string.Join(", ", provider.Domains),
            MakesPeople = provider.MakesPeople, Enabled = provider.Enabled, Required = provider.Required, TrustsSecondFactor = provider.TrustsSecondFactor,
        };
        draft.Mappings.AddRange(provider.Mappings.SelectMany(MappingDraft.Of));
        return draft;
    }

    public IdentityProviderInput ToInput() => new()
    {
        Name = Name.Trim(), Issuer = Issuer.Trim(), ClientId = ClientId.Trim(), ClientSecret = Secret.Length == 0 ? null : Secret, Scopes = Parts(Scopes), RoleClaim = RoleClaim.Trim() is { Length: > 0 } claim ? claim : null,
        Domains = Parts(Domains), MakesPeople = MakesPeople, Enabled = Enabled, Required = Required, TrustsSecondFactor = TrustsSecondFactor, Mappings = [.. Mappings.Select(mapping => mapping.ToInput())],
    };

    private static string[] Parts(string text) => text.Split([' ', ',', '\n'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
