using Busbar.Ocpp;
using Busbar.Ocpp.V16;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations.Dialects.Ocpp16;

/// <summary>1.6 has no EVSEs: connector n is EVSE n, connector 1.</summary>
internal static class Connectors
{
    private static readonly byte[] Empty = "{}"u8.ToArray();

    public const int ConnectorOfEvse = 1;

    /// <summary>The EVSE of a connector number; null for 0, which is the station itself, and for what is no number.</summary>
    public static int? EvseOf(WireInt connectorId) => connectorId.Value is > 0 and <= int.MaxValue and var number ? (int)number : null;

    public static FactReading Status(ReadOnlyMemory<byte> payload, Instant receivedAt)
    {
        if (!Ocpp16Json.TryRead<StatusNotificationRequest>(payload.Span, out var request, out var error))
            return Charging.Salvaged("StatusNotification", payload, error, Salvage.Number(payload.Span, "connectorId") is not null, null, static (_, _) => Empty);
        if (request.ConnectorId.Value is not >= 0) return Refuse(payload, request);
        var news = new StationNews.ConnectorReported(EvseOf(request.ConnectorId) ?? 0, request.ConnectorId.Value == 0 ? 0 : ConnectorOfEvse,
            request.Status.Value, request.ErrorCode == ChargePointErrorCode.NoError ? null : request.ErrorCode.Value, request.Timestamp.Shown(receivedAt))
        {
            Use = EvseOf(request.ConnectorId) is null ? ConnectorUse.Unknown : UseOf(request.Status),
        };
        if (EvseOf(request.ConnectorId) is not { } evse) return new FactReading { News = news, Answer = static (_, _) => Empty };
        return new FactReading
        {
            Fact = new ChargingFact.ConnectorState
            {
                Time = request.Timestamp.Judge(receivedAt),
                Evse = evse,
                Connector = ConnectorOfEvse,
                State = StateOf(request.Status),
                Deviations = Deviations.Of(("connectorId", request.ConnectorId.IsDeviation), ("status", !request.Status.IsKnown()),
                    ("errorCode", !request.ErrorCode.IsKnown()), ("timestamp", request.Timestamp?.IsDeviation ?? false)),
            },
            News = news,
            Answer = static (_, _) => Empty,
        };
    }

    public static ChargingState StateOf(ChargePointStatus status) => status.Value switch
    {
        "Available" or "Reserved" or "Finishing" => ChargingState.Idle,
        "Preparing" => ChargingState.Connected,
        "Charging" => ChargingState.Charging,
        "SuspendedEV" => ChargingState.SuspendedByVehicle,

        // A fault withholds energy as surely as a limit does: nobody pays for standing at it.
        "SuspendedEVSE" or "Faulted" => ChargingState.SuspendedByStation,
        _ => ChargingState.Unknown,
    };

    /// <summary>1.6 7.7: no transaction runs before it begins (Preparing) nor once it has stopped (Finishing). A fault, or being out of service, says nothing of it.</summary>
    private static ConnectorUse UseOf(ChargePointStatus status) => status.Value switch
    {
        "Available" or "Preparing" or "Finishing" or "Reserved" => ConnectorUse.NoTransaction,
        "Charging" or "SuspendedEV" or "SuspendedEVSE" => ConnectorUse.Transaction,
        _ => ConnectorUse.Unknown,
    };

    // A connector that is no number: evidence without a place.
    private static FactReading Refuse(ReadOnlyMemory<byte> payload, StatusNotificationRequest request) =>
        Charging.Salvaged("StatusNotification", payload, new WireReadError(WireFault.WrongType, "$.connectorId", $"$.connectorId: not a connector: {request.ConnectorId.Raw}"),
            hasKey: false, null, static (_, _) => Empty);
}
