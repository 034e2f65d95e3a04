using System.Globalization;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;
using Busbar.Simulator.Physics;
using Busbar.Simulator.Stations;
using NodaTime;

namespace Busbar.Simulator.Dialects;

/// <summary>OCPP 1.6.</summary>
internal sealed class Ocpp16Dialect(StationOptions options) : Dialect(options)
{
    /// <summary>What real stations send for a transaction whose number they never learnt.</summary>
    private const int NoTransaction = -1;

    public override bool BeginsWith(Happening happening) => happening == Happening.Start;

    public override IEnumerable<StationFact> Tell(PhysicalEvent happened, StationFact template, StationTransaction? transaction)
    {
        var status = template with { Kind = FactKind.Status, Transaction = null };
        var metered = template with { Kind = FactKind.Metered };
        switch (happened.Happening)
        {
            case Happening.PlugIn:
                yield return status with { State = OutletState.Preparing };
                break;
            case Happening.Start:
                yield return template with { Kind = FactKind.Started, Token = transaction!.Token };
                yield return status with { State = OutletState.Charging };
                break;
            case Happening.Meter:
                yield return metered;
                break;
            case Happening.SuspendedByVehicle or Happening.SuspendedByStation or Happening.Resumed:
                if (Options.ReadsAtStateChange)
                {
                    yield return metered with { IsNaN = false };
                }

                yield return status with { State = template.State };
                break;
            case Happening.Stop:
                yield return template with { Kind = FactKind.Ended, Token = transaction!.Token, Reason = happened.Reason };
                if (Options.Has(Misbehaviours.DuplicateStop))
                {
                    yield return template with { Kind = FactKind.Ended, Token = transaction.Token, Reason = happened.Reason };
                }

                yield return status with { State = OutletState.Finishing };
                break;
            case Happening.Unplug:
                yield return status with { State = OutletState.Available };
                break;
        }
    }

    public override WireMessage Render(StationFact fact, StationTransaction? transaction)
    {
        var number = int.TryParse(transaction?.ServerId, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var id) ? id : NoTransaction;
        var time = WireTime.Parse(fact.Stamp);
        var register = (long)decimal.Truncate(fact.RegisterWh);
        return fact.Kind switch
        {
            FactKind.Status => new("StatusNotification", Ocpp16Json.Write(StatusOf(fact.Connector, fact.State, time))),
            FactKind.Started => new("StartTransaction", Ocpp16Json.Write(new StartTransactionRequest { ConnectorId = fact.Connector, IdTag = fact.Token ?? "", MeterStart = register, Timestamp = time })),
            FactKind.Metered => new("MeterValues", Ocpp16Json.Write(Metered(fact, number))),
            _ => new("StopTransaction", Ocpp16Json.Write(new StopTransactionRequest
            {
                IdTag = fact.Token,
                MeterStop = register,
                Timestamp = time,
                TransactionId = number,
                Reason = new StopReason(Options.Has(Misbehaviours.UnknownEnum) ? "DriverIsHappy" : fact.Reason ?? "Local"),
            })),
        };
    }

    public override void Learn(StationFact fact, StationTransaction? transaction, ReadOnlySpan<byte> answer, StationMemory memory)
    {
        if (transaction is null || fact.Kind != FactKind.Started || !Ocpp16Json.TryRead<StartTransactionResponse>(answer, out var started, out _))
        {
            return;
        }

        transaction.TokenStatus = started.IdTagInfo.Status.Value;
        if (transaction.ServerId is null)
        {
            memory.Learn(transaction, started.TransactionId.ToString(CultureInfo.InvariantCulture));
        }
    }

    public override WireMessage Boot(string reason) => new("BootNotification", Ocpp16Json.Write(new BootNotificationRequest
    {
        ChargePointVendor = Options.Vendor,
        ChargePointModel = Options.Model,
        ChargePointSerialNumber = Options.SerialNumber.Length > 0 ? Options.SerialNumber : null,
        FirmwareVersion = Options.Firmware,
        MeterType = "Busbar OutletMeter",
    }));

    public override BootAnswer ReadBoot(ReadOnlySpan<byte> answer) =>
        Ocpp16Json.TryRead<BootNotificationResponse>(answer, out var boot, out _)
            ? new(boot.Status == RegistrationStatus.Accepted, TimeSpan.FromSeconds(boot.Interval), boot.CurrentTime.Instant)
            : default;

    public override WireMessage Heartbeat() => new("Heartbeat", "{}"u8.ToArray());

    public override Instant? ReadHeartbeat(ReadOnlySpan<byte> answer) => Ocpp16Json.TryRead<HeartbeatResponse>(answer, out var beat, out _) ? beat.CurrentTime.Instant : null;

    public override WireMessage Authorize(string token) => new("Authorize", Ocpp16Json.Write(new AuthorizeRequest { IdTag = token }));

    public override string ReadAuthorize(ReadOnlySpan<byte> answer) => Ocpp16Json.TryRead<AuthorizeResponse>(answer, out var authorized, out _) ? authorized.IdTagInfo.Status.Value : "Invalid";

    public override WireMessage? Status(int connector, OutletState state, string stamp) =>
        new("StatusNotification", Ocpp16Json.Write(StatusOf(connector, state, WireTime.Parse(stamp))));

    public override WireMessage Reading(StationFact fact) => new("MeterValues", Ocpp16Json.Write(Metered(fact, null)));

    public override StationAnswer Answer(ServerCall call, IStationControls station) => Ocpp16Commands.Answer(call, station);

    private StatusNotificationRequest StatusOf(int connector, OutletState state, WireTime time) => new()
    {
        ConnectorId = connector,
        ErrorCode = Options.Has(Misbehaviours.UnknownEnum) ? new ChargePointErrorCode("VendorHiccup")
            : state == OutletState.Faulted ? ChargePointErrorCode.ConnectorLockFailure : ChargePointErrorCode.NoError,
        Status = state switch
        {
            OutletState.SuspendedByVehicle => ChargePointStatus.SuspendedEV,
            OutletState.SuspendedByStation => ChargePointStatus.SuspendedEVSE,
            _ => new ChargePointStatus(state.ToString()),
        },
        Timestamp = time,
    };

    private MeterValuesRequest Metered(StationFact fact, int? number) => new()
    {
        ConnectorId = fact.Connector,
        TransactionId = number,
        MeterValues =
        [
            new MeterValue
            {
                Timestamp = WireTime.Parse(fact.Stamp),
                SampledValues = [.. Samples(fact).Select(sample => new SampledValue
                {
                    Value = WireDecimal.FromText(sample.Value),
                    Context = new ReadingContext(fact.Context),
                    Measurand = new Measurand(sample.Measurand),
                    Phase = sample.Phase is { } phase ? new Phase(phase) : null,
                    Unit = new UnitOfMeasure(sample.Unit),
                })],
            },
        ],
    };
}
