using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using Busbar.Stations.Commands;

namespace Busbar.Stations.Dialects.Ocpp2;

/// <summary>Intents in the words of 2.0.1 and 2.1.</summary>
internal static class OutboundCalls
{
    private const int IdTokenLength = 36;

    public static CallDraft Compile(StationIntent intent, OcppVersion version) => intent switch
    {
        // The request has an evseId and nothing below it (2.0.1 part 2, F01): of several connectors none can be chosen, and the first is all that most EVSEs have.
        StationIntent.Start { Connector: not (null or 1), IsOnlyConnector: false } =>
            CallDraft.Impossible("OCPP 2.x starts at an EVSE and not at one of its connectors, and this EVSE is not known to have that one alone; leave the connector out."),
        StationIntent.Start { TokenUid.Length: > IdTokenLength } => CallDraft.Impossible($"OCPP 2.x has tokens of at most {IdTokenLength} characters."),
        StationIntent.Start start => Call(Ocpp2Actions.RequestStartTransaction, new RequestStartTransactionRequest
        {
            EvseId = start.Evse,
            RemoteStartId = start.RemoteStartId,

            // The system vouches for it, whatever medium the token is (2.0.1 part 2, F01).
            IdToken = new IdTokenType { IdToken = start.TokenUid, Type = IdTokenEnum.Central },
        }, version),
        StationIntent.Stop stop => Call(Ocpp2Actions.RequestStopTransaction, new RequestStopTransactionRequest { TransactionId = stop.TransactionId }, version),
        StationIntent.Unlock unlock => Call(Ocpp2Actions.UnlockConnector, new UnlockConnectorRequest { EvseId = unlock.Evse, ConnectorId = unlock.Connector }, version),
        StationIntent.Restart restart => Call(Ocpp2Actions.Reset, new ResetRequest { Type = restart.Hard ? ResetEnum.Immediate : ResetEnum.OnIdle }, version),
        StationIntent.SetAvailability change => Call(Ocpp2Actions.ChangeAvailability, new ChangeAvailabilityRequest
        {
            Evse = change.Evse is { } evse ? new EVSEType { Id = evse } : null,
            OperationalStatus = change.Operative ? OperationalStatusEnum.Operative : OperationalStatusEnum.Inoperative,
        }, version),
        StationIntent.Trigger trigger => Trigger(MessageTriggerEnum.From(trigger.Message), trigger.Evse, trigger.Connector, version),
        // F06.FR.07: of the transaction itself; MeterValues (F06.FR.06) would be the clock-aligned ones, which name none.
        StationIntent.AskReading ask => Trigger(MessageTriggerEnum.TransactionEvent, ask.Evse, null, version),
        StationIntent.AskTransaction ask => Call(Ocpp2Actions.GetTransactionStatus, new GetTransactionStatusRequest { TransactionId = ask.TransactionId }, version),
        _ => throw new ArgumentOutOfRangeException(nameof(intent)),
    };

    public static Awaited? AwaitedOf(StationCall call) =>
        call.Action == Ocpp2Actions.RequestStopTransaction.Name && Ocpp2Json.TryRead<RequestStopTransactionRequest>(call.Payload.Span, out var stop, out _)
            ? new Awaited(null, null, stop.TransactionId)
            : null;

    private static CallDraft Trigger(MessageTriggerEnum message, int? evse, int? connector, OcppVersion version) =>
        !message.IsKnown() || (version < OcppVersion.V21 && IsSince21(message)) ? CallDraft.Impossible($"{version.SubProtocol} has no message '{message.Value}' to trigger.")

        // 2.1 F06: it says nothing without the trigger's own name.
        : message == MessageTriggerEnum.CustomTrigger ? CallDraft.Impossible("A custom trigger is sent as TriggerMessage with its customTrigger.")
        : Call(Ocpp2Actions.TriggerMessage, new TriggerMessageRequest { RequestedMessage = message, Evse = evse is { } id ? new EVSEType { Id = id, ConnectorId = connector } : null }, version);

    private static bool IsSince21(MessageTriggerEnum message) => message == MessageTriggerEnum.CustomTrigger || message == MessageTriggerEnum.SignV2G20Certificate;

    private static CallDraft Call<TRequest, TResponse>(OcppAction<TRequest, TResponse> action, TRequest request, OcppVersion version)
        where TRequest : class
        where TResponse : class =>
        new(new StationCall(action.Name, Ocpp2Json.Write(request, version)), null);
}
