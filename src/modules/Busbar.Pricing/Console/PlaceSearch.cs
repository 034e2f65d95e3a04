using Busbar.Identity.Http;
using Busbar.Pricing.Storage;
using Busbar.Shell;

namespace Busbar.Pricing.Console;

/// <summary>Finds by a part of its name what a quote or an assignment names, by the console's own search.</summary>
internal sealed class PlaceSearch(IEnumerable<ISearch> searches)
{
    private const int MostFound = 10;
    private const int MostTyped = 100;
    private const string Stations = "/console/stations/";
    private const string Locations = "/console/locations/";
    private const string Tokens = "/console/tokens/";

    /// <summary>What is kept, and what people call it; of a driver the tokens.</summary>
    public async Task<IReadOnlyList<(string Value, string Label)>> FindAsync(Caller caller, AssignmentScope scope, string text, CancellationToken ct) => scope switch
    {
        AssignmentScope.Station => [.. (await FoundAsync(caller, text, Stations, ct)).Select(it => (it.Id, it.Hit.Under ?? it.Hit.Name))],
        AssignmentScope.Evse => [.. (await FoundAsync(caller, text.Split('/')[0], Stations, ct)).Select(it => (it.Id + "/1", it.Hit.Under ?? it.Hit.Name))],
        AssignmentScope.Location => [.. (await FoundAsync(caller, text, Locations, ct)).Select(it => (it.Id, it.Hit.Name))],
        AssignmentScope.Driver => [.. (await FoundAsync(caller, text, Tokens, ct)).Select(it => (it.Hit.Name, it.Hit.Under ?? it.Hit.Name))],
        _ => [],
    };

    private async Task<IReadOnlyList<(string Id, SearchHit Hit)>> FoundAsync(Caller caller, string text, string pages, CancellationToken ct)
    {
        // PostgreSQL has no U+0000 in text.
        var plain = text.Replace("\0", "", StringComparison.Ordinal).Trim();
        if (plain.Length == 0) return [];
        var found = new List<(string, SearchHit)>();
        foreach (var search in searches.Where(search => caller.May(search.Scope)))
        {
            var hits = await search.FindAsync(caller, plain[..Math.Min(plain.Length, MostTyped)], MostFound, ct);
            found.AddRange(hits.Where(hit => hit.Href.StartsWith(pages, StringComparison.Ordinal)).Select(hit => (Uri.UnescapeDataString(hit.Href[pages.Length..]), hit)));
        }
        return found;
    }
}
