using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using Busbar.Stations.Storage;
using Busbar.Storage.Rooms;
using Microsoft.EntityFrameworkCore;

namespace Busbar.Stations.Console;

/// <summary>Locations by their name, their city or their id; a tenant has few beside its stations.</summary>
internal sealed class LocationSearch(RoomDbFactory<StationsDb> rooms, ConsoleMap map) : IReachSearch
{
    private const string Page = "/locations";

    public string Scope => Identity.Http.Scope.LocationsRead;

    public string Title => map.Pages.FirstOrDefault(page => page.Path == Page)?.Entry?.Title() ?? "";

    public async Task<IReadOnlyList<SearchHit>> FindAsync(Caller caller, Reach reach, string text, int most, CancellationToken ct)
    {
        // Without a page of its own a location leads nowhere.
        if (!map.Pages.Any(page => page.Path.StartsWith(Page + "/", StringComparison.Ordinal))) return [];
        await using var db = await rooms.OpenAsync(caller.Rows, ct);
        var rows = db.Locations.AsNoTracking().Within(reach);
#pragma warning disable CA1304, CA1311, CA1862 // Translated into SQL.
        var part = text.ToUpperInvariant();
        rows = TypedId.TryParse<LocationId>(text, out var id) ? rows.Where(row => row.Id == id)
            : rows.Where(row => row.Name.ToUpper().Contains(part) || row.Name.Contains(text) || row.City.ToUpper().Contains(part));
#pragma warning restore CA1304, CA1311, CA1862
        return [.. (await rows.OrderBy(row => row.Name).Take(most).ToListAsync(ct)).Select(row => new SearchHit($"{ConsoleMap.Root}{Page}/{row.Id}", row.Name, row.City))];
    }
}
