using System.Globalization;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>A price as a driver reads it.</summary>
/// <param name="Lost">What the text leaves out to be short enough.</param>
internal sealed record Displayed(string Text, IReadOnlyList<Loss> Lost);

/// <summary>
/// The driver's text of a tariff, with taxes, in the order of AFIR Art. 5(4): per kWh, per minute, per session, the rest. A language more is a file more: <c>PriceTexts.xx.resx</c>.
/// </summary>
internal static class DisplayText
{
    private static readonly Dictionary<string, CultureInfo> Cultures = new(StringComparer.Ordinal) { ["en"] = CultureInfo.GetCultureInfo("en-GB"), ["de"] = CultureInfo.GetCultureInfo("de-DE") };

    /// <summary>ISO 639-1.</summary>
    public static IReadOnlyList<string> Languages { get; } = [.. Cultures.Keys];

    /// <param name="tariff">Linted.</param>
    /// <param name="language">One of <see cref="Languages"/>.</param>
    /// <param name="maxLength">In UTF-16 units; absent: as long as it gets.</param>
    /// <param name="day">Whose taxes are shown; absent: those that come to stay.</param>
    /// <param name="present">Whose prices are told where they follow a curve; absent: only what they follow is.</param>
    public static Displayed Of(Tariff tariff, string language, int? maxLength = null, LocalDate? day = null, ProjectionMoment? present = null)
    {
        var words = new PriceWords(Cultures[language], Cultures[language], day ?? LocalDate.MaxIsoValue) { Present = present };
        var items = Ordered(tariff).ToList();
        var losses = new List<Loss>();
        if (Fits(Whole(steps: true), out var text)) return new Displayed(text, losses);
        foreach (var item in items.Where(item => item.Price.StepSize > 1 && item.Price.Dimension != Dimension.Flat))
            losses.Add(new Loss($"{item.Pointer}/stepSize", "stepNotShown", "The text is too short for the steps in which this is counted.", LossEffect.Less));
        if (Fits(Whole(steps: false), out text)) return new Displayed(text, losses);
        for (var i = 0; i < tariff.Elements.Count; i++)
            if (tariff.Elements[i].When is not null) losses.Add(new Loss($"/elements/{i}/when", "conditionNotShown", "The text is too short for this condition; it says that there are some.", LossEffect.Unknown));
        if (Fits([.. Ranges(), .. words.Bounds(tariff), .. Taxed(), words.Say("conditions")], out text)) return new Displayed(text, losses);
        foreach (var (set, pointer) in new[] { (tariff.Min is not null, "/min"), (tariff.Max is not null, "/max"), (tariff.Idle is not null, "/idle"), (tariff.WaiveBelow is not null, "/waiveBelow") })
            if (set) losses.Add(new Loss(pointer, "boundNotShown", "The text is too short for this.", LossEffect.Unknown));
        if (Fits([.. Ranges(), words.Say("conditions")], out text)) return new Displayed(text, losses);
        losses.Add(new Loss("", "cut", "The text is cut off: the rest of the price stands elsewhere.", LossEffect.Unknown));
        return new Displayed(Cut(text, maxLength!.Value), losses);

        List<string> Whole(bool steps)
        {
            var parts = new List<string>();
            foreach (var (item, i) in items.Select((item, i) => (item, i)))
            {
                var price = words.Of(item.Price, item.Element, tariff, steps);
                var when = words.When(item.Element.When);
                var last = when.Count == 0 && items.Take(i).Any(before => before.Price.Dimension == item.Price.Dimension && before.Element.When?.Reservation is null);
                parts.Add(when.Count > 0 ? $"{price} ({string.Join(", ", when)})" : last ? words.Say("otherwise", price) : price);
            }
            return [.. parts, .. words.Bounds(tariff), .. Taxed()];
        }

        IEnumerable<string> Ranges() => items.GroupBy(item => (item.Price.Dimension, item.Element.When?.Reservation)).Select(same =>
        {
            if (same.FirstOrDefault(item => item.Price.Curve is not null) is { Price: not null } curved)
                return same.Select(item => words.Now(item.Price, item.Element, tariff)).FirstOrDefault(now => now is not null) ?? words.Of(curved.Price, curved.Element, tariff, steps: false);
            var prices = same.Select(item => words.Gross(item.Price, tariff)).ToList();
            return words.Between(prices.Min(), prices.Max(), same.Key.Dimension, same.First().Element, tariff.Currency);
        });

        string[] Taxed() => tariff.TaxMode == TaxMode.NotApplicable || tariff.Elements.All(element => element.Components.All(component => component.Taxes.Count == 0 || component.Curve is not null)) ? [] : [words.Say("taxes-in")];

        bool Fits(IReadOnlyList<string> parts, out string said)
        {
            said = parts.Count == 0 ? words.Say("free") : string.Join("; ", parts);
            return maxLength is null || said.Length <= maxLength;
        }
    }

    /// <summary>A text that holds at some EVSEs only.</summary>
    public static string At(string evses, string text, string language) => new PriceWords(Cultures[language], Cultures[language]).Say("at-evse", evses, text);

    /// <summary>The tariff as it is for who comes with a token of that group, or of none: what can never hold for him is empty, and all else keeps its place.</summary>
    public static Tariff For(Tariff tariff, string? tokenGroup) => tariff with
    {
        Elements = [.. tariff.Elements
            .Select(element => element.When?.TokenGroup is not { } group || group.Equals(tokenGroup, StringComparison.OrdinalIgnoreCase) ? element : new TariffElement([]))
            .Select(element => element.When is { TokenGroup: not null } when ? element with { When = when with { TokenGroup = null } } : element)
            .Select(element => element.When == new Restrictions() ? element with { When = null } : element)],
    };

    /// <summary>The tariff as it is for everybody; the prices of groups are losses, told to nobody else.</summary>
    public static Tariff ForEverybody(Tariff tariff, List<Loss> losses)
    {
        for (var i = 0; i < tariff.Elements.Count; i++)
            if (tariff.Elements[i].When?.TokenGroup is not null)
                losses.Add(new Loss($"/elements/{i}/when/tokenGroup", "groupNotSaid", "What is said is what everybody pays: the price of a group of tokens is told to nobody else.", LossEffect.None));
        return For(tariff, null);
    }

    private static IEnumerable<(PriceComponent Price, TariffElement Element, string Pointer)> Ordered(Tariff tariff) => tariff.Elements
        .SelectMany((element, i) => element.Components.Select((component, j) => (Price: component, Element: element, Pointer: $"/elements/{i}/components/{j}")))
        .OrderBy(item => item.Element.When?.Reservation is not null ? 5 : item.Price.Dimension switch { Dimension.Energy => 0, Dimension.Time => 1, Dimension.Idle => 2, Dimension.Flat => 3, _ => 4 });

    // Never through a character.
    private static string Cut(string text, int length)
    {
        var end = length - 1;
        if (end > 0 && char.IsHighSurrogate(text[end - 1])) end--;
        return string.Concat(text.AsSpan(0, end).TrimEnd(), "…");
    }
}
