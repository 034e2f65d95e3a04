using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>How far a session has come at the moment whose price is asked. A new one has come nowhere.</summary>
public sealed record SessionPoint
{
    public Energy Energy { get; init; }

    /// <summary>Since the session began.</summary>
    public Duration Duration { get; init; }

    /// <summary>In which the vehicle charged.</summary>
    public Duration ChargingTime { get; init; }

    /// <summary>In which it asked for nothing, its grace included.</summary>
    public Duration IdleTime { get; init; }

    /// <summary>Absent: it fulfils no restriction on it.</summary>
    public Power? Power { get; init; }

    /// <summary>Sum over the phases in amperes; absent: it fulfils no restriction on it.</summary>
    public decimal? CurrentA { get; init; }
}

/// <summary>What a dimension costs for a stretch of time.</summary>
/// <param name="From">Belongs to it.</param>
/// <param name="To">Does not.</param>
/// <param name="Element">The element that sets the price; null: none does, and nothing is charged.</param>
/// <param name="ExclTax">Per kWh, per hour, or once, in the tariff's currency; at most 10 decimals.</param>
/// <param name="InclTax">The same with the taxes of that local day.</param>
public sealed record PriceStretch(Instant From, Instant To, int? Element, decimal ExclTax, decimal InclTax);

/// <summary>
/// Which price would hold at each moment of a stretch of time, by the very conditions that the rater asks. Step sizes, bounds, grace and allowances are of
/// a whole session and stand in no price.
/// </summary>
public static class PriceClock
{
    private const int Decimals = 10;

    /// <summary>In time order, without gaps; two neighbours have different prices or elements.</summary>
    /// <param name="tariff">Linted.</param>
    /// <param name="zone">The site's.</param>
    /// <param name="from">The first moment.</param>
    /// <param name="to">The moment after the last.</param>
    /// <param name="dimension">Whose price.</param>
    /// <param name="point">How far the session is at each of these moments; absent: it begins there.</param>
    /// <param name="context">What else is known of the session; absent: nothing.</param>
    /// <exception cref="OverflowException">A price with its taxes is beyond what a decimal holds.</exception>
    public static IReadOnlyList<PriceStretch> Between(Tariff tariff, DateTimeZone zone, Instant from, Instant to, Dimension dimension, SessionPoint? point = null, SessionContext? context = null)
    {
        var compiled = CompiledTariff.Of(tariff);
        var who = context ?? SessionContext.Unknown;
        var session = point ?? new SessionPoint();
        var judged = new Judged(session.Energy.MilliwattHours, Ms(session.Duration), Ms(session.ChargingTime), Ms(session.IdleTime), session.Power?.Milliwatts, session.CurrentA);
        // A tax that changes does so at midnight, though no window may turn then.
        var clock = new LocalClock(zone, [.. compiled.ClockMarks.Append(0L).Distinct().Order()]);
        var stretches = new List<PriceStretch>();
        var (at, end) = (from.ToUnixTimeMilliseconds(), to.ToUnixTimeMilliseconds());
        while (at < end)
        {
            var (day, ofDay) = clock.At(at);
            var curves = compiled.HasCurves ? new Curves(compiled, who, at - judged.Duration) : null;
            // A price that is locked at the start follows the curve all the same: each moment is asked for as one of a session of its own.
            var next = Math.Min(Math.Min(clock.Next(at), NextPrice(who, at, judged.Duration)), end);
            var winner = compiled.Winner(dimension, new Moment(day, ofDay, judged, who), null);
            Add(stretches, Stretch(compiled, winner, day, at, next, winner == CompiledTariff.None ? 0m : curves?.Price(winner, at) ?? compiled.Components[winner].Price.Price));
            at = next;
        }
        return stretches;
    }

    private static PriceStretch Stretch(CompiledTariff tariff, int winner, long day, long from, long to, decimal price)
    {
        var (start, end) = (Instant.FromUnixTimeMilliseconds(from), Instant.FromUnixTimeMilliseconds(to));
        if (winner == CompiledTariff.None) return new PriceStretch(start, end, null, 0, 0);
        var component = tariff.Components[winner];
        var factor = tariff.Tariff.TaxMode == TaxMode.NotApplicable ? 1m : Taxes.Factor(component.TaxesIn(tariff.Era(day)));
        var (net, gross) = tariff.Tariff.TaxMode == TaxMode.Inclusive ? (price / factor, price) : (price, price * factor);
        return new PriceStretch(start, end, component.Element, Round(net), Round(gross));
    }

    private static void Add(List<PriceStretch> stretches, PriceStretch more)
    {
        if (stretches.Count > 0 && stretches[^1] is var last && last.Element == more.Element && last.ExclTax == more.ExclTax && last.InclTax == more.InclTax)
            stretches[^1] = last with { To = more.To };
        else
            stretches.Add(more);
    }

    // What is locked is read where the session began: it changes with the intervals of that moment.
    private static long NextPrice(SessionContext context, long at, long since)
    {
        var (here, start) = (NextPoint(context, at), NextPoint(context, at - since));
        return start == long.MaxValue ? here : Math.Min(here, start + since);
    }

    private static long NextPoint(SessionContext context, long at)
    {
        var next = long.MaxValue;
        foreach (var curve in context.Curves ?? [])
        {
            var (start, step) = (curve.From.ToUnixTimeMilliseconds(), Math.Max(1L, curve.StepSeconds) * NodaConstants.MillisecondsPerSecond);
            if (at < start) next = Math.Min(next, start);
            else if ((at - start) / step < curve.Prices.Count) next = Math.Min(next, start + ((at - start) / step + 1) * step);
        }
        return next;
    }

    private static decimal Round(decimal price) => Rounding.Trim(decimal.Round(price, Decimals, MidpointRounding.AwayFromZero), 0);

    private static long Ms(Duration duration) => duration.BclCompatibleTicks / NodaConstants.TicksPerMillisecond;
}
