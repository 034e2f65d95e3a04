using System.Globalization;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;
using Busbar.Stations.Commands;

namespace Busbar.Stations.Dialects.Ocpp16;

/// <summary>Intents in 1.6's words. It has no EVSEs: EVSE n is connector n.</summary>
internal static class OutboundCalls
{
    private const int WholeStation = 0;
    private const int IdTagLength = 20;

    public static CallDraft Compile(StationIntent intent) => intent switch
    {
        StationIntent.Start { Connector: not (null or Connectors.ConnectorOfEvse) } => CallDraft.Impossible("This station's EVSEs have one connector each."),
        StationIntent.Start { TokenUid.Length: > IdTagLength } => CallDraft.Impossible($"OCPP 1.6 has tokens of at most {IdTagLength} characters."),
        StationIntent.Start start => Call(Ocpp16Actions.RemoteStartTransaction, new RemoteStartTransactionRequest { ConnectorId = start.Evse, IdTag = start.TokenUid }),
        StationIntent.Stop stop => int.TryParse(stop.TransactionId, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id)
            ? Call(Ocpp16Actions.RemoteStopTransaction, new RemoteStopTransactionRequest { TransactionId = id })
            : CallDraft.Impossible("The transaction has no number that OCPP 1.6 can name."),
        StationIntent.Unlock { Connector: not Connectors.ConnectorOfEvse } => CallDraft.Impossible("This station's EVSEs have one connector each."),
        StationIntent.Unlock unlock => Call(Ocpp16Actions.UnlockConnector, new UnlockConnectorRequest { ConnectorId = unlock.Evse }),
        StationIntent.Restart restart => Call(Ocpp16Actions.Reset, new ResetRequest { Type = restart.Hard ? ResetType.Hard : ResetType.Soft }),
        StationIntent.SetAvailability change => Call(Ocpp16Actions.ChangeAvailability, new ChangeAvailabilityRequest
        {
            ConnectorId = change.Evse ?? WholeStation,
            Type = change.Operative ? AvailabilityType.Operative : AvailabilityType.Inoperative,
        }),
        StationIntent.Trigger trigger => Trigger(MessageTrigger.From(trigger.Message), trigger.Evse),
        StationIntent.AskReading ask => Trigger(MessageTrigger.MeterValues, ask.Evse),
        StationIntent.AskTransaction => CallDraft.Impossible("OCPP 1.6 has no question about a transaction."),
        _ => throw new ArgumentOutOfRangeException(nameof(intent)),
    };

    /// <summary>1.6 has no name for a start that comes back with its transaction: it is known by its token.</summary>
    public static Awaited? AwaitedOf(StationCall call) =>
        call.Action == Ocpp16Actions.RemoteStartTransaction.Name && Ocpp16Json.TryRead<RemoteStartTransactionRequest>(call.Payload.Span, out var start, out _)
            ? new Awaited(start.IdTag, start.ConnectorId, null)
        : call.Action == Ocpp16Actions.RemoteStopTransaction.Name && Ocpp16Json.TryRead<RemoteStopTransactionRequest>(call.Payload.Span, out var stop, out _)
            ? new Awaited(null, null, stop.TransactionId.ToString(CultureInfo.InvariantCulture))
        : null;

    // The security extension's own messages are triggered by its own action.
    private static CallDraft Trigger(MessageTrigger message, int? evse) =>
        !message.IsKnown() ? CallDraft.Impossible($"OCPP 1.6 has no message '{message.Value}' to trigger.")
        : message == MessageTrigger.LogStatusNotification || message == MessageTrigger.SignChargePointCertificate
            ? Call(Ocpp16Actions.ExtendedTriggerMessage, new ExtendedTriggerMessageRequest { RequestedMessage = message, ConnectorId = evse })
            : Call(Ocpp16Actions.TriggerMessage, new TriggerMessageRequest { RequestedMessage = message, ConnectorId = evse });

    private static CallDraft Call<TRequest, TResponse>(OcppAction<TRequest, TResponse> action, TRequest request)
        where TRequest : class
        where TResponse : class =>
        new(new StationCall(action.Name, Ocpp16Json.Write(request)), null);
}
