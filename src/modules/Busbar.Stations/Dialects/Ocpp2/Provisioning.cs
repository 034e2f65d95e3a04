using Busbar.Gateway.Contracts;
using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using Busbar.Stations.Contracts;

namespace Busbar.Stations.Dialects.Ocpp2;

internal static class Provisioning
{
    public static FactReading Boot(ReadOnlyMemory<byte> payload, OcppVersion version)
    {
        if (!Ocpp2Json.TryRead<BootNotificationRequest>(payload.Span, out var request, out var error)) return FactReading.Refused(error, version);
        return new FactReading
        {
            Fact = new ChargingFact.Booted
            {
                Time = StationTime.Missing,
                Reason = request.Reason.Value,
                Deviations = Deviations.Of(("reason", !request.Reason.IsKnown())),
            },
            News = new StationNews.Identified(request.ChargingStation.VendorName, request.ChargingStation.Model, request.ChargingStation.SerialNumber,
                request.ChargingStation.FirmwareVersion),
            AnswerTellsTime = true,
            Answer = (_, context) => Ocpp2Json.Write(new BootNotificationResponse
            {
                Status = RegistrationStatusEnum.Accepted,
                CurrentTime = context.Now,
                Interval = context.HeartbeatSeconds,
            }, version),
        };
    }

    // Whatever the payload holds: a station that asks for the time gets it.
    public static DirectReading Heartbeat(AnswerContext context, OcppVersion version) =>
        new CallReply.Result(Ocpp2Json.Write(new HeartbeatResponse { CurrentTime = context.Now }, version));
}
