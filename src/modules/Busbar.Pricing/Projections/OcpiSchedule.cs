using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>
/// Prices that follow a curve as OCPI can say them: those of a day, each an element with its hours (mod_tariffs, TariffRestrictions), before the element whose price stands in at
/// other times. The first element that applies sets the price, so nothing else changes.
/// </summary>
internal sealed class OcpiSchedule
{
    /// <summary>Four days of quarter-hours. What would need more than this has the price that stands in.</summary>
    private const int MostElements = 400;

    private readonly Dictionary<(int Element, int Component), IReadOnlyList<(Restrictions When, decimal Price)>> _prices = [];

    private OcpiSchedule()
    {
    }

    public static OcpiSchedule Of(Tariff tariff, OcpiTariffVersion version, ProjectionMoment moment)
    {
        var (schedule, count) = (new OcpiSchedule(), 0);
        for (var i = 0; i < tariff.Elements.Count; i++)
        {
            var element = tariff.Elements[i];
            if (!OcpiLosses.Sayable(element, version)) continue;
            for (var j = 0; j < element.Components.Count; j++)
            {
                if (element.Components[j].Dimension == Dimension.Export) continue;
                var prices = Hours(tariff, element.When ?? new Restrictions(), moment.PricesOf(element.Components[j]), moment);
                if (prices.Count == 0 || count + prices.Count > MostElements) continue;
                schedule._prices[(i, j)] = prices;
                count += prices.Count;
            }
        }
        return schedule;
    }

    public bool Has(int element, int component) => _prices.ContainsKey((element, component));

    /// <summary>The elements with those of the day before each; an hour that an element before it has taken is left out.</summary>
    public IReadOnlyList<TariffElement> With(IReadOnlyList<TariffElement> elements)
    {
        var all = new List<TariffElement>();
        for (var i = 0; i < elements.Count; i++)
        {
            foreach (var (component, j) in elements[i].Components.Select((component, j) => (component, j)))
                foreach (var (when, price) in _prices.GetValueOrDefault((i, j), []))
                    if (!all.Exists(before => before.Components.Any(one => one.Dimension == component.Dimension) && TariffLint.Covers(before.When, when)))
                        all.Add(new TariffElement([component with { Price = price, Curve = null }], when));
            all.Add(elements[i]);
        }
        return all;
    }

    private static List<(Restrictions When, decimal Price)> Hours(Tariff tariff, Restrictions when, IReadOnlyList<DayPrice> prices, ProjectionMoment moment)
    {
        if (!moment.IsOfTheDay(tariff, when)) return [];
        // What calendars say of the day is said by its date.
        var ofTheDay = when with { StartDate = moment.Day, EndDate = moment.Day.PlusDays(1), SpecialDays = null, ExceptSpecialDays = null };
        var windows = Datex2Prices.Spans(when).ToList();
        return [.. from price in prices
                   from window in windows
                   let start = Math.Max(price.Start, window.Start)
                   let end = Math.Min(price.End, window.End)
                   where start < end
                   select (ofTheDay with { StartTime = Clock(start, start == 0 && end == DayPrice.Midnight), EndTime = Clock(end, start == 0 && end == DayPrice.Midnight) }, price.Price)];
    }

    // 00:00 as an end is the end of the day; a window of the whole day is none.
    private static LocalTime? Clock(int minute, bool wholeDay) => wholeDay ? null : LocalTime.FromMinutesSinceMidnight(minute % DayPrice.Midnight);
}
