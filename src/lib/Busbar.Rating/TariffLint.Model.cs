using System.Globalization;
using NodaTime;

namespace Busbar.Rating;

/// <content>What the model has beyond OCPI, and the context.</content>
public static partial class TariffLint
{
    private const int MaxCalendars = 32;
    private const int MaxDates = 4_000;
    private const int MaxCurves = 100;
    private const int MaxPoints = 100_000;
    private const int MaxAllowances = 100;
    private const int MinStepSeconds = 60;
    private const decimal MaxPercent = 10_000;
    private static readonly Restrictions Always = new();

    /// <summary>Every fault of a context, by JSON pointers into its canonical JSON; empty: it can be used.</summary>
    public static IReadOnlyList<TariffFault> Check(SessionContext context)
    {
        var faults = new Faults();
        if (context.EvseKind is { } kind && !Enum.IsDefined(kind)) faults.Add("/evseKind", "unknownEvseKind", "No such kind of EVSE.");
        if (context.PaymentBrand is { } brand) CheckName(brand, "/paymentBrand", faults);
        if (context.PaymentRecognition is { } recognition) CheckName(recognition, "/paymentRecognition", faults);
        if (context.TokenGroup is { } group) CheckName(group, "/tokenGroup", faults);
        CheckCurves(context.Curves ?? [], faults);
        CheckAllowances(context.Allowances ?? [], faults);
        return faults.All;
    }

    private static void CheckCurves(IReadOnlyList<PriceCurve> curves, Faults faults)
    {
        if (curves.Count > MaxCurves) faults.Add("/curves", "tooManyCurves", $"A session has at most {MaxCurves} curves.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Math.Min(curves.Count, MaxCurves); i++)
        {
            var (curve, at) = (curves[i], $"/curves/{i}");
            CheckName(curve.Name, $"{at}/name", faults);
            if (!names.Add(curve.Name)) faults.Add($"{at}/name", "repeatedCurve", "There is a curve of this name already.");
            if (curve.StepSeconds < MinStepSeconds) faults.Add($"{at}/stepSeconds", "outOfRange", $"An interval has at least {MinStepSeconds} seconds.");
            if (curve.Prices.Count is 0 or > MaxPoints) faults.Add($"{at}/prices", "outOfRange", $"A curve has 1 to {MaxPoints} prices.");
            for (var j = 0; j < Math.Min(curve.Prices.Count, MaxPoints); j++)
                if (curve.Prices[j] is { } price) CheckAmount(price, MaxPrice, $"{at}/prices/{j}", faults);
        }
    }

    private static void CheckAllowances(IReadOnlyList<Allowance> allowances, Faults faults)
    {
        if (allowances.Count > MaxAllowances) faults.Add("/allowances", "tooManyAllowances", $"A session has at most {MaxAllowances} allowances.");
        for (var i = 0; i < Math.Min(allowances.Count, MaxAllowances); i++)
        {
            var (allowance, at) = (allowances[i], $"/allowances/{i}");
            CheckName(allowance.Name, $"{at}/name", faults);
            if (allowance.Dimension is not (Dimension.Energy or Dimension.Time or Dimension.Idle or Dimension.Flat)) faults.Add($"{at}/dimension", "unknownDimension", "Energy, time, idle time and the flat price have allowances.");
            if (allowance.PercentOff is <= 0 or > 100 || allowance.PercentOff.Scale > MaxDecimals) faults.Add($"{at}/percentOff", "outOfRange", "More than nothing and at most all is taken off.");
            if (allowance.Energy is not null && allowance.Dimension != Dimension.Energy) faults.Add($"{at}/energyWh", "wrongUnit", "Only energy is left in watt-hours.");
            if (allowance.Time is not null && allowance.Dimension is not (Dimension.Time or Dimension.Idle)) faults.Add($"{at}/timeSeconds", "wrongUnit", "Only time is left in seconds.");
            if (allowance.Energy is { MilliwattHours: < 0 }) faults.Add($"{at}/energyWh", "negative", "No less than nothing is left.");
            if (allowance.Time < Duration.Zero) faults.Add($"{at}/timeSeconds", "negative", "No less than nothing is left.");
        }
    }

    private static void CheckCurve(CurvePricing curve, string at, Faults faults)
    {
        CheckName(curve.Name, $"{at}/name", faults);
        if (!Enum.IsDefined(curve.Lock)) faults.Add($"{at}/lock", "unknownLock", "A curve is read at the start or at each interval.");
        if (curve.Percent is < 0 or > MaxPercent || curve.Percent.Scale > MaxDecimals) faults.Add($"{at}/percent", "outOfRange", string.Create(CultureInfo.InvariantCulture, $"A percentage is between 0 and {MaxPercent}."));
        CheckAmount(curve.Add, MaxPrice, $"{at}/add", faults);
        if (curve.Least is { } least) CheckAmount(least, MaxPrice, $"{at}/least", faults);
        if (curve.Most is { } most) CheckAmount(most, MaxPrice, $"{at}/most", faults);
        if (curve.Least > curve.Most) faults.Add($"{at}/most", "emptyWindow", "The most is no less than the least.");
    }

    private static void CheckIdle(Tariff tariff, Faults faults)
    {
        if (tariff.Idle is not { } idle) return;
        if (idle.Grace is { } grace && (grace <= Duration.Zero || grace > MaxDuration)) faults.Add("/idle/graceSeconds", "outOfRange", "A grace is above zero and at most a year.");
        if (idle.RestartAbove is { MilliwattHours: < 0 }) faults.Add("/idle/restartAboveWh", "negative", "The threshold is not negative.");
        if (idle.RestartAbove is not null && idle.Grace is null) faults.Add("/idle/restartAboveWh", "noGrace", "Without a grace nothing begins again.");
        if (idle.Cap is { } cap) CheckBound(cap, "/idle/cap", tariff.TaxMode, faults);
    }

    private static void CheckCalendars(Tariff tariff, Faults faults)
    {
        var calendars = tariff.Calendars ?? [];
        if (calendars.Count > MaxCalendars) faults.Add("/calendars", "tooManyCalendars", $"A tariff has at most {MaxCalendars} calendars.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Math.Min(calendars.Count, MaxCalendars); i++)
        {
            var (calendar, at) = (calendars[i], $"/calendars/{i}");
            CheckName(calendar.Name, $"{at}/name", faults);
            if (!names.Add(calendar.Name)) faults.Add($"{at}/name", "repeatedCalendar", "There is a calendar of this name already.");
            if (calendar.Dates.Count is 0 or > MaxDates) faults.Add($"{at}/dates", "outOfRange", $"A calendar has 1 to {MaxDates} days.");
            var dates = new HashSet<LocalDate>();
            for (var j = 0; j < Math.Min(calendar.Dates.Count, MaxDates); j++)
                if (!dates.Add(calendar.Dates[j])) faults.Add($"{at}/dates/{j}", "repeatedDay", "The day is in the calendar already.");
        }
    }

    // A price behind one that holds whenever it would: nobody can ever pay it, and whoever wrote it meant something else.
    private static void CheckShadows(Tariff tariff, Faults faults)
    {
        var elements = tariff.Elements;
        if (elements.Count > MaxElements) return;
        for (var later = 1; later < elements.Count; later++)
        {
            for (var i = 0; i < Math.Min(elements[later].Components.Count, MaxComponents); i++)
            {
                var dimension = elements[later].Components[i].Dimension;
                for (var earlier = 0; earlier < later; earlier++)
                {
                    if (elements[earlier].Components.All(component => component.Dimension != dimension) || !Covers(elements[earlier].When, elements[later].When)) continue;
                    faults.Add($"/elements/{later}/components/{i}", "neverApplies", $"Element {earlier} sets this price whenever this one would.");
                    break;
                }
            }
        }
    }

    /// <summary>Whether every moment at which the second holds is one at which the first does; sure of it when it says so.</summary>
    public static bool Covers(Restrictions? wide, Restrictions? narrow) => CoversAll(wide ?? Always, narrow ?? Always);

    private static bool CoversAll(Restrictions wide, Restrictions narrow) =>
        wide.Reservation == narrow.Reservation
        && CoversClock(wide, narrow)
        && Below(wide.StartDate, narrow.StartDate) && Above(wide.EndDate, narrow.EndDate)
        && (wide.Weekdays is not { } days || (narrow.Weekdays is { } some && (some & ~days) == 0))
        && Below(wide.MinEnergy, narrow.MinEnergy) && Above(wide.MaxEnergy, narrow.MaxEnergy)
        && Below(wide.MinCurrentA, narrow.MinCurrentA) && Above(wide.MaxCurrentA, narrow.MaxCurrentA)
        && Below(wide.MinPower, narrow.MinPower) && Above(wide.MaxPower, narrow.MaxPower)
        && Below(wide.MinDuration, narrow.MinDuration) && Above(wide.MaxDuration, narrow.MaxDuration)
        && Below(wide.MinChargingTime, narrow.MinChargingTime) && Above(wide.MaxChargingTime, narrow.MaxChargingTime)
        && Below(wide.MinIdleTime, narrow.MinIdleTime) && Above(wide.MaxIdleTime, narrow.MaxIdleTime)
        && (wide.EvseKind is null || wide.EvseKind == narrow.EvseKind)
        && Same(wide.SpecialDays, narrow.SpecialDays) && Same(wide.ExceptSpecialDays, narrow.ExceptSpecialDays)
        && SameName(wide.PaymentBrand, narrow.PaymentBrand) && SameName(wide.PaymentRecognition, narrow.PaymentRecognition) && SameName(wide.TokenGroup, narrow.TokenGroup);

    private static bool CoversClock(Restrictions wide, Restrictions narrow)
    {
        if (wide.StartTime is null && wide.EndTime is null) return true;
        if (narrow.StartTime is null && narrow.EndTime is null) return false;
        var ((from, length), (start, inner)) = (Window(wide), Window(narrow));
        return (start - from + MinutesOfDay) % MinutesOfDay + inner <= length;

        static (int Start, int Length) Window(Restrictions when)
        {
            var (open, close) = (Minute(when.StartTime), Minute(when.EndTime));
            return (open, close > open ? close - open : close - open + MinutesOfDay);
        }
        static int Minute(LocalTime? time) => time is { } value ? value.Hour * 60 + value.Minute : 0;
    }

    private static bool Below<T>(T? wide, T? narrow) where T : struct, IComparable<T> => wide is not { } bound || (narrow is { } other && other.CompareTo(bound) >= 0);

    private static bool Above<T>(T? wide, T? narrow) where T : struct, IComparable<T> => wide is not { } bound || (narrow is { } other && other.CompareTo(bound) <= 0);

    private static bool Same(string? wide, string? narrow) => wide is null || wide == narrow;

    private static bool SameName(string? wide, string? narrow) => wide is null || wide.Equals(narrow, StringComparison.OrdinalIgnoreCase);

    // Two rates without days of their own are two taxes of one name, which is nobody's mistake but odd.
    private static bool Overlap(TaxRate one, TaxRate other) =>
        one.Name == other.Name && one.Stack == other.Stack && (one.From ?? one.Until ?? other.From ?? other.Until) is not null
        && !(one.Until <= other.From) && !(other.Until <= one.From);

    // What is shown on receipts and displays: nothing that turns the writing around, hides in it or is half a character.
    private static void CheckName(string name, string at, Faults faults)
    {
        var printable = name.Length is > 0 and <= MaxNameLength;
        foreach (var rune in name.EnumerateRunes())
            printable &= rune != System.Text.Rune.ReplacementChar && System.Text.Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
        if (!printable) faults.Add(at, "badName", $"A name has 1 to {MaxNameLength} printable characters.");
    }
}
