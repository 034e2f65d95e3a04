using System.Globalization;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing.Lint;

/// <summary>
/// An element for some days of the week whose hours pass midnight. The day of the week is that of the moment itself (OCPI mod_tariffs, TariffRestrictions), so the night that begins on the
/// last of these days ends at midnight, where most would think that it goes on: edge case E03.
/// </summary>
/// <param name="Element">Its index.</param>
/// <param name="Evenings">On which a night begins that is cut off.</param>
/// <param name="Mornings">The days after them, on which the element does not hold.</param>
/// <param name="End">Until when it would go on.</param>
internal sealed record WeekdayNight(int Element, Weekdays Evenings, Weekdays Mornings, LocalTime End)
{
    private const int Week = 0b1111111;

    /// <summary>Those that no other element goes on with.</summary>
    public static IEnumerable<WeekdayNight> In(Tariff tariff)
    {
        for (var i = 0; i < tariff.Elements.Count; i++)
        {
            if (tariff.Elements[i].When is not { Weekdays: { } days, EndTime: { } end, StartTime: var start } || end == LocalTime.Midnight || !(start > end)) continue;
            var mornings = After(days) & ~days;
            if (mornings == Weekdays.None || tariff.Elements.Where((_, k) => k != i).Any(other => GoesOn(other, tariff.Elements[i], mornings, end))) continue;
            yield return new WeekdayNight(i, Before(mornings), mornings, end);
        }
    }

    /// <summary>What would go on with it: the same prices, in the mornings after.</summary>
    public TariffElement Rest(Tariff tariff) => tariff.Elements[Element] with { When = tariff.Elements[Element].When! with { Weekdays = Mornings, StartTime = LocalTime.Midnight, EndTime = End } };

    /// <summary><c>Friday</c> and <c>Saturday, 00:00–06:00</c>.</summary>
    public (string Evenings, string Missing) Say(CultureInfo culture) => (Names(Evenings, culture), string.Create(CultureInfo.InvariantCulture, $"{Names(Mornings, culture)}, 00:00–{End:HH:mm}"));

    private static string Names(Weekdays days, CultureInfo culture) =>
        string.Join(", ", Enumerable.Range(0, 7).Where(day => ((int)days & (1 << day)) != 0).Select(day => culture.DateTimeFormat.DayNames[(day + 1) % 7]));

    private static bool GoesOn(TariffElement other, TariffElement element, Weekdays mornings, LocalTime end) =>
        other.When is { } when && (when.Weekdays is not { } days || (days & mornings) == mornings) && (when.StartTime ?? LocalTime.Midnight) == LocalTime.Midnight && when.EndTime == end
        && element.Components.All(component => other.Components.Any(one => one.Dimension == component.Dimension));

    private static Weekdays After(Weekdays days) => (Weekdays)((((int)days << 1) | ((int)days >> 6)) & Week);

    private static Weekdays Before(Weekdays days) => (Weekdays)((((int)days >> 1) | ((int)days << 6)) & Week);
}
