using System.Collections;
using Busbar.Pricing.Storage;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>Intervals of a curve as the rater wants them: consecutive, with what its gap policy says where there is no price.</summary>
internal static class CurveShape
{
    private const decimal Billion = 1_000_000_000m;

    /// <summary>How long the last known price stands in for those that are missing.</summary>
    public static readonly Duration LongestStandIn = Duration.FromDays(7);

    /// <summary>Null: the number has more than nine decimals, or is beyond what can be kept.</summary>
    public static long? Nano(decimal price) => decimal.Abs(price) <= 1_000_000 && decimal.Truncate(price * Billion) == price * Billion ? (long)(price * Billion) : null;

    public static decimal Price(long nano) => nano / Billion / 1.0000000000000000000000000000m;

    /// <summary>The start of the interval in which the instant lies. Intervals are counted from the epoch, so that they begin at full hours of UTC.</summary>
    public static Instant Floor(Instant at, int stepSeconds)
    {
        var seconds = at.ToUnixTimeSeconds();
        return Instant.FromUnixTimeSeconds(seconds - (seconds % stepSeconds + stepSeconds) % stepSeconds);
    }

    /// <param name="known">The newest price of each interval, by its start; also of those up to <see cref="LongestStandIn"/> before the interval of <paramref name="from"/>.</param>
    /// <param name="until">Not included.</param>
    public static PriceCurve Of(CurveRow curve, IReadOnlyDictionary<Instant, decimal?> known, Instant from, Instant until) => Known(curve, known, from, until).Curve;

    /// <summary>The same, and which of its prices nobody told.</summary>
    public static KnownCurve Known(CurveRow curve, IReadOnlyDictionary<Instant, decimal?> known, Instant from, Instant until)
    {
        var (start, step) = (Floor(from, curve.StepSeconds), Duration.FromSeconds(curve.StepSeconds));
        var count = Math.Max(1, (int)Math.Ceiling((until - start) / step));
        var (prices, standIns) = (new decimal?[count], new BitArray(count));
        // How far back it lies decides, and not where the asked time begins: a session has the same price in a longer look.
        var (last, lastAt) = curve.Gap == CurveGap.LastKnown ? Before(known, start, step) : default;
        for (var i = 0; i < count; i++)
        {
            var at = start + i * step;
            var price = known.GetValueOrDefault(at);
            if (price is not null) (last, lastAt) = (price, at);
            standIns[i] = price is null;
            prices[i] = price ?? curve.Gap switch
            {
                CurveGap.LastKnown => at - lastAt <= LongestStandIn ? last : null,
                CurveGap.Fallback => curve.FallbackNano is { } fallback ? Price(fallback) : null,
                _ => null,
            };
        }
        return new KnownCurve(new PriceCurve(curve.Name, start, curve.StepSeconds, prices), standIns);
    }

    private static (decimal? Price, Instant At) Before(IReadOnlyDictionary<Instant, decimal?> known, Instant start, Duration step)
    {
        for (var at = start - step; at >= start - LongestStandIn; at -= step)
            if (known.GetValueOrDefault(at) is { } price) return (price, at);
        return default;
    }
}

/// <summary>A curve as its gap policy leaves it.</summary>
/// <param name="StandIns">The intervals whose price nobody told: it is what the policy says, or none.</param>
internal sealed record KnownCurve(PriceCurve Curve, BitArray StandIns)
{
    /// <summary>Somebody told a price of every interval.</summary>
    public bool IsWhole => !StandIns.HasAnySet();

    /// <summary>Where the first interval without a price begins, or the end; null: it is the first.</summary>
    public Instant? ToldUntil()
    {
        var told = 0;
        while (told < StandIns.Count && !StandIns[told]) told++;
        return told == 0 ? null : Curve.From + Duration.FromSeconds((long)told * Curve.StepSeconds);
    }
}
