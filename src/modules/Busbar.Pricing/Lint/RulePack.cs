using System.Text.Json;
using System.Text.Json.Serialization;
using Busbar.Rating;

namespace Busbar.Pricing.Lint;

/// <summary>The rules of one jurisdiction, as <c>Lint/Rules/*.json</c> say them.</summary>
/// <param name="Countries">ISO 3166-1 alpha-3: where it applies by itself; elsewhere only where somebody chose it.</param>
/// <param name="Always">It applies everywhere.</param>
internal sealed record RulePack(string Id, string Name, IReadOnlyList<string> Countries, IReadOnlyList<LintRule> Rules, bool Always = false);

/// <param name="Basis">How sure we are of the rule: read in the law itself, in an excerpt of it, or known from elsewhere. None of it is legal advice.</param>
/// <param name="When">Absent: always.</param>
/// <param name="Dimensions">Of <see cref="LintCheck.OnlyDimensions"/>.</param>
internal sealed record LintRule(string Id, LintSeverity Severity, LintBasis Basis, string Clause, LintCheck Check, LintMessage Message, LintWhen? When = null, IReadOnlyList<Dimension>? Dimensions = null);

internal sealed record LintMessage(string En, string De);

/// <summary>What must be so for a rule to apply.</summary>
internal sealed record LintWhen(bool? PublicAccess = null, bool? AdHoc = null, decimal? MinPowerKw = null);

internal enum LintSeverity
{
    Warning,

    /// <summary>The version cannot be published.</summary>
    Error,
}

internal enum LintBasis
{
    Verified,
    Excerpt,
    Knowledge,
}

/// <summary>All that a rule can ask.</summary>
internal enum LintCheck
{
    /// <summary>Whoever pays anything for charging pays for energy. What costs nobody anything keeps it.</summary>
    EnergyIsPriced,

    /// <summary>No other dimension of charging has a price above zero.</summary>
    OnlyDimensions,

    /// <summary>Idle time is counted by the minute or finer.</summary>
    IdleOnlyPerMinute,

    /// <summary>No price depends on the clock or the calendar, and curves are read at the start.</summary>
    PriceFixedDuringSession,
    TaxIncluded,
    StepSizeIsOne,

    /// <summary>Each dimension that has a price has one without conditions.</summary>
    HasDefault,

    /// <summary>What follows one curve reads it at the same moment.</summary>
    OneLockPerCurve,

    /// <summary>A window that passes midnight on some days of the week goes on in the morning after. The message has a place for the days on which it begins, and for what is missing.</summary>
    WeekdayNightsAreWhole,
}

/// <summary>The packs that this program brings along.</summary>
internal static class RulePacks
{
    internal static readonly JsonSerializerOptions Strict = new(JsonSerializerDefaults.Web)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Read once; the start of the program asks for it, so that a pack that is wrong stops it.</summary>
    public static IReadOnlyList<RulePack> All { get; } = ReadAll();

    /// <exception cref="JsonException">It is none: it has an unknown check, or an unknown member.</exception>
    public static RulePack Read(Stream json)
    {
        var pack = JsonSerializer.Deserialize<RulePack>(json, Strict) ?? throw new JsonException("A rule pack is an object.");
        if (pack.Rules.FirstOrDefault(rule => (rule.Check == LintCheck.OnlyDimensions) != (rule.Dimensions is not null)) is { } wrong)
            throw new JsonException($"Rule {wrong.Id}: dimensions belong to onlyDimensions, and to nothing else.");
        return pack;
    }

    private static RulePack[] ReadAll()
    {
        var assembly = typeof(RulePacks).Assembly;
        return [.. assembly.GetManifestResourceNames().Where(name => name.Contains(".Lint.Rules.", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(name =>
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            return Read(stream);
        })];
    }
}
