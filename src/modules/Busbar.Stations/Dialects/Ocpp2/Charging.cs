using Busbar.Ocpp;
using Busbar.Ocpp.V2;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations.Dialects.Ocpp2;

/// <summary>Authorize, TransactionEvent, MeterValues: the frame into a fact, the decision into the answer.</summary>
internal static class Charging
{
    private const int IdTokenLength = 36;

    private static readonly byte[] Empty = "{}"u8.ToArray();

    public static TokenReading Authorize(ReadOnlyMemory<byte> payload, OcppVersion version) =>
        Ocpp2Json.TryRead<AuthorizeRequest>(payload.Span, out var request, out var error)
            ? new TokenReading(TokenOf(request.IdToken),
                verdict => Ocpp2Json.Write(new AuthorizeResponse { IdTokenInfo = Info(verdict) }, version), null)
            {
                AnswerWithPrice = (verdict, prices, facts) => Ocpp2Json.Write(new AuthorizeResponse
                {
                    // I01.FR.01, I08.FR.01: as a text, and as a tariff for a station that calculates with it.
                    IdTokenInfo = Info(verdict) with { PersonalMessage = facts.ShowsPrice ? Message(prices.Text, version) : null }, Tariff = ScreenCalls.DriverTariff(prices, facts),
                }, version),
            }
            : new TokenReading(null, null, error.ToReply(version));

    public static FactReading Event(ReadOnlyMemory<byte> payload, Instant receivedAt, OcppVersion version)
    {
        if (!Ocpp2Json.TryRead<TransactionEventRequest>(payload.Span, out var request, out var error)) return SalvagedEvent(payload, error, version);
        if (request.TransactionInfo.TransactionId.Length == 0)
            return FactReading.Refused(new WireReadError(WireFault.Missing, "$.transactionInfo.transactionId", "$.transactionInfo.transactionId: must not be empty"), version);
        return new FactReading
        {
            Fact = FactOf(request, receivedAt), Answer = EventAnswer(version, request.EventType), AnswerTellsCost = true,
            Calculates = request.TransactionInfo is { TariffId: { Length: > 0 } tariff, TransactionId: var id } ? (id, TariffNames.Of(tariff)) : null,
        };
    }

    public static FactReading Meter(ReadOnlyMemory<byte> payload, Instant receivedAt, OcppVersion version)
    {
        if (!Ocpp2Json.TryRead<MeterValuesRequest>(payload.Span, out var request, out var error))
        {
            return Salvage.Number(payload.Span, "evseId") is null
                ? FactReading.Refused(error, version)
                : new FactReading { Fact = new ChargingFact.Unreadable { Time = StationTime.Missing, Action = "MeterValues", Problem = error.Detail }, Answer = static (_, _) => Empty };
        }
        var values = request.MeterValue.OfType<MeterValueType>().ToList();
        return new FactReading
        {
            Fact = new ChargingFact.Updated
            {
                Time = values.Count > 0 ? values[0].Timestamp.Judge(receivedAt) : StationTime.Missing,

                // EVSE 0 is the station's main meter.
                Evse = request.EvseId.Value is > 0 and <= int.MaxValue and var evse ? (int)evse : null,
                Samples = SamplesOf(values, receivedAt),
                Deviations = Deviations.Of(("evseId", request.EvseId.IsDeviation), ("timestamp", values.Exists(static value => value.Timestamp.IsDeviation)),
                    ("meterValue", values.Count == 0)),
            },
            Answer = static (_, _) => Empty,
        };
    }

    private static ChargingFact FactOf(TransactionEventRequest request, Instant receivedAt)
    {
        var transaction = request.TransactionInfo;
        var time = request.Timestamp.JudgeEvent(request.Offline ?? false, receivedAt);
        var evse = request.Evse is { Id: > 0 } place ? place.Id : (int?)null;
        var connector = evse is not null && request.Evse!.ConnectorId is > 0 and var number ? number : (int?)null;
        var token = request.IdToken is { } shown ? TokenOf(shown) : null;
        var samples = request.MeterValue is { } values ? SamplesOf(values, receivedAt) : [];
        var state = transaction.ChargingState is { } told ? StateOf(told) : (ChargingState?)null;
        var deviations = Deviations.Of(("eventType", !request.EventType.IsKnown()), ("timestamp", request.Timestamp.IsDeviation), ("triggerReason", !request.TriggerReason.IsKnown()),
            ("seqNo", request.SeqNo.IsDeviation), ("transactionInfo.transactionId", transaction.TransactionId.Length > IdTokenLength),
            ("transactionInfo.chargingState", transaction.ChargingState is { } state2 && !state2.IsKnown()),
            ("transactionInfo.stoppedReason", transaction.StoppedReason is { } reason && !reason.IsKnown()), ("evse", request.Evse is not null && evse is null));
        if (request.EventType == TransactionEventEnum.Started)
        {
            return new ChargingFact.Started
            {
                Time = time, SeqNo = request.SeqNo.Value, Offline = request.Offline ?? false, Deviations = deviations,
                TransactionId = transaction.TransactionId, Evse = evse, Connector = connector, Token = token, Samples = samples, State = state,
                RemoteStartId = transaction.RemoteStartId?.Value, ReservationId = request.ReservationId?.Value,
            };
        }
        if (request.EventType == TransactionEventEnum.Ended)
        {
            return new ChargingFact.Ended
            {
                Time = time, SeqNo = request.SeqNo.Value, Offline = request.Offline ?? false, Deviations = deviations,
                TransactionId = transaction.TransactionId, Evse = evse, Connector = connector, Token = token, Samples = samples,
                Reason = transaction.StoppedReason is { Value.Length: > 0 } stopped ? stopped.Value : ReasonEnum.Local.Value,
                Cost = StationCosts.Of(request.CostDetails),
            };
        }
        // An event type that nobody knows still has readings that count.
        return new ChargingFact.Updated
        {
            Time = time, SeqNo = request.SeqNo.Value, Offline = request.Offline ?? false, Deviations = deviations,
            TransactionId = transaction.TransactionId, Evse = evse, Connector = connector, Token = token, Samples = samples, State = state,
            RemoteStartId = transaction.RemoteStartId?.Value,
            Cost = StationCosts.Of(request.CostDetails),
        };
    }

    private static FactReading SalvagedEvent(ReadOnlyMemory<byte> payload, WireReadError error, OcppVersion version)
    {
        if (Salvage.Text(payload.Span, "transactionId", within: "transactionInfo") is not { } transactionId) return FactReading.Refused(error, version);
        return new FactReading
        {
            Fact = new ChargingFact.Unreadable
            {
                Time = StationTime.Missing, SeqNo = Salvage.Number(payload.Span, "seqNo"), Action = "TransactionEvent", TransactionId = transactionId, Problem = error.Detail,
            },
            Answer = static (_, _) => Empty,
        };
    }

    // 2.0.1 E06, I03: a running cost goes with an update, the final cost with the end; nothing is known at the start.
    private static Func<DeskDecision, AnswerContext, ReadOnlyMemory<byte>> EventAnswer(OcppVersion version, TransactionEventEnum type) => (decision, _) =>
    {
        var cost = type == TransactionEventEnum.Started ? null : decision.TotalCost;
        return decision.Token is null && cost is null
            ? Empty
            : Ocpp2Json.Write(new TransactionEventResponse { TotalCost = cost, IdTokenInfo = decision.Token is { } verdict ? Info(verdict) : null }, version);
    };

    private static MessageContentType? Message(IReadOnlyDictionary<string, string> texts, OcppVersion version)
    {
        if (texts.Count == 0) return null;
        var (language, text) = texts.First();
        var most = version >= OcppVersion.V21 ? 1024 : 512;
        return new MessageContentType { Format = MessageFormatEnum.UTF8, Language = DisplayText.Cut(language, 8), Content = DisplayText.Cut(text, most, most) };
    }

    private static IdTokenInfoType Info(TokenVerdictText verdict) => new()
    {
        Status = verdict.IsUnknown ? AuthorizationStatusEnum.Unknown : AuthorizationStatusEnum.From(verdict.Status),
        CacheExpiryDateTime = verdict.ValidUntil is { } until ? new WireTime(until) : null,
        GroupIdToken = verdict.GroupId is { Length: > 0 and <= IdTokenLength } group ? new IdTokenType { IdToken = group, Type = IdTokenEnum.Central } : null,
    };

    private static PresentedToken TokenOf(IdTokenType token) => token.AdditionalInfo is { Count: > 0 } more
        ? new(token.IdToken, token.Type.Value) { PaymentBrand = Told(more, "PaymentBrand"), PaymentRecognition = Told(more, "PaymentRecognition") }
        : new(token.IdToken, token.Type.Value);

    // OCPP 2.1, TariffConditionsFixedType: both are values of additionalInfo of the token. An array of the wire may hold nulls.
    private static string? Told(IReadOnlyList<AdditionalInfoType?> more, string type) =>
        more.FirstOrDefault(info => info?.Type == type) is { AdditionalIdToken: { Length: > 0 } value } ? value : null;

    private static ChargingState StateOf(ChargingStateEnum state) => state.Value switch
    {
        "Charging" => ChargingState.Charging,
        "EVConnected" => ChargingState.Connected,
        "SuspendedEV" => ChargingState.SuspendedByVehicle,
        "SuspendedEVSE" => ChargingState.SuspendedByStation,
        "Idle" => ChargingState.Idle,
        _ => ChargingState.Unknown,
    };

    // OfType: an array of the wire may hold nulls, whatever its type says.
    private static IReadOnlyList<MeterSample> SamplesOf(IReadOnlyList<MeterValueType> values, Instant receivedAt) => MeterReadings.Normalise(
        values.OfType<MeterValueType>().Select(static value => (value.Timestamp, value.SampledValue.OfType<SampledValueType>().Select(QuantityOf))), receivedAt);

    private static SampledQuantity QuantityOf(SampledValueType value) => new(
        value.Value, value.Measurand?.Value, value.Context?.Value, value.Phase?.Value, value.Location?.Value, value.UnitOfMeasure?.Unit,
        value.UnitOfMeasure?.Multiplier is { } multiplier ? multiplier.Value : 0, value.SignedMeterValue?.SignedMeterData, HasNumber: true);
}
