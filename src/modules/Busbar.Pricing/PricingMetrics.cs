using System.Diagnostics.Metrics;
using System.Text.Json;
using Busbar.Pricing.Market;

namespace Busbar.Pricing;

/// <summary>The room's figures, under the meter <c>Busbar.Pricing</c>.</summary>
internal sealed class PricingMetrics
{
    private readonly Counter<long> _fetches;

    public PricingMetrics(IMeterFactory meters) => _fetches = meters.Create("Busbar.Pricing").CreateCounter<long>(
        "busbar.pricing.fetches", "{fetch}", "How often a source of prices was asked, by its kind and by what it told: all of tomorrow (whole), not all of it (partly), nothing that could be read (failed).");

    public void Fetched(CurveSourceKind kind, string outcome) => _fetches.Add(1, new("source", JsonNamingPolicy.CamelCase.ConvertName(kind.ToString())), new("outcome", outcome));
}
