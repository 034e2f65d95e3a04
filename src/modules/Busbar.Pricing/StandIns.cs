using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>Where a tariff follows a curve and the curve has no price, the tariff's own price stands in for it: which those are.</summary>
internal static class StandIns
{
    /// <summary>The curves, each once, whose price was needed for the session and is not known. What is charged nowhere in it needs no price.</summary>
    public static IReadOnlyList<string> Of(Tariff tariff, PricedSession priced, Instant start, IReadOnlyList<PriceCurve> known) =>
        [.. priced.Periods.SelectMany(period => Charged(period).Select(it => StandIn(tariff, it.Element, it.Dimension, period.From, start, known))).OfType<string>().Distinct(StringComparer.Ordinal)];

    /// <summary>The curve that has no price there; null: the price is known, or follows no curve.</summary>
    public static string? StandIn(Tariff tariff, int element, Dimension dimension, Instant at, Instant start, IReadOnlyList<PriceCurve> known) =>
        tariff.Elements[element].Components.FirstOrDefault(component => component.Dimension == dimension)?.Curve is { } curve
        && !IsKnown(known.FirstOrDefault(it => it.Name == curve.Name), curve.Lock == CurveLock.AtStart ? start : at) ? curve.Name : null;

    private static IEnumerable<(int Element, Dimension Dimension)> Charged(PricedPeriod period)
    {
        if (period is { Elements.Energy: { } energy, Energy: var delivered } && delivered > Energy.Zero) yield return (energy, Dimension.Energy);
        if (period.Elements.Time is { } time) yield return (time, Dimension.Time);
        if (period.Elements.Idle is { } idle) yield return (idle, Dimension.Idle);
        if (period.Elements.Flat is { } flat) yield return (flat, Dimension.Flat);
        if (period is { Elements.Export: { } export, Exported: var given } && given > Energy.Zero) yield return (export, Dimension.Export);
    }

    private static bool IsKnown(PriceCurve? curve, Instant at) => curve?.IndexAt(at) is { } index && curve.Prices[index] is not null;
}
