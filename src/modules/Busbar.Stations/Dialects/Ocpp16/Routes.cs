using System.Collections.Frozen;
using Busbar.Gateway.Contracts;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;

namespace Busbar.Stations.Dialects.Ocpp16;

/// <summary>Every action that a 1.6 station sends, and who answers it.</summary>
internal static class Routes
{
    public static readonly FrozenDictionary<string, Route> Table = new Dictionary<string, Route>
    {
        // Core
        ["BootNotification"] = new Route.Fact(Provisioning.Boot),
        ["Heartbeat"] = new Route.Direct(Provisioning.Heartbeat),
        ["StatusNotification"] = new Route.Fact(Connectors.Status),
        ["Authorize"] = new Route.Token(Charging.Authorize),
        ["StartTransaction"] = new Route.Fact(Charging.Start),
        ["MeterValues"] = new Route.Fact(Charging.Meter),
        ["StopTransaction"] = new Route.Fact(Charging.Stop),
        ["DataTransfer"] = Plain(Ocpp16Actions.DataTransfer, _ => new DataTransferResponse { Status = DataTransferStatus.UnknownVendorId }),

        // FirmwareManagement
        ["DiagnosticsStatusNotification"] = Plain(Ocpp16Actions.DiagnosticsStatusNotification, _ => new DiagnosticsStatusNotificationResponse()),
        ["FirmwareStatusNotification"] = Plain(Ocpp16Actions.FirmwareStatusNotification, _ => new FirmwareStatusNotificationResponse()),

        // Security
        ["LogStatusNotification"] = Plain(Ocpp16Actions.LogStatusNotification, _ => new LogStatusNotificationResponse()),
        ["SecurityEventNotification"] = Plain(Ocpp16Actions.SecurityEventNotification, _ => new SecurityEventNotificationResponse()),
        ["SignCertificate"] = Plain(Ocpp16Actions.SignCertificate, _ => new SignCertificateResponse { Status = AcceptedRejectedStatus.Rejected }),
        ["SignedFirmwareStatusNotification"] = Plain(Ocpp16Actions.SignedFirmwareStatusNotification, _ => new SignedFirmwareStatusNotificationResponse()),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    // What carries neither money nor state is read strictly: a breach gets the version's own error.
    private static Route.Direct Plain<TRequest, TResponse>(OcppAction<TRequest, TResponse> action, Func<TRequest, TResponse> answer)
        where TRequest : class
        where TResponse : class =>
        new((payload, _, _) => WireJson.TryRead(payload.Span, action.Request, out var request, out var error)
            ? new CallReply.Result(Ocpp16Json.Write(answer(request)))
            : error.ToReply(OcppVersion.V16));
}
