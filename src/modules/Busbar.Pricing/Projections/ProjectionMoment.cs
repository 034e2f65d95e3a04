using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>The moment that a projection is made for: what changes from day to day, or from hour to hour, is said as it is then.</summary>
/// <param name="Zone">The site's: whose day it is.</param>
/// <param name="Curves">With the prices of that day, as far as they are known.</param>
internal sealed record ProjectionMoment(Instant At, DateTimeZone Zone, IReadOnlyList<PriceCurve> Curves)
{
    public LocalDate Day => At.InZone(Zone).Date;

    public Instant DayStart => Zone.AtStartOfDay(Day).ToInstant();

    public Instant DayEnd => Zone.AtStartOfDay(Day.PlusDays(1)).ToInstant();

    /// <summary>Whether a rate of tax holds on the day.</summary>
    public static bool Holds(TaxRate tax, LocalDate day) => !(day < tax.From) && !(day >= tax.Until);

    /// <summary>Whether the day is one of those that an element is for, by its dates, its days of the week and the tariff's calendars.</summary>
    public bool IsOfTheDay(Tariff tariff, Restrictions when)
    {
        return !(Day < when.StartDate) && !(Day >= when.EndDate) && (when.Weekdays is not { } days || ((int)days & (1 << ((int)Day.DayOfWeek - 1))) != 0)
            && (when.SpecialDays is not { } special || IsOne(special)) && (when.ExceptSpecialDays is not { } ordinary || !IsOne(ordinary));

        bool IsOne(string calendar) => tariff.Calendars?.Any(days => days.Name == calendar && days.Dates.Contains(Day)) == true;
    }

    /// <summary>Whether an element can hold now, by the clock and the calendar; what a session does is not asked.</summary>
    public bool CanHold(Tariff tariff, Restrictions? when)
    {
        if (when is null) return true;
        var minute = (int)(At.InZone(Zone).TimeOfDay.NanosecondOfDay / NodaConstants.NanosecondsPerMinute);
        return IsOfTheDay(tariff, when) && Datex2Prices.Spans(when).Any(window => window.Start <= minute && minute < window.End);
    }

    /// <summary>What a price that follows a curve is now, before or with its taxes as the tariff has it; null: it follows none, or nobody knows.</summary>
    public decimal? PriceOf(PriceComponent component) =>
        component.Curve is { } by && Named(by) is { } curve && curve.IndexAt(At) is { } index && curve.Prices[index] is { } value ? by.PriceAt(value) : null;

    /// <summary>
    /// What a price that follows a curve is over the day, in wall clock and in time order; neighbours differ. An hour that the wall clock has twice is left out where its prices
    /// differ: by the wall clock nobody can tell them apart.
    /// </summary>
    public IReadOnlyList<DayPrice> PricesOf(PriceComponent component)
    {
        if (component.Curve is not { } by || Named(by) is not { } curve) return [];
        var prices = new List<DayPrice>();
        var (dayStart, dayEnd) = (DayStart, DayEnd);
        for (var i = 0; i < curve.Prices.Count; i++)
        {
            var (from, to) = (Instant.Max(Start(curve, i), dayStart), Instant.Min(Start(curve, i + 1), dayEnd));
            if (from >= to || curve.Prices[i] is not { } value) continue;
            var start = from.InZone(Zone).LocalDateTime;
            if (Zone.MapLocal(start).Count > 1) continue;
            var (first, last) = (Minutes(start.TimeOfDay), to == dayEnd ? DayPrice.Midnight : Minutes(to.InZone(Zone).TimeOfDay));
            if (first is not { } minute || last is not { } end || minute >= end) continue;
            var price = by.PriceAt(value);
            if (prices is [.., var before] && before.End == minute && before.Price == price) prices[^1] = before with { End = end };
            else prices.Add(new DayPrice(minute, end, price));
        }
        return prices;
    }

    /// <summary>When what is said changed last, for who keeps a copy: a rate of tax began or ended, a curve came to its next price.</summary>
    /// <param name="written">When the tariff itself was.</param>
    public Instant Changed(Tariff tariff, Instant written)
    {
        foreach (var component in tariff.Elements.SelectMany(element => element.Components))
        {
            foreach (var tax in component.Taxes)
            {
                if (tax.From <= Day) written = Instant.Max(written, Zone.AtStartOfDay(tax.From.Value).ToInstant());
                if (tax.Until <= Day) written = Instant.Max(written, Zone.AtStartOfDay(tax.Until.Value).ToInstant());
            }
            if (PriceOf(component) is not null && Named(component.Curve!) is { } curve) written = Instant.Max(written, Start(curve, curve.IndexAt(At)!.Value));
        }
        return written;
    }

    private PriceCurve? Named(CurvePricing by) => Curves.FirstOrDefault(curve => curve.Name == by.Name);

    private static Instant Start(PriceCurve curve, int index) => curve.From + Duration.FromSeconds((long)index * curve.StepSeconds);

    // Null: no form has a window that begins within a minute.
    private static int? Minutes(LocalTime time) => time.NanosecondOfDay % NodaConstants.NanosecondsPerMinute == 0 ? (int)(time.NanosecondOfDay / NodaConstants.NanosecondsPerMinute) : null;
}

/// <summary>A price for a stretch of a day.</summary>
/// <param name="Start">Minutes since midnight by the wall clock.</param>
/// <param name="End">The minute after the last.</param>
internal readonly record struct DayPrice(int Start, int End, decimal Price)
{
    public const int Midnight = 24 * 60;
}
