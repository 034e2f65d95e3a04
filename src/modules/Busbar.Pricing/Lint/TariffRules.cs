using System.Globalization;
using Busbar.Rating;

namespace Busbar.Pricing.Lint;

/// <summary>What is known of where a tariff applies; null: not known.</summary>
/// <param name="Countries">ISO 3166-1 alpha-3.</param>
/// <param name="Packs">Chosen by name, whatever the countries.</param>
/// <param name="PowerKw">The highest of the connectors.</param>
internal sealed record LintFacts(IReadOnlyCollection<string> Countries, IReadOnlyCollection<string> Packs, bool? PublicAccess = null, bool? AdHoc = null, decimal? PowerKw = null)
{
    /// <summary>Of some connectors nobody said the power: one may be stronger.</summary>
    public bool PowerMayBeMore { get; init; }

    public static LintFacts None { get; } = new([], []);
}

/// <summary>A rule that a tariff breaks.</summary>
/// <param name="Severity">A warning also where it is not known whether the rule applies.</param>
/// <param name="Applies">False: it is not known whether the rule applies.</param>
/// <param name="Pointer">Into the tariff's own JSON.</param>
internal sealed record LintFinding(string Pack, string Rule, LintSeverity Severity, bool Applies, string Pointer, string Clause, LintBasis Basis, LintMessage Message);

/// <summary>Runs rule packs over tariffs. Pure.</summary>
internal static class TariffRules
{
    private const int MinuteSeconds = 60;

    public static IReadOnlyList<LintFinding> Run(Tariff tariff, LintFacts facts, IReadOnlyList<RulePack> packs) =>
        [.. packs.Where(pack => pack.Always || facts.Packs.Contains(pack.Id) || pack.Countries.Any(facts.Countries.Contains)).SelectMany(pack => Run(tariff, facts, pack))];

    private static IEnumerable<LintFinding> Run(Tariff tariff, LintFacts facts, RulePack pack) =>
        from rule in pack.Rules
        let applies = Applies(rule.When, facts)
        where applies != false
        from pointer in Breaches(tariff, rule)
        select new LintFinding(pack.Id, rule.Id, applies is null ? LintSeverity.Warning : rule.Severity, applies is true, pointer, rule.Clause, rule.Basis, Message(tariff, rule, pointer));

    /// <summary>Null: nobody knows.</summary>
    private static bool? Applies(LintWhen? when, LintFacts facts)
    {
        if (when is null) return true;
        bool?[] all =
        [
            when.PublicAccess is { } access ? facts.PublicAccess is { } known ? known == access : null : true,
            when.AdHoc is { } adHoc ? facts.AdHoc is { } said ? said == adHoc : null : true,
            when.MinPowerKw is { } power ? facts.PowerKw >= power ? true : facts.PowerKw is null || facts.PowerMayBeMore ? null : false : true,
        ];
        return all.Contains(false) ? false : all.Contains(null) ? null : true;
    }

    /// <summary>Where the tariff breaks the rule; empty: it keeps it.</summary>
    internal static IEnumerable<string> Breaches(Tariff tariff, LintRule rule) => rule.Check switch
    {
        LintCheck.EnergyIsPriced => Public(tariff).Where(it => IsPriced(it.Component)).ToList() is { Count: > 0 } priced && priced.TrueForAll(it => it.Component.Dimension != Dimension.Energy) ? ["/elements"] : [],
        LintCheck.OnlyDimensions => Public(tariff).Where(it => IsPriced(it.Component) && !rule.Dimensions!.Contains(it.Component.Dimension)).Select(it => it.At),
        LintCheck.IdleOnlyPerMinute => Components(tariff).Where(it => it.Component is { Dimension: Dimension.Idle, StepSize: > MinuteSeconds }).Select(it => it.At + "/stepSize"),
        LintCheck.PriceFixedDuringSession => Changing(tariff),
        LintCheck.TaxIncluded => tariff.TaxMode == TaxMode.Exclusive ? ["/taxMode"] : [],
        LintCheck.StepSizeIsOne => Components(tariff).Where(it => it.Component.StepSize > 1).Select(it => it.At + "/stepSize"),
        LintCheck.HasDefault => Components(tariff).Where(it => it.When is not { Reservation: not null }).GroupBy(it => it.Component.Dimension)
            .Where(all => all.Any(it => IsPriced(it.Component)) && all.All(it => it.When is not null)).Select(all => all.Last().At),
        LintCheck.OneLockPerCurve => Components(tariff).Where(it => it.Component.Curve is not null).GroupBy(it => it.Component.Curve!.Name, StringComparer.Ordinal)
            .Select(of => (First: of.First().Component.Curve!.Lock, Of: of)).SelectMany(of => of.Of.Where(it => it.Component.Curve!.Lock != of.First).Take(1)).Select(it => it.At + "/curve/lock"),
        LintCheck.WeekdayNightsAreWhole => WeekdayNight.In(tariff).Select(At),
        _ => throw new ArgumentOutOfRangeException(nameof(rule), rule.Check, "No such check."),
    };

    /// <summary>What it says of nights names their days.</summary>
    private static LintMessage Message(Tariff tariff, LintRule rule, string pointer)
    {
        if (rule.Check != LintCheck.WeekdayNightsAreWhole) return rule.Message;
        var night = WeekdayNight.In(tariff).First(night => At(night) == pointer);
        return new LintMessage(Filled(rule.Message.En, "en-GB"), Filled(rule.Message.De, "de-DE"));

        string Filled(string text, string culture)
        {
            var (evenings, rest) = night.Say(CultureInfo.GetCultureInfo(culture));
            return string.Format(CultureInfo.InvariantCulture, text, evenings, rest);
        }
    }

    private static string At(WeekdayNight night) => $"/elements/{night.Element}/when/weekdays";

    private static IEnumerable<string> Changing(Tariff tariff)
    {
        for (var i = 0; i < tariff.Elements.Count; i++)
            if (tariff.Elements[i].When is { } when && GoesByTheClock(when)) yield return $"/elements/{i}/when";
        foreach (var (component, at, _) in Components(tariff))
            if (component.Curve is { Lock: CurveLock.EachInterval }) yield return at + "/curve/lock";
    }

    private static bool GoesByTheClock(Restrictions when) =>
        when.StartTime is not null || when.EndTime is not null || when.StartDate is not null || when.EndDate is not null || when.Weekdays is not null || when.SpecialDays is not null || when.ExceptSpecialDays is not null;

    private static bool IsPriced(PriceComponent component) => component.Price > 0 || component.Curve is not null;

    /// <summary>What whoever comes pays for charging: neither what holds for a group of tokens alone nor what a reservation costs.</summary>
    private static IEnumerable<(PriceComponent Component, string At, Restrictions? When)> Public(Tariff tariff) =>
        Components(tariff).Where(it => it.When is null or { TokenGroup: null, Reservation: null });

    private static IEnumerable<(PriceComponent Component, string At, Restrictions? When)> Components(Tariff tariff) =>
        tariff.Elements.SelectMany((element, i) => element.Components.Select((component, j) => (component, $"/elements/{i}/components/{j}", element.When)));
}
