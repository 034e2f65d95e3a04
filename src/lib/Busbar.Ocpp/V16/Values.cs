using System.Text.Json.Serialization;

namespace Busbar.Ocpp.V16;

// The enumerations of 1.6 and its security extension, as open values: a station may send what is not here.

[JsonConverter(typeof(OpenWireValueConverter<AuthorizationStatus>))]
public readonly record struct AuthorizationStatus(string Value) : IOpenWireValue<AuthorizationStatus>
{
    public static readonly AuthorizationStatus Accepted = new("Accepted");
    public static readonly AuthorizationStatus Blocked = new("Blocked");
    public static readonly AuthorizationStatus Expired = new("Expired");
    public static readonly AuthorizationStatus Invalid = new("Invalid");
    public static readonly AuthorizationStatus ConcurrentTx = new("ConcurrentTx");

    public static IReadOnlyList<AuthorizationStatus> Known { get; } = [Accepted, Blocked, Expired, Invalid, ConcurrentTx];

    public static AuthorizationStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<RegistrationStatus>))]
public readonly record struct RegistrationStatus(string Value) : IOpenWireValue<RegistrationStatus>
{
    public static readonly RegistrationStatus Accepted = new("Accepted");
    public static readonly RegistrationStatus Pending = new("Pending");
    public static readonly RegistrationStatus Rejected = new("Rejected");

    public static IReadOnlyList<RegistrationStatus> Known { get; } = [Accepted, Pending, Rejected];

    public static RegistrationStatus From(string value) => new(value);

    public override string ToString() => Value;
}

/// <summary>The answer of the many commands that know only yes and no.</summary>
[JsonConverter(typeof(OpenWireValueConverter<AcceptedRejectedStatus>))]
public readonly record struct AcceptedRejectedStatus(string Value) : IOpenWireValue<AcceptedRejectedStatus>
{
    public static readonly AcceptedRejectedStatus Accepted = new("Accepted");
    public static readonly AcceptedRejectedStatus Rejected = new("Rejected");

    public static IReadOnlyList<AcceptedRejectedStatus> Known { get; } = [Accepted, Rejected];

    public static AcceptedRejectedStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<AvailabilityType>))]
public readonly record struct AvailabilityType(string Value) : IOpenWireValue<AvailabilityType>
{
    public static readonly AvailabilityType Inoperative = new("Inoperative");
    public static readonly AvailabilityType Operative = new("Operative");

    public static IReadOnlyList<AvailabilityType> Known { get; } = [Inoperative, Operative];

    public static AvailabilityType From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<AvailabilityStatus>))]
public readonly record struct AvailabilityStatus(string Value) : IOpenWireValue<AvailabilityStatus>
{
    public static readonly AvailabilityStatus Accepted = new("Accepted");
    public static readonly AvailabilityStatus Rejected = new("Rejected");
    public static readonly AvailabilityStatus Scheduled = new("Scheduled");

    public static IReadOnlyList<AvailabilityStatus> Known { get; } = [Accepted, Rejected, Scheduled];

    public static AvailabilityStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ConfigurationStatus>))]
public readonly record struct ConfigurationStatus(string Value) : IOpenWireValue<ConfigurationStatus>
{
    public static readonly ConfigurationStatus Accepted = new("Accepted");
    public static readonly ConfigurationStatus Rejected = new("Rejected");
    public static readonly ConfigurationStatus RebootRequired = new("RebootRequired");
    public static readonly ConfigurationStatus NotSupported = new("NotSupported");

    public static IReadOnlyList<ConfigurationStatus> Known { get; } = [Accepted, Rejected, RebootRequired, NotSupported];

    public static ConfigurationStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ChargingProfilePurpose>))]
public readonly record struct ChargingProfilePurpose(string Value) : IOpenWireValue<ChargingProfilePurpose>
{
    public static readonly ChargingProfilePurpose ChargePointMaxProfile = new("ChargePointMaxProfile");
    public static readonly ChargingProfilePurpose TxDefaultProfile = new("TxDefaultProfile");
    public static readonly ChargingProfilePurpose TxProfile = new("TxProfile");

    public static IReadOnlyList<ChargingProfilePurpose> Known { get; } = [ChargePointMaxProfile, TxDefaultProfile, TxProfile];

    public static ChargingProfilePurpose From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ChargingProfileKind>))]
public readonly record struct ChargingProfileKind(string Value) : IOpenWireValue<ChargingProfileKind>
{
    public static readonly ChargingProfileKind Absolute = new("Absolute");
    public static readonly ChargingProfileKind Recurring = new("Recurring");
    public static readonly ChargingProfileKind Relative = new("Relative");

    public static IReadOnlyList<ChargingProfileKind> Known { get; } = [Absolute, Recurring, Relative];

    public static ChargingProfileKind From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<RecurrencyKind>))]
public readonly record struct RecurrencyKind(string Value) : IOpenWireValue<RecurrencyKind>
{
    public static readonly RecurrencyKind Daily = new("Daily");
    public static readonly RecurrencyKind Weekly = new("Weekly");

    public static IReadOnlyList<RecurrencyKind> Known { get; } = [Daily, Weekly];

    public static RecurrencyKind From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ChargingRateUnit>))]
public readonly record struct ChargingRateUnit(string Value) : IOpenWireValue<ChargingRateUnit>
{
    public static readonly ChargingRateUnit Ampere = new("A");
    public static readonly ChargingRateUnit Watt = new("W");

    public static IReadOnlyList<ChargingRateUnit> Known { get; } = [Ampere, Watt];

    public static ChargingRateUnit From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ChargingProfileStatus>))]
public readonly record struct ChargingProfileStatus(string Value) : IOpenWireValue<ChargingProfileStatus>
{
    public static readonly ChargingProfileStatus Accepted = new("Accepted");
    public static readonly ChargingProfileStatus Rejected = new("Rejected");
    public static readonly ChargingProfileStatus NotSupported = new("NotSupported");

    public static IReadOnlyList<ChargingProfileStatus> Known { get; } = [Accepted, Rejected, NotSupported];

    public static ChargingProfileStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ClearChargingProfileStatus>))]
public readonly record struct ClearChargingProfileStatus(string Value) : IOpenWireValue<ClearChargingProfileStatus>
{
    public static readonly ClearChargingProfileStatus Accepted = new("Accepted");
    public static readonly ClearChargingProfileStatus Unknown = new("Unknown");

    public static IReadOnlyList<ClearChargingProfileStatus> Known { get; } = [Accepted, Unknown];

    public static ClearChargingProfileStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<DataTransferStatus>))]
public readonly record struct DataTransferStatus(string Value) : IOpenWireValue<DataTransferStatus>
{
    public static readonly DataTransferStatus Accepted = new("Accepted");
    public static readonly DataTransferStatus Rejected = new("Rejected");
    public static readonly DataTransferStatus UnknownMessageId = new("UnknownMessageId");
    public static readonly DataTransferStatus UnknownVendorId = new("UnknownVendorId");

    public static IReadOnlyList<DataTransferStatus> Known { get; } = [Accepted, Rejected, UnknownMessageId, UnknownVendorId];

    public static DataTransferStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<DiagnosticsStatus>))]
public readonly record struct DiagnosticsStatus(string Value) : IOpenWireValue<DiagnosticsStatus>
{
    public static readonly DiagnosticsStatus Idle = new("Idle");
    public static readonly DiagnosticsStatus Uploaded = new("Uploaded");
    public static readonly DiagnosticsStatus UploadFailed = new("UploadFailed");
    public static readonly DiagnosticsStatus Uploading = new("Uploading");

    public static IReadOnlyList<DiagnosticsStatus> Known { get; } = [Idle, Uploaded, UploadFailed, Uploading];

    public static DiagnosticsStatus From(string value) => new(value);

    public override string ToString() => Value;
}

/// <summary>The first seven are of FirmwareStatusNotification; all are of SignedFirmwareStatusNotification.</summary>
[JsonConverter(typeof(OpenWireValueConverter<FirmwareStatus>))]
public readonly record struct FirmwareStatus(string Value) : IOpenWireValue<FirmwareStatus>
{
    public static readonly FirmwareStatus Downloaded = new("Downloaded");
    public static readonly FirmwareStatus DownloadFailed = new("DownloadFailed");
    public static readonly FirmwareStatus Downloading = new("Downloading");
    public static readonly FirmwareStatus Idle = new("Idle");
    public static readonly FirmwareStatus InstallationFailed = new("InstallationFailed");
    public static readonly FirmwareStatus Installing = new("Installing");
    public static readonly FirmwareStatus Installed = new("Installed");
    public static readonly FirmwareStatus DownloadScheduled = new("DownloadScheduled");
    public static readonly FirmwareStatus DownloadPaused = new("DownloadPaused");
    public static readonly FirmwareStatus InstallRebooting = new("InstallRebooting");
    public static readonly FirmwareStatus InstallScheduled = new("InstallScheduled");
    public static readonly FirmwareStatus InstallVerificationFailed = new("InstallVerificationFailed");
    public static readonly FirmwareStatus InvalidSignature = new("InvalidSignature");
    public static readonly FirmwareStatus SignatureVerified = new("SignatureVerified");

    public static IReadOnlyList<FirmwareStatus> Known { get; } =
    [
        Downloaded, DownloadFailed, Downloading, Idle, InstallationFailed, Installing, Installed, DownloadScheduled, DownloadPaused,
        InstallRebooting, InstallScheduled, InstallVerificationFailed, InvalidSignature, SignatureVerified
    ];

    public static FirmwareStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ReadingContext>))]
public readonly record struct ReadingContext(string Value) : IOpenWireValue<ReadingContext>
{
    public static readonly ReadingContext InterruptionBegin = new("Interruption.Begin");
    public static readonly ReadingContext InterruptionEnd = new("Interruption.End");
    public static readonly ReadingContext SampleClock = new("Sample.Clock");
    public static readonly ReadingContext SamplePeriodic = new("Sample.Periodic");
    public static readonly ReadingContext TransactionBegin = new("Transaction.Begin");
    public static readonly ReadingContext TransactionEnd = new("Transaction.End");
    public static readonly ReadingContext Trigger = new("Trigger");
    public static readonly ReadingContext Other = new("Other");

    public static IReadOnlyList<ReadingContext> Known { get; } = [InterruptionBegin, InterruptionEnd, SampleClock, SamplePeriodic, TransactionBegin, TransactionEnd, Trigger, Other];

    public static ReadingContext From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ValueFormat>))]
public readonly record struct ValueFormat(string Value) : IOpenWireValue<ValueFormat>
{
    public static readonly ValueFormat Raw = new("Raw");
    public static readonly ValueFormat SignedData = new("SignedData");

    public static IReadOnlyList<ValueFormat> Known { get; } = [Raw, SignedData];

    public static ValueFormat From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<Measurand>))]
public readonly record struct Measurand(string Value) : IOpenWireValue<Measurand>
{
    public static readonly Measurand EnergyActiveExportRegister = new("Energy.Active.Export.Register");
    public static readonly Measurand EnergyActiveImportRegister = new("Energy.Active.Import.Register");
    public static readonly Measurand EnergyReactiveExportRegister = new("Energy.Reactive.Export.Register");
    public static readonly Measurand EnergyReactiveImportRegister = new("Energy.Reactive.Import.Register");
    public static readonly Measurand EnergyActiveExportInterval = new("Energy.Active.Export.Interval");
    public static readonly Measurand EnergyActiveImportInterval = new("Energy.Active.Import.Interval");
    public static readonly Measurand EnergyReactiveExportInterval = new("Energy.Reactive.Export.Interval");
    public static readonly Measurand EnergyReactiveImportInterval = new("Energy.Reactive.Import.Interval");
    public static readonly Measurand PowerActiveExport = new("Power.Active.Export");
    public static readonly Measurand PowerActiveImport = new("Power.Active.Import");
    public static readonly Measurand PowerOffered = new("Power.Offered");
    public static readonly Measurand PowerReactiveExport = new("Power.Reactive.Export");
    public static readonly Measurand PowerReactiveImport = new("Power.Reactive.Import");
    public static readonly Measurand PowerFactor = new("Power.Factor");
    public static readonly Measurand CurrentImport = new("Current.Import");
    public static readonly Measurand CurrentExport = new("Current.Export");
    public static readonly Measurand CurrentOffered = new("Current.Offered");
    public static readonly Measurand Voltage = new("Voltage");
    public static readonly Measurand Frequency = new("Frequency");
    public static readonly Measurand Temperature = new("Temperature");
    public static readonly Measurand SoC = new("SoC");
    public static readonly Measurand RPM = new("RPM");

    public static IReadOnlyList<Measurand> Known { get; } =
    [
        EnergyActiveExportRegister, EnergyActiveImportRegister, EnergyReactiveExportRegister, EnergyReactiveImportRegister,
        EnergyActiveExportInterval, EnergyActiveImportInterval, EnergyReactiveExportInterval, EnergyReactiveImportInterval, PowerActiveExport,
        PowerActiveImport, PowerOffered, PowerReactiveExport, PowerReactiveImport, PowerFactor, CurrentImport, CurrentExport, CurrentOffered,
        Voltage, Frequency, Temperature, SoC, RPM
    ];

    public static Measurand From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<Phase>))]
public readonly record struct Phase(string Value) : IOpenWireValue<Phase>
{
    public static readonly Phase L1 = new("L1");
    public static readonly Phase L2 = new("L2");
    public static readonly Phase L3 = new("L3");
    public static readonly Phase N = new("N");
    public static readonly Phase L1N = new("L1-N");
    public static readonly Phase L2N = new("L2-N");
    public static readonly Phase L3N = new("L3-N");
    public static readonly Phase L1L2 = new("L1-L2");
    public static readonly Phase L2L3 = new("L2-L3");
    public static readonly Phase L3L1 = new("L3-L1");

    public static IReadOnlyList<Phase> Known { get; } = [L1, L2, L3, N, L1N, L2N, L3N, L1L2, L2L3, L3L1];

    public static Phase From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<Location>))]
public readonly record struct Location(string Value) : IOpenWireValue<Location>
{
    public static readonly Location Cable = new("Cable");
    public static readonly Location EV = new("EV");
    public static readonly Location Inlet = new("Inlet");
    public static readonly Location Outlet = new("Outlet");
    public static readonly Location Body = new("Body");

    public static IReadOnlyList<Location> Known { get; } = [Cable, EV, Inlet, Outlet, Body];

    public static Location From(string value) => new(value);

    public override string ToString() => Value;
}

/// <summary>"Celcius" is how the standard's schema spelt it first; both are met.</summary>
[JsonConverter(typeof(OpenWireValueConverter<UnitOfMeasure>))]
public readonly record struct UnitOfMeasure(string Value) : IOpenWireValue<UnitOfMeasure>
{
    public static readonly UnitOfMeasure WattHour = new("Wh");
    public static readonly UnitOfMeasure KilowattHour = new("kWh");
    public static readonly UnitOfMeasure VarHour = new("varh");
    public static readonly UnitOfMeasure KilovarHour = new("kvarh");
    public static readonly UnitOfMeasure Watt = new("W");
    public static readonly UnitOfMeasure Kilowatt = new("kW");
    public static readonly UnitOfMeasure VoltAmpere = new("VA");
    public static readonly UnitOfMeasure KilovoltAmpere = new("kVA");
    public static readonly UnitOfMeasure Var = new("var");
    public static readonly UnitOfMeasure Kilovar = new("kvar");
    public static readonly UnitOfMeasure Ampere = new("A");
    public static readonly UnitOfMeasure Volt = new("V");
    public static readonly UnitOfMeasure Kelvin = new("K");
    public static readonly UnitOfMeasure Celcius = new("Celcius");
    public static readonly UnitOfMeasure Celsius = new("Celsius");
    public static readonly UnitOfMeasure Fahrenheit = new("Fahrenheit");
    public static readonly UnitOfMeasure Percent = new("Percent");

    public static IReadOnlyList<UnitOfMeasure> Known { get; } =
    [
        WattHour, KilowattHour, VarHour, KilovarHour, Watt, Kilowatt, VoltAmpere, KilovoltAmpere, Var, Kilovar, Ampere, Volt, Kelvin, Celcius,
        Celsius, Fahrenheit, Percent
    ];

    public static UnitOfMeasure From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ReservationStatus>))]
public readonly record struct ReservationStatus(string Value) : IOpenWireValue<ReservationStatus>
{
    public static readonly ReservationStatus Accepted = new("Accepted");
    public static readonly ReservationStatus Faulted = new("Faulted");
    public static readonly ReservationStatus Occupied = new("Occupied");
    public static readonly ReservationStatus Rejected = new("Rejected");
    public static readonly ReservationStatus Unavailable = new("Unavailable");

    public static IReadOnlyList<ReservationStatus> Known { get; } = [Accepted, Faulted, Occupied, Rejected, Unavailable];

    public static ReservationStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ResetType>))]
public readonly record struct ResetType(string Value) : IOpenWireValue<ResetType>
{
    public static readonly ResetType Hard = new("Hard");
    public static readonly ResetType Soft = new("Soft");

    public static IReadOnlyList<ResetType> Known { get; } = [Hard, Soft];

    public static ResetType From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<UpdateType>))]
public readonly record struct UpdateType(string Value) : IOpenWireValue<UpdateType>
{
    public static readonly UpdateType Differential = new("Differential");
    public static readonly UpdateType Full = new("Full");

    public static IReadOnlyList<UpdateType> Known { get; } = [Differential, Full];

    public static UpdateType From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<UpdateStatus>))]
public readonly record struct UpdateStatus(string Value) : IOpenWireValue<UpdateStatus>
{
    public static readonly UpdateStatus Accepted = new("Accepted");
    public static readonly UpdateStatus Failed = new("Failed");
    public static readonly UpdateStatus NotSupported = new("NotSupported");
    public static readonly UpdateStatus VersionMismatch = new("VersionMismatch");

    public static IReadOnlyList<UpdateStatus> Known { get; } = [Accepted, Failed, NotSupported, VersionMismatch];

    public static UpdateStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ChargePointErrorCode>))]
public readonly record struct ChargePointErrorCode(string Value) : IOpenWireValue<ChargePointErrorCode>
{
    public static readonly ChargePointErrorCode ConnectorLockFailure = new("ConnectorLockFailure");
    public static readonly ChargePointErrorCode EVCommunicationError = new("EVCommunicationError");
    public static readonly ChargePointErrorCode GroundFailure = new("GroundFailure");
    public static readonly ChargePointErrorCode HighTemperature = new("HighTemperature");
    public static readonly ChargePointErrorCode InternalError = new("InternalError");
    public static readonly ChargePointErrorCode LocalListConflict = new("LocalListConflict");
    public static readonly ChargePointErrorCode NoError = new("NoError");
    public static readonly ChargePointErrorCode OtherError = new("OtherError");
    public static readonly ChargePointErrorCode OverCurrentFailure = new("OverCurrentFailure");
    public static readonly ChargePointErrorCode PowerMeterFailure = new("PowerMeterFailure");
    public static readonly ChargePointErrorCode PowerSwitchFailure = new("PowerSwitchFailure");
    public static readonly ChargePointErrorCode ReaderFailure = new("ReaderFailure");
    public static readonly ChargePointErrorCode ResetFailure = new("ResetFailure");
    public static readonly ChargePointErrorCode UnderVoltage = new("UnderVoltage");
    public static readonly ChargePointErrorCode OverVoltage = new("OverVoltage");
    public static readonly ChargePointErrorCode WeakSignal = new("WeakSignal");

    public static IReadOnlyList<ChargePointErrorCode> Known { get; } =
    [
        ConnectorLockFailure, EVCommunicationError, GroundFailure, HighTemperature, InternalError, LocalListConflict, NoError, OtherError,
        OverCurrentFailure, PowerMeterFailure, PowerSwitchFailure, ReaderFailure, ResetFailure, UnderVoltage, OverVoltage, WeakSignal
    ];

    public static ChargePointErrorCode From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<ChargePointStatus>))]
public readonly record struct ChargePointStatus(string Value) : IOpenWireValue<ChargePointStatus>
{
    public static readonly ChargePointStatus Available = new("Available");
    public static readonly ChargePointStatus Preparing = new("Preparing");
    public static readonly ChargePointStatus Charging = new("Charging");
    public static readonly ChargePointStatus SuspendedEVSE = new("SuspendedEVSE");
    public static readonly ChargePointStatus SuspendedEV = new("SuspendedEV");
    public static readonly ChargePointStatus Finishing = new("Finishing");
    public static readonly ChargePointStatus Reserved = new("Reserved");
    public static readonly ChargePointStatus Unavailable = new("Unavailable");
    public static readonly ChargePointStatus Faulted = new("Faulted");

    public static IReadOnlyList<ChargePointStatus> Known { get; } = [Available, Preparing, Charging, SuspendedEVSE, SuspendedEV, Finishing, Reserved, Unavailable, Faulted];

    public static ChargePointStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<StopReason>))]
public readonly record struct StopReason(string Value) : IOpenWireValue<StopReason>
{
    public static readonly StopReason EmergencyStop = new("EmergencyStop");
    public static readonly StopReason EVDisconnected = new("EVDisconnected");
    public static readonly StopReason HardReset = new("HardReset");
    public static readonly StopReason Local = new("Local");
    public static readonly StopReason Other = new("Other");
    public static readonly StopReason PowerLoss = new("PowerLoss");
    public static readonly StopReason Reboot = new("Reboot");
    public static readonly StopReason Remote = new("Remote");
    public static readonly StopReason SoftReset = new("SoftReset");
    public static readonly StopReason UnlockCommand = new("UnlockCommand");
    public static readonly StopReason DeAuthorized = new("DeAuthorized");

    public static IReadOnlyList<StopReason> Known { get; } = [EmergencyStop, EVDisconnected, HardReset, Local, Other, PowerLoss, Reboot, Remote, SoftReset, UnlockCommand, DeAuthorized];

    public static StopReason From(string value) => new(value);

    public override string ToString() => Value;
}

/// <summary>The last two are of ExtendedTriggerMessage only, which in turn has no DiagnosticsStatusNotification.</summary>
[JsonConverter(typeof(OpenWireValueConverter<MessageTrigger>))]
public readonly record struct MessageTrigger(string Value) : IOpenWireValue<MessageTrigger>
{
    public static readonly MessageTrigger BootNotification = new("BootNotification");
    public static readonly MessageTrigger DiagnosticsStatusNotification = new("DiagnosticsStatusNotification");
    public static readonly MessageTrigger FirmwareStatusNotification = new("FirmwareStatusNotification");
    public static readonly MessageTrigger Heartbeat = new("Heartbeat");
    public static readonly MessageTrigger MeterValues = new("MeterValues");
    public static readonly MessageTrigger StatusNotification = new("StatusNotification");
    public static readonly MessageTrigger LogStatusNotification = new("LogStatusNotification");
    public static readonly MessageTrigger SignChargePointCertificate = new("SignChargePointCertificate");

    public static IReadOnlyList<MessageTrigger> Known { get; } =
    [
        BootNotification, DiagnosticsStatusNotification, FirmwareStatusNotification, Heartbeat, MeterValues, StatusNotification,
        LogStatusNotification, SignChargePointCertificate
    ];

    public static MessageTrigger From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<TriggerMessageStatus>))]
public readonly record struct TriggerMessageStatus(string Value) : IOpenWireValue<TriggerMessageStatus>
{
    public static readonly TriggerMessageStatus Accepted = new("Accepted");
    public static readonly TriggerMessageStatus Rejected = new("Rejected");
    public static readonly TriggerMessageStatus NotImplemented = new("NotImplemented");

    public static IReadOnlyList<TriggerMessageStatus> Known { get; } = [Accepted, Rejected, NotImplemented];

    public static TriggerMessageStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<UnlockStatus>))]
public readonly record struct UnlockStatus(string Value) : IOpenWireValue<UnlockStatus>
{
    public static readonly UnlockStatus Unlocked = new("Unlocked");
    public static readonly UnlockStatus UnlockFailed = new("UnlockFailed");
    public static readonly UnlockStatus NotSupported = new("NotSupported");

    public static IReadOnlyList<UnlockStatus> Known { get; } = [Unlocked, UnlockFailed, NotSupported];

    public static UnlockStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<HashAlgorithm>))]
public readonly record struct HashAlgorithm(string Value) : IOpenWireValue<HashAlgorithm>
{
    public static readonly HashAlgorithm SHA256 = new("SHA256");
    public static readonly HashAlgorithm SHA384 = new("SHA384");
    public static readonly HashAlgorithm SHA512 = new("SHA512");

    public static IReadOnlyList<HashAlgorithm> Known { get; } = [SHA256, SHA384, SHA512];

    public static HashAlgorithm From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<CertificateUse>))]
public readonly record struct CertificateUse(string Value) : IOpenWireValue<CertificateUse>
{
    public static readonly CertificateUse CentralSystemRootCertificate = new("CentralSystemRootCertificate");
    public static readonly CertificateUse ManufacturerRootCertificate = new("ManufacturerRootCertificate");

    public static IReadOnlyList<CertificateUse> Known { get; } = [CentralSystemRootCertificate, ManufacturerRootCertificate];

    public static CertificateUse From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<DeleteCertificateStatus>))]
public readonly record struct DeleteCertificateStatus(string Value) : IOpenWireValue<DeleteCertificateStatus>
{
    public static readonly DeleteCertificateStatus Accepted = new("Accepted");
    public static readonly DeleteCertificateStatus Failed = new("Failed");
    public static readonly DeleteCertificateStatus NotFound = new("NotFound");

    public static IReadOnlyList<DeleteCertificateStatus> Known { get; } = [Accepted, Failed, NotFound];

    public static DeleteCertificateStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<InstallCertificateStatus>))]
public readonly record struct InstallCertificateStatus(string Value) : IOpenWireValue<InstallCertificateStatus>
{
    public static readonly InstallCertificateStatus Accepted = new("Accepted");
    public static readonly InstallCertificateStatus Failed = new("Failed");
    public static readonly InstallCertificateStatus Rejected = new("Rejected");

    public static IReadOnlyList<InstallCertificateStatus> Known { get; } = [Accepted, Failed, Rejected];

    public static InstallCertificateStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<GetInstalledCertificateStatus>))]
public readonly record struct GetInstalledCertificateStatus(string Value) : IOpenWireValue<GetInstalledCertificateStatus>
{
    public static readonly GetInstalledCertificateStatus Accepted = new("Accepted");
    public static readonly GetInstalledCertificateStatus NotFound = new("NotFound");

    public static IReadOnlyList<GetInstalledCertificateStatus> Known { get; } = [Accepted, NotFound];

    public static GetInstalledCertificateStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<LogType>))]
public readonly record struct LogType(string Value) : IOpenWireValue<LogType>
{
    public static readonly LogType DiagnosticsLog = new("DiagnosticsLog");
    public static readonly LogType SecurityLog = new("SecurityLog");

    public static IReadOnlyList<LogType> Known { get; } = [DiagnosticsLog, SecurityLog];

    public static LogType From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<LogStatus>))]
public readonly record struct LogStatus(string Value) : IOpenWireValue<LogStatus>
{
    public static readonly LogStatus Accepted = new("Accepted");
    public static readonly LogStatus Rejected = new("Rejected");
    public static readonly LogStatus AcceptedCanceled = new("AcceptedCanceled");

    public static IReadOnlyList<LogStatus> Known { get; } = [Accepted, Rejected, AcceptedCanceled];

    public static LogStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<UploadLogStatus>))]
public readonly record struct UploadLogStatus(string Value) : IOpenWireValue<UploadLogStatus>
{
    public static readonly UploadLogStatus BadMessage = new("BadMessage");
    public static readonly UploadLogStatus Idle = new("Idle");
    public static readonly UploadLogStatus NotSupportedOperation = new("NotSupportedOperation");
    public static readonly UploadLogStatus PermissionDenied = new("PermissionDenied");
    public static readonly UploadLogStatus Uploaded = new("Uploaded");
    public static readonly UploadLogStatus UploadFailure = new("UploadFailure");
    public static readonly UploadLogStatus Uploading = new("Uploading");

    public static IReadOnlyList<UploadLogStatus> Known { get; } = [BadMessage, Idle, NotSupportedOperation, PermissionDenied, Uploaded, UploadFailure, Uploading];

    public static UploadLogStatus From(string value) => new(value);

    public override string ToString() => Value;
}

[JsonConverter(typeof(OpenWireValueConverter<SignedUpdateFirmwareStatus>))]
public readonly record struct SignedUpdateFirmwareStatus(string Value) : IOpenWireValue<SignedUpdateFirmwareStatus>
{
    public static readonly SignedUpdateFirmwareStatus Accepted = new("Accepted");
    public static readonly SignedUpdateFirmwareStatus Rejected = new("Rejected");
    public static readonly SignedUpdateFirmwareStatus AcceptedCanceled = new("AcceptedCanceled");
    public static readonly SignedUpdateFirmwareStatus InvalidCertificate = new("InvalidCertificate");
    public static readonly SignedUpdateFirmwareStatus RevokedCertificate = new("RevokedCertificate");

    public static IReadOnlyList<SignedUpdateFirmwareStatus> Known { get; } = [Accepted, Rejected, AcceptedCanceled, InvalidCertificate, RevokedCertificate];

    public static SignedUpdateFirmwareStatus From(string value) => new(value);

    public override string ToString() => Value;
}
