using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using Busbar.Simulator.Physics;
using Busbar.Simulator.Stations;
using NodaTime;

namespace Busbar.Simulator.Dialects;

/// <summary>OCPP 2.0.1 and 2.1. Each of the station's outlets is an EVSE with one connector.</summary>
internal sealed class Ocpp2Dialect(StationOptions options) : Dialect(options)
{
    private const int OnlyConnector = 1;

    private bool StartsWithCable => Options.Has(Misbehaviours.CableFirst);

    public override bool BeginsWith(Happening happening) => happening == (StartsWithCable ? Happening.PlugIn : Happening.Start);

    public override IEnumerable<StationFact> Tell(PhysicalEvent happened, StationFact template, StationTransaction? transaction)
    {
        var status = template with { Kind = FactKind.Status, Transaction = null };
        switch (happened.Happening)
        {
            case Happening.PlugIn:
                yield return status with { State = OutletState.Preparing };
                if (StartsWithCable)
                {
                    yield return Next(template with { Kind = FactKind.Started, State = OutletState.Preparing, Trigger = "CablePluggedIn" });
                }

                break;
            case Happening.Start:
                yield return Next(template with
                {
                    Kind = StartsWithCable ? FactKind.Updated : FactKind.Started,
                    State = OutletState.Charging,
                    Token = transaction!.Token,
                    Trigger = transaction.RemoteStartId is null ? "Authorized" : "RemoteStart",
                    RemoteStartId = transaction.RemoteStartId,
                });
                break;
            case Happening.Meter:
                yield return Next(template with { Kind = FactKind.Updated, Trigger = "MeterValuePeriodic" });
                break;
            case Happening.SuspendedByVehicle or Happening.SuspendedByStation or Happening.Resumed:
                yield return Next(template with { Kind = FactKind.Updated, Trigger = "ChargingStateChanged", IsNaN = false });
                break;
            case Happening.Stop:
                var ended = Next(template with { Kind = FactKind.Ended, State = OutletState.Finishing, Token = happened.Reason == "Local" ? transaction!.Token : null, Trigger = TriggerOf(happened.Reason), Reason = ReasonOf(happened.Reason) });
                yield return ended;
                if (Options.Has(Misbehaviours.DuplicateStop))
                {
                    yield return ended;
                }

                break;
            case Happening.Unplug:
                yield return status with { State = OutletState.Available };
                break;
        }

        StationFact Next(StationFact fact) => fact with { SeqNo = transaction!.NextSeqNo++ };
    }

    public override WireMessage Render(StationFact fact, StationTransaction? transaction)
    {
        if (fact.Kind == FactKind.Status)
        {
            return Status(fact.Connector, fact.State, fact.Stamp)!.Value;
        }

        var isStateChange = fact.Trigger == "ChargingStateChanged";
        return new("TransactionEvent", Ocpp2Json.Write(
            new TransactionEventRequest
            {
                EventType = new TransactionEventEnum(fact.Kind.ToString()),
                Timestamp = WireTime.Parse(fact.Stamp),
                TriggerReason = new TriggerReasonEnum(Options.Has(Misbehaviours.UnknownEnum) && fact.Kind == FactKind.Updated ? "VendorHiccup" : fact.Trigger),
                SeqNo = fact.SeqNo,
                Offline = fact.Offline ? true : null,
                TransactionInfo = new TransactionType
                {
                    TransactionId = fact.Transaction!,
                    ChargingState = StateOf(fact.State),
                    StoppedReason = fact.Kind == FactKind.Ended ? new ReasonEnum(Options.Has(Misbehaviours.UnknownEnum) ? "DriverIsHappy" : fact.Reason ?? "Local") : null,
                    RemoteStartId = fact.RemoteStartId is { } remote ? new WireInt(remote) : null,
                },
                Evse = new EVSEType { Id = fact.Connector, ConnectorId = OnlyConnector },
                IdToken = fact.Token is { } token ? TokenOf(token) : null,
                MeterValue = isStateChange && !Options.ReadsAtStateChange ? null : [Read(fact)],
            },
            Options.Version));
    }

    public override void Learn(StationFact fact, StationTransaction? transaction, ReadOnlySpan<byte> answer, StationMemory memory)
    {
        if (transaction is null || fact.Kind == FactKind.Status || !Ocpp2Json.TryRead<TransactionEventResponse>(answer, out var response, out _))
        {
            return;
        }

        transaction.TotalCost = response.TotalCost ?? transaction.TotalCost;
        transaction.TokenStatus = response.IdTokenInfo?.Status.Value ?? transaction.TokenStatus;
    }

    public override WireMessage Boot(string reason) => new("BootNotification", Ocpp2Json.Write(
        new BootNotificationRequest
        {
            Reason = new BootReasonEnum(reason),
            ChargingStation = new ChargingStationType
            {
                Model = Options.Model,
                VendorName = Options.Vendor,
                SerialNumber = Options.SerialNumber.Length > 0 ? Options.SerialNumber : null,
                FirmwareVersion = Options.Firmware,
            },
        },
        Options.Version));

    public override BootAnswer ReadBoot(ReadOnlySpan<byte> answer) =>
        Ocpp2Json.TryRead<BootNotificationResponse>(answer, out var boot, out _)
            ? new(boot.Status == RegistrationStatusEnum.Accepted, TimeSpan.FromSeconds(boot.Interval), boot.CurrentTime.Instant)
            : default;

    public override WireMessage Heartbeat() => new("Heartbeat", "{}"u8.ToArray());

    public override Instant? ReadHeartbeat(ReadOnlySpan<byte> answer) => Ocpp2Json.TryRead<HeartbeatResponse>(answer, out var beat, out _) ? beat.CurrentTime.Instant : null;

    public override WireMessage Authorize(string token) => new("Authorize", Ocpp2Json.Write(new AuthorizeRequest { IdToken = TokenOf(token) }, Options.Version));

    public override string ReadAuthorize(ReadOnlySpan<byte> answer) => Ocpp2Json.TryRead<AuthorizeResponse>(answer, out var authorized, out _) ? authorized.IdTokenInfo.Status.Value : "Invalid";

    public override WireMessage? Status(int connector, OutletState state, string stamp) => connector == 0 ? null : new("StatusNotification", Ocpp2Json.Write(
        new StatusNotificationRequest
        {
            Timestamp = WireTime.Parse(stamp),
            EvseId = connector,
            ConnectorId = OnlyConnector,
            ConnectorStatus = state switch
            {
                OutletState.Available => ConnectorStatusEnum.Available,
                OutletState.Unavailable => ConnectorStatusEnum.Unavailable,
                OutletState.Faulted => ConnectorStatusEnum.Faulted,
                _ => ConnectorStatusEnum.Occupied,
            },
        },
        Options.Version));

    public override WireMessage Reading(StationFact fact) => new("MeterValues", Ocpp2Json.Write(new MeterValuesRequest { EvseId = fact.Connector, MeterValue = [Read(fact)] }, Options.Version));

    public override StationAnswer Answer(ServerCall call, IStationControls station) => Ocpp2Commands.Answer(call, station);

    private static IdTokenType TokenOf(string token) => new() { IdToken = token, Type = IdTokenEnum.ISO14443 };

    private static ChargingStateEnum StateOf(OutletState state) => state switch
    {
        OutletState.Charging => ChargingStateEnum.Charging,
        OutletState.SuspendedByVehicle => ChargingStateEnum.SuspendedEV,
        OutletState.SuspendedByStation => ChargingStateEnum.SuspendedEVSE,
        OutletState.Available => ChargingStateEnum.Idle,
        _ => ChargingStateEnum.EVConnected,
    };

    private static string TriggerOf(string reason) => reason switch
    {
        "Local" => "StopAuthorized",
        "Remote" => "RemoteStop",
        "DeAuthorized" => "Deauthorized",
        "EVDisconnected" => "EVCommunicationLost",
        "UnlockCommand" => "UnlockCommand",
        "HardReset" or "SoftReset" => "ResetCommand",
        _ => "AbnormalCondition",
    };

    /// <summary>Three reasons of 1.6 have another name in 2.x.</summary>
    private static string ReasonOf(string reason) => reason switch
    {
        "HardReset" => "ImmediateReset",
        "SoftReset" => "Reboot",
        "UnlockCommand" => "Other",
        _ => reason,
    };

    private MeterValueType Read(StationFact fact) => new()
    {
        Timestamp = WireTime.Parse(fact.Stamp),
        SampledValue = [.. Samples(fact).Select(sample => new SampledValueType
        {
            Value = WireDecimal.FromText(sample.Value),
            Context = new ReadingContextEnum(fact.Context),
            Measurand = new MeasurandEnum(sample.Measurand),
            Phase = sample.Phase is { } phase ? new PhaseEnum(phase) : null,
            UnitOfMeasure = new UnitOfMeasureType { Unit = sample.Unit },
        })],
    };
}
