using System.Globalization;
using Busbar.Kernel;
using Busbar.Rating;
using Busbar.Shell;
using NodaTime;
using static Busbar.Pricing.Console.TariffTexts;

namespace Busbar.Pricing.Console;

/// <summary>What a tariff costs, in plain words: every price and every condition of it, and nothing that is not in it.</summary>
internal static class PriceWords
{
    private static readonly (Weekdays Day, IsoDayOfWeek Iso)[] Week =
    [
        (Weekdays.Monday, IsoDayOfWeek.Monday), (Weekdays.Tuesday, IsoDayOfWeek.Tuesday), (Weekdays.Wednesday, IsoDayOfWeek.Wednesday), (Weekdays.Thursday, IsoDayOfWeek.Thursday),
        (Weekdays.Friday, IsoDayOfWeek.Friday), (Weekdays.Saturday, IsoDayOfWeek.Saturday), (Weekdays.Sunday, IsoDayOfWeek.Sunday),
    ];

    /// <summary><c>0.42 EUR per kWh, plus VAT 21 %</c>.</summary>
    public static string Of(PriceComponent component, TariffElement element, Tariff tariff)
    {
        var unit = element.When?.Reservation is not null && component.Dimension == Dimension.Time ? "per-reserved" : "per-" + component.Dimension;
        var words = Say(unit, Amount(component.Price, tariff.Currency));
        if (component.Taxes.Count > 0 && tariff.TaxMode != TaxMode.NotApplicable)
            words += ", " + Say(tariff.TaxMode == TaxMode.Inclusive ? "tax-in" : "tax-on", string.Join(" + ", component.Taxes.Select(tax => $"{tax.Name} {Number(tax.Percent)} %")));
        if (component.StepSize > 1 && component.Dimension != Dimension.Flat)
            words += ", " + Say(component.Dimension == Dimension.Energy ? "step-energy" : "step-time", Spoken.Count(component.StepSize));
        return words;
    }

    /// <summary>When an element applies; empty: always.</summary>
    public static IReadOnlyList<string> When(Restrictions? when)
    {
        if (when is null) return [];
        var words = new List<string>();
        if (when.Weekdays is { } days) words.Add(Days(days));
        if (when.StartTime is not null || when.EndTime is not null) words.Add(Say("when-time", Clock(when.StartTime), Clock(when.EndTime)));
        Range(when.StartDate?.ToString("d", CultureInfo.CurrentCulture), when.EndDate?.ToString("d", CultureInfo.CurrentCulture), "date");
        Range(Kwh(when.MinEnergy), Kwh(when.MaxEnergy), "energy");
        Range(Kw(when.MinPower), Kw(when.MaxPower), "power");
        Range(Ampere(when.MinCurrentA), Ampere(when.MaxCurrentA), "current");
        Range(Minutes(when.MinDuration), Minutes(when.MaxDuration), "duration");
        if (when.Reservation is { } kind) words.Add(Say("when-" + kind));
        return words;

        void Range(string? from, string? to, string what)
        {
            if (from is not null && to is not null) words.Add(Say($"when-{what}-both", from, to));
            else if (from is not null) words.Add(Say($"when-{what}-from", from));
            else if (to is not null) words.Add(Say($"when-{what}-to", to));
        }
    }

    /// <summary>The bounds of the whole, and what is waived.</summary>
    public static IReadOnlyList<string> Bounds(Tariff tariff)
    {
        var words = new List<string>();
        foreach (var (bound, name) in new[] { (tariff.Min, "min"), (tariff.Max, "max") })
        {
            if (bound?.BeforeTax is { } net) words.Add(Say(name + "-net", Amount(net, tariff.Currency)));
            if (bound?.AfterTax is { } gross) words.Add(Say(name + "-gross", Amount(gross, tariff.Currency)));
        }
        if (tariff.WaiveBelow is { } waiver)
            words.Add(Say("waived", string.Join(Say("and"), new[] { Kwh(waiver.Energy), Minutes(waiver.Duration) }.OfType<string>())));
        return words;
    }

    /// <summary>All of it in one line, for a list.</summary>
    public static string Line(Tariff tariff) => string.Join("; ", tariff.Elements.SelectMany(element =>
    {
        var when = When(element.When);
        return element.Components.Select(component => Of(component, element, tariff) + (when.Count > 0 ? $" ({string.Join(", ", when)})" : ""));
    }).Concat(Bounds(tariff)));

    private static string Days(Weekdays days)
    {
        if (days == (Weekdays)0b0011111) return Say("when-workdays");
        if (days == (Weekdays.Saturday | Weekdays.Sunday)) return Say("when-weekend");
        var names = CultureInfo.CurrentCulture.DateTimeFormat.AbbreviatedDayNames;
        return string.Join(", ", Week.Where(day => (days & day.Day) != 0).Select(day => names[(int)day.Iso % 7]));
    }

    private static string Clock(LocalTime? time) => (time ?? LocalTime.Midnight).ToString("HH:mm", CultureInfo.InvariantCulture);
    private static string Number(decimal number) => number.ToString("#,0.######", CultureInfo.CurrentCulture);
    private static string Amount(decimal amount, Currency currency) => $"{amount.ToString("#,0." + new string('0', currency.Decimals) + "######", CultureInfo.CurrentCulture)} {currency.Code}";
    private static string? Kwh(Energy? energy) => energy is { } value ? $"{Number(value.KilowattHours)} kWh" : null;
    private static string? Kw(Power? power) => power is { } value ? $"{Number(value.Watts / 1_000m)} kW" : null;
    private static string? Ampere(decimal? current) => current is { } value ? $"{Number(value)} A" : null;
    private static string? Minutes(Duration? duration) => duration is { } value ? $"{Number((decimal)value.TotalMilliseconds / 60_000m)} min" : null;
}
