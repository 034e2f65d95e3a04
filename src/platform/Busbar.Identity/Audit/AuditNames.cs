using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Busbar.Storage.Rooms;

namespace Busbar.Identity.Audit;

/// <summary>What the actors of entries are called: an operator's address, a client's name. Also of those who are no more, and of those of a tenant above.</summary>
public sealed class AuditNames
{
    private static readonly RowSource<(string Actor, string Name)> Operators = new("identity_operators", "id, email", row => (row.Id<OperatorId>(0).ToString(), row.Text(1)));
    private static readonly RowSource<(string Actor, string Name)> Clients = new("identity_api_clients", "id, name", row => (row.Id<ApiClientId>(0).ToString(), row.Text(1)));

    private readonly RowReader _reader;

    internal AuditNames(RowReader reader) => _reader = reader;

    /// <summary>What the actors of entries, and the people whom they tell of, are called now: the audit itself keeps a letter of it.</summary>
    public Task<IReadOnlyDictionary<string, string>> OfAsync(IReadOnlyCollection<AuditEntry> entries, CancellationToken ct) =>
        OfAsync(entries.Select(entry => entry.Actor).Concat(entries.Where(IsOfPerson).Select(entry => entry.Thing)), ct);

    /// <summary>What the thing is called: a person as they are now, everything else as it was then.</summary>
    public static string? Called(AuditEntry entry, IReadOnlyDictionary<string, string> names) => IsOfPerson(entry) ? names.GetValueOrDefault(entry.Thing) ?? entry.Name : entry.Name;

    /// <summary>Where a role holds, as a part of an entry tells it: <c>grants/role/kind/place</c>. Null: it is no such part.</summary>
    public static Place? PlaceOf(string part) =>
        part.Split('/') is ["grants", _, var kind, var id] && Enum.TryParse<PlaceKind>(kind, ignoreCase: true, out var of) && TypedId.TryParse<PlaceId>(id, out var place) ? new Place(of, place.Value) : null;

    private static bool IsOfPerson(AuditEntry entry) => entry.Kind == "operator";

    /// <summary>Of those that are known, by the actor.</summary>
    public async Task<IReadOnlyDictionary<string, string>> OfAsync(IEnumerable<string> actors, CancellationToken ct)
    {
        var (operators, clients) = (new List<OperatorId>(), new List<ApiClientId>());
        foreach (var actor in actors.Distinct())
        {
            if (TypedId.TryParse<OperatorId>(actor, out var person)) operators.Add(person);
            else if (TypedId.TryParse<ApiClientId>(actor, out var client)) clients.Add(client);
        }
        var names = new Dictionary<string, string>();
        foreach (var (actor, name) in await _reader.ReadAsync(TenantScope.System, Operators, ct, RowMatch.Ids("id", operators))) names[actor] = name;
        foreach (var (actor, name) in await _reader.ReadAsync(TenantScope.System, Clients, ct, RowMatch.Ids("id", clients))) names[actor] = name;
        return names;
    }
}
