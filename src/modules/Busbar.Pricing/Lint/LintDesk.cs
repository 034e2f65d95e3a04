using Busbar.Kernel;
using Busbar.Pricing.Storage;
using Busbar.Stations.Contracts;
using Microsoft.Extensions.Options;

namespace Busbar.Pricing.Lint;

/// <summary>Runs the packs over a version as they apply to where its tariff is assigned.</summary>
internal sealed class LintDesk(IStationCatalog stations, IStationFacts facts, IOptions<PricingOptions> options)
{
    /// <summary>A tariff with thousands of assignments is in few countries: so many of them are looked at.</summary>
    private const int Looked = 1_000;

    private const decimal MilliwattsPerKilowatt = 1_000_000m;

    /// <summary>By pointers into the tariff's own JSON.</summary>
    public async Task<IReadOnlyList<LintFinding>> RunAsync(Rating.Tariff tariff, TenantId tenant, IReadOnlyList<AssignmentRow> assignments, CancellationToken ct)
    {
        var places = new List<(string? Country, StrongestPower Strongest)>();
        foreach (var row in assignments.Where(IsPlace).Take(Looked)) places.AddRange(await PlacesAsync(tenant, row, ct));
        // What is for some customers holds wherever they charge.
        if (assignments.Any(row => !IsPlace(row))) places.AddRange((await stations.CountriesAsync(tenant, null, ct)).Select(card => ((string?)card.Country, card.Strongest)));
        // Where anybody may pay on the spot, anybody may charge. Otherwise nobody has said.
        bool? adHoc = assignments.Any(row => row.Scope == AssignmentScope.AdHoc) ? true : null;
        var chosen = Facts([], options.Value.RulePacks, places.Select(place => place.Strongest));
        // Each country by the connectors that are there.
        var byCountry = places.Where(place => place.Country is not null).GroupBy(place => place.Country!, StringComparer.Ordinal).Select(country => Facts([country.Key], [], country.Select(place => place.Strongest)));
        return [.. byCountry.Prepend(chosen).SelectMany(known => TariffRules.Run(tariff, known, RulePacks.All))
            .GroupBy(finding => (finding.Pack, finding.Rule, finding.Pointer)).Select(same => same.OrderByDescending(finding => finding.Applies).First())];

        LintFacts Facts(IReadOnlyCollection<string> countries, IEnumerable<string> packs, IEnumerable<StrongestPower> powers)
        {
            var strongest = StrongestPower.Of(powers);
            return new LintFacts(countries, [.. packs], PublicAccess: adHoc, AdHoc: adHoc, PowerKw: strongest.Known?.Milliwatts / MilliwattsPerKilowatt) { PowerMayBeMore = strongest.MayBeMore };
        }
    }

    private static bool IsPlace(AssignmentRow row) => row.Scope is AssignmentScope.Location or AssignmentScope.Station or AssignmentScope.Evse;

    private async Task<IEnumerable<(string? Country, StrongestPower Strongest)>> PlacesAsync(TenantId tenant, AssignmentRow row, CancellationToken ct)
    {
        if (row.Scope == AssignmentScope.Location)
            return TypedId.TryParse<LocationId>(row.Place, out var id) ? (await stations.CountriesAsync(tenant, id, ct)).Select(card => ((string?)card.Country, card.Strongest)) : [];
        var (text, evse) = row.Place.Split('/') is [var of, var number] ? (of, int.Parse(number, System.Globalization.CultureInfo.InvariantCulture)) : (row.Place, 0);
        if (!TypedId.TryParse<StationId>(text, out var named) || await stations.FindAsync(tenant, named, ct) is not { } station) return [];
        var country = station.Location is { } site ? (await stations.FindAsync(tenant, site, ct))?.Country : null;
        if (evse == 0) return [(country, station.Strongest)];
        var rated = (await facts.FindAsync(tenant, station.Id, evse, ct)).RatedPower;
        return [(country, new StrongestPower(rated, rated is null))];
    }
}
