namespace Busbar.Ocpp.V16;

// The security extension of OCPP 1.6 (security whitepaper, edition 3).

public sealed record CertificateHashData
{
    public required HashAlgorithm HashAlgorithm { get; init; }
    public required string IssuerNameHash { get; init; }
    public required string IssuerKeyHash { get; init; }
    public required string SerialNumber { get; init; }
}

public sealed record CertificateSignedRequest
{
    public required string CertificateChain { get; init; }
}

public sealed record CertificateSignedResponse
{
    public required AcceptedRejectedStatus Status { get; init; }
}

public sealed record DeleteCertificateRequest
{
    public required CertificateHashData CertificateHashData { get; init; }
}

public sealed record DeleteCertificateResponse
{
    public required DeleteCertificateStatus Status { get; init; }
}

public sealed record ExtendedTriggerMessageRequest
{
    public required MessageTrigger RequestedMessage { get; init; }
    public int? ConnectorId { get; init; }
}

public sealed record ExtendedTriggerMessageResponse
{
    public required TriggerMessageStatus Status { get; init; }
}

public sealed record GetInstalledCertificateIdsRequest
{
    public required CertificateUse CertificateType { get; init; }
}

public sealed record GetInstalledCertificateIdsResponse
{
    public IReadOnlyList<CertificateHashData>? CertificateHashData { get; init; }
    public required GetInstalledCertificateStatus Status { get; init; }
}

public sealed record LogParameters
{
    public required string RemoteLocation { get; init; }
    public WireTime? OldestTimestamp { get; init; }
    public WireTime? LatestTimestamp { get; init; }
}

public sealed record GetLogRequest
{
    public required LogParameters Log { get; init; }
    public required LogType LogType { get; init; }
    public required int RequestId { get; init; }
    public int? Retries { get; init; }

    /// <summary>Seconds.</summary>
    public int? RetryInterval { get; init; }
}

public sealed record GetLogResponse
{
    public required LogStatus Status { get; init; }
    public string? Filename { get; init; }
}

public sealed record InstallCertificateRequest
{
    public required CertificateUse CertificateType { get; init; }
    public required string Certificate { get; init; }
}

public sealed record InstallCertificateResponse
{
    public required InstallCertificateStatus Status { get; init; }
}

public sealed record LogStatusNotificationRequest
{
    public required UploadLogStatus Status { get; init; }
    public int? RequestId { get; init; }
}

public sealed record LogStatusNotificationResponse;

public sealed record SecurityEventNotificationRequest
{
    public required string Type { get; init; }
    public required WireTime Timestamp { get; init; }
    public string? TechInfo { get; init; }
}

public sealed record SecurityEventNotificationResponse;

public sealed record SignCertificateRequest
{
    public required string Csr { get; init; }
}

public sealed record SignCertificateResponse
{
    public required AcceptedRejectedStatus Status { get; init; }
}

public sealed record SignedFirmwareStatusNotificationRequest
{
    public required FirmwareStatus Status { get; init; }
    public int? RequestId { get; init; }
}

public sealed record SignedFirmwareStatusNotificationResponse;

public sealed record Firmware
{
    public required string Location { get; init; }
    public required WireTime RetrieveDateTime { get; init; }
    public WireTime? InstallDateTime { get; init; }
    public required string SigningCertificate { get; init; }
    public required string Signature { get; init; }
}

public sealed record SignedUpdateFirmwareRequest
{
    public int? Retries { get; init; }

    /// <summary>Seconds.</summary>
    public int? RetryInterval { get; init; }
    public required int RequestId { get; init; }
    public required Firmware Firmware { get; init; }
}

public sealed record SignedUpdateFirmwareResponse
{
    public required SignedUpdateFirmwareStatus Status { get; init; }
}
