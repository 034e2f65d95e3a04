using Busbar.Identity.Http;

namespace Busbar.Identity.SignOn;

/// <summary>Which providers can be. Pure.</summary>
internal static class ProviderRules
{
    public const int MostMappings = 100, MostDomains = 50;
    public static readonly string[] UsualScopes = ["openid", "email", "profile"];

    public static Check Examine(IdentityProviderInput input)
    {
        var check = new Check();
        check.Text(input.Name, "/name", 100);
        check.That(IsIssuer(input.Issuer), "/issuer", "invalidValue", "Must be an https URL without a query, such as https://login.example.com.");
        check.That(IsToken(input.ClientId, 200), "/clientId", "invalidValue", "Must have 1 to 200 visible characters.");
        check.That(input.ClientSecret is null || (input.ClientSecret.Length is > 0 and <= 500 && !input.ClientSecret.Any(char.IsControl)), "/clientSecret", "invalidLength", "Must have 1 to 500 characters.");
        if (input.Scopes is { } scopes)
        {
            check.That(scopes.Count is > 0 and <= 20, "/scopes", "invalidLength", "Must have 1 to 20 scopes.");
            for (var i = 0; i < scopes.Count; i++) check.That(IsToken(scopes[i], 200), $"/scopes/{i}", "invalidValue", "Is not a scope.");
            check.That(scopes.Contains("openid"), "/scopes", "openidMissing", "Must have openid among them.");
        }
        check.That(input.RoleClaim is null || IsToken(input.RoleClaim, 200), "/roleClaim", "invalidValue", "Must have 1 to 200 visible characters.");
        check.That(input.Domains.Count is > 0 and <= MostDomains, "/domains", "invalidLength", $"Name 1 to {MostDomains} domains.");
        for (var i = 0; i < input.Domains.Count; i++) check.That(IsDomain(input.Domains[i]), $"/domains/{i}", "invalidValue", "Must be a domain, such as example.com.");
        check.That(input.Mappings.Count <= MostMappings, "/mappings", "invalidLength", $"At most {MostMappings}.");
        for (var i = 0; i < input.Mappings.Count; i++)
            check.That(input.Mappings[i].Value is { Length: > 0 and <= 200 } value && !value.Any(char.IsControl), $"/mappings/{i}/value", "invalidLength", "Must have 1 to 200 characters.");
        check.That(!input.MakesPeople || input.Mappings.Count > 0, "/mappings", "required", "Who is made by it holds only what a mapping gives.");
        return check;
    }

    /// <summary>By http only this machine, and the guard of what leaves must allow that too.</summary>
    private static bool IsIssuer(string text) =>
        text.Length <= 500 && Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
        && url is { Query.Length: 0, Fragment.Length: 0, UserInfo.Length: 0 } && !text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    private static bool IsToken(string? text, int most) => text is { Length: > 0 } && text.Length <= most && text.All(c => c is > ' ' and <= '~');

    private static bool IsDomain(string text) =>
        text.Length is > 0 and <= 253 && text.Contains('.', StringComparison.Ordinal) && Uri.CheckHostName(text) == UriHostNameType.Dns && !text.EndsWith('.');
}
