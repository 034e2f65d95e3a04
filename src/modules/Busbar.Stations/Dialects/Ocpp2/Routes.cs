using System.Collections.Frozen;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using NodaTime;

namespace Busbar.Stations.Dialects.Ocpp2;

/// <summary>Every action that a 2.x station sends, and who answers it. Which of them a version has, the table of actions says.</summary>
internal static class Routes
{
    private static readonly Duration UntilTheNextTry = Duration.FromHours(1);

    public static FrozenDictionary<string, Route> For(OcppVersion version)
    {
        var plain = new PlainAnswers(version);
        return new Dictionary<string, Route>
        {
            // B, G: provisioning, availability
            ["BootNotification"] = new Route.Fact((payload, at) => Provisioning.Boot(payload, version)),
            ["Heartbeat"] = new Route.Direct((_, _, context) => Provisioning.Heartbeat(context, version)),
            ["StatusNotification"] = new Route.Direct((payload, at, _) => Connectors.Status(payload, at, version)),
            ["NotifyEvent"] = new Route.Direct((payload, at, _) => Connectors.Event(payload, at, version)),
            ["NotifyReport"] = plain.To(Ocpp2Actions.NotifyReport, static _ => new NotifyReportResponse()),

            // C, E, J: authorisation, transactions, meter values
            ["Authorize"] = new Route.Token(payload => Charging.Authorize(payload, version)),
            ["TransactionEvent"] = new Route.Fact((payload, at) => Charging.Event(payload, at, version)),
            ["MeterValues"] = new Route.Fact((payload, at) => Charging.Meter(payload, at, version)),
            ["NotifySettlement"] = plain.To(Ocpp2Actions.NotifySettlement, static _ => new NotifySettlementResponse()),
            ["VatNumberValidation"] = plain.To(Ocpp2Actions.VatNumberValidation,
                static request => new VatNumberValidationResponse { VatNumber = request.VatNumber, EvseId = request.EvseId, Status = GenericStatusEnum.Rejected }),

            // A, M: security, certificates. Nothing is signed here yet.
            ["SecurityEventNotification"] = plain.To(Ocpp2Actions.SecurityEventNotification, static _ => new SecurityEventNotificationResponse()),
            ["SignCertificate"] = plain.To(Ocpp2Actions.SignCertificate, static _ => new SignCertificateResponse { Status = GenericStatusEnum.Rejected }),
            ["Get15118EVCertificate"] = plain.To(Ocpp2Actions.Get15118EVCertificate,
                static _ => new Get15118EVCertificateResponse { Status = Iso15118EVCertificateStatusEnum.Failed, ExiResponse = "" }),
            ["GetCertificateStatus"] = plain.To(Ocpp2Actions.GetCertificateStatus, static _ => new GetCertificateStatusResponse { Status = GetCertificateStatusEnum.Failed }),
            ["GetCertificateChainStatus"] = plain.To(Ocpp2Actions.GetCertificateChainStatus, static (request, context) => new GetCertificateChainStatusResponse
            {
                CertificateStatus = [.. request.CertificateStatusRequests.OfType<CertificateStatusRequestInfoType>().Select(asked => new CertificateStatusType
                {
                    CertificateHashData = asked.CertificateHashData, Source = asked.Source, Status = CertificateStatusEnum.Failed, NextUpdate = context.Now + UntilTheNextTry,
                })],
            }),

            // H, K: reservation, smart charging
            ["ReservationStatusUpdate"] = plain.To(Ocpp2Actions.ReservationStatusUpdate, static _ => new ReservationStatusUpdateResponse()),
            ["ClearedChargingLimit"] = plain.To(Ocpp2Actions.ClearedChargingLimit, static _ => new ClearedChargingLimitResponse()),
            ["NotifyChargingLimit"] = plain.To(Ocpp2Actions.NotifyChargingLimit, static _ => new NotifyChargingLimitResponse()),
            ["NotifyEVChargingNeeds"] = plain.To(Ocpp2Actions.NotifyEVChargingNeeds,
                static _ => new NotifyEVChargingNeedsResponse { Status = NotifyEVChargingNeedsStatusEnum.Rejected }),
            ["NotifyEVChargingSchedule"] = plain.To(Ocpp2Actions.NotifyEVChargingSchedule,
                static _ => new NotifyEVChargingScheduleResponse { Status = GenericStatusEnum.Accepted }),
            ["NotifyPriorityCharging"] = plain.To(Ocpp2Actions.NotifyPriorityCharging, static _ => new NotifyPriorityChargingResponse()),
            ["PullDynamicScheduleUpdate"] = plain.To(Ocpp2Actions.PullDynamicScheduleUpdate,
                static _ => new PullDynamicScheduleUpdateResponse { Status = ChargingProfileStatusEnum.Rejected }),
            ["ReportChargingProfiles"] = plain.To(Ocpp2Actions.ReportChargingProfiles, static _ => new ReportChargingProfilesResponse()),

            // L, N, O: firmware, diagnostics, display
            ["FirmwareStatusNotification"] = plain.To(Ocpp2Actions.FirmwareStatusNotification, static _ => new FirmwareStatusNotificationResponse()),
            ["PublishFirmwareStatusNotification"] = plain.To(Ocpp2Actions.PublishFirmwareStatusNotification, static _ => new PublishFirmwareStatusNotificationResponse()),
            ["LogStatusNotification"] = plain.To(Ocpp2Actions.LogStatusNotification, static _ => new LogStatusNotificationResponse()),
            ["NotifyCustomerInformation"] = plain.To(Ocpp2Actions.NotifyCustomerInformation, static _ => new NotifyCustomerInformationResponse()),
            ["NotifyMonitoringReport"] = plain.To(Ocpp2Actions.NotifyMonitoringReport, static _ => new NotifyMonitoringReportResponse()),
            ["OpenPeriodicEventStream"] = plain.To(Ocpp2Actions.OpenPeriodicEventStream, static _ => new OpenPeriodicEventStreamResponse { Status = GenericStatusEnum.Accepted }),
            ["ClosePeriodicEventStream"] = plain.To(Ocpp2Actions.ClosePeriodicEventStream, static _ => new ClosePeriodicEventStreamResponse()),
            ["NotifyPeriodicEventStream"] = new Route.Direct(static (_, _, _) => CallReply.Silence.Instance),
            ["NotifyDisplayMessages"] = plain.To(Ocpp2Actions.NotifyDisplayMessages, static _ => new NotifyDisplayMessagesResponse()),

            // P, R, S: data transfer, distributed energy, battery swapping
            ["DataTransfer"] = plain.To(Ocpp2Actions.DataTransfer, static _ => new DataTransferResponse { Status = DataTransferStatusEnum.UnknownVendorId }),
            ["NotifyDERAlarm"] = plain.To(Ocpp2Actions.NotifyDERAlarm, static _ => new NotifyDERAlarmResponse()),
            ["NotifyDERStartStop"] = plain.To(Ocpp2Actions.NotifyDERStartStop, static _ => new NotifyDERStartStopResponse()),
            ["ReportDERControl"] = plain.To(Ocpp2Actions.ReportDERControl, static _ => new ReportDERControlResponse()),
            ["BatterySwap"] = plain.To(Ocpp2Actions.BatterySwap, static _ => new BatterySwapResponse()),
        }.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>What carries neither money nor state is read strictly: a breach gets the version's own error.</summary>
    private sealed class PlainAnswers(OcppVersion version)
    {
        public Route.Direct To<TRequest, TResponse>(OcppAction<TRequest, TResponse> action, Func<TRequest, TResponse> answer)
            where TRequest : class
            where TResponse : class =>
            To(action, (request, _) => answer(request));

        public Route.Direct To<TRequest, TResponse>(OcppAction<TRequest, TResponse> action, Func<TRequest, AnswerContext, TResponse> answer)
            where TRequest : class
            where TResponse : class =>
            new((payload, _, context) => WireJson.TryRead(payload.Span, action.Request, out var request, out var error)
                ? new CallReply.Result(Ocpp2Json.Write(answer(request, context), version))
                : error.ToReply(version));
    }
}
