using System.Globalization;
using Busbar.Kernel;
using Busbar.Rating;
using static Busbar.Pricing.Console.TariffTexts;

namespace Busbar.Pricing.Console;

/// <summary>Why a price held for a stretch, in plain words.</summary>
internal static class TraceWords
{
    public static string Of(TraceEntry entry, Currency currency)
    {
        if (entry.Reason != PriceReason.Conditions) return Say("reason-" + entry.Reason);
        var words = entry.Element is { } element
            ? Say("trace-element", element + 1, Amount(entry, currency), entry.Holds.Count == 0 ? Say("trace-always") : Say("trace-holds", string.Join(", ", entry.Holds.Select(Condition))))
            : Say("trace-none");
        foreach (var (other, condition) in entry.Fails) words += " " + Say("trace-fails", other + 1, Condition(condition));
        return words;
    }

    private static string Condition(string name) => Say("condition-" + name);

    private static string Amount(TraceEntry entry, Currency currency) =>
        $"{(entry.UnitPrice ?? 0).ToString("#,0." + new string('0', currency.Decimals) + "######", CultureInfo.CurrentCulture)} {currency.Code}"
        + entry.Dimension switch { Dimension.Energy or Dimension.Export => "/kWh", Dimension.Flat => "", _ => "/h" };
}
