using System.Text.Json;
using Busbar.Identity.Http;
using Busbar.Pricing.Lint;
using Busbar.Pricing.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Pricing.Api;

/// <summary>A tariff that might be, and what is known of where it would apply.</summary>
internal sealed record LintInput
{
    public required JsonElement Tariff { get; init; }
    public string? OcpiVersion { get; init; }

    /// <summary>ISO 3166-1 alpha-3.</summary>
    public IReadOnlyList<string> Countries { get; init; } = [];

    /// <summary><c>afir</c>, <c>pangv</c>, <c>uk</c>, <c>nevi</c> or <c>ctep</c>, whatever the countries.</summary>
    public IReadOnlyList<string> Packs { get; init; } = [];

    /// <summary>Absent, as the two below: not known, and what depends on it is a warning.</summary>
    public bool? PublicAccess { get; init; }
    public bool? AdHoc { get; init; }
    public decimal? PowerKw { get; init; }
}

/// <param name="Pointer">Into the OCPI object.</param>
/// <param name="Applies">False: it is not known whether the rule applies, so it is a warning.</param>
internal sealed record FindingView(string Pack, string Rule, LintSeverity Severity, bool Applies, string Pointer, string Clause, LintBasis Basis, LintMessage Message)
{
    public static FindingView Of(LintFinding finding, OcpiTariffRead read) => new(
        finding.Pack, finding.Rule, finding.Severity, finding.Applies, "/tariff" + read.PointerOf(finding.Pointer), finding.Clause, finding.Basis, finding.Message);
}

internal sealed record LintView(IReadOnlyList<FindingView> Findings);

/// <summary>What the rules of jurisdictions say to a tariff. Nothing is stored.</summary>
internal static class LintEndpoints
{
    private const int Most = 100;

    public static void Map(RouteGroupBuilder tariffs) => tariffs.MapPost("/lint", Lint).Needs(Scope.TariffsRead)
        .WithDescription("Errors keep a version from being published, warnings are shown. `basis` says how sure we are of a rule; none of it is legal advice.");

    private static Results<Ok<LintView>, ProblemHttpResult> Lint(Body<LintInput> body, Caller caller)
    {
        var input = body.Value;
        var check = new Check();
        var document = OcpiDocument.Read(input.Tariff, input.OcpiVersion, null, check);
        check.That(input.Countries.Count <= Most, "/countries", "tooManyRows", $"Send at most {Most}.");
        check.That(input.Packs.Count <= Most, "/packs", "tooManyRows", $"Send at most {Most}.");
        for (var i = 0; i < Math.Min(input.Packs.Count, Most); i++)
            check.That(RulePacks.All.Any(pack => pack.Id == input.Packs[i]), $"/packs/{i}", "unknownPack", "There is no such rule pack.");
        for (var i = 0; i < Math.Min(input.Countries.Count, Most); i++)
            check.That(input.Countries[i] is { Length: 3 } country && country.All(char.IsAsciiLetterUpper), $"/countries/{i}", "invalidValue", "Must be an ISO 3166-1 alpha-3 code, such as NLD.");
        check.That(input.PowerKw is null or >= 0, "/powerKw", "invalidValue", "Must not be negative.");
        if (check.Problem is { } problem) return problem;
        var facts = new LintFacts(input.Countries, input.Packs, input.PublicAccess, input.AdHoc, input.PowerKw);
        return TypedResults.Ok(new LintView([.. TariffRules.Run(document!.Tariff, facts, RulePacks.All).Select(finding => FindingView.Of(finding, document.Source))]));
    }

    /// <summary>Findings as a version keeps them.</summary>
    public static string Write(IReadOnlyList<FindingView> findings) => JsonSerializer.Serialize(findings, RulePacks.Strict);

    public static IReadOnlyList<FindingView>? Read(VersionRow row) => row.Findings is null ? null : JsonSerializer.Deserialize<IReadOnlyList<FindingView>>(row.Findings, RulePacks.Strict);
}
