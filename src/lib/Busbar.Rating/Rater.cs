using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>
/// The one pricing function: tariff, zone and measured periods in, a priced session out. Pure and deterministic. A fold, so that the running price
/// costs the same after the thousandth meter value as after the first.
/// </summary>
/// <remarks>A tariff must have passed <see cref="TariffLint"/>; with one that has not, the result means nothing, though no input makes it run for ever.</remarks>
public static class Rater
{
    /// <param name="tariff">Pinned for the whole session; not to be changed afterwards.</param>
    /// <param name="zone">The site's: wall-clock restrictions are read in it.</param>
    /// <param name="start">The start of the session itself, not of a reservation before it.</param>
    /// <param name="context">What else is known; absent: nothing.</param>
    public static RatingState Begin(Tariff tariff, DateTimeZone zone, Instant start, SessionContext? context = null) =>
        new(new Fold(CompiledTariff.Of(tariff), zone, start.ToUnixTimeMilliseconds(), context ?? SessionContext.Unknown));

    /// <summary>A new state; the old one stays as it was, and may be extended another way.</summary>
    /// <exception cref="ArgumentException">The period has negative length or energy, or does not follow what came before.</exception>
    public static RatingState Extend(RatingState state, MeasuredPeriod period)
    {
        var fold = state.Fold.Copy();
        fold.Add(period);
        return new RatingState(fold);
    }

    /// <summary>As period by period, at the cost of one copy.</summary>
    /// <exception cref="ArgumentException">A period has negative length or energy, or does not follow what came before.</exception>
    public static RatingState Extend(RatingState state, IEnumerable<MeasuredPeriod> periods)
    {
        var fold = state.Fold.Copy();
        foreach (var period in periods) fold.Add(period);
        return new RatingState(fold);
    }

    /// <summary>
    /// What energy, charging time and idle time cost from the end of what was added on, with the taxes that hold then, as long as nothing changes; a dimension without a price is left out.
    /// </summary>
    public static IReadOnlyList<(Dimension Dimension, decimal InclTax)> InForce(RatingState state) => state.Fold.InForce();

    /// <summary>The whole result, periods and trace included.</summary>
    public static PricedSession Finish(RatingState state, Rounding? rounding = null) => Finish(state.Fold, rounding ?? Rounding.Published);

    /// <summary>Lines and total only: its cost does not depend on how long the session already is.</summary>
    public static RunningCost Running(RatingState state, Rounding? rounding = null) => Bill.Of(state.Fold, rounding ?? Rounding.Published);

    /// <summary>The fold over the timeline's periods.</summary>
    public static PricedSession Rate(Tariff tariff, DateTimeZone zone, Timeline timeline, Rounding? rounding = null, SessionContext? context = null)
    {
        var fold = new Fold(CompiledTariff.Of(tariff), zone, timeline.Start.ToUnixTimeMilliseconds(), context ?? SessionContext.Unknown);
        foreach (var period in timeline.ToPeriods()) fold.Add(period);
        return Finish(fold, rounding ?? Rounding.Published);
    }

    private static PricedSession Finish(Fold fold, Rounding rounding)
    {
        var bill = Bill.Of(fold, rounding);
        var segments = fold.Segments();
        return new PricedSession
        {
            Currency = bill.Currency,
            Lines = bill.Lines,
            Periods = [.. segments.Select(segment => Period(fold.Tariff, segment))],
            Total = bill.Total,
            Usage = bill.Usage,
            Trace = new Trace(fold, segments),
            Waived = bill.Waived,
            Allowances = bill.Allowances,
            Rounding = rounding,
        };
    }

    private static PricedPeriod Period(CompiledTariff tariff, in Segment segment)
    {
        var active = segment.Active;
        var flat = active.Flat != CompiledTariff.None ? active.Flat : active.ExpiryFlat;
        return new PricedPeriod(
            Instant.FromUnixTimeMilliseconds(segment.From), Instant.FromUnixTimeMilliseconds(segment.To), new Energy(segment.Energy), segment.State, segment.Phase,
            new ActiveElements(Element(active.Energy), Element(active.Time), Element(active.Idle), Element(flat)) { Export = Element(active.Export) })
        {
            Exported = new Energy(segment.Exported),
        };

        int? Element(int component) => component == CompiledTariff.None ? null : tariff.Components[component].Element;
    }
}

/// <summary>A rating under way. Immutable; holds on to the tariff, not to the meter values.</summary>
public sealed class RatingState
{
    internal RatingState(Fold fold) => Fold = fold;

    internal Fold Fold { get; }

    public Tariff Tariff => Fold.Tariff.Tariff;

    /// <summary>The end of the last period added, or the session's start.</summary>
    public Instant Until => Instant.FromUnixTimeMilliseconds(Fold.Until == long.MinValue ? Fold.Start : Fold.Until);

    /// <summary>Of the session so far.</summary>
    public Energy Energy => new(Fold.Energy);
}
