using System.Text.Json.Serialization;

namespace Busbar.Ocpp.V16;

public sealed record ChargingSchedulePeriod
{
    /// <summary>Seconds from the schedule's start.</summary>
    public required int StartPeriod { get; init; }

    /// <summary>In the schedule's unit; at most one decimal.</summary>
    public required decimal Limit { get; init; }

    /// <summary>Absent: 3.</summary>
    public int? NumberPhases { get; init; }
}

public sealed record ChargingSchedule
{
    /// <summary>Seconds. Absent: the last period goes on.</summary>
    public int? Duration { get; init; }
    public WireTime? StartSchedule { get; init; }
    public required ChargingRateUnit ChargingRateUnit { get; init; }

    [JsonPropertyName("chargingSchedulePeriod")]
    public required IReadOnlyList<ChargingSchedulePeriod> Periods { get; init; }
    public decimal? MinChargingRate { get; init; }
}

public sealed record ChargingProfile
{
    public required int ChargingProfileId { get; init; }
    public int? TransactionId { get; init; }
    public required int StackLevel { get; init; }
    public required ChargingProfilePurpose ChargingProfilePurpose { get; init; }
    public required ChargingProfileKind ChargingProfileKind { get; init; }
    public RecurrencyKind? RecurrencyKind { get; init; }
    public WireTime? ValidFrom { get; init; }
    public WireTime? ValidTo { get; init; }
    public required ChargingSchedule ChargingSchedule { get; init; }
}

public sealed record ClearChargingProfileRequest
{
    public int? Id { get; init; }
    public int? ConnectorId { get; init; }
    public ChargingProfilePurpose? ChargingProfilePurpose { get; init; }
    public int? StackLevel { get; init; }
}

public sealed record ClearChargingProfileResponse
{
    public required ClearChargingProfileStatus Status { get; init; }
}

public sealed record GetCompositeScheduleRequest
{
    public required int ConnectorId { get; init; }

    /// <summary>Seconds.</summary>
    public required int Duration { get; init; }
    public ChargingRateUnit? ChargingRateUnit { get; init; }
}

public sealed record GetCompositeScheduleResponse
{
    public required AcceptedRejectedStatus Status { get; init; }
    public int? ConnectorId { get; init; }
    public WireTime? ScheduleStart { get; init; }
    public ChargingSchedule? ChargingSchedule { get; init; }
}

public sealed record SetChargingProfileRequest
{
    public required int ConnectorId { get; init; }

    [JsonPropertyName("csChargingProfiles")]
    public required ChargingProfile ChargingProfile { get; init; }
}

public sealed record SetChargingProfileResponse
{
    public required ChargingProfileStatus Status { get; init; }
}
