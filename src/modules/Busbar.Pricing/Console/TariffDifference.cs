using System.Globalization;
using Busbar.Kernel;
using Busbar.Rating;
using static Busbar.Pricing.Console.TariffTexts;

namespace Busbar.Pricing.Console;

/// <summary>What a version changes in the one before it, in words: nothing where the two price alike by every byte, and something wherever they differ.</summary>
internal static class TariffDifference
{
    public static IReadOnlyList<string> Of(Tariff before, Tariff after)
    {
        var words = new List<string>();
        if (before.Currency != after.Currency) words.Add(Say("diff-changed", Say("currency"), before.Currency.Code, after.Currency.Code));
        if (before.TaxMode != after.TaxMode) words.Add(Say("diff-changed", Say("edit-tax-mode"), Say("tax-" + before.TaxMode), Say("tax-" + after.TaxMode)));
        if (before.TaxPoint != after.TaxPoint) words.Add(Say("diff-changed", Say("edit-tax-point"), Say("tax-" + before.TaxPoint), Say("tax-" + after.TaxPoint)));
        Elements(before, after, words);
        // Grace, caps, bounds and waivers are sentences already: those that went and those that came.
        var (old, now) = (PriceWords.Here.Bounds(before), PriceWords.Here.Bounds(after));
        words.AddRange(old.Except(now).Select(text => Say("diff-gone", text)));
        words.AddRange(now.Except(old).Select(text => Say("diff-came", text)));
        CalendarsOf(before, after, words);
        if (words.Count == 0 && TariffJson.Hash(before) != TariffJson.Hash(after)) words.Add(Say("diff-form"));
        return words;
    }

    private static void Elements(Tariff before, Tariff after, List<string> words)
    {
        var pairs = Pairs(before.Elements, after.Elements);
        foreach (var old in Enumerable.Range(0, before.Elements.Count).Where(i => pairs.All(pair => pair.Old != i)))
            words.Add(Say("diff-element-gone", old + 1, Whole(before.Elements[old], before)));
        foreach (var now in Enumerable.Range(0, after.Elements.Count))
        {
            if (pairs.FirstOrDefault(pair => pair.New == now, (Old: -1, New: -1)) is not (>= 0 and var old, _)) words.Add(Say("diff-element-came", now + 1, Whole(after.Elements[now], after)));
            else Element((before, before.Elements[old]), (after, after.Elements[now]), now + 1, words);
        }
        // Which element wins is a matter of their order.
        int[] order = [.. pairs.OrderBy(pair => pair.Old).Select(pair => pair.New)];
        if (!order.SequenceEqual(order.Order())) words.Add(Say("diff-order"));
    }

    private static void Element((Tariff Tariff, TariffElement Element) before, (Tariff Tariff, TariffElement Element) after, int number, List<string> words)
    {
        var (old, now) = (Conditions(before.Element.When), Conditions(after.Element.When));
        if (old != now) words.Add(Say("diff-element-changed", number, Say("diff-when"), old, now));
        foreach (var component in after.Element.Components)
        {
            var text = PriceWords.Here.Of(component, after.Element, after.Tariff);
            if (before.Element.Components.FirstOrDefault(one => one.Dimension == component.Dimension) is not { } same) words.Add(Say("diff-price-came", number, text));
            else if (!Same(same, component) || PriceWords.Here.Of(same, before.Element, before.Tariff) != text && before.Tariff.Currency == after.Tariff.Currency && before.Tariff.TaxMode == after.Tariff.TaxMode && before.Tariff.TaxPoint == after.Tariff.TaxPoint)
                words.Add(Change(same, component, before, after, number));
        }
        foreach (var gone in before.Element.Components.Where(one => after.Element.Components.All(component => component.Dimension != one.Dimension)))
            words.Add(Say("diff-price-gone", number, PriceWords.Here.Of(gone, before.Element, before.Tariff)));
    }

    // The number alone where only it changed: that is what most look for.
    private static string Change(PriceComponent old, PriceComponent now, (Tariff Tariff, TariffElement Element) before, (Tariff Tariff, TariffElement Element) after, int number) =>
        now.Dimension is Dimension.Energy or Dimension.Flat or Dimension.Export && now.Curve is null && Same(old with { Price = now.Price }, now)
            ? Say("diff-price", number, Say("dimension-" + now.Dimension), Number(old.Price), PriceWords.Here.Of(now with { Taxes = [], StepSize = 1 }, after.Element, after.Tariff))
            : Say("diff-element-changed", number, Say("dimension-" + now.Dimension), PriceWords.Here.Of(old, before.Element, before.Tariff), PriceWords.Here.Of(now, after.Element, after.Tariff));

    private static void CalendarsOf(Tariff before, Tariff after, List<string> words)
    {
        foreach (var name in (before.Calendars ?? []).Concat(after.Calendars ?? []).Select(calendar => calendar.Name).Distinct())
        {
            var (old, now) = (Days(before, name), Days(after, name));
            if (old is null) words.Add(Say("diff-calendar-came", name, now!.Count));
            else if (now is null) words.Add(Say("diff-calendar-gone", name));
            else if (!old.SequenceEqual(now)) words.Add(Say("diff-calendar", name, Dates(now.Except(old)), Dates(old.Except(now))));
        }

        static IReadOnlyList<NodaTime.LocalDate>? Days(Tariff tariff, string name) => tariff.Calendars?.FirstOrDefault(calendar => calendar.Name == name)?.Dates;
        static string Dates(IEnumerable<NodaTime.LocalDate> dates) => string.Join(", ", dates.Select(date => date.ToString("d", CultureInfo.CurrentCulture))) is { Length: > 0 } some ? some : "–";
    }

    /// <summary>Which element became which: the same conditions first, then the same kinds of price at the nearest place. What is left came or went.</summary>
    private static List<(int Old, int New)> Pairs(IReadOnlyList<TariffElement> before, IReadOnlyList<TariffElement> after)
    {
        var pairs = new List<(int Old, int New)>();
        Take((old, now) => old.When == now.When && old.Components.Count == now.Components.Count && old.Components.Zip(now.Components).All(both => Same(both.First, both.Second)));
        Take((old, now) => old.When == now.When);
        Take((old, now) => old.Components.Select(one => one.Dimension).Order().SequenceEqual(now.Components.Select(one => one.Dimension).Order()));
        return pairs;

        void Take(Func<TariffElement, TariffElement, bool> alike)
        {
            var left = Enumerable.Range(0, before.Count).Except(pairs.Select(pair => pair.Old)).ToList();
            foreach (var now in Enumerable.Range(0, after.Count).Except(pairs.Select(pair => pair.New)).ToList())
            {
                var at = left.FindIndex(old => alike(before[old], after[now]));
                if (at < 0) continue;
                pairs.Add((left[at], now));
                left.RemoveAt(at);
            }
        }
    }

    private static bool Same(PriceComponent one, PriceComponent other) =>
        one.Dimension == other.Dimension && one.Price == other.Price && Step(one) == Step(other) && one.Curve == other.Curve && one.Taxes.SequenceEqual(other.Taxes);

    // 0 counts as 1.
    private static int Step(PriceComponent component) => Math.Max(1, component.StepSize);

    private static string Whole(TariffElement element, Tariff tariff) =>
        string.Join("; ", element.Components.Select(component => PriceWords.Here.Of(component, element, tariff))) + " (" + Conditions(element.When) + ")";

    private static string Conditions(Restrictions? when) => PriceWords.Here.When(when) is { Count: > 0 } words ? string.Join(", ", words) : Say("always");

    private static string Number(decimal number) => number.ToString("#,0.00########", CultureInfo.CurrentCulture);
}
