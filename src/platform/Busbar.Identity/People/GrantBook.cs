using Busbar.Identity.Http;
using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>A role at a place or at several, as somebody asks for it. Where is always said: a place that was forgotten must not mean everywhere.</summary>
public sealed record GrantInput
{
    /// <summary>A built-in role's name, or the id of one of the tenant's own.</summary>
    public required string Role { get; init; }

    /// <summary><c>tenant</c>, <c>locations</c> or <c>stations</c>.</summary>
    public required string Where { get; init; }

    /// <summary>Of locations their ids, of stations their <c>stationId</c>; of the tenant none.</summary>
    public IReadOnlyList<string>? Ids { get; init; }
}

/// <summary>The grants of somebody with one role, as they are shown.</summary>
/// <param name="Places">Empty for the tenant. A place that is there no more is left out.</param>
public sealed record GrantGroup(Role Role, PlaceKind Where, IReadOnlyList<PlaceCard> Places);

/// <summary>Reads what is asked for, says what it comes to, and whether somebody may give it.</summary>
public sealed class GrantBook
{
    private const int MostGrants = 50, MostPlaces = 500;

    private readonly IdentityDirectory _directory;
    private readonly IPlaces _places;

    internal GrantBook(IdentityDirectory directory, IPlaces places) => (_directory, _places) = (directory, places);

    public IReadOnlyList<Role> RolesOf(TenantId tenant) => _directory.RolesOf(tenant);

    public Task<IReadOnlyList<PlaceCard>> OfferAsync(TenantId tenant, CancellationToken ct) => _places.OfferAsync(tenant, ct);

    internal async Task<IReadOnlyList<Grant>> ReadAsync(TenantId tenant, IReadOnlyList<GrantInput> inputs, Check check, CancellationToken ct)
    {
        var grants = new List<Grant>();
        if (!check.That(inputs.Count <= MostGrants && inputs.Sum(input => input.Ids?.Count ?? 0) <= MostPlaces, "/grants", "invalidLength", $"At most {MostGrants} grants and {MostPlaces} places.")) return grants;
        for (var i = 0; i < inputs.Count; i++)
        {
            var (input, at) = (inputs[i], $"/grants/{i}");
            check.That(_directory.FindRole(tenant, input.Role) is not null, at + "/role", "unknownRole", "There is no such role.");
            if (input.Where == "tenant")
            {
                check.That(input.Ids is null or [], at + "/ids", "invalidValue", "The whole tenant has no ids.");
                grants.Add(new Grant(input.Role, Place.Tenant));
                continue;
            }
            if (!check.That(input.Where is "locations" or "stations", at + "/where", "unknownValue", "One of tenant, locations, stations.")) continue;
            check.That(input.Role != Role.Owner, at + "/where", "ownerOfPlaces", "An owner is one of the whole tenant.");
            if (!check.That(input.Ids is { Count: > 0 }, at + "/ids", "required", "Name at least one place.")) continue;
            var found = (await _places.FindAsync(tenant, input.Where == "locations" ? PlaceKind.Location : PlaceKind.Station, [.. input.Ids!], ct)).ToDictionary(card => card.Name);
            for (var j = 0; j < input.Ids!.Count; j++)
                if (check.That(found.ContainsKey(input.Ids[j]), $"{at}/ids/{j}", "unknownPlace", "There is no such place.")) grants.Add(new Grant(input.Role, found[input.Ids[j]].Place));
        }
        return [.. grants.Distinct()];
    }

    /// <inheritdoc cref="GrantRules.Lacks" />
    internal async Task<MissingRight?> LacksAsync(Rights giver, TenantId tenant, IEnumerable<Grant> grants, CancellationToken ct)
    {
        Grant[] all = [.. grants.Distinct()];
        var cards = await CardsAsync(tenant, all, ct);
        return GrantRules.Lacks(giver, all, key => _directory.FindRole(tenant, key), where => cards.GetValueOrDefault(where)?.StandsAt);
    }

    public async Task<IReadOnlyList<GrantGroup>> ShowAsync(TenantId tenant, IReadOnlyList<Grant> grants, CancellationToken ct)
    {
        var cards = await CardsAsync(tenant, grants, ct);
        return
        [
            .. from grant in grants
               let role = _directory.FindRole(tenant, grant.Role)
               where role is not null
               group grant by (role, grant.Where.Kind) into some
               orderby some.Key.Kind, some.Key.role.Key
               select new GrantGroup(some.Key.role, some.Key.Kind, [.. some.Select(grant => cards.GetValueOrDefault(grant.Where)).OfType<PlaceCard>().OrderBy(card => card.Title, StringComparer.CurrentCultureIgnoreCase)]),
        ];
    }

    private async Task<IReadOnlyDictionary<Place, PlaceCard>> CardsAsync(TenantId tenant, IEnumerable<Grant> grants, CancellationToken ct)
    {
        Place[] places = [.. grants.Select(grant => grant.Where).Where(where => where.Kind != PlaceKind.Tenant).Distinct()];
        return places.Length == 0 ? new Dictionary<Place, PlaceCard>() : await _places.ReadAsync(tenant, places, ct);
    }
}
