using Busbar.Identity.Http;
using Busbar.Shell;

namespace Busbar.Stations.Console;

/// <summary>Stations by what they are called and what they say of themselves, from the survey that all share; one that is called so exactly comes first.</summary>
internal sealed class StationSearch(StationSurvey surveys) : IReachSearch
{
    public string Scope => Identity.Http.Scope.StationsRead;

    public string Title => StationTexts.Say("stations");

    public async Task<IReadOnlyList<SearchHit>> FindAsync(Caller caller, Reach reach, string text, int most, CancellationToken ct) =>
        [.. (await surveys.OfAsync(caller.Tenant, reach, ct)).Stations.Where(station => station.Fits(text))
            .OrderByDescending(station => string.Equals(station.Identity, text, StringComparison.OrdinalIgnoreCase))
            .ThenByDescending(station => station.Identity.StartsWith(text, StringComparison.OrdinalIgnoreCase))
            .Take(most).Select(station => new SearchHit(Links.To(station.Identity), station.Identity, station.Name ?? station.Serial))];
}
