using System.Globalization;
using System.Resources;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing;

/// <summary>What a tariff costs, in plain words: every price and every condition of it, and nothing that is not in it.</summary>
/// <param name="culture">Of numbers and dates.</param>
/// <param name="language">Of the words.</param>
/// <param name="day">Set: prices are a driver's, with the taxes of that day; absent: as the tariff has them.</param>
internal sealed class PriceWords(CultureInfo culture, CultureInfo language, LocalDate? day = null)
{
    private const int Decimals = 4;
    private static readonly ResourceManager Texts = new("Busbar.Pricing.Projections.PriceTexts", typeof(PriceWords).Assembly);

    private static readonly (Weekdays Day, IsoDayOfWeek Iso)[] Week =
    [
        (Weekdays.Monday, IsoDayOfWeek.Monday), (Weekdays.Tuesday, IsoDayOfWeek.Tuesday), (Weekdays.Wednesday, IsoDayOfWeek.Wednesday), (Weekdays.Thursday, IsoDayOfWeek.Thursday),
        (Weekdays.Friday, IsoDayOfWeek.Friday), (Weekdays.Saturday, IsoDayOfWeek.Saturday), (Weekdays.Sunday, IsoDayOfWeek.Sunday),
    ];

    /// <summary>Set: what a price that follows a curve is at that moment is told first.</summary>
    public ProjectionMoment? Present { get; init; }

    /// <summary>As who looks at a page reads them.</summary>
    public static PriceWords Here => new(CultureInfo.CurrentCulture, CultureInfo.CurrentUICulture);

    /// <summary><c>0.42 EUR per kWh, plus VAT 21 %</c>. Time is told by the minute (AFIR Art. 5(4)).</summary>
    public string Of(PriceComponent component, TariffElement element, Tariff tariff, bool steps = true)
    {
        var gross = day is not null && component.Curve is null;
        var price = gross ? Gross(component, tariff) : component.Price;
        var words = Say(UnitOf(component.Dimension, element), component.Curve is { } curve ? Follows(curve, component, tariff.Currency) : Amount(ByUnit(price, component.Dimension), tariff.Currency));
        if (component.Curve is null && ByUnit(price, component.Dimension) * PerUnit(component.Dimension) != price) words += $" ({Say("an-hour", Amount(price, tariff.Currency))})";
        if (!gross && component.Taxes.Count > 0 && tariff.TaxMode != TaxMode.NotApplicable)
            words += ", " + Say(tariff.TaxMode == TaxMode.Inclusive ? "tax-in" : "tax-on", string.Join(" + ", component.Taxes.Select(Rate)));
        if (!gross && component.Taxes.Any(tax => tax.From is not null || tax.Until is not null)) words += ", " + Say("tax-" + tariff.TaxPoint);
        if (Now(component, element, tariff) is { } now) words = $"{now} ({words})";
        if (steps && component.StepSize > 1 && component.Dimension != Dimension.Flat)
            words += ", " + Say(component.Dimension == Dimension.Energy ? "step-energy" : "step-time", component.StepSize.ToString("N0", culture));
        return words;
    }

    /// <summary><c>0.3642 EUR per kWh now, with all taxes</c>: what a price that follows a curve is at the moment; null: it follows none, it does not hold now, or nobody knows.</summary>
    public string? Now(PriceComponent component, TariffElement element, Tariff tariff)
    {
        if (Present is not { } present || !present.CanHold(tariff, element.When) || present.PriceOf(component) is not { } price) return null;
        var shown = decimal.Round(ByUnit(Gross(component with { Price = price }, tariff), component.Dimension), Decimals, MidpointRounding.AwayFromZero);
        return Say(component.Taxes.Count == 0 || tariff.TaxMode == TaxMode.NotApplicable ? "now" : "now-taxed", Say(UnitOf(component.Dimension, element), Amount(shown, tariff.Currency)));
    }

    /// <summary>The price of a dimension where it lies between two: <c>0.39–0.59 EUR per kWh</c>.</summary>
    public string Between(decimal least, decimal most, Dimension dimension, TariffElement element, Currency currency)
    {
        var (low, high) = (ByUnit(least, dimension), ByUnit(most, dimension));
        return Say(UnitOf(dimension, element), low == high ? Amount(low, currency) : Say("range", Figure(low, currency), Amount(high, currency)));
    }

    /// <summary>With the taxes of the day; to four decimals.</summary>
    public decimal Gross(PriceComponent component, Tariff tariff) => tariff.TaxMode != TaxMode.Exclusive
        ? component.Price
        : decimal.Round(component.Price * OcpiWriting.Factor(component.Taxes.Where(tax => day is not { } that || ProjectionMoment.Holds(tax, that))), Decimals, MidpointRounding.AwayFromZero);

    public string Say(string name, params ReadOnlySpan<object?> values)
    {
        var text = Texts.GetString(name, language) ?? throw new MissingManifestResourceException($"There is no text '{name}' for prices.");
        return values.Length == 0 ? text : string.Format(culture, text, values);
    }

    /// <summary>When an element applies; empty: always.</summary>
    public IReadOnlyList<string> When(Restrictions? when)
    {
        if (when is null) return [];
        var words = new List<string>();
        if (when.Weekdays is { } days) words.Add(Days(days));
        if (when.StartTime is not null || when.EndTime is not null) words.Add(Say("when-time", Clock(when.StartTime), Clock(when.EndTime)));
        Range(when.StartDate?.ToString("d", culture), when.EndDate?.ToString("d", culture), "date");
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
    public IReadOnlyList<string> Bounds(Tariff tariff)
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
    public string Line(Tariff tariff) => string.Join("; ", tariff.Elements.SelectMany(element =>
    {
        var when = When(element.When);
        return element.Components.Select(component => Of(component, element, tariff) + (when.Count > 0 ? $" ({string.Join(", ", when)})" : ""));
    }).Concat(Bounds(tariff)));

    private string Follows(CurvePricing curve, PriceComponent component, Currency currency)
    {
        var hourly = PerUnit(component.Dimension) > 1;
        var words = Say("curve-" + curve.Lock, curve.Name);
        if (hourly) words += " / 60";
        if (curve.Percent != 100) words += " × " + Number(curve.Percent) + " %";
        if (curve.Least is { } least) words += ", " + Say("curve-least", PerMinute(least));
        if (curve.Most is { } most) words += ", " + Say("curve-most", PerMinute(most));
        if (curve.Add != 0) words += " + " + PerMinute(curve.Add);
        words += " " + Say("curve-otherwise", PerMinute(component.Price));
        return words;

        string PerMinute(decimal price) => Amount(hourly ? ByUnit(price, component.Dimension) : price, currency);
    }

    private string Rate(TaxRate tax)
    {
        var words = $"{tax.Name} {Number(tax.Percent)} %";
        if (tax.From is { } from) words += " " + Say("when-date-from", from.ToString("d", culture));
        return tax.Until is { } until ? words + " " + Say("when-date-to", until.ToString("d", culture)) : words;
    }

    private string Days(Weekdays days)
    {
        if (days == (Weekdays)0b0011111) return Say("when-workdays");
        if (days == (Weekdays.Saturday | Weekdays.Sunday)) return Say("when-weekend");
        var names = culture.DateTimeFormat.AbbreviatedDayNames;
        return string.Join(", ", Week.Where(day => (days & day.Day) != 0).Select(day => names[(int)day.Iso % 7]));
    }

    private static string Clock(LocalTime? time) => (time ?? LocalTime.Midnight).ToString("HH:mm", CultureInfo.InvariantCulture);
    private string Number(decimal number) => number.ToString("#,0.######", culture);
    private string Amount(decimal amount, Currency currency) => $"{Figure(amount, currency)} {currency.Code}";
    private string Figure(decimal amount, Currency currency) => amount.ToString("#,0." + new string('0', currency.Decimals) + "######", culture);
    private static string UnitOf(Dimension dimension, TariffElement element) => element.When?.Reservation is not null && dimension == Dimension.Time ? "per-reserved" : "per-" + dimension;
    private static decimal PerUnit(Dimension dimension) => dimension is Dimension.Time or Dimension.Idle ? 60 : 1;
    private static decimal ByUnit(decimal price, Dimension dimension) => PerUnit(dimension) == 1 ? price : decimal.Round(price / 60, Decimals, MidpointRounding.AwayFromZero);
    private string? Kwh(Energy? energy) => energy is { } value ? $"{Number(value.KilowattHours)} kWh" : null;
    private string? Kw(Power? power) => power is { } value ? $"{Number(value.Watts / 1_000m)} kW" : null;
    private string? Ampere(decimal? current) => current is { } value ? $"{Number(value)} A" : null;
    private string? Minutes(Duration? duration) => duration is { } value ? $"{Number((decimal)value.TotalMilliseconds / 60_000m)} min" : null;
}
