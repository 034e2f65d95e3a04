namespace Busbar.Ocpp.V16;

// OCPP 1.6: Firmware Management, Local Auth List Management, Reservation, Remote Trigger.

public sealed record DiagnosticsStatusNotificationRequest
{
    public required DiagnosticsStatus Status { get; init; }
}

public sealed record DiagnosticsStatusNotificationResponse;

public sealed record FirmwareStatusNotificationRequest
{
    public required FirmwareStatus Status { get; init; }
}

public sealed record FirmwareStatusNotificationResponse;

public sealed record GetDiagnosticsRequest
{
    public required string Location { get; init; }
    public int? Retries { get; init; }

    /// <summary>Seconds.</summary>
    public int? RetryInterval { get; init; }
    public WireTime? StartTime { get; init; }
    public WireTime? StopTime { get; init; }
}

public sealed record GetDiagnosticsResponse
{
    /// <summary>Absent: there is nothing to upload.</summary>
    public string? FileName { get; init; }
}

public sealed record UpdateFirmwareRequest
{
    public required string Location { get; init; }
    public int? Retries { get; init; }
    public required WireTime RetrieveDate { get; init; }

    /// <summary>Seconds.</summary>
    public int? RetryInterval { get; init; }
}

public sealed record UpdateFirmwareResponse;

public sealed record GetLocalListVersionRequest;

public sealed record GetLocalListVersionResponse
{
    /// <summary>0: the list is empty. -1: there is no list.</summary>
    public required int ListVersion { get; init; }
}

public sealed record AuthorizationData
{
    public required string IdTag { get; init; }

    /// <summary>Absent in a differential update: the tag is to be removed.</summary>
    public IdTagInfo? IdTagInfo { get; init; }
}

public sealed record SendLocalListRequest
{
    public required int ListVersion { get; init; }
    public IReadOnlyList<AuthorizationData>? LocalAuthorizationList { get; init; }
    public required UpdateType UpdateType { get; init; }
}

public sealed record SendLocalListResponse
{
    public required UpdateStatus Status { get; init; }
}

public sealed record CancelReservationRequest
{
    public required int ReservationId { get; init; }
}

public sealed record CancelReservationResponse
{
    public required AcceptedRejectedStatus Status { get; init; }
}

public sealed record ReserveNowRequest
{
    /// <summary>0: any connector.</summary>
    public required int ConnectorId { get; init; }
    public required WireTime ExpiryDate { get; init; }
    public required string IdTag { get; init; }
    public string? ParentIdTag { get; init; }
    public required int ReservationId { get; init; }
}

public sealed record ReserveNowResponse
{
    public required ReservationStatus Status { get; init; }
}

public sealed record TriggerMessageRequest
{
    public required MessageTrigger RequestedMessage { get; init; }
    public int? ConnectorId { get; init; }
}

public sealed record TriggerMessageResponse
{
    public required TriggerMessageStatus Status { get; init; }
}
