using System.Globalization;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Busbar.Ocpp.V16;
using Busbar.Simulator.Stations;

namespace Busbar.Simulator.Dialects;

/// <summary>What a 1.6 station answers to its server.</summary>
internal static class Ocpp16Commands
{
    private static readonly HashSet<string> ReadOnlyKeys = ["NumberOfConnectors", "SupportedFeatureProfiles", "CustomDisplayCostAndPrice"];

    public static StationAnswer Answer(ServerCall call, IStationControls station) => call.Action switch
    {
        "RemoteStartTransaction" => On<RemoteStartTransactionRequest>(call, request => RemoteStart(request, station)),
        "RemoteStopTransaction" => On<RemoteStopTransactionRequest>(call, request => RemoteStop(request, station)),
        "Reset" => On<ResetRequest>(call, request => Result(new ResetResponse { Status = AcceptedRejectedStatus.Accepted }) with
        {
            Then = () => request.Type == ResetType.Hard ? station.RestartAsync("HardReset", "RemoteReset") : station.RestartAsync("SoftReset", "RemoteReset"),
        }),
        "UnlockConnector" => On<UnlockConnectorRequest>(call, request => Unlock(request, station)),
        "TriggerMessage" => On<TriggerMessageRequest>(call, request => Trigger(request, station)),
        "ChangeAvailability" => On<ChangeAvailabilityRequest>(call, request => ChangeAvailability(request, station)),
        "GetConfiguration" => On<GetConfigurationRequest>(call, request => GetConfiguration(request, station)),
        "ChangeConfiguration" => On<ChangeConfigurationRequest>(call, request => ChangeConfiguration(request, station)),
        "DataTransfer" when station.Settings.ContainsKey("CustomDisplayCostAndPrice") => On<DataTransferRequest>(call, request => Result(new DataTransferResponse
        {
            Status = request.VendorId != "org.openchargealliance.costmsg" ? DataTransferStatus.UnknownVendorId
                : request.MessageId is "SetUserPrice" or "RunningCost" or "FinalCost" ? DataTransferStatus.Accepted : DataTransferStatus.UnknownMessageId,
        })),
        "DataTransfer" => Result(new DataTransferResponse { Status = DataTransferStatus.UnknownVendorId }),
        "ClearCache" => Result(new ClearCacheResponse { Status = AcceptedRejectedStatus.Accepted }),
        _ when Ocpp16Actions.ByName.ContainsKey(call.Action) => StationAnswer.Error(RpcErrorCodes.NotSupported, $"This station does not do {call.Action}."),
        _ => StationAnswer.Error(RpcErrorCodes.NotImplemented, $"1.6 has no {call.Action}."),
    };

    private static StationAnswer RemoteStart(RemoteStartTransactionRequest request, IStationControls station) =>
        station.FindFree(request.ConnectorId) is { } connector
            ? Result(new RemoteStartTransactionResponse { Status = AcceptedRejectedStatus.Accepted }) with { Then = () => station.ChargeRemotelyAsync(request.IdTag, connector, null) }
            : Result(new RemoteStartTransactionResponse { Status = AcceptedRejectedStatus.Rejected });

    private static StationAnswer RemoteStop(RemoteStopTransactionRequest request, IStationControls station) =>
        station.Memory.FindByServerId(request.TransactionId.ToString(CultureInfo.InvariantCulture)) is { IsRunning: true } transaction
            ? Result(new RemoteStopTransactionResponse { Status = AcceptedRejectedStatus.Accepted }) with { Then = () => Stop(station, transaction.Connector, "Remote") }
            : Result(new RemoteStopTransactionResponse { Status = AcceptedRejectedStatus.Rejected });

    private static StationAnswer Unlock(UnlockConnectorRequest request, IStationControls station)
    {
        if (!station.IsConnector(request.ConnectorId))
        {
            return Result(new UnlockConnectorResponse { Status = UnlockStatus.NotSupported });
        }

        var unlocked = Result(new UnlockConnectorResponse { Status = UnlockStatus.Unlocked });
        return station.RunningOn(request.ConnectorId) is null ? unlocked : unlocked with { Then = () => Stop(station, request.ConnectorId, "UnlockCommand") };
    }

    private static StationAnswer Trigger(TriggerMessageRequest request, IStationControls station)
    {
        var message = request.RequestedMessage.Value;
        return message is "BootNotification" or "Heartbeat" or "StatusNotification" or "MeterValues"
            ? Result(new TriggerMessageResponse { Status = TriggerMessageStatus.Accepted }) with { Then = () => station.TriggerAsync(message, request.ConnectorId) }
            : Result(new TriggerMessageResponse { Status = TriggerMessageStatus.NotImplemented });
    }

    private static StationAnswer ChangeAvailability(ChangeAvailabilityRequest request, IStationControls station)
    {
        int? connector = request.ConnectorId == 0 ? null : request.ConnectorId;
        if (connector is { } one && !station.IsConnector(one))
        {
            return Result(new ChangeAvailabilityResponse { Status = AvailabilityStatus.Rejected });
        }

        // A running transaction is not cut short: the change is for when it ends.
        var later = connector is { } busy && station.RunningOn(busy) is not null;
        return Result(new ChangeAvailabilityResponse { Status = later ? AvailabilityStatus.Scheduled : AvailabilityStatus.Accepted }) with
        {
            Then = () =>
            {
                station.SetAvailable(connector, request.Type == AvailabilityType.Operative);
                return Task.CompletedTask;
            },
        };
    }

    private static StationAnswer GetConfiguration(GetConfigurationRequest request, IStationControls station)
    {
        var asked = request.Key is { Count: > 0 } keys ? keys : [.. station.Settings.Keys];
        return Result(new GetConfigurationResponse
        {
            ConfigurationKeys = [.. asked.Where(station.Settings.ContainsKey).Select(key => new ConfigurationKey { Key = key, Readonly = ReadOnlyKeys.Contains(key), Value = station.Settings[key] })],
            UnknownKeys = [.. asked.Where(key => !station.Settings.ContainsKey(key))],
        });
    }

    private static StationAnswer ChangeConfiguration(ChangeConfigurationRequest request, IStationControls station)
    {
        var status = !station.Settings.ContainsKey(request.Key) ? ConfigurationStatus.NotSupported
            : ReadOnlyKeys.Contains(request.Key) ? ConfigurationStatus.Rejected
            : ConfigurationStatus.Accepted;
        if (status == ConfigurationStatus.Accepted)
        {
            station.Apply(request.Key, request.Value);
        }

        return Result(new ChangeConfigurationResponse { Status = status });
    }

    private static Task Stop(IStationControls station, int connector, string reason)
    {
        station.Stop(connector, reason);
        return Task.CompletedTask;
    }

    private static StationAnswer On<T>(ServerCall call, Func<T, StationAnswer> answer)
        where T : class =>
        Ocpp16Json.TryRead<T>(call.Payload.Span, out var request, out var error) ? answer(request) : StationAnswer.Error(error.ErrorCode(OcppVersion.V16), error.Detail);

    private static StationAnswer Result<T>(T response)
        where T : class =>
        StationAnswer.Result(Ocpp16Json.Write(response));
}
