using Busbar.Kernel;
using Busbar.Pricing.Storage;
using Busbar.Stations.Contracts;
using Microsoft.Extensions.Options;

namespace Busbar.Pricing.Lint;

/// <summary>Runs the packs over a version as they apply to where its tariff is assigned.</summary>
internal sealed class LintDesk(IStationCatalog stations, IOptions<PricingOptions> options)
{
    /// <summary>A tariff with thousands of assignments is in few countries: so many of them are looked at.</summary>
    private const int Looked = 1_000;

    /// <summary>By pointers into the tariff's own JSON.</summary>
    public async Task<IReadOnlyList<LintFinding>> RunAsync(Rating.Tariff tariff, TenantId tenant, IReadOnlyList<AssignmentRow> assignments, CancellationToken ct)
    {
        var countries = new HashSet<string>(StringComparer.Ordinal);
        foreach (var row in assignments.Where(row => row.ScopeId is not null).Take(Looked))
            if (await LocationAsync(row) is { } location && await stations.FindAsync(tenant, location, ct) is { } card) countries.Add(card.Country);
        // Where anybody may pay on the spot, anybody may charge. Otherwise nobody has said, nor what the connectors' power is.
        bool? adHoc = assignments.Any(row => row.Scope == AssignmentScope.AdHoc) ? true : null;
        return TariffRules.Run(tariff, new LintFacts(countries, [.. options.Value.RulePacks], PublicAccess: adHoc, AdHoc: adHoc), RulePacks.All);

        async ValueTask<LocationId?> LocationAsync(AssignmentRow row) => row.Scope switch
        {
            AssignmentScope.Location => TypedId.TryParse<LocationId>(row.Place, out var id) ? id : null,
            AssignmentScope.Station or AssignmentScope.Evse => TypedId.TryParse<StationId>(row.Place.Split('/')[0], out var id) ? (await stations.FindAsync(tenant, id, ct))?.Location : null,
            _ => null,
        };
    }
}
