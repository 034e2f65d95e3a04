using System.Globalization;

namespace Busbar.Rating;

/// <summary>
/// How amounts are published. Each line's net amount and each of its taxes is rounded once, from the exact quantity; every sum is a sum of such
/// amounts, so lines and total agree to the last digit. A policy per contract or country: OCPI is silent on it.
/// </summary>
/// <param name="Decimals">At most 6: money is stored in micro-units.</param>
/// <param name="Midpoint">What becomes of a half.</param>
public sealed record Rounding(int Decimals, MidpointRounding Midpoint)
{
    private const decimal ScaleStrip = 1.0000000000000000000000000000m;

    /// <summary>Six decimals, halves away from zero: what a CDR carries. Rounding to what can be paid is the invoice's.</summary>
    public static Rounding Published { get; } = new(6, MidpointRounding.AwayFromZero);

    /// <summary>Names the policy beside the amounts that it made: <c>line-6-AwayFromZero</c>.</summary>
    public string Id => string.Create(CultureInfo.InvariantCulture, $"line-{Decimals}-{Midpoint}");

    /// <summary>An amount as coins can pay it (CHF 0.05, HUF 5): the nearest multiple, halves away from zero. Only of what is paid in cash, and last of all.</summary>
    /// <param name="amount">A document's total, rounded to what can be paid otherwise.</param>
    /// <param name="coin">The smallest coin.</param>
    public static decimal ToCash(decimal amount, decimal coin) => decimal.Round(amount / coin, 0, MidpointRounding.AwayFromZero) * coin;

    public decimal Round(decimal amount) => decimal.Round(amount, Decimals, Midpoint);

    /// <summary>The smallest difference between two published amounts.</summary>
    internal decimal Unit => new(1, 0, 0, false, (byte)Decimals);

    /// <summary>The same number without trailing zeros, but with at least <paramref name="decimals"/> digits after the point: one text for one amount.</summary>
    internal static decimal Trim(decimal amount, int decimals)
    {
        var shortest = amount / ScaleStrip;
        return shortest.Scale >= decimals ? shortest : shortest + new decimal(0, 0, 0, false, (byte)decimals);
    }
}
