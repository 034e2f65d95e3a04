using System.Collections.Frozen;
using Busbar.Identity.Http;
using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>A named set of scopes.</summary>
/// <param name="Key">Of a built-in one its name, of a tenant's own its id.</param>
/// <param name="Name">Null of a built-in one: what that is called depends on the language.</param>
public sealed record Role(string Key, string? Name, IReadOnlyList<string> Scopes, long Revision = 0)
{
    /// <summary>Who may do everything, and make others so. Of the whole tenant only.</summary>
    public const string Owner = "owner";

    public bool IsBuiltIn => Name is null;

    /// <summary>What every tenant has. They are constants: nobody's rights change but by a release.</summary>
    public static IReadOnlyList<Role> BuiltIn { get; } =
    [
        new(Owner, null, [Scope.All]),
        new("operator", null,
        [
            Scope.LocationsRead, Scope.LocationsWrite, Scope.StationsRead, Scope.StationsWrite, Scope.StationsCommand, Scope.TokensRead, Scope.TokensWrite, Scope.TokensReveal,
            Scope.TariffsRead, Scope.TariffsWrite, Scope.SessionsRead, Scope.SessionsReview, Scope.CdrsRead, Scope.AlertsRead, Scope.AlertsWrite, Scope.NotificationsRead, Scope.NotificationsWrite, Scope.PeopleRead,
            Scope.AuditRead,
        ]),
        new("technician", null, [Scope.LocationsRead, Scope.StationsRead, Scope.StationsCommand, Scope.SessionsRead, Scope.AlertsRead, Scope.AlertsWrite]),
        new("support", null,
        [
            Scope.LocationsRead, Scope.StationsRead, Scope.StationsCommand, Scope.TokensRead, Scope.TokensWrite, Scope.TariffsRead, Scope.SessionsRead, Scope.SessionsReview, Scope.CdrsRead, Scope.AlertsRead,
        ]),
        new("finance", null, [Scope.LocationsRead, Scope.StationsRead, Scope.TariffsRead, Scope.TariffsWrite, Scope.SessionsRead, Scope.SessionsReview, Scope.CdrsRead]),
        new("siteHost", null, [Scope.LocationsRead, Scope.StationsRead, Scope.SessionsRead, Scope.CdrsRead, Scope.AlertsRead]),
        new("readOnly", null,
        [
            Scope.LocationsRead, Scope.StationsRead, Scope.TokensRead, Scope.TariffsRead, Scope.SessionsRead, Scope.CdrsRead, Scope.AlertsRead, Scope.NotificationsRead,
        ]),
    ];

    private static readonly FrozenDictionary<string, Role> ByKey = BuiltIn.ToFrozenDictionary(role => role.Key, StringComparer.Ordinal);

    public static Role? FindBuiltIn(string key) => ByKey.GetValueOrDefault(key);
}

/// <summary>A role, and where it is held.</summary>
/// <param name="Role">Its <see cref="Role.Key"/>.</param>
public sealed record Grant(string Role, Place Where);

/// <summary>A right that somebody would need.</summary>
/// <param name="Where">Where it is missing.</param>
public sealed record MissingRight(string Scope, Place Where);

/// <summary>Who may give what. Pure: what everybody holds, and where a station stands, is told.</summary>
internal static class GrantRules
{
    /// <summary>What grants come to. A role that is there no more gives nothing.</summary>
    public static Rights RightsOf(IEnumerable<Grant> grants, Func<string, Role?> roles) => Rights.Of(
        from grant in grants
        let role = roles(grant.Role)
        where role is not null
        from scope in role.Scopes
        select (scope, Reach.At(grant.Where)));

    /// <summary>Nobody gives a right that they do not hold at that very place, nor changes or shuts out somebody who holds one.</summary>
    /// <returns>The first that is missing; null: none is.</returns>
    public static MissingRight? Lacks(Rights giver, IEnumerable<Grant> grants, Func<string, Role?> roles, Func<Place, Guid?> standsAt) =>
        Lacks(giver, from grant in grants from scope in roles(grant.Role)?.Scopes ?? [] select (scope, grant.Where), standsAt);

    /// <inheritdoc cref="Lacks(Rights, IEnumerable{Grant}, Func{string, Role?}, Func{Place, Guid?})" />
    public static MissingRight? Lacks(Rights giver, IEnumerable<(string Scope, Place Where)> held, Func<Place, Guid?> standsAt) =>
        (from one in held
         where !giver.Within(one.Scope).Covers(one.Where, standsAt(one.Where))
         select new MissingRight(one.Scope, one.Where)).FirstOrDefault();

    public static bool IsOwner(IEnumerable<Grant> grants) => grants.Any(grant => grant is { Role: Role.Owner, Where.Kind: PlaceKind.Tenant });
}
