using System.Collections.Frozen;
using Busbar.Ocpp.V16;
using Busbar.Ocpp.V2;

namespace Busbar.Ocpp;

/// <summary>How long the standard lets a text be: for who sends it. What comes is read whatever its length.</summary>
public static class WireLengths
{
    private const int IdTag = 20;

    // Of the requests that a central system sends.
    private static readonly FrozenDictionary<(Type Type, string Member), int> Texts16 = new Dictionary<(Type, string), int>
    {
        [(typeof(ChangeConfigurationRequest), "key")] = 50,
        [(typeof(ChangeConfigurationRequest), "value")] = 500,
        [(typeof(V16.DataTransferRequest), "vendorId")] = 255,
        [(typeof(V16.DataTransferRequest), "messageId")] = 50,
        [(typeof(GetConfigurationRequest), "key")] = 50,
        [(typeof(RemoteStartTransactionRequest), "idTag")] = IdTag,
        [(typeof(V16.ReserveNowRequest), "idTag")] = IdTag,
        [(typeof(V16.ReserveNowRequest), "parentIdTag")] = IdTag,
        [(typeof(V16.AuthorizationData), "idTag")] = IdTag,
        [(typeof(IdTagInfo), "parentIdTag")] = IdTag,
        [(typeof(V16.CertificateSignedRequest), "certificateChain")] = 10_000,
        [(typeof(V16.CertificateHashData), "issuerNameHash")] = 128,
        [(typeof(V16.CertificateHashData), "issuerKeyHash")] = 128,
        [(typeof(V16.CertificateHashData), "serialNumber")] = 40,
        [(typeof(V16.LogParameters), "remoteLocation")] = 512,
        [(typeof(V16.InstallCertificateRequest), "certificate")] = 5_500,
        [(typeof(V16.Firmware), "location")] = 512,
        [(typeof(V16.Firmware), "signingCertificate")] = 5_500,
        [(typeof(V16.Firmware), "signature")] = 800,
    }.ToFrozenDictionary();

    /// <summary>The most characters of a member, or of each item of a list; null where the version sets no bound.</summary>
    /// <param name="member">Its name on the wire.</param>
    public static int? Of(Type type, string member, OcppVersion version) =>
        version == OcppVersion.V16 ? Texts16.TryGetValue((type, member), out var most) ? most : null
        : MaxLengths.Table.TryGetValue((type, member), out var both) && (version >= OcppVersion.V21 ? both.V21 : both.V201) is > 0 and var bound ? bound : null;
}
