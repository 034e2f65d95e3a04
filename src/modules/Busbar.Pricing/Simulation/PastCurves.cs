using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing.Simulation;

/// <summary>Asks for what is known of a tariff's curves between two instants.</summary>
internal delegate ValueTask<IReadOnlyList<KnownCurve>> AskPast(TenantId tenant, Currency currency, IReadOnlyCollection<string> names, Instant from, Instant until, CancellationToken ct);

/// <summary>
/// The market's prices by which sessions of one stretch of time are priced again. What was decided of a session stands for it; of everything else it has the prices as they are known
/// now, as if they had been told in time.
/// </summary>
internal sealed class PastCurves
{
    /// <summary>Of a tariff that follows no curve.</summary>
    public static PastCurves None { get; } = new([], []);

    private readonly IReadOnlyList<KnownCurve> _known;
    private readonly IReadOnlyList<Followed> _followed;

    private PastCurves(IReadOnlyList<KnownCurve> known, IReadOnlyList<Followed> followed) => (_known, _followed) = (known, followed);

    /// <param name="Throughout">Each interval counts; else that of the start only.</param>
    private sealed record Followed(string Name, bool Throughout);

    public static PastCurves Of(Tariff tariff, IReadOnlyList<KnownCurve> known) => new(known,
        [.. tariff.Elements.SelectMany(element => element.Components).Select(component => component.Curve).OfType<CurvePricing>()
            .GroupBy(curve => curve.Name, StringComparer.Ordinal).Select(of => new Followed(of.Key, of.Any(curve => curve.Lock == CurveLock.EachInterval)))]);

    /// <param name="StandsIn">In some of its time the tariff asks for a price that nobody told: what the curve's gap policy says stands in for it, or the component's own price.</param>
    public (SessionContext Context, bool StandsIn) For(PastSession session)
    {
        if (_followed.Count == 0) return (session.Context, false);
        var standsIn = false;
        var curves = new List<PriceCurve>(_followed.Count);
        foreach (var (name, throughout) in _followed)
        {
            var own = session.Context.Curves?.FirstOrDefault(curve => curve.Name == name);
            var known = _known.FirstOrDefault(curve => curve.Curve.Name == name);
            if (known is null && own is null)
            {
                standsIn = true;
                continue;
            }
            var (curve, isWhole) = Cut(known, own, session.Timeline.Start, throughout ? session.Timeline.End : session.Timeline.Start);
            curves.Add(curve);
            standsIn |= !isWhole;
        }
        return (session.Context with { Curves = curves.Count > 0 ? curves : null }, standsIn);
    }

    private static (PriceCurve Curve, bool IsWhole) Cut(KnownCurve? known, PriceCurve? own, Instant start, Instant end)
    {
        var grid = known?.Curve ?? own!;
        var step = grid.StepSeconds;
        var first = grid.StepsTo(start);
        // An interval that begins with the end is none of the session's.
        var last = end > start ? grid.StepsTo(end - Duration.FromMilliseconds(1)) : first;
        var prices = new decimal?[(int)(last - first) + 1];
        var isWhole = true;
        for (var i = 0; i < prices.Length; i++)
        {
            var index = first + i;
            var inside = known is not null && index >= 0 && index < grid.Prices.Count;
            prices[i] = inside ? grid.Prices[(int)index] : null;
            var told = inside && !known!.StandIns[(int)index];
            if (own is not null && TryDecided(own, grid, index, i == 0 ? start : null, out var decided)) (prices[i], told) = (decided, told || !inside);
            isWhole &= told && prices[i] is not null;
        }
        return (new PriceCurve(grid.Name, grid.From + Duration.FromSeconds(first * step), step, prices) { UnknownAtStart = own?.UnknownAtStart ?? false }, isWhole);
    }

    /// <param name="start">Of the session, for its first interval: what stands for a curve that nobody knew lies on no grid.</param>
    private static bool TryDecided(PriceCurve own, PriceCurve grid, long index, Instant? start, out decimal? price)
    {
        var at = grid.From + Duration.FromSeconds(index * grid.StepSeconds);
        var place = own.StepsTo(start ?? at);
        var covers = place >= 0 && place < own.Prices.Count && (start is not null || (own.StepSeconds == grid.StepSeconds && own.From + Duration.FromSeconds(place * own.StepSeconds) == at));
        price = covers ? own.Prices[(int)place] : null;
        return covers;
    }
}
