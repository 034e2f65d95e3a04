using System.Collections.Frozen;

namespace Busbar.Ocpp.Rpc;

/// <summary>The words that come in every frame, so that reading one of them allocates nothing.</summary>
internal static class RpcNames
{
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Known = FrozenSet.ToFrozenSet(
        [
            // 1.6 and its security extension
            "Authorize", "BootNotification", "CancelReservation", "CertificateSigned", "ChangeAvailability", "ChangeConfiguration", "ClearCache",
            "ClearChargingProfile", "DataTransfer", "DeleteCertificate", "DiagnosticsStatusNotification", "ExtendedTriggerMessage",
            "FirmwareStatusNotification", "GetCompositeSchedule", "GetConfiguration", "GetDiagnostics", "GetInstalledCertificateIds",
            "GetLocalListVersion", "GetLog", "Heartbeat", "InstallCertificate", "LogStatusNotification", "MeterValues", "RemoteStartTransaction",
            "RemoteStopTransaction", "ReserveNow", "Reset", "SecurityEventNotification", "SendLocalList", "SetChargingProfile", "SignCertificate",
            "SignedFirmwareStatusNotification", "SignedUpdateFirmware", "StartTransaction", "StatusNotification", "StopTransaction",
            "TriggerMessage", "UnlockConnector", "UpdateFirmware",

            // 2.x, what is not above
            "AFRRSignal", "AdjustPeriodicEventStream", "BatterySwap", "ChangeTransactionTariff", "ClearDERControl", "ClearDisplayMessage",
            "ClearTariffs", "ClearVariableMonitoring", "ClearedChargingLimit", "ClosePeriodicEventStream", "CostUpdated", "CustomerInformation",
            "Get15118EVCertificate", "GetBaseReport", "GetCertificateChainStatus", "GetCertificateStatus", "GetChargingProfiles", "GetDERControl",
            "GetDisplayMessages", "GetMonitoringReport", "GetPeriodicEventStream", "GetReport", "GetTariffs", "GetTransactionStatus", "GetVariables",
            "NotifyAllowedEnergyTransfer", "NotifyChargingLimit", "NotifyCustomerInformation", "NotifyDERAlarm", "NotifyDERStartStop",
            "NotifyDisplayMessages", "NotifyEVChargingNeeds", "NotifyEVChargingSchedule", "NotifyEvent", "NotifyMonitoringReport",
            "NotifyPeriodicEventStream", "NotifyPriorityCharging", "NotifyReport", "NotifySettlement", "NotifyWebPaymentStarted",
            "OpenPeriodicEventStream", "PublishFirmware", "PublishFirmwareStatusNotification", "PullDynamicScheduleUpdate",
            "ReportChargingProfiles", "ReportDERControl", "RequestBatterySwap", "RequestStartTransaction", "RequestStopTransaction",
            "ReservationStatusUpdate", "SetDERControl", "SetDefaultTariff", "SetDisplayMessage", "SetMonitoringBase", "SetMonitoringLevel",
            "SetNetworkProfile", "SetVariableMonitoring", "SetVariables", "TransactionEvent", "UnpublishFirmware", "UpdateDynamicSchedule",
            "UsePriorityCharging", "VatNumberValidation",

            RpcErrorCodes.NotImplemented, RpcErrorCodes.NotSupported, RpcErrorCodes.InternalError, RpcErrorCodes.ProtocolError,
            RpcErrorCodes.SecurityError, RpcErrorCodes.PropertyConstraintViolation, RpcErrorCodes.TypeConstraintViolation,
            RpcErrorCodes.GenericError, RpcErrorCodes.FormationViolation, RpcErrorCodes.OccurenceConstraintViolation,
            RpcErrorCodes.FormatViolation, RpcErrorCodes.OccurrenceConstraintViolation, RpcErrorCodes.MessageTypeNotSupported,
            RpcErrorCodes.RpcFrameworkError,
        ],
        StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

    public static string Intern(ReadOnlySpan<char> chars) => Known.TryGetValue(chars, out var known) ? known : chars.ToString();
}
