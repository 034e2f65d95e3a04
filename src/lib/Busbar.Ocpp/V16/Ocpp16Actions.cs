using System.Collections.Frozen;

namespace Busbar.Ocpp.V16;

/// <summary>Every action of 1.6: 28 of the standard and 11 of the security extension. The block is the feature profile.</summary>
public static class Ocpp16Actions
{
    // Core
    public static readonly OcppAction<AuthorizeRequest, AuthorizeResponse> Authorize = Action<AuthorizeRequest, AuthorizeResponse>("Authorize", "Core", OcppSender.Station);
    public static readonly OcppAction<BootNotificationRequest, BootNotificationResponse> BootNotification = Action<BootNotificationRequest, BootNotificationResponse>("BootNotification", "Core", OcppSender.Station);
    public static readonly OcppAction<ChangeAvailabilityRequest, ChangeAvailabilityResponse> ChangeAvailability = Action<ChangeAvailabilityRequest, ChangeAvailabilityResponse>("ChangeAvailability", "Core", OcppSender.Csms);
    public static readonly OcppAction<ChangeConfigurationRequest, ChangeConfigurationResponse> ChangeConfiguration = Action<ChangeConfigurationRequest, ChangeConfigurationResponse>("ChangeConfiguration", "Core", OcppSender.Csms);
    public static readonly OcppAction<ClearCacheRequest, ClearCacheResponse> ClearCache = Action<ClearCacheRequest, ClearCacheResponse>("ClearCache", "Core", OcppSender.Csms);
    public static readonly OcppAction<DataTransferRequest, DataTransferResponse> DataTransfer = Action<DataTransferRequest, DataTransferResponse>("DataTransfer", "Core", OcppSender.Both);
    public static readonly OcppAction<GetConfigurationRequest, GetConfigurationResponse> GetConfiguration = Action<GetConfigurationRequest, GetConfigurationResponse>("GetConfiguration", "Core", OcppSender.Csms);
    public static readonly OcppAction<HeartbeatRequest, HeartbeatResponse> Heartbeat = Action<HeartbeatRequest, HeartbeatResponse>("Heartbeat", "Core", OcppSender.Station);
    public static readonly OcppAction<MeterValuesRequest, MeterValuesResponse> MeterValues = Action<MeterValuesRequest, MeterValuesResponse>("MeterValues", "Core", OcppSender.Station);
    public static readonly OcppAction<RemoteStartTransactionRequest, RemoteStartTransactionResponse> RemoteStartTransaction = Action<RemoteStartTransactionRequest, RemoteStartTransactionResponse>("RemoteStartTransaction", "Core", OcppSender.Csms);
    public static readonly OcppAction<RemoteStopTransactionRequest, RemoteStopTransactionResponse> RemoteStopTransaction = Action<RemoteStopTransactionRequest, RemoteStopTransactionResponse>("RemoteStopTransaction", "Core", OcppSender.Csms);
    public static readonly OcppAction<ResetRequest, ResetResponse> Reset = Action<ResetRequest, ResetResponse>("Reset", "Core", OcppSender.Csms);
    public static readonly OcppAction<StartTransactionRequest, StartTransactionResponse> StartTransaction = Action<StartTransactionRequest, StartTransactionResponse>("StartTransaction", "Core", OcppSender.Station);
    public static readonly OcppAction<StatusNotificationRequest, StatusNotificationResponse> StatusNotification = Action<StatusNotificationRequest, StatusNotificationResponse>("StatusNotification", "Core", OcppSender.Station);
    public static readonly OcppAction<StopTransactionRequest, StopTransactionResponse> StopTransaction = Action<StopTransactionRequest, StopTransactionResponse>("StopTransaction", "Core", OcppSender.Station);
    public static readonly OcppAction<UnlockConnectorRequest, UnlockConnectorResponse> UnlockConnector = Action<UnlockConnectorRequest, UnlockConnectorResponse>("UnlockConnector", "Core", OcppSender.Csms);

    // FirmwareManagement
    public static readonly OcppAction<DiagnosticsStatusNotificationRequest, DiagnosticsStatusNotificationResponse> DiagnosticsStatusNotification = Action<DiagnosticsStatusNotificationRequest, DiagnosticsStatusNotificationResponse>("DiagnosticsStatusNotification", "FirmwareManagement", OcppSender.Station);
    public static readonly OcppAction<FirmwareStatusNotificationRequest, FirmwareStatusNotificationResponse> FirmwareStatusNotification = Action<FirmwareStatusNotificationRequest, FirmwareStatusNotificationResponse>("FirmwareStatusNotification", "FirmwareManagement", OcppSender.Station);
    public static readonly OcppAction<GetDiagnosticsRequest, GetDiagnosticsResponse> GetDiagnostics = Action<GetDiagnosticsRequest, GetDiagnosticsResponse>("GetDiagnostics", "FirmwareManagement", OcppSender.Csms);
    public static readonly OcppAction<UpdateFirmwareRequest, UpdateFirmwareResponse> UpdateFirmware = Action<UpdateFirmwareRequest, UpdateFirmwareResponse>("UpdateFirmware", "FirmwareManagement", OcppSender.Csms);

    // LocalAuthListManagement
    public static readonly OcppAction<GetLocalListVersionRequest, GetLocalListVersionResponse> GetLocalListVersion = Action<GetLocalListVersionRequest, GetLocalListVersionResponse>("GetLocalListVersion", "LocalAuthListManagement", OcppSender.Csms);
    public static readonly OcppAction<SendLocalListRequest, SendLocalListResponse> SendLocalList = Action<SendLocalListRequest, SendLocalListResponse>("SendLocalList", "LocalAuthListManagement", OcppSender.Csms);

    // Reservation
    public static readonly OcppAction<CancelReservationRequest, CancelReservationResponse> CancelReservation = Action<CancelReservationRequest, CancelReservationResponse>("CancelReservation", "Reservation", OcppSender.Csms);
    public static readonly OcppAction<ReserveNowRequest, ReserveNowResponse> ReserveNow = Action<ReserveNowRequest, ReserveNowResponse>("ReserveNow", "Reservation", OcppSender.Csms);

    // SmartCharging
    public static readonly OcppAction<ClearChargingProfileRequest, ClearChargingProfileResponse> ClearChargingProfile = Action<ClearChargingProfileRequest, ClearChargingProfileResponse>("ClearChargingProfile", "SmartCharging", OcppSender.Csms);
    public static readonly OcppAction<GetCompositeScheduleRequest, GetCompositeScheduleResponse> GetCompositeSchedule = Action<GetCompositeScheduleRequest, GetCompositeScheduleResponse>("GetCompositeSchedule", "SmartCharging", OcppSender.Csms);
    public static readonly OcppAction<SetChargingProfileRequest, SetChargingProfileResponse> SetChargingProfile = Action<SetChargingProfileRequest, SetChargingProfileResponse>("SetChargingProfile", "SmartCharging", OcppSender.Csms);

    // RemoteTrigger
    public static readonly OcppAction<TriggerMessageRequest, TriggerMessageResponse> TriggerMessage = Action<TriggerMessageRequest, TriggerMessageResponse>("TriggerMessage", "RemoteTrigger", OcppSender.Csms);

    // Security
    public static readonly OcppAction<CertificateSignedRequest, CertificateSignedResponse> CertificateSigned = Action<CertificateSignedRequest, CertificateSignedResponse>("CertificateSigned", "Security", OcppSender.Csms);
    public static readonly OcppAction<DeleteCertificateRequest, DeleteCertificateResponse> DeleteCertificate = Action<DeleteCertificateRequest, DeleteCertificateResponse>("DeleteCertificate", "Security", OcppSender.Csms);
    public static readonly OcppAction<ExtendedTriggerMessageRequest, ExtendedTriggerMessageResponse> ExtendedTriggerMessage = Action<ExtendedTriggerMessageRequest, ExtendedTriggerMessageResponse>("ExtendedTriggerMessage", "Security", OcppSender.Csms);
    public static readonly OcppAction<GetInstalledCertificateIdsRequest, GetInstalledCertificateIdsResponse> GetInstalledCertificateIds = Action<GetInstalledCertificateIdsRequest, GetInstalledCertificateIdsResponse>("GetInstalledCertificateIds", "Security", OcppSender.Csms);
    public static readonly OcppAction<GetLogRequest, GetLogResponse> GetLog = Action<GetLogRequest, GetLogResponse>("GetLog", "Security", OcppSender.Csms);
    public static readonly OcppAction<InstallCertificateRequest, InstallCertificateResponse> InstallCertificate = Action<InstallCertificateRequest, InstallCertificateResponse>("InstallCertificate", "Security", OcppSender.Csms);
    public static readonly OcppAction<LogStatusNotificationRequest, LogStatusNotificationResponse> LogStatusNotification = Action<LogStatusNotificationRequest, LogStatusNotificationResponse>("LogStatusNotification", "Security", OcppSender.Station);
    public static readonly OcppAction<SecurityEventNotificationRequest, SecurityEventNotificationResponse> SecurityEventNotification = Action<SecurityEventNotificationRequest, SecurityEventNotificationResponse>("SecurityEventNotification", "Security", OcppSender.Station);
    public static readonly OcppAction<SignCertificateRequest, SignCertificateResponse> SignCertificate = Action<SignCertificateRequest, SignCertificateResponse>("SignCertificate", "Security", OcppSender.Station);
    public static readonly OcppAction<SignedFirmwareStatusNotificationRequest, SignedFirmwareStatusNotificationResponse> SignedFirmwareStatusNotification = Action<SignedFirmwareStatusNotificationRequest, SignedFirmwareStatusNotificationResponse>("SignedFirmwareStatusNotification", "Security", OcppSender.Station);
    public static readonly OcppAction<SignedUpdateFirmwareRequest, SignedUpdateFirmwareResponse> SignedUpdateFirmware = Action<SignedUpdateFirmwareRequest, SignedUpdateFirmwareResponse>("SignedUpdateFirmware", "Security", OcppSender.Csms);

    public static readonly IReadOnlyList<OcppAction> All =
    [
        Authorize, BootNotification, ChangeAvailability, ChangeConfiguration, ClearCache, DataTransfer, GetConfiguration, Heartbeat, MeterValues,
        RemoteStartTransaction, RemoteStopTransaction, Reset, StartTransaction, StatusNotification, StopTransaction, UnlockConnector,
        DiagnosticsStatusNotification, FirmwareStatusNotification, GetDiagnostics, UpdateFirmware, GetLocalListVersion, SendLocalList,
        CancelReservation, ReserveNow, ClearChargingProfile, GetCompositeSchedule, SetChargingProfile, TriggerMessage, CertificateSigned,
        DeleteCertificate, ExtendedTriggerMessage, GetInstalledCertificateIds, GetLog, InstallCertificate, LogStatusNotification,
        SecurityEventNotification, SignCertificate, SignedFirmwareStatusNotification, SignedUpdateFirmware,
    ];

    /// <summary>By the name in the frame, which is case-sensitive.</summary>
    public static readonly FrozenDictionary<string, OcppAction> ByName = All.ToFrozenDictionary(action => action.Name, StringComparer.Ordinal);

    private static OcppAction<TRequest, TResponse> Action<TRequest, TResponse>(string name, string block, OcppSender sender)
        where TRequest : class
        where TResponse : class =>
        new(name, block, sender, OcppVersion.V16, Ocpp16Json.Options);
}
