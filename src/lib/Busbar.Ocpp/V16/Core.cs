using System.Text.Json.Serialization;

namespace Busbar.Ocpp.V16;

// OCPP 1.6, the Core profile. What carries money or state (Authorize, Start, Stop, MeterValues, StatusNotification) has tolerant scalars.

public sealed record IdTagInfo
{
    public WireTime? ExpiryDate { get; init; }
    public string? ParentIdTag { get; init; }
    public required AuthorizationStatus Status { get; init; }
}

public sealed record AuthorizeRequest
{
    [JsonConverter(typeof(WireTextConverter))]
    public required string IdTag { get; init; }
}

public sealed record AuthorizeResponse
{
    public required IdTagInfo IdTagInfo { get; init; }
}

public sealed record BootNotificationRequest
{
    public required string ChargePointVendor { get; init; }
    public required string ChargePointModel { get; init; }
    public string? ChargePointSerialNumber { get; init; }
    public string? ChargeBoxSerialNumber { get; init; }
    public string? FirmwareVersion { get; init; }
    public string? Iccid { get; init; }
    public string? Imsi { get; init; }
    public string? MeterType { get; init; }
    public string? MeterSerialNumber { get; init; }
}

public sealed record BootNotificationResponse
{
    public required RegistrationStatus Status { get; init; }
    public required WireTime CurrentTime { get; init; }

    /// <summary>Seconds: of the heartbeat if accepted, else before the next BootNotification. 0: the station chooses.</summary>
    public required int Interval { get; init; }
}

public sealed record ChangeAvailabilityRequest
{
    /// <summary>0: the whole charge point.</summary>
    public required int ConnectorId { get; init; }
    public required AvailabilityType Type { get; init; }
}

public sealed record ChangeAvailabilityResponse
{
    public required AvailabilityStatus Status { get; init; }
}

public sealed record ChangeConfigurationRequest
{
    public required string Key { get; init; }
    public required string Value { get; init; }
}

public sealed record ChangeConfigurationResponse
{
    public required ConfigurationStatus Status { get; init; }
}

public sealed record ClearCacheRequest;

public sealed record ClearCacheResponse
{
    public required AcceptedRejectedStatus Status { get; init; }
}

public sealed record DataTransferRequest
{
    public required string VendorId { get; init; }
    public string? MessageId { get; init; }

    /// <summary>A text; stations that send an object are read as its JSON.</summary>
    [JsonConverter(typeof(WireTextConverter))]
    public string? Data { get; init; }
}

public sealed record DataTransferResponse
{
    public required DataTransferStatus Status { get; init; }

    [JsonConverter(typeof(WireTextConverter))]
    public string? Data { get; init; }
}

public sealed record GetConfigurationRequest
{
    /// <summary>Absent: all keys.</summary>
    public IReadOnlyList<string>? Key { get; init; }
}

public sealed record ConfigurationKey
{
    public required string Key { get; init; }
    public required bool Readonly { get; init; }
    public string? Value { get; init; }
}

public sealed record GetConfigurationResponse
{
    [JsonPropertyName("configurationKey")]
    public IReadOnlyList<ConfigurationKey>? ConfigurationKeys { get; init; }

    [JsonPropertyName("unknownKey")]
    public IReadOnlyList<string>? UnknownKeys { get; init; }
}

public sealed record HeartbeatRequest;

public sealed record HeartbeatResponse
{
    public required WireTime CurrentTime { get; init; }
}

public sealed record SampledValue
{
    /// <summary>A text on the wire: mostly a number in <see cref="Unit"/>; with <see cref="ValueFormat.SignedData"/> a signed blob, which has no number.</summary>
    [JsonConverter(typeof(WireDecimalTextConverter))]
    public required WireDecimal Value { get; init; }

    /// <summary>Absent: Sample.Periodic.</summary>
    public ReadingContext? Context { get; init; }

    /// <summary>Absent: Raw.</summary>
    public ValueFormat? Format { get; init; }

    /// <summary>Absent: Energy.Active.Import.Register.</summary>
    public Measurand? Measurand { get; init; }

    /// <summary>Absent: the value is of all phases together.</summary>
    public Phase? Phase { get; init; }

    /// <summary>Absent: Outlet.</summary>
    public Location? Location { get; init; }

    /// <summary>Absent: Wh, if the measurand is an energy.</summary>
    public UnitOfMeasure? Unit { get; init; }
}

public sealed record MeterValue
{
    public required WireTime Timestamp { get; init; }

    [JsonPropertyName("sampledValue")]
    public required IReadOnlyList<SampledValue> SampledValues { get; init; }
}

public sealed record MeterValuesRequest
{
    public required WireInt ConnectorId { get; init; }
    public WireInt? TransactionId { get; init; }

    [JsonPropertyName("meterValue")]
    public required IReadOnlyList<MeterValue> MeterValues { get; init; }
}

public sealed record MeterValuesResponse;

public sealed record RemoteStartTransactionRequest
{
    public int? ConnectorId { get; init; }
    public required string IdTag { get; init; }
    public ChargingProfile? ChargingProfile { get; init; }
}

public sealed record RemoteStartTransactionResponse
{
    public required AcceptedRejectedStatus Status { get; init; }
}

public sealed record RemoteStopTransactionRequest
{
    public required int TransactionId { get; init; }
}

public sealed record RemoteStopTransactionResponse
{
    public required AcceptedRejectedStatus Status { get; init; }
}

public sealed record ResetRequest
{
    public required ResetType Type { get; init; }
}

public sealed record ResetResponse
{
    public required AcceptedRejectedStatus Status { get; init; }
}

public sealed record StartTransactionRequest
{
    public required WireInt ConnectorId { get; init; }

    [JsonConverter(typeof(WireTextConverter))]
    public required string IdTag { get; init; }

    /// <summary>Wh, the absolute register.</summary>
    public required WireInt MeterStart { get; init; }
    public WireInt? ReservationId { get; init; }
    public required WireTime Timestamp { get; init; }
}

public sealed record StartTransactionResponse
{
    public required IdTagInfo IdTagInfo { get; init; }
    public required int TransactionId { get; init; }
}

public sealed record StatusNotificationRequest
{
    /// <summary>0: the charge point's main controller.</summary>
    public required WireInt ConnectorId { get; init; }
    public required ChargePointErrorCode ErrorCode { get; init; }

    [JsonConverter(typeof(WireTextConverter))]
    public string? Info { get; init; }
    public required ChargePointStatus Status { get; init; }

    /// <summary>Absent: the time of receipt.</summary>
    public WireTime? Timestamp { get; init; }

    [JsonConverter(typeof(WireTextConverter))]
    public string? VendorId { get; init; }

    [JsonConverter(typeof(WireTextConverter))]
    public string? VendorErrorCode { get; init; }
}

public sealed record StatusNotificationResponse;

public sealed record StopTransactionRequest
{
    [JsonConverter(typeof(WireTextConverter))]
    public string? IdTag { get; init; }

    /// <summary>Wh, the absolute register.</summary>
    public required WireInt MeterStop { get; init; }
    public required WireTime Timestamp { get; init; }
    public required WireInt TransactionId { get; init; }

    /// <summary>Absent: Local.</summary>
    public StopReason? Reason { get; init; }
    public IReadOnlyList<MeterValue>? TransactionData { get; init; }
}

public sealed record StopTransactionResponse
{
    public IdTagInfo? IdTagInfo { get; init; }
}

public sealed record UnlockConnectorRequest
{
    public required int ConnectorId { get; init; }
}

public sealed record UnlockConnectorResponse
{
    public required UnlockStatus Status { get; init; }
}
