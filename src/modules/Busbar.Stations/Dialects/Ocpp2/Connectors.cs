using Busbar.Gateway.Contracts;
using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using NodaTime;

namespace Busbar.Stations.Dialects.Ocpp2;

/// <summary>
/// Connectors' statuses. In 2.x they are no charging facts: "Occupied" says nothing about energy, and what a transaction does is told by its
/// events alone.
/// </summary>
internal static class Connectors
{
    private static readonly CallReply.Result Empty = new("{}"u8.ToArray());

    public static DirectReading Status(ReadOnlyMemory<byte> payload, Instant receivedAt, OcppVersion version)
    {
        if (!Ocpp2Json.TryRead<StatusNotificationRequest>(payload.Span, out var request, out var error))
        {
            var hasKey = Salvage.Number(payload.Span, "evseId") is not null && Salvage.Number(payload.Span, "connectorId") is not null;
            return hasKey ? Empty : error.ToReply(version);
        }
        return NumberOf(request.EvseId) is { } evse && NumberOf(request.ConnectorId) is { } connector
            ? new DirectReading(Empty, [new StationNews.ConnectorReported(evse, connector, request.ConnectorStatus.Value, null, WireTimes.Shown(request.Timestamp, receivedAt))])
            : Empty;
    }

    /// <summary>2.1 tells a connector's status as an event of its AvailabilityState (G01.FR.10).</summary>
    public static DirectReading Event(ReadOnlyMemory<byte> payload, Instant receivedAt, OcppVersion version)
    {
        if (!Ocpp2Json.TryRead<NotifyEventRequest>(payload.Span, out var request, out var error)) return error.ToReply(version);
        List<StationNews>? news = null;
        foreach (var told in request.EventData.OfType<EventDataType>())
        {
            if (told.Variable.Name != "AvailabilityState" || told.Component is not { Name: "Connector", Evse: { Id: >= 0, ConnectorId: >= 0 } place }) continue;
            (news ??= []).Add(new StationNews.ConnectorReported(place.Id, place.ConnectorId!.Value, told.ActualValue, told.TechCode, WireTimes.Shown(told.Timestamp, receivedAt)));
        }
        return new DirectReading(Empty, news ?? (IReadOnlyList<StationNews>)[]);
    }

    private static int? NumberOf(WireInt number) => number.Value is >= 0 and <= int.MaxValue and var value ? (int)value : null;
}
