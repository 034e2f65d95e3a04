namespace Busbar.Pricing;

/// <summary>How prices are published, configured under <c>Busbar:Pricing</c>.</summary>
internal sealed class PricingOptions
{
    public const string Section = "Busbar:Pricing";

    /// <summary>A version must be approved by somebody else than its author before it is published or scheduled.</summary>
    public bool RequireApproval { get; set; }

    /// <summary>Rule packs that always apply, beside those of the countries: <c>ctep</c>.</summary>
    public List<string> RulePacks { get; set; } = [];
}
