using System.Collections.Frozen;
using NodaTime;

namespace Busbar.Rating;

/// <summary>All that a condition can look at.</summary>
/// <param name="Day">Days of the local date since 1970-01-01.</param>
/// <param name="OfDay">Milliseconds of the local wall clock.</param>
/// <param name="Judged">What was measured until then.</param>
/// <param name="Context">What else is known of the session.</param>
internal readonly record struct Moment(long Day, long OfDay, Judged Judged, SessionContext Context);

/// <summary>What a stretch's first moment looked like, its wall clock apart.</summary>
/// <param name="Energy">Of the session so far, in milliwatt-hours.</param>
/// <param name="Duration">Since the session or the reservation began, in milliseconds.</param>
/// <param name="ChargingMs">Of the session so far.</param>
/// <param name="IdleMs">Of the session so far.</param>
/// <param name="Power">Milliwatts.</param>
/// <param name="CurrentA">Amperes.</param>
internal readonly record struct Judged(long Energy, long Duration, long ChargingMs, long IdleMs, long? Power, decimal? CurrentA);

/// <summary>An element's restrictions in the fold's units.</summary>
internal sealed class Conditions(Restrictions when, IReadOnlyList<SpecialDays> calendars)
{
    private readonly long? startDay = Days.Of(when.StartDate);
    private readonly long? endDay = Days.Of(when.EndDate);
    private readonly long? minPower = when.MinPower?.Milliwatts;
    private readonly long? maxPower = when.MaxPower?.Milliwatts;
    private readonly FrozenSet<long>? special = Named(when.SpecialDays, calendars);
    private readonly FrozenSet<long>? ordinary = Named(when.ExceptSpecialDays, calendars);
    private readonly bool asksWho = when.EvseKind is not null || when.PaymentBrand is not null || when.PaymentRecognition is not null || when.TokenGroup is not null;

    public ReservationKind? Reservation { get; } = when.Reservation;
    public long StartTime { get; } = when.StartTime is { } start ? OfDay(start) : 0;
    public long EndTime { get; } = when.EndTime is { } end && end != LocalTime.Midnight ? OfDay(end) : Days.Length;
    public long? MinEnergy { get; } = when.MinEnergy?.MilliwattHours;
    public long? MaxEnergy { get; } = when.MaxEnergy?.MilliwattHours;
    public long? MinDuration { get; } = Days.Ms(when.MinDuration);
    public long? MaxDuration { get; } = Days.Ms(when.MaxDuration);
    public long? MinCharging { get; } = Days.Ms(when.MinChargingTime);
    public long? MaxCharging { get; } = Days.Ms(when.MaxChargingTime);
    public long? MinIdle { get; } = Days.Ms(when.MinIdleTime);
    public long? MaxIdle { get; } = Days.Ms(when.MaxIdleTime);
    public bool HasWindow { get; } = when.StartTime is not null || when.EndTime is not null;
    public bool HasDays { get; } = when.StartDate is not null || when.EndDate is not null || when.Weekdays is not null || when.SpecialDays is not null || when.ExceptSpecialDays is not null;
    public bool UsesMeasurements { get; } = when.MinPower is not null || when.MaxPower is not null || when.MinCurrentA is not null || when.MaxCurrentA is not null;

    /// <summary>The conditions that are set, by the names of the members.</summary>
    public IEnumerable<string> Names
    {
        get
        {
            (bool Set, string Name)[] all =
            [
                (HasWindow, "localTime"), (startDay is not null || endDay is not null, "localDate"), (when.Weekdays is not null, "weekdays"),
                (special is not null, "specialDays"), (ordinary is not null, "exceptSpecialDays"),
                (MinEnergy is not null, "minEnergy"), (MaxEnergy is not null, "maxEnergy"),
                (when.MinCurrentA is not null, "minCurrent"), (when.MaxCurrentA is not null, "maxCurrent"),
                (minPower is not null, "minPower"), (maxPower is not null, "maxPower"),
                (MinDuration is not null, "minDuration"), (MaxDuration is not null, "maxDuration"),
                (MinCharging is not null, "minChargingTime"), (MaxCharging is not null, "maxChargingTime"),
                (MinIdle is not null, "minIdleTime"), (MaxIdle is not null, "maxIdleTime"),
                (when.EvseKind is not null, "evseKind"), (when.PaymentBrand is not null, "paymentBrand"),
                (when.PaymentRecognition is not null, "paymentRecognition"), (when.TokenGroup is not null, "tokenGroup"), (Reservation is not null, "reservation"),
            ];
            return all.Where(condition => condition.Set).Select(condition => condition.Name);
        }
    }

    /// <summary>The name of the first condition that does not hold, or null when all do.</summary>
    public string? FirstFailure(in Moment now)
    {
        if (HasWindow && !(StartTime < EndTime ? StartTime <= now.OfDay && now.OfDay < EndTime : StartTime > EndTime && (now.OfDay >= StartTime || now.OfDay < EndTime))) return "localTime";
        if (now.Day < startDay || now.Day >= endDay) return "localDate";
        if (when.Weekdays is { } days && (days & DayOfWeek(now.Day)) == 0) return "weekdays";
        if (special?.Contains(now.Day) == false) return "specialDays";
        if (ordinary?.Contains(now.Day) == true) return "exceptSpecialDays";
        if (now.Judged.Energy < MinEnergy) return "minEnergy";
        if (now.Judged.Energy >= MaxEnergy) return "maxEnergy";
        if (when.MinCurrentA is { } minCurrent && !(now.Judged.CurrentA >= minCurrent)) return "minCurrent";
        if (when.MaxCurrentA is { } maxCurrent && !(now.Judged.CurrentA < maxCurrent)) return "maxCurrent";
        if (minPower is not null && !(now.Judged.Power >= minPower)) return "minPower";
        if (maxPower is not null && !(now.Judged.Power < maxPower)) return "maxPower";
        if (now.Judged.Duration < MinDuration) return "minDuration";
        if (now.Judged.Duration >= MaxDuration) return "maxDuration";
        if (now.Judged.ChargingMs < MinCharging) return "minChargingTime";
        if (now.Judged.ChargingMs >= MaxCharging) return "maxChargingTime";
        if (now.Judged.IdleMs < MinIdle) return "minIdleTime";
        if (now.Judged.IdleMs >= MaxIdle) return "maxIdleTime";
        return asksWho ? WrongWho(now.Context) : null;
    }

    private string? WrongWho(SessionContext context)
    {
        if (when.EvseKind is { } kind && context.EvseKind != kind) return "evseKind";
        if (when.PaymentBrand is { } brand && !brand.Equals(context.PaymentBrand, StringComparison.OrdinalIgnoreCase)) return "paymentBrand";
        if (when.PaymentRecognition is { } way && !way.Equals(context.PaymentRecognition, StringComparison.OrdinalIgnoreCase)) return "paymentRecognition";
        return when.TokenGroup is { } group && !group.Equals(context.TokenGroup, StringComparison.OrdinalIgnoreCase) ? "tokenGroup" : null;
    }

    // 1970-01-01 was a Thursday.
    private static Weekdays DayOfWeek(long day) => (Weekdays)(1 << (int)(((day + 3) % 7 + 7) % 7));

    private static long OfDay(LocalTime time) => time.TickOfDay / NodaConstants.TicksPerMillisecond;

    private static FrozenSet<long>? Named(string? name, IReadOnlyList<SpecialDays> calendars) => name is null
        ? null
        : calendars.Where(calendar => calendar.Name == name).SelectMany(calendar => calendar.Dates).Select(date => Days.Of(date)!.Value).ToFrozenSet();
}
