using System.Globalization;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>What is wrong with a tariff, and where.</summary>
/// <param name="Pointer">A JSON pointer (RFC 6901) into the tariff's canonical JSON.</param>
/// <param name="Code">Stable.</param>
/// <param name="Detail">For people.</param>
public sealed record TariffFault(string Pointer, string Code, string Detail);

/// <summary>
/// Finds what makes a tariff or a context unusable, and prices that can never apply: what can be computed but is unwise is for the rule packs. Windows that
/// overlap in part are none of it: the first element wins (OCPI mod_tariffs).
/// </summary>
public static partial class TariffLint
{
    public const int MaxElements = 1_000;
    private const int MaxTaxes = 8;
    private const int MaxNameLength = 64;
    private const int MaxDecimals = 10;
    private const int MaxComponents = 8;
    private const int MinutesOfDay = 24 * 60;

    // A kWh, an hour or a session: a hundred US dollars in the currencies that count in the largest numbers (about a million to the dollar). A session of this price and a
    // day at several megawatts can still pass what a column of micro-units holds (9.2 × 10¹²); it is held.
    private const decimal MaxPrice = 100_000_000m;

    // What a session costs at least or at most.
    private const decimal MaxBound = 1_000_000_000m;
    private static readonly Duration MaxDuration = Duration.FromDays(366);

    /// <summary>Every fault, in the order of the text; empty: the tariff can be used.</summary>
    public static IReadOnlyList<TariffFault> Check(Tariff tariff)
    {
        var faults = new Faults();
        if (!Enum.IsDefined(tariff.TaxMode)) faults.Add("/taxMode", "unknownTaxMode", "A tax mode is exclusive, inclusive or notApplicable.");
        if (tariff.Elements.Count == 0) faults.Add("/elements", "noElements", "A tariff has at least one element.");
        if (tariff.Elements.Count > MaxElements) faults.Add("/elements", "tooManyElements", $"A tariff has at most {MaxElements} elements.");
        var calendars = (tariff.Calendars ?? []).Select(calendar => calendar.Name).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < Math.Min(tariff.Elements.Count, MaxElements); i++) CheckElement(tariff.Elements[i], $"/elements/{i}", calendars, faults);
        CheckShadows(tariff, faults);
        CheckBounds(tariff, faults);
        if (!Enum.IsDefined(tariff.TaxPoint)) faults.Add("/taxPoint", "unknownTaxPoint", "Taxes are those of the session's end or of each day.");
        CheckIdle(tariff, faults);
        CheckCalendars(tariff, faults);
        if (tariff.WaiveBelow is { } waiver)
        {
            if (waiver.Energy is { MilliwattHours: <= 0 }) faults.Add("/waiveBelow/energyWh", "notPositive", "The threshold is above zero.");
            if (waiver.Duration <= Duration.Zero) faults.Add("/waiveBelow/durationSeconds", "notPositive", "The threshold is above zero.");
        }
        return faults.All;
    }

    private static void CheckElement(TariffElement element, string at, HashSet<string> calendars, Faults faults)
    {
        if (element.Components.Count == 0) faults.Add($"{at}/components", "noComponents", "An element has at least one price.");
        if (element.Components.Count > Enum.GetValues<Dimension>().Length) faults.Add($"{at}/components", "tooManyComponents", "An element has at most one price for each dimension.");
        var seen = new HashSet<Dimension>();
        for (var i = 0; i < Math.Min(element.Components.Count, MaxComponents); i++)
        {
            var component = element.Components[i];
            var here = $"{at}/components/{i}";
            if (!Enum.IsDefined(component.Dimension)) faults.Add($"{here}/dimension", "unknownDimension", "No such dimension.");
            if (!seen.Add(component.Dimension)) faults.Add($"{here}/dimension", "repeatedDimension", "The element has a price for this dimension already.");
            if (element.When?.Reservation is not null && component.Dimension is Dimension.Energy or Dimension.Idle or Dimension.Export)
                faults.Add($"{here}/dimension", "notForReservations", "A reservation has a time price and a flat price only.");
            if (component.StepSize < 0) faults.Add($"{here}/stepSize", "negativeStep", "A step size is not negative.");
            if (component.Dimension == Dimension.Export && component.StepSize > 1) faults.Add($"{here}/stepSize", "notForExport", "Energy that was given back is never rounded up.");
            CheckAmount(component.Price, MaxPrice, $"{here}/price", faults);
            if (component.Curve is { } curve) CheckCurve(curve, $"{here}/curve", faults);
            CheckTaxes(component.Taxes, $"{here}/taxes", faults);
        }
        if (element.When is { } when) CheckRestrictions(when, $"{at}/when", calendars, faults);
    }

    private static void CheckTaxes(IReadOnlyList<TaxRate> taxes, string at, Faults faults)
    {
        if (taxes.Count > MaxTaxes) faults.Add(at, "tooManyTaxes", $"A price bears at most {MaxTaxes} taxes.");
        for (var i = 0; i < Math.Min(taxes.Count, MaxTaxes); i++)
        {
            var tax = taxes[i];
            CheckName(tax.Name, $"{at}/{i}/name", faults);
            if (tax.Percent is < 0 or > 1_000 || tax.Percent.Scale > MaxDecimals) faults.Add($"{at}/{i}/percent", "outOfRange", "A tax is between 0 and 1,000 per cent.");
            if (tax.Stack is < 0 or >= MaxTaxes) faults.Add($"{at}/{i}/stack", "outOfRange", $"A stack is between 0 and {MaxTaxes - 1}.");
            if (tax.From >= tax.Until) faults.Add($"{at}/{i}/until", "emptyWindow", "The rate ends after it begins.");
            else if (taxes.Take(i).Any(other => Overlap(other, tax))) faults.Add($"{at}/{i}/from", "overlappingWindow", "Another rate of this tax holds on the same days.");
        }
    }

    private static void CheckRestrictions(Restrictions when, string at, HashSet<string> calendars, Faults faults)
    {
        if (when.StartTime is { } start && start == when.EndTime && start != LocalTime.Midnight) faults.Add($"{at}/endTime", "emptyWindow", "The window has no length.");
        if (when.StartDate >= when.EndDate) faults.Add($"{at}/endDate", "emptyWindow", "The end date lies after the start date.");
        if (when.Weekdays is { } days && (days == Weekdays.None || (int)days is < 0 or > 127)) faults.Add($"{at}/weekdays", "emptyWindow", "At least one day of the week is named.");
        if (!Sane(when.StartTime)) faults.Add($"{at}/startTime", "outOfRange", "Times of day are whole minutes.");
        if (!Sane(when.EndTime)) faults.Add($"{at}/endTime", "outOfRange", "Times of day are whole minutes.");
        Range(when.MinEnergy?.WattHours, when.MaxEnergy?.WattHours, "EnergyWh");
        Range(when.MinCurrentA, when.MaxCurrentA, "CurrentA");
        Range(when.MinPower?.Watts, when.MaxPower?.Watts, "PowerW");
        Range(when.MinDurationSeconds, when.MaxDurationSeconds, "DurationSeconds");
        Range(when.MinChargingTimeSeconds, when.MaxChargingTimeSeconds, "ChargingTimeSeconds");
        Range(when.MinIdleTimeSeconds, when.MaxIdleTimeSeconds, "IdleTimeSeconds");
        if (when.MinDuration > MaxDuration) faults.Add($"{at}/minDurationSeconds", "outOfRange", "A session lasts at most a year.");
        if (when.MinChargingTime > MaxDuration) faults.Add($"{at}/minChargingTimeSeconds", "outOfRange", "A session lasts at most a year.");
        if (when.MinIdleTime > MaxDuration) faults.Add($"{at}/minIdleTimeSeconds", "outOfRange", "A session lasts at most a year.");
        if (when.SpecialDays is { } special && !calendars.Contains(special)) faults.Add($"{at}/specialDays", "unknownCalendar", "The tariff has no such calendar.");
        if (when.ExceptSpecialDays is { } ordinary && !calendars.Contains(ordinary)) faults.Add($"{at}/exceptSpecialDays", "unknownCalendar", "The tariff has no such calendar.");
        if (when.SpecialDays is { } both && both == when.ExceptSpecialDays) faults.Add($"{at}/exceptSpecialDays", "emptyWindow", "No day is special and is not.");
        if (when.EvseKind is { } evse && !Enum.IsDefined(evse)) faults.Add($"{at}/evseKind", "unknownEvseKind", "No such kind of EVSE.");
        if (when.PaymentBrand is { } brand) CheckName(brand, $"{at}/paymentBrand", faults);
        if (when.PaymentRecognition is { } recognition) CheckName(recognition, $"{at}/paymentRecognition", faults);
        if (when.TokenGroup is { } group) CheckName(group, $"{at}/tokenGroup", faults);
        if (when.Reservation is { } kind && !Enum.IsDefined(kind)) faults.Add($"{at}/reservation", "unknownReservation", "No such kind of reservation.");

        void Range(decimal? min, decimal? max, string name)
        {
            if (min < 0) faults.Add($"{at}/min{name}", "negative", "The bound is not negative.");
            if (max <= 0) faults.Add($"{at}/max{name}", "emptyWindow", "Nothing is below the bound.");
            if (min >= max && max > 0) faults.Add($"{at}/max{name}", "emptyWindow", "The upper bound lies above the lower one.");
        }

        static bool Sane(LocalTime? time) => time is not { } value || value.TickOfDay % NodaConstants.TicksPerMinute == 0;
    }

    private static void CheckBounds(Tariff tariff, Faults faults)
    {
        if (tariff.Min is { } min) CheckBound(min, "/min", tariff.TaxMode, faults);
        if (tariff.Max is { } max) CheckBound(max, "/max", tariff.TaxMode, faults);
        if (tariff.Min?.BeforeTax > tariff.Max?.BeforeTax) faults.Add("/max/beforeTax", "emptyWindow", "The maximum is no less than the minimum.");
        if (tariff.Min?.AfterTax > tariff.Max?.AfterTax) faults.Add("/max/afterTax", "emptyWindow", "The maximum is no less than the minimum.");
        // With numbers that can be computed with only.
        if (faults.All.Count == 0) CheckBoundsAcross(tariff, faults);
    }

    // A minimum before taxes and a maximum after them, or the other way round: which taxes a session bears nobody knows before, but not that no taxes of the tariff fit both.
    // A cent is forgiven: both are written down rounded.
    private static void CheckBoundsAcross(Tariff tariff, Faults faults)
    {
        if (tariff.Min is not { } min || tariff.Max is not { } max) return;
        var cent = new decimal(1, 0, 0, false, (byte)tariff.Currency.Decimals);
        var (least, most) = (1m, 1m);
        if (tariff.TaxMode != TaxMode.NotApplicable && tariff.Elements.SelectMany(element => element.Components).Select(component => component.Taxes).ToList() is { Count: > 0 } taxes)
            (least, most) = (taxes.Min(rates => Factors(rates).Min()), taxes.Max(rates => Factors(rates).Max()));
        if (min.BeforeTax * least > max.AfterTax + cent)
            faults.Add("/max/afterTax", "emptyWindow", "With the least of its taxes the minimum before taxes is more than the maximum after them.");
        if (max.BeforeTax * most < min.AfterTax - cent)
            faults.Add("/max/beforeTax", "emptyWindow", "With the most of its taxes the maximum before taxes is less than the minimum after them.");

        // Each day on which a rate changes has a factor of its own.
        static IEnumerable<decimal> Factors(IReadOnlyList<TaxRate> rates) => rates.SelectMany(tax => new[] { tax.From, tax.Until }).Append(null).Distinct()
            .Select(day => Taxes.Factor([.. rates.Where(tax => day is { } at ? !(at < tax.From) && !(at >= tax.Until) : tax.From is null).OrderBy(tax => tax.Stack)]));
    }

    private static void CheckBound(PriceBound bound, string at, TaxMode mode, Faults faults)
    {
        if (bound.BeforeTax is null && bound.AfterTax is null) faults.Add(at, "emptyBound", "A bound is before or after taxes, or both.");
        foreach (var (amount, name) in new[] { (bound.BeforeTax, "beforeTax"), (bound.AfterTax, "afterTax") })
        {
            if (amount < 0) faults.Add($"{at}/{name}", "negative", "A bound is not negative.");
            if (amount is { } value) CheckAmount(value, MaxBound, $"{at}/{name}", faults, Rounding.Published.Decimals);
        }
        if (bound.AfterTax < bound.BeforeTax) faults.Add($"{at}/afterTax", "lessThanBeforeTax", "After taxes it is no less than before.");
        if (mode == TaxMode.NotApplicable && bound.AfterTax is { } after && bound.BeforeTax is { } before && after != before)
            faults.Add($"{at}/afterTax", "noTaxApplies", "Without taxes both bounds are the same.");
    }

    private static void CheckAmount(decimal amount, decimal most, string at, Faults faults, int decimals = MaxDecimals)
    {
        if (Math.Abs(amount) > most) faults.Add(at, "outOfRange", string.Create(CultureInfo.InvariantCulture, $"An amount is at most {most}."));
        if (Rounding.Trim(amount, 0).Scale > decimals) faults.Add(at, "tooManyDecimals", $"An amount has at most {decimals} decimals.");
    }

    private sealed class Faults
    {
        private const int Most = 1_000;
        private readonly List<TariffFault> all = [];

        public IReadOnlyList<TariffFault> All => all;

        public void Add(string pointer, string code, string detail)
        {
            if (all.Count < Most) all.Add(new TariffFault(pointer, code, detail));
        }
    }
}
