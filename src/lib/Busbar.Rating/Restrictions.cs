using System.Text.Json.Serialization;
using Busbar.Kernel;
using NodaTime;

namespace Busbar.Rating;

/// <summary>
/// When a tariff element applies: every member that is set must hold (OCPI 2.3.0 TariffRestrictions, OCPP 2.1 TariffConditionsType). Lower bounds belong to the range, upper ones
/// do not. A closed set: what is not here cannot restrict a price.
/// </summary>
/// <remarks>The order of the members is the order of the canonical JSON: new ones go to the end.</remarks>
public sealed record Restrictions
{
    /// <summary>Wall clock of the site's zone. With <see cref="EndTime"/> before it, the window runs over midnight.</summary>
    public LocalTime? StartTime { get; init; }

    /// <summary>Wall clock of the site's zone; 00:00 is the end of the day.</summary>
    public LocalTime? EndTime { get; init; }

    /// <summary>First local date.</summary>
    public LocalDate? StartDate { get; init; }

    /// <summary>The local date before which it ends.</summary>
    public LocalDate? EndDate { get; init; }

    /// <summary>The local day of the instant itself: Saturday 03:00 is not Friday, even in a window that began on Friday.</summary>
    public Weekdays? Weekdays { get; init; }

    /// <summary>Energy of the session so far.</summary>
    [JsonPropertyName("minEnergyWh")]
    public Energy? MinEnergy { get; init; }

    [JsonPropertyName("maxEnergyWh")]
    public Energy? MaxEnergy { get; init; }

    /// <summary>Sum over the phases, in amperes. A current that is not known fulfils no restriction on it.</summary>
    public decimal? MinCurrentA { get; init; }

    public decimal? MaxCurrentA { get; init; }

    /// <summary>As measured; where it is not, the mean over the measured period.</summary>
    [JsonPropertyName("minPowerW")]
    public Power? MinPower { get; init; }

    [JsonPropertyName("maxPowerW")]
    public Power? MaxPower { get; init; }

    /// <summary>Time since the session began, whatever the vehicle did in it; in a reservation, since the reservation began.</summary>
    [JsonIgnore]
    public Duration? MinDuration { get; init; }

    [JsonIgnore]
    public Duration? MaxDuration { get; init; }

    /// <summary>Set: the element prices reservations, and nothing else.</summary>
    public ReservationKind? Reservation { get; init; }

    [JsonInclude]
    internal decimal? MinDurationSeconds { get => Seconds.Of(MinDuration); init => MinDuration = Seconds.Parse(value); }

    [JsonInclude]
    internal decimal? MaxDurationSeconds { get => Seconds.Of(MaxDuration); init => MaxDuration = Seconds.Parse(value); }

    /// <summary>Time in which the vehicle charged, of the session so far (OCPP 2.1 minChargingTime).</summary>
    [JsonIgnore]
    public Duration? MinChargingTime { get; init; }

    [JsonIgnore]
    public Duration? MaxChargingTime { get; init; }

    /// <summary>Time in which the vehicle asked for nothing, of the session so far, its grace included (OCPP 2.1 minIdleTime).</summary>
    [JsonIgnore]
    public Duration? MinIdleTime { get; init; }

    [JsonIgnore]
    public Duration? MaxIdleTime { get; init; }

    [JsonInclude]
    internal decimal? MinChargingTimeSeconds { get => Seconds.Of(MinChargingTime); init => MinChargingTime = Seconds.Parse(value); }

    [JsonInclude]
    internal decimal? MaxChargingTimeSeconds { get => Seconds.Of(MaxChargingTime); init => MaxChargingTime = Seconds.Parse(value); }

    [JsonInclude]
    internal decimal? MinIdleTimeSeconds { get => Seconds.Of(MinIdleTime); init => MinIdleTime = Seconds.Parse(value); }

    [JsonInclude]
    internal decimal? MaxIdleTimeSeconds { get => Seconds.Of(MaxIdleTime); init => MaxIdleTime = Seconds.Parse(value); }

    /// <summary>The local day is one of this calendar's.</summary>
    public string? SpecialDays { get; init; }

    /// <summary>The local day is none of this calendar's.</summary>
    public string? ExceptSpecialDays { get; init; }

    /// <summary>What is not known of the session fulfils no restriction on it: this and the next three.</summary>
    public EvseKind? EvseKind { get; init; }

    /// <summary>Of the payment card, such as <c>Visa</c>; case does not count.</summary>
    public string? PaymentBrand { get; init; }

    /// <summary>How the payment was recognised, such as <c>CC</c>; case does not count.</summary>
    public string? PaymentRecognition { get; init; }

    /// <summary>The group of the token that started the session; case does not count (OCPI CiString).</summary>
    public string? TokenGroup { get; init; }
}

/// <summary>The current that an EVSE delivers (OCPP 2.1 EvseKindEnumType).</summary>
[JsonConverter(typeof(CamelCaseEnum<EvseKind>))]
public enum EvseKind
{
    Ac,
    Dc,
}

/// <summary>Days of the week. In JSON an array of lower-case names.</summary>
[Flags]
[JsonConverter(typeof(WeekdaysJson))]
public enum Weekdays
{
    None = 0,
    Monday = 1,
    Tuesday = 2,
    Wednesday = 4,
    Thursday = 8,
    Friday = 16,
    Saturday = 32,
    Sunday = 64,
}

/// <summary>Which reservations an element prices.</summary>
[JsonConverter(typeof(CamelCaseEnum<ReservationKind>))]
public enum ReservationKind
{
    /// <summary>Any reservation, for the time from its start to its end.</summary>
    Reserved,

    /// <summary>One that nobody used. Its time price takes the place of the one for <see cref="Reserved"/>; its flat price comes on top.</summary>
    Expired,
}
