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
        var words = Say(unit, component.Curve is { } curve ? Follows(curve, component.Price, tariff.Currency) : Amount(component.Price, tariff.Currency));
        if (component.Taxes.Count > 0 && tariff.TaxMode != TaxMode.NotApplicable)
            words += ", " + Say(tariff.TaxMode == TaxMode.Inclusive ? "tax-in" : "tax-on", string.Join(" + ", component.Taxes.Select(Rate)));
        if (component.Taxes.Any(tax => tax.From is not null || tax.Until is not null)) words += ", " + Say("tax-" + tariff.TaxPoint);
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
        Range(Minutes(when.MinChargingTime), Minutes(when.MaxChargingTime), "charging");
        Range(Minutes(when.MinIdleTime), Minutes(when.MaxIdleTime), "idle");
        if (when.SpecialDays is { } special) words.Add(Say("when-special", special));
        if (when.ExceptSpecialDays is { } ordinary) words.Add(Say("when-not-special", ordinary));
        if (when.EvseKind is { } current) words.Add(Say("when-" + current));
        if (when.PaymentBrand is { } brand) words.Add(Say("when-paid", brand));
        if (when.PaymentRecognition is { } recognition) words.Add(Say("when-paid", recognition));
        if (when.TokenGroup is { } group) words.Add(Say("when-group", group));
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
        if (Minutes(tariff.Idle?.Grace) is { } grace) words.Add(Kwh(tariff.Idle!.RestartAbove) is { } again ? Say("grace-again", grace, again) : Say("grace", grace));
        if (tariff.Idle?.Cap?.BeforeTax is { } idleNet) words.Add(Say("idle-max-net", Amount(idleNet, tariff.Currency)));
        if (tariff.Idle?.Cap?.AfterTax is { } idleGross) words.Add(Say("idle-max-gross", Amount(idleGross, tariff.Currency)));
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

    private static string Follows(CurvePricing curve, decimal otherwise, Currency currency)
    {
        var words = Say("curve-" + curve.Lock, curve.Name);
        if (curve.Percent != 100) words += " × " + Number(curve.Percent) + " %";
        if (curve.Least is { } least) words += ", " + Say("curve-least", Amount(least, currency));
        if (curve.Most is { } most) words += ", " + Say("curve-most", Amount(most, currency));
        if (curve.Add != 0) words += " + " + Amount(curve.Add, currency);
        return words + " " + Say("curve-otherwise", Amount(otherwise, currency));
    }

    private static string Rate(TaxRate tax)
    {
        var words = $"{tax.Name} {Number(tax.Percent)} %";
        if (tax.From is { } from) words += " " + Say("when-date-from", from.ToString("d", CultureInfo.CurrentCulture));
        return tax.Until is { } until ? words + " " + Say("when-date-to", until.ToString("d", CultureInfo.CurrentCulture)) : words;
    }

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
