using System.Globalization;
using Busbar.Kernel;
using Busbar.Ocpp.V2;
using Busbar.Rating;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Stations.Dialects.Ocpp2;

/// <summary>Our restrictions as OCPP 2.1's conditions (part 2, 2.96 and 2.97): hh:mm and dates of the site, Wh, W, A and whole seconds.</summary>
internal static class TariffConditions
{
    private const int PaymentLength = 20;
    private const string Clock = "HH:mm";
    private static readonly LocalTimePattern ClockPattern = LocalTimePattern.CreateWithInvariantCulture(Clock);

    private static readonly (Weekdays Ours, DayOfWeekEnum Theirs)[] Days =
    [
        (Weekdays.Monday, DayOfWeekEnum.Monday), (Weekdays.Tuesday, DayOfWeekEnum.Tuesday), (Weekdays.Wednesday, DayOfWeekEnum.Wednesday), (Weekdays.Thursday, DayOfWeekEnum.Thursday),
        (Weekdays.Friday, DayOfWeekEnum.Friday), (Weekdays.Saturday, DayOfWeekEnum.Saturday), (Weekdays.Sunday, DayOfWeekEnum.Sunday),
    ];

    /// <summary>The first member that OCPP cannot say; null: all can be said.</summary>
    /// <param name="onlyFixed">2.96: a price that is looked at once has no conditions of energy, power, current or time.</param>
    /// <param name="payment">2.96: a fixed price has conditions of payment; the others have none (2.97).</param>
    public static string? Unsayable(Restrictions when, bool onlyFixed, bool payment) =>
        when.SpecialDays is not null ? "specialDays"
        : when.ExceptSpecialDays is not null ? "exceptSpecialDays"
        : when.TokenGroup is not null ? "tokenGroup"
        : when.PaymentBrand is { } brand && (!payment || brand.Length > PaymentLength) ? "paymentBrand"
        : when.PaymentRecognition is { } recognition && (!payment || recognition.Length > PaymentLength) ? "paymentRecognition"
        : when.StartTime is { } start && !IsWholeMinute(start) ? "startTime"
        : when.EndTime is { } end && !IsWholeMinute(end) ? "endTime"
        : !IsWhole(when.MinDuration) || onlyFixed && when.MinDuration is not null ? "minDurationSeconds"
        : !IsWhole(when.MaxDuration) || onlyFixed && when.MaxDuration is not null ? "maxDurationSeconds"
        : !IsWhole(when.MinChargingTime) || onlyFixed && when.MinChargingTime is not null ? "minChargingTimeSeconds"
        : !IsWhole(when.MaxChargingTime) || onlyFixed && when.MaxChargingTime is not null ? "maxChargingTimeSeconds"
        : !IsWhole(when.MinIdleTime) || onlyFixed && when.MinIdleTime is not null ? "minIdleTimeSeconds"
        : !IsWhole(when.MaxIdleTime) || onlyFixed && when.MaxIdleTime is not null ? "maxIdleTimeSeconds"
        : !onlyFixed ? null
        : when.MinEnergy is not null ? "minEnergyWh"
        : when.MaxEnergy is not null ? "maxEnergyWh"
        : when.MinCurrentA is not null ? "minCurrentA"
        : when.MaxCurrentA is not null ? "maxCurrentA"
        : when.MinPower is not null ? "minPowerW"
        : when.MaxPower is not null ? "maxPowerW"
        : null;

    /// <summary>It may hold at one moment of a session and not at another.</summary>
    public static bool ChangesInTime(Restrictions when) =>
        when.StartTime is not null || when.EndTime is not null || when.StartDate is not null || when.EndDate is not null || when.Weekdays is not null;

    public static TariffConditionsType Write(Restrictions when) => new()
    {
        StartTimeOfDay = when.StartTime?.ToString(Clock, CultureInfo.InvariantCulture),
        EndTimeOfDay = when.EndTime?.ToString(Clock, CultureInfo.InvariantCulture),
        DayOfWeek = when.Weekdays is { } days ? [.. Days.Where(day => days.HasFlag(day.Ours)).Select(day => day.Theirs)] : null,
        ValidFromDate = when.StartDate is { } from ? LocalDatePattern.Iso.Format(from) : null,
        ValidToDate = when.EndDate is { } to ? LocalDatePattern.Iso.Format(to) : null,
        EvseKind = when.EvseKind is { } kind ? kind == Rating.EvseKind.Ac ? EvseKindEnum.AC : EvseKindEnum.DC : null,
        MinEnergy = when.MinEnergy?.WattHours, MaxEnergy = when.MaxEnergy?.WattHours,
        MinCurrent = when.MinCurrentA, MaxCurrent = when.MaxCurrentA,
        MinPower = when.MinPower?.Watts, MaxPower = when.MaxPower?.Watts,
        MinTime = Seconds(when.MinDuration), MaxTime = Seconds(when.MaxDuration),
        MinChargingTime = Seconds(when.MinChargingTime), MaxChargingTime = Seconds(when.MaxChargingTime),
        MinIdleTime = Seconds(when.MinIdleTime), MaxIdleTime = Seconds(when.MaxIdleTime),
    };

    public static TariffConditionsFixedType WriteFixed(Restrictions when)
    {
        var both = Write(when);
        return new TariffConditionsFixedType
        {
            StartTimeOfDay = both.StartTimeOfDay, EndTimeOfDay = both.EndTimeOfDay, DayOfWeek = both.DayOfWeek, ValidFromDate = both.ValidFromDate, ValidToDate = both.ValidToDate,
            EvseKind = both.EvseKind, PaymentBrand = when.PaymentBrand, PaymentRecognition = when.PaymentRecognition,
        };
    }

    /// <summary>As <see cref="Read(TariffConditionsType, out Restrictions)"/>.</summary>
    public static string? Read(TariffConditionsFixedType from, out Restrictions when)
    {
        var fault = Read(new TariffConditionsType
        {
            StartTimeOfDay = from.StartTimeOfDay, EndTimeOfDay = from.EndTimeOfDay, DayOfWeek = from.DayOfWeek, ValidFromDate = from.ValidFromDate, ValidToDate = from.ValidToDate, EvseKind = from.EvseKind,
        }, out when);
        when = when with { PaymentBrand = from.PaymentBrand, PaymentRecognition = from.PaymentRecognition };
        return fault;
    }

    /// <summary>What a station or a partner wrote; the first member that nobody can read, or null.</summary>
    public static string? Read(TariffConditionsType from, out Restrictions when)
    {
        when = new Restrictions();
        LocalTime? start = null, end = null;
        LocalDate? first = null, last = null;
        if (from.StartTimeOfDay is { } a && !TryClock(a, out start)) return "startTimeOfDay";
        if (from.EndTimeOfDay is { } b && !TryClock(b, out end)) return "endTimeOfDay";
        if (from.ValidFromDate is { } c && !TryDate(c, out first)) return "validFromDate";
        if (from.ValidToDate is { } d && !TryDate(d, out last)) return "validToDate";
        Weekdays? days = null;
        foreach (var day in from.DayOfWeek ?? [])
        {
            if (Array.FindIndex(Days, pair => pair.Theirs == day) is not (>= 0 and var i)) return "dayOfWeek";
            days = (days ?? Weekdays.None) | Days[i].Ours;
        }
        if (from.EvseKind is { } kind && kind != EvseKindEnum.AC && kind != EvseKindEnum.DC) return "evseKind";
        if (from.MinEnergy is { } e && !IsInRange(e)) return "minEnergy";
        if (from.MaxEnergy is { } f && !IsInRange(f)) return "maxEnergy";
        if (from.MinPower is { } g && !IsInRange(g)) return "minPower";
        if (from.MaxPower is { } h && !IsInRange(h)) return "maxPower";
        when = new Restrictions
        {
            StartTime = start, EndTime = end, StartDate = first, EndDate = last, Weekdays = days,
            EvseKind = from.EvseKind is { } told ? told == EvseKindEnum.AC ? Rating.EvseKind.Ac : Rating.EvseKind.Dc : null,
            MinEnergy = from.MinEnergy is { } low ? Energy.FromWattHours(low) : null, MaxEnergy = from.MaxEnergy is { } high ? Energy.FromWattHours(high) : null,
            MinCurrentA = from.MinCurrent, MaxCurrentA = from.MaxCurrent,
            MinPower = from.MinPower is { } least ? Power.FromWatts(least) : null, MaxPower = from.MaxPower is { } most ? Power.FromWatts(most) : null,
            MinDuration = Length(from.MinTime), MaxDuration = Length(from.MaxTime),
            MinChargingTime = Length(from.MinChargingTime), MaxChargingTime = Length(from.MaxChargingTime),
            MinIdleTime = Length(from.MinIdleTime), MaxIdleTime = Length(from.MaxIdleTime),
        };
        return null;
    }

    private static bool TryClock(string text, out LocalTime? time)
    {
        var parsed = ClockPattern.Parse(text);
        time = parsed.Success ? parsed.Value : null;
        return parsed.Success;
    }

    private static bool TryDate(string text, out LocalDate? date)
    {
        var parsed = LocalDatePattern.Iso.Parse(text);
        date = parsed.Success ? parsed.Value : null;
        return parsed.Success;
    }

    // A station's Wh and W, in our milli-units.
    private static bool IsInRange(decimal value) => value is >= 0 and <= 1_000_000_000_000;

    private static bool IsWholeMinute(LocalTime time) => time.TickOfDay % NodaConstants.TicksPerMinute == 0;

    private static bool IsWhole(Duration? length) => length is not { } some || some.BclCompatibleTicks % NodaConstants.TicksPerSecond == 0 && some.TotalSeconds is >= 0 and <= int.MaxValue;

    private static int? Seconds(Duration? length) => length is { } some ? (int)some.TotalSeconds : null;

    private static Duration? Length(int? seconds) => seconds is { } some ? Duration.FromSeconds(some) : null;
}
