namespace OcppGen;

internal enum Sender
{
    Station,
    Csms,
    Both,
}

internal sealed record ActionRow(string Name, Sender Sender, bool IsSend = false);

internal sealed record Block(char Letter, string Name, params ActionRow[] Actions)
{
    public string File => $"{Letter}.{Name}";
}

/// <summary>The functional blocks of OCPP 2.1 part 2 and the actions of each. What the schemas do not say: where an action belongs, and who may send it.</summary>
internal static class Blocks
{
    public static readonly Block[] All =
    [
        new('A', "Security", Csms("CertificateSigned"), Station("SecurityEventNotification"), Station("SignCertificate")),
        new('B', "Provisioning", Station("BootNotification"), Csms("GetBaseReport"), Csms("GetReport"), Csms("GetVariables"), Station("NotifyReport"),
            Csms("Reset"), Csms("SetNetworkProfile"), Csms("SetVariables")),
        new('C', "Authorization", Station("Authorize"), Csms("ClearCache"), Station("NotifySettlement"), Csms("NotifyWebPaymentStarted"), Station("VatNumberValidation")),
        new('D', "LocalAuthorizationList", Csms("GetLocalListVersion"), Csms("SendLocalList")),
        new('E', "Transactions", Csms("GetTransactionStatus"), Station("TransactionEvent")),
        new('F', "RemoteControl", Csms("RequestStartTransaction"), Csms("RequestStopTransaction"), Csms("TriggerMessage"), Csms("UnlockConnector")),
        new('G', "Availability", Csms("ChangeAvailability"), Station("Heartbeat"), Station("StatusNotification")),
        new('H', "Reservation", Csms("CancelReservation"), Station("ReservationStatusUpdate"), Csms("ReserveNow")),
        new('I', "TariffAndCost", Csms("ChangeTransactionTariff"), Csms("ClearTariffs"), Csms("CostUpdated"), Csms("GetTariffs"), Csms("SetDefaultTariff")),
        new('J', "MeterValues", Station("MeterValues")),
        new('K', "SmartCharging", Csms("ClearChargingProfile"), Station("ClearedChargingLimit"), Csms("GetChargingProfiles"), Csms("GetCompositeSchedule"),
            Station("NotifyChargingLimit"), Station("NotifyEVChargingNeeds"), Station("NotifyEVChargingSchedule"), Station("NotifyPriorityCharging"),
            Station("PullDynamicScheduleUpdate"), Station("ReportChargingProfiles"), Csms("SetChargingProfile"), Csms("UpdateDynamicSchedule"),
            Csms("UsePriorityCharging")),
        new('L', "FirmwareManagement", Station("FirmwareStatusNotification"), Csms("PublishFirmware"), Station("PublishFirmwareStatusNotification"),
            Csms("UnpublishFirmware"), Csms("UpdateFirmware")),
        new('M', "CertificateManagement", Csms("DeleteCertificate"), Station("Get15118EVCertificate"), Station("GetCertificateChainStatus"),
            Station("GetCertificateStatus"), Csms("GetInstalledCertificateIds"), Csms("InstallCertificate")),
        new('N', "Diagnostics", Csms("AdjustPeriodicEventStream"), Csms("ClearVariableMonitoring"), Station("ClosePeriodicEventStream"), Csms("CustomerInformation"),
            Csms("GetLog"), Csms("GetMonitoringReport"), Csms("GetPeriodicEventStream"), Station("LogStatusNotification"), Station("NotifyCustomerInformation"),
            Station("NotifyEvent"), Station("NotifyMonitoringReport"), new("NotifyPeriodicEventStream", Sender.Station, IsSend: true),
            Station("OpenPeriodicEventStream"), Csms("SetMonitoringBase"), Csms("SetMonitoringLevel"), Csms("SetVariableMonitoring")),
        new('O', "DisplayMessage", Csms("ClearDisplayMessage"), Csms("GetDisplayMessages"), Station("NotifyDisplayMessages"), Csms("SetDisplayMessage")),
        new('P', "DataTransfer", new ActionRow("DataTransfer", Sender.Both)),
        new('Q', "BidirectionalPowerTransfer", Csms("AFRRSignal"), Csms("NotifyAllowedEnergyTransfer")),
        new('R', "DerControl", Csms("ClearDERControl"), Csms("GetDERControl"), Station("NotifyDERAlarm"), Station("NotifyDERStartStop"), Station("ReportDERControl"),
            Csms("SetDERControl")),
        new('S', "BatterySwapping", Station("BatterySwap"), Csms("RequestBatterySwap")),
    ];

    private static ActionRow Station(string name) => new(name, Sender.Station);

    private static ActionRow Csms(string name) => new(name, Sender.Csms);
}
