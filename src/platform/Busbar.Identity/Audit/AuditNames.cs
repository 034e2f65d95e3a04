using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;

namespace Busbar.Identity.Audit;

/// <summary>What the actors of entries are called: an operator's address, a client's name. Also of those who are no more, and of those of a tenant above.</summary>
public sealed class AuditNames
{
    private static readonly RowSource<(string Actor, string Name)> Operators = new("identity_operators", "id, email", row => (row.Id<OperatorId>(0).ToString(), row.Text(1)));
    private static readonly RowSource<(string Actor, string Name)> Clients = new("identity_api_clients", "id, name", row => (row.Id<ApiClientId>(0).ToString(), row.Text(1)));

    private readonly RowReader _reader;

    internal AuditNames(RowReader reader) => _reader = reader;

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
