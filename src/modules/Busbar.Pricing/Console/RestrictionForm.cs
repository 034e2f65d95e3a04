using Busbar.Rating;

namespace Busbar.Pricing.Console;

/// <summary>What an element can be restricted by: each is one row of the form, and one or two members of <see cref="Restrictions"/>.</summary>
internal enum RestrictionKind
{
    Time,
    Weekdays,
    Dates,
    SpecialDays,
    ExceptSpecialDays,
    Energy,
    Power,
    Current,
    Duration,
    ChargingTime,
    IdleTime,
    EvseKind,
    TokenGroup,
    PaymentBrand,
    PaymentRecognition,
    Reservation,
}

/// <summary>One restriction as it is typed.</summary>
internal sealed class RestrictionForm(RestrictionKind kind)
{
    public RestrictionKind Kind { get; } = kind;

    /// <summary>The lower bound; of what has only one value, the value.</summary>
    public string From { get; set; } = "";

    public string To { get; set; } = "";

    public Weekdays Days { get; set; }

    public bool IsRange => Members(Kind).To is not null;

    /// <summary>As the canonical JSON names them: where a fault of it stands.</summary>
    public static (string From, string? To) Members(RestrictionKind kind) => kind switch
    {
        RestrictionKind.Time => ("startTime", "endTime"),
        RestrictionKind.Dates => ("startDate", "endDate"),
        RestrictionKind.Energy => ("minEnergyWh", "maxEnergyWh"),
        RestrictionKind.Power => ("minPowerW", "maxPowerW"),
        RestrictionKind.Current => ("minCurrentA", "maxCurrentA"),
        RestrictionKind.Duration => ("minDurationSeconds", "maxDurationSeconds"),
        RestrictionKind.ChargingTime => ("minChargingTimeSeconds", "maxChargingTimeSeconds"),
        RestrictionKind.IdleTime => ("minIdleTimeSeconds", "maxIdleTimeSeconds"),
        RestrictionKind.Weekdays => ("weekdays", null),
        RestrictionKind.SpecialDays => ("specialDays", null),
        RestrictionKind.ExceptSpecialDays => ("exceptSpecialDays", null),
        RestrictionKind.EvseKind => ("evseKind", null),
        RestrictionKind.TokenGroup => ("tokenGroup", null),
        RestrictionKind.PaymentBrand => ("paymentBrand", null),
        RestrictionKind.PaymentRecognition => ("paymentRecognition", null),
        _ => ("reservation", null),
    };

    /// <summary>A new row has an answer that most mean, so that it is whole at once.</summary>
    public static RestrictionForm New(RestrictionKind kind) => kind switch
    {
        RestrictionKind.Time => new(kind) { From = "22:00", To = "06:00" },
        RestrictionKind.Weekdays => new(kind) { Days = (Weekdays)0b0011111 },
        RestrictionKind.EvseKind => new(kind) { From = nameof(EvseKind.Ac) },
        RestrictionKind.Reservation => new(kind) { From = nameof(ReservationKind.Reserved) },
        _ => new(kind),
    };

    public static IEnumerable<RestrictionForm> Of(Restrictions? when)
    {
        if (when is null) return [];
        RestrictionForm?[] all =
        [
            Both(RestrictionKind.Time, FormNumbers.Of(when.StartTime), FormNumbers.Of(when.EndTime)),
            when.Weekdays is { } days ? new(RestrictionKind.Weekdays) { Days = days } : null,
            Both(RestrictionKind.Dates, FormNumbers.Of(when.StartDate), FormNumbers.Of(when.EndDate)),
            Both(RestrictionKind.SpecialDays, when.SpecialDays), Both(RestrictionKind.ExceptSpecialDays, when.ExceptSpecialDays),
            Both(RestrictionKind.Energy, FormNumbers.Of(when.MinEnergy), FormNumbers.Of(when.MaxEnergy)),
            Both(RestrictionKind.Power, FormNumbers.Of(when.MinPower), FormNumbers.Of(when.MaxPower)),
            Both(RestrictionKind.Current, FormNumbers.Of(when.MinCurrentA), FormNumbers.Of(when.MaxCurrentA)),
            Both(RestrictionKind.Duration, FormNumbers.Of(when.MinDuration), FormNumbers.Of(when.MaxDuration)),
            Both(RestrictionKind.ChargingTime, FormNumbers.Of(when.MinChargingTime), FormNumbers.Of(when.MaxChargingTime)),
            Both(RestrictionKind.IdleTime, FormNumbers.Of(when.MinIdleTime), FormNumbers.Of(when.MaxIdleTime)),
            Both(RestrictionKind.EvseKind, when.EvseKind?.ToString()), Both(RestrictionKind.TokenGroup, when.TokenGroup),
            Both(RestrictionKind.PaymentBrand, when.PaymentBrand), Both(RestrictionKind.PaymentRecognition, when.PaymentRecognition),
            Both(RestrictionKind.Reservation, when.Reservation?.ToString()),
        ];
        return all.OfType<RestrictionForm>();
    }

    /// <summary>The element's restrictions with this one.</summary>
    /// <param name="at">Of the element's restrictions.</param>
    public Restrictions AddTo(Restrictions when, FormNumbers numbers, string at)
    {
        var (first, second) = Members(Kind);
        var (from, to) = ($"{at}/{first}", $"{at}/{second}");
        if (Kind != RestrictionKind.Weekdays && string.IsNullOrWhiteSpace(From) && string.IsNullOrWhiteSpace(To)) return numbers.Wrong(from, "required", when);
        return Kind switch
        {
            RestrictionKind.Time => when with { StartTime = numbers.Time(From, from), EndTime = numbers.Time(To, to) },
            RestrictionKind.Weekdays => when with { Weekdays = Days },
            RestrictionKind.Dates => when with { StartDate = numbers.Date(From, from), EndDate = numbers.Date(To, to) },
            RestrictionKind.SpecialDays => when with { SpecialDays = From.Trim() },
            RestrictionKind.ExceptSpecialDays => when with { ExceptSpecialDays = From.Trim() },
            RestrictionKind.Energy => when with { MinEnergy = numbers.KilowattHours(From, from), MaxEnergy = numbers.KilowattHours(To, to) },
            RestrictionKind.Power => when with { MinPower = numbers.Kilowatts(From, from), MaxPower = numbers.Kilowatts(To, to) },
            RestrictionKind.Current => when with { MinCurrentA = numbers.Decimal(From, from), MaxCurrentA = numbers.Decimal(To, to) },
            RestrictionKind.Duration => when with { MinDuration = numbers.Minutes(From, from), MaxDuration = numbers.Minutes(To, to) },
            RestrictionKind.ChargingTime => when with { MinChargingTime = numbers.Minutes(From, from), MaxChargingTime = numbers.Minutes(To, to) },
            RestrictionKind.IdleTime => when with { MinIdleTime = numbers.Minutes(From, from), MaxIdleTime = numbers.Minutes(To, to) },
            RestrictionKind.EvseKind => when with { EvseKind = Enum.TryParse<EvseKind>(From, out var kind) ? kind : null },
            RestrictionKind.TokenGroup => when with { TokenGroup = From.Trim() },
            RestrictionKind.PaymentBrand => when with { PaymentBrand = From.Trim() },
            RestrictionKind.PaymentRecognition => when with { PaymentRecognition = From.Trim() },
            _ => when with { Reservation = Enum.TryParse<ReservationKind>(From, out var reserved) ? reserved : null },
        };
    }

    private static RestrictionForm? Both(RestrictionKind kind, string? from, string? to = "") =>
        string.IsNullOrEmpty(from) && string.IsNullOrEmpty(to) ? null : new(kind) { From = from ?? "", To = to ?? "" };
}
