using System.Collections.Frozen;

namespace Busbar.Identity.Http;

/// <summary>What somebody may do, and where: for each scope its reach. Made once when it changes and then only looked up.</summary>
public sealed class Rights
{
    private readonly FrozenDictionary<string, Reach> _reaches;
    private readonly bool _isAll;
    private Rights? _everywhere, _reading, _whileClosed;

    private Rights(FrozenDictionary<string, Reach> reaches, bool isAll) => (_reaches, _isAll) = (reaches, isAll);

    public static Rights None { get; } = Of(Array.Empty<string>());

    /// <summary>These scopes, in the whole tenant.</summary>
    public static Rights Of(IEnumerable<string> scopes) => Of(scopes.Select(scope => (scope, Reach.Whole)));

    /// <summary>A scope that is there more than once holds at all of its places.</summary>
    public static Rights Of(IEnumerable<(string Scope, Reach Where)> held)
    {
        var reaches = held.GroupBy(one => one.Scope, StringComparer.Ordinal).ToFrozenDictionary(
            scope => scope.Key, scope => scope.Aggregate(Reach.Nowhere, (sum, one) => sum.And(one.Where)), StringComparer.Ordinal);
        return new(reaches, reaches.GetValueOrDefault(Scope.All) is { IsWhole: true });
    }

    /// <summary>Of these, those that are named; what is not held is not held by being named.</summary>
    public Rights Only(IReadOnlyCollection<string> scopes) =>
        scopes.Contains(Scope.All) ? this : Of(scopes.Where(scope => !Within(scope).IsNowhere).Select(scope => (scope, Within(scope))));

    /// <summary>Where the scope is held. <see cref="Scope.All"/> counts for the whole tenant only.</summary>
    public Reach Within(string scope) => _isAll ? Reach.Whole : _reaches.GetValueOrDefault(scope) ?? Reach.Nowhere;

    /// <summary>What these come to in a tenant below the one that they were given in. Places are of that one: what is held at some only counts for nothing there.</summary>
    public Rights Below(TenantSharing sharing) => sharing switch
    {
        TenantSharing.Full => _everywhere ??= Of(Everywhere),
        TenantSharing.Read => _reading ??= Of((_isAll ? Scope.Known : Everywhere).Where(scope => scope.EndsWith(":read", StringComparison.Ordinal))),
        _ => None,
    };

    /// <summary>What is left of these in a tenant that is closed: to look, and to erase somebody's data, which may be asked for long after.</summary>
    public Rights WhileClosed => _whileClosed ??= Of((_isAll ? Scope.Known : Everywhere).Where(scope => scope.EndsWith(":read", StringComparison.Ordinal) || scope is Scope.TokensReveal or Scope.PersonalDataManage));

    /// <summary>What is held in the whole tenant, as it was given.</summary>
    public IEnumerable<string> Everywhere => _reaches.Where(one => one.Value.IsWhole).Select(one => one.Key).Order(StringComparer.Ordinal);

    /// <summary>What is held at some places only.</summary>
    public IEnumerable<string> InPlaces => _isAll ? [] : _reaches.Where(one => !one.Value.IsWhole).Select(one => one.Key).Order(StringComparer.Ordinal);
}
