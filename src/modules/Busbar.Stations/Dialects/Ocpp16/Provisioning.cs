using Busbar.Gateway.Contracts;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations.Dialects.Ocpp16;

internal static class Provisioning
{
    public static FactReading Boot(ReadOnlyMemory<byte> payload, Instant receivedAt)
    {
        if (!Ocpp16Json.TryRead<BootNotificationRequest>(payload.Span, out var request, out var error)) return FactReading.Refused(error, OcppVersion.V16);
        return new FactReading
        {
            Fact = new ChargingFact.Booted { Time = StationTime.Missing },
            News = new StationNews.Identified(request.ChargePointVendor, request.ChargePointModel,
                request.ChargePointSerialNumber ?? request.ChargeBoxSerialNumber, request.FirmwareVersion),
            AnswerTellsTime = true,
            Answer = static (_, context) => Ocpp16Json.Write(new BootNotificationResponse
            {
                Status = RegistrationStatus.Accepted,
                CurrentTime = context.Now,
                Interval = context.HeartbeatSeconds,
            }),
        };
    }

    // Whatever the payload holds: a station that asks for the time gets it.
    public static DirectReading Heartbeat(ReadOnlyMemory<byte> payload, Instant receivedAt, AnswerContext context) =>
        new CallReply.Result(Ocpp16Json.Write(new HeartbeatResponse { CurrentTime = context.Now }));
}
