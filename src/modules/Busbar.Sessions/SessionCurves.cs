using Busbar.Rating;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// The market's prices that a session is priced by. Decided once, with the start those that are locked there and with the end those of its intervals;
/// what the market or a later end says afterwards changes nothing of them.
/// </summary>
/// <param name="AtStart">One interval of each, the one that the session began in; null: not decided.</param>
/// <param name="Whole">The intervals from the start to the end that was known then; null: not decided.</param>
internal sealed record SessionCurves(IReadOnlyList<PriceCurve>? AtStart, IReadOnlyList<PriceCurve>? Whole)
{
    /// <summary>An interval of unknown length without a price: what stands for a curve that nobody knows.</summary>
    private const int UnknownStep = 900;

    /// <summary>What was decided before stands.</summary>
    public static SessionCurves Of(SessionCurves? before, DecidedCurves decided) => new(before?.AtStart ?? decided.AtStart, before?.Whole ?? decided.Whole);

    /// <summary>The interval of each curve in which an instant lies; a curve that says nothing of it is there, without a price.</summary>
    public static IReadOnlyList<PriceCurve> At(IReadOnlyList<PriceCurve> known, IReadOnlyCollection<string> names, Instant at) =>
        [.. names.Select(name => known.FirstOrDefault(curve => curve.Name == name) is { } curve && IndexOf(curve, at) is { } index
            ? curve with { From = curve.From + Duration.FromSeconds((long)index * curve.StepSeconds), Prices = [curve.Prices[index]] }
            : new PriceCurve(name, at, UnknownStep, [null]))];

    /// <summary>The intervals of each curve that touch a session.</summary>
    public static IReadOnlyList<PriceCurve> Between(IReadOnlyList<PriceCurve> known, Instant from, Instant until)
    {
        var cut = new List<PriceCurve>(known.Count);
        foreach (var curve in known)
        {
            var first = Math.Max(0L, Steps(curve, from));
            var last = Math.Min(curve.Prices.Count - 1L, Steps(curve, until));
            if (first > last) continue;
            cut.Add(curve with { From = curve.From + Duration.FromSeconds(first * curve.StepSeconds), Prices = [.. curve.Prices.Skip((int)first).Take((int)(last - first + 1))] });
        }
        return cut;
    }

    /// <summary>For the rater, which knows a curve by its name alone: in the interval of the start the price that is locked there.</summary>
    public static IReadOnlyList<PriceCurve>? Together(IReadOnlyList<PriceCurve>? atStart, IReadOnlyList<PriceCurve>? whole, Instant start)
    {
        if (atStart is not { Count: > 0 }) return whole is { Count: > 0 } ? whole : null;
        if (whole is not { Count: > 0 }) return atStart;
        return
        [
            .. whole.Select(curve => atStart.FirstOrDefault(locked => locked.Name == curve.Name) is { } locked && IndexOf(curve, start) is { } index
                ? curve with { Prices = [.. curve.Prices.Select((price, i) => i == index ? locked.Prices[0] : price)] } : curve),
            .. atStart.Where(locked => whole.All(curve => curve.Name != locked.Name)),
        ];
    }

    private static int? IndexOf(PriceCurve curve, Instant at) => Steps(curve, at) is >= 0 and var index && index < curve.Prices.Count ? (int)index : null;

    // Rounded down, before the curve's beginning too.
    private static long Steps(PriceCurve curve, Instant at)
    {
        var (ran, step) = (at.ToUnixTimeMilliseconds() - curve.From.ToUnixTimeMilliseconds(), Math.Max(1L, curve.StepSeconds) * NodaConstants.MillisecondsPerSecond);
        return ran >= 0 ? ran / step : -((step - 1 - ran) / step);
    }
}
