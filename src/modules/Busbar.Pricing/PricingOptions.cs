namespace Busbar.Pricing;

/// <summary>How prices are published, configured under <c>Busbar:Pricing</c>.</summary>
internal sealed class PricingOptions
{
    public const string Section = "Busbar:Pricing";

    /// <summary>Rule packs that always apply, beside those of the countries: <c>ctep</c>.</summary>
    public List<string> RulePacks { get; set; } = [];

    /// <summary>The token of the transparency platform of ENTSO-E, with which curves are fetched from it. A secret.</summary>
    public string? EntsoeToken { get; set; }

    /// <summary>Where that platform's REST interface is.</summary>
    public string EntsoeUrl { get; set; } = "https://web-api.tp.entsoe.eu/api";

    /// <summary>The folder whose sub-folders, named by the tenants' slugs, curves are read from that have a file as their source.</summary>
    public string? PriceFolder { get; set; }
}
