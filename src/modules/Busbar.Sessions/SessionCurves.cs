using System.Text.Json.Serialization;
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
    /// <summary>The end up to which <see cref="Whole"/> is decided: a later end adds the intervals after it, and changes none before.</summary>
    public Instant? Until { get; init; }

    /// <summary>A curve that lacks a price that the session needs and is to refuse; null: none.</summary>
    public string? Refused { get; init; }

    /// <summary>What was missing was asked for once more, for a person who released the session.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AskedAgain { get; init; }

    /// <summary>An interval of unknown length without a price: what stands for a curve that nobody knows.</summary>
    private const int UnknownStep = 900;

    /// <summary>What was decided before stands; only what was missing then may be known by now.</summary>
    public static SessionCurves Of(SessionCurves? before, DecidedCurves decided) => decided.Again
        ? new(Filled(before?.AtStart, decided.AtStart), Filled(before?.Whole, decided.Whole)) { Until = decided.Until ?? before?.Until, Refused = decided.Refused, AskedAgain = true }
        : new(before?.AtStart ?? decided.AtStart, Longer(before?.Whole, decided.Whole))
        {
            Until = decided.Until ?? before?.Until, Refused = before?.Refused ?? decided.Refused, AskedAgain = before?.AskedAgain ?? false,
        };

    private static IReadOnlyList<PriceCurve>? Filled(IReadOnlyList<PriceCurve>? before, IReadOnlyList<PriceCurve>? now) => before is null || now is null
        ? before ?? now
        : [.. now.Select(curve => before.FirstOrDefault(old => old.Name == curve.Name) is { } old ? Filled(old, curve) : curve), .. before.Where(old => now.All(curve => curve.Name != old.Name))];

    // One that nobody knew then lies on no grid, and one that was laid out anew since is another.
    private static PriceCurve Filled(PriceCurve old, PriceCurve now) => old.Prices.All(price => price is null) ? now
        : old.StepSeconds != now.StepSeconds || old.StepsTo(now.From) is not (>= 0 and var first) || old.From + Duration.FromSeconds(first * old.StepSeconds) != now.From ? old
        : old with { Prices = [.. old.Prices.Select((price, i) => price ?? (i >= first && i - first < now.Prices.Count ? now.Prices[(int)(i - first)] : null))] };

    private static IReadOnlyList<PriceCurve>? Longer(IReadOnlyList<PriceCurve>? before, IReadOnlyList<PriceCurve>? more)
    {
        if (before is null || more is null) return before ?? more;
        return [.. before.Select(curve => more.FirstOrDefault(other => other.Name == curve.Name) is { } other ? Longer(curve, other) : curve), .. more.Where(other => before.All(curve => curve.Name != other.Name))];
    }

    // Of the interval in which the end before lay, its own price stands. A curve that was laid out anew meanwhile adds nothing: its steps are others.
    private static PriceCurve Longer(PriceCurve curve, PriceCurve more)
    {
        if (more.StepSeconds != curve.StepSeconds || curve.StepsTo(more.From) is not (>= 0 and var first) || curve.From + Duration.FromSeconds(first * curve.StepSeconds) != more.From) return curve;
        var known = curve.Prices.Count;
        var gap = Math.Max(0, first - known);
        return curve with { Prices = [.. curve.Prices, .. Enumerable.Repeat<decimal?>(null, (int)gap), .. more.Prices.Skip((int)Math.Max(0, known - first))] };
    }

    /// <summary>The interval of each curve in which an instant lies; a curve that says nothing of it is there, without a price.</summary>
    public static IReadOnlyList<PriceCurve> At(IReadOnlyList<PriceCurve> known, IReadOnlyCollection<string> names, Instant at) =>
        [.. names.Select(name => known.FirstOrDefault(curve => curve.Name == name) is { } curve && curve.IndexAt(at) is { } index
            ? curve with { From = curve.From + Duration.FromSeconds((long)index * curve.StepSeconds), Prices = [curve.Prices[index]] }
            : new PriceCurve(name, at, UnknownStep, [null]))];

    /// <summary>The intervals of each curve that touch a session.</summary>
    public static IReadOnlyList<PriceCurve> Between(IReadOnlyList<PriceCurve> known, Instant from, Instant until)
    {
        var cut = new List<PriceCurve>(known.Count);
        foreach (var curve in known)
        {
            var first = Math.Max(0L, curve.StepsTo(from));
            var last = Math.Min(curve.Prices.Count - 1L, curve.StepsTo(until));
            if (first > last) continue;
            cut.Add(curve with { From = curve.From + Duration.FromSeconds(first * curve.StepSeconds), Prices = [.. curve.Prices.Skip((int)first).Take((int)(last - first + 1))] });
        }
        return cut;
    }

    /// <summary>For the rater, which knows a curve by its name alone: in the interval of the start the price that is locked there. One that was missing then is missing for what is locked only.</summary>
    public static IReadOnlyList<PriceCurve>? Together(IReadOnlyList<PriceCurve>? atStart, IReadOnlyList<PriceCurve>? whole, Instant start)
    {
        if (atStart is not { Count: > 0 }) return whole is { Count: > 0 } ? whole : null;
        if (whole is not { Count: > 0 }) return atStart;
        return
        [
            .. whole.Select(curve => atStart.FirstOrDefault(locked => locked.Name == curve.Name) is { } locked && curve.IndexAt(start) is { } index
                ? Locked(curve, index, locked.Prices[0]) : curve),
            .. atStart.Where(locked => whole.All(curve => curve.Name != locked.Name)),
        ];
    }

    private static PriceCurve Locked(PriceCurve curve, int index, decimal? locked) =>
        locked is { } price ? curve with { Prices = [.. curve.Prices.Select((other, i) => i == index ? price : other)] }
        : curve.Prices[index] is not null ? curve with { UnknownAtStart = true } : curve;
}
