using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Busbar.Ocpp.V2;
using Busbar.Simulator.Stations;

namespace Busbar.Simulator.Dialects;

/// <summary>What a 2.0.1 or 2.1 station answers to its server.</summary>
internal static class Ocpp2Commands
{
    public static StationAnswer Answer(ServerCall call, IStationControls station) => call.Action switch
    {
        "RequestStartTransaction" => On<RequestStartTransactionRequest>(call, request => RequestStart(request, station, call.Version)),
        "RequestStopTransaction" => On<RequestStopTransactionRequest>(call, request => RequestStop(request, station, call.Version)),
        "GetTransactionStatus" => On<GetTransactionStatusRequest>(call, request => GetTransactionStatus(request, station, call.Version)),
        "Reset" => On<ResetRequest>(call, request => Reset(request, station, call.Version)),
        "UnlockConnector" => On<UnlockConnectorRequest>(call, request => Unlock(request, station, call.Version)),
        "TriggerMessage" => On<TriggerMessageRequest>(call, request => Trigger(request, station, call.Version)),
        "ChangeAvailability" => On<ChangeAvailabilityRequest>(call, request => ChangeAvailability(request, station, call.Version)),
        "GetVariables" => On<GetVariablesRequest>(call, request => GetVariables(request, station, call.Version)),
        "SetVariables" => On<SetVariablesRequest>(call, request => SetVariables(request, station, call.Version)),
        "DataTransfer" => Result(new DataTransferResponse { Status = DataTransferStatusEnum.UnknownVendorId }, call.Version),
        "ClearCache" => Result(new ClearCacheResponse { Status = ClearCacheStatusEnum.Accepted }, call.Version),
        "CostUpdated" => Result(new CostUpdatedResponse(), call.Version),
        "SetDefaultTariff" when call.Version >= OcppVersion.V21 && station.Settings.ContainsKey("TariffCostCtrlr.Available[Tariff]") =>
            On<SetDefaultTariffRequest>(call, request => Result(new SetDefaultTariffResponse { Status = TariffSetStatusEnum.Accepted }, call.Version)),
        _ when Ocpp2Actions.ByName.TryGetValue(call.Action, out var action) && action.Since <= call.Version =>
            StationAnswer.Error(RpcErrorCodes.NotSupported, $"This station does not do {call.Action}."),
        _ => StationAnswer.Error(RpcErrorCodes.NotImplemented, $"{call.Version.SubProtocol} has no {call.Action}."),
    };

    private static StationAnswer RequestStart(RequestStartTransactionRequest request, IStationControls station, OcppVersion version) =>
        station.FindFree(request.EvseId) is { } evse
            ? Result(new RequestStartTransactionResponse { Status = RequestStartStopStatusEnum.Accepted }, version) with
            {
                Then = () => station.ChargeRemotelyAsync(request.IdToken.IdToken, evse, request.RemoteStartId),
            }
            : Result(new RequestStartTransactionResponse { Status = RequestStartStopStatusEnum.Rejected }, version);

    private static StationAnswer RequestStop(RequestStopTransactionRequest request, IStationControls station, OcppVersion version) =>
        station.Memory.Find(request.TransactionId) is { IsRunning: true } transaction
            ? Result(new RequestStopTransactionResponse { Status = RequestStartStopStatusEnum.Accepted }, version) with { Then = () => Stop(station, transaction.Connector, "Remote") }
            : Result(new RequestStopTransactionResponse { Status = RequestStartStopStatusEnum.Rejected }, version);

    private static StationAnswer GetTransactionStatus(GetTransactionStatusRequest request, IStationControls station, OcppVersion version)
    {
        if (request.TransactionId is not { } id)
        {
            return Result(new GetTransactionStatusResponse { MessagesInQueue = station.Memory.Holds(null) }, version);
        }

        // OCPP 2.0.1 E14: of a transaction that it does not know a station says that it does not go on and that nothing waits.
        var transaction = station.Memory.Find(id);
        return Result(
            new GetTransactionStatusResponse { OngoingIndicator = transaction?.IsRunning ?? false, MessagesInQueue = transaction is not null && station.Memory.Holds(transaction) },
            version);
    }

    private static StationAnswer Reset(ResetRequest request, IStationControls station, OcppVersion version) =>
        request.EvseId is not null
            ? Result(new ResetResponse { Status = ResetStatusEnum.Rejected }, version)      // this station restarts as a whole
            : Result(new ResetResponse { Status = ResetStatusEnum.Accepted }, version) with
            {
                Then = () => station.RestartAsync(request.Type == ResetEnum.Immediate ? "HardReset" : "SoftReset", "RemoteReset"),
            };

    private static StationAnswer Unlock(UnlockConnectorRequest request, IStationControls station, OcppVersion version) => Result(
        new UnlockConnectorResponse
        {
            Status = !station.IsConnector(request.EvseId) || request.ConnectorId != 1 ? UnlockStatusEnum.UnknownConnector
                : station.RunningOn(request.EvseId) is not null ? UnlockStatusEnum.OngoingAuthorizedTransaction
                : UnlockStatusEnum.Unlocked,
        },
        version);

    private static StationAnswer Trigger(TriggerMessageRequest request, IStationControls station, OcppVersion version)
    {
        var message = request.RequestedMessage.Value;
        var isKnown = message is "BootNotification" or "Heartbeat" or "StatusNotification" or "MeterValues" or "TransactionEvent";
        if (!isKnown)
        {
            return Result(new TriggerMessageResponse { Status = TriggerMessageStatusEnum.NotImplemented }, version);
        }

        if (request.Evse is { } evse && !station.IsConnector(evse.Id))
        {
            return Result(new TriggerMessageResponse { Status = TriggerMessageStatusEnum.Rejected }, version);
        }

        return Result(new TriggerMessageResponse { Status = TriggerMessageStatusEnum.Accepted }, version) with { Then = () => station.TriggerAsync(message, request.Evse?.Id) };
    }

    private static StationAnswer ChangeAvailability(ChangeAvailabilityRequest request, IStationControls station, OcppVersion version)
    {
        var evse = request.Evse?.Id;
        if (evse is { } one && !station.IsConnector(one))
        {
            return Result(new ChangeAvailabilityResponse { Status = ChangeAvailabilityStatusEnum.Rejected }, version);
        }

        var later = evse is { } busy && station.RunningOn(busy) is not null;
        return Result(new ChangeAvailabilityResponse { Status = later ? ChangeAvailabilityStatusEnum.Scheduled : ChangeAvailabilityStatusEnum.Accepted }, version) with
        {
            Then = () =>
            {
                station.SetAvailable(evse, request.OperationalStatus == OperationalStatusEnum.Operative);
                return Task.CompletedTask;
            },
        };
    }

    private static StationAnswer GetVariables(GetVariablesRequest request, IStationControls station, OcppVersion version) => Result(
        new GetVariablesResponse
        {
            GetVariableResult = [.. request.GetVariableData.Select(asked =>
            {
                var known = station.Settings.TryGetValue(Name(asked.Component, asked.Variable), out var value);
                return new GetVariableResultType
                {
                    AttributeStatus = known ? GetVariableStatusEnum.Accepted : IsComponent(asked.Component, station) ? GetVariableStatusEnum.UnknownVariable : GetVariableStatusEnum.UnknownComponent,
                    AttributeType = asked.AttributeType,
                    AttributeValue = known ? value : null,
                    Component = asked.Component,
                    Variable = asked.Variable,
                };
            })],
        },
        version);

    private static StationAnswer SetVariables(SetVariablesRequest request, IStationControls station, OcppVersion version) => Result(
        new SetVariablesResponse
        {
            SetVariableResult = [.. request.SetVariableData.Select(wanted =>
            {
                var name = Name(wanted.Component, wanted.Variable);
                var known = station.Settings.ContainsKey(name);
                if (known)
                {
                    station.Apply(name, wanted.AttributeValue);
                }

                return new SetVariableResultType
                {
                    AttributeStatus = known ? SetVariableStatusEnum.Accepted : IsComponent(wanted.Component, station) ? SetVariableStatusEnum.UnknownVariable : SetVariableStatusEnum.UnknownComponent,
                    AttributeType = wanted.AttributeType,
                    Component = wanted.Component,
                    Variable = wanted.Variable,
                };
            })],
        },
        version);

    private static string Name(ComponentType component, VariableType variable) =>
        variable.Instance is { } instance ? $"{component.Name}.{variable.Name}[{instance}]" : $"{component.Name}.{variable.Name}";

    private static bool IsComponent(ComponentType component, IStationControls station) =>
        station.Settings.Keys.Any(name => name.StartsWith(component.Name + ".", StringComparison.Ordinal));

    private static Task Stop(IStationControls station, int connector, string reason)
    {
        station.Stop(connector, reason);
        return Task.CompletedTask;
    }

    private static StationAnswer On<T>(ServerCall call, Func<T, StationAnswer> answer)
        where T : class =>
        Ocpp2Json.TryRead<T>(call.Payload.Span, out var request, out var error) ? answer(request) : StationAnswer.Error(error.ErrorCode(call.Version), error.Detail);

    private static StationAnswer Result<T>(T response, OcppVersion version)
        where T : class =>
        StationAnswer.Result(Ocpp2Json.Write(response, version));
}
