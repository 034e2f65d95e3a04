using System.Globalization;
using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Ocpp.V16;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations.Dialects.Ocpp16;

/// <summary>Authorize, StartTransaction, MeterValues, StopTransaction: the frame into a fact, the decision into the answer.</summary>
internal static class Charging
{
    private const int IdTagLength = 20;

    private static readonly byte[] Empty = "{}"u8.ToArray();

    public static TokenReading Authorize(ReadOnlyMemory<byte> payload) =>
        Ocpp16Json.TryRead<AuthorizeRequest>(payload.Span, out var request, out var error)
            ? new TokenReading(TokenOf(request.IdTag) ?? new PresentedToken("", ""),
                static verdict => Ocpp16Json.Write(new AuthorizeResponse { IdTagInfo = Info(verdict) }), null)
            : new TokenReading(null, null, error.ToReply(OcppVersion.V16));

    public static FactReading Start(ReadOnlyMemory<byte> payload, Instant receivedAt)
    {
        if (!Ocpp16Json.TryRead<StartTransactionRequest>(payload.Span, out var request, out var error))
        {
            var hasKey = Salvage.Number(payload.Span, "connectorId") is not null && Salvage.Text(payload.Span, "idTag") is not null;
            return Salvaged("StartTransaction", payload, error, hasKey, null, StartAnswer);
        }
        return new FactReading
        {
            Fact = new ChargingFact.Started
            {
                Time = request.Timestamp.Judge(receivedAt),
                Evse = Connectors.EvseOf(request.ConnectorId),
                Connector = Connectors.EvseOf(request.ConnectorId) is null ? null : Connectors.ConnectorOfEvse,
                Token = TokenOf(request.IdTag),
                Register = RegisterOf(request.MeterStart),
                ReservationId = request.ReservationId?.Value,
                Deviations = Deviations.Of(
                    ("connectorId", request.ConnectorId.IsDeviation || Connectors.EvseOf(request.ConnectorId) is null), ("idTag", request.IdTag.Length is 0 or > IdTagLength),
                    ("meterStart", request.MeterStart.IsDeviation || RegisterOf(request.MeterStart) is null),
                    ("reservationId", request.ReservationId?.IsDeviation ?? false), ("timestamp", request.Timestamp.IsDeviation)),
            },
            Answer = StartAnswer,
        };
    }

    public static FactReading Meter(ReadOnlyMemory<byte> payload, Instant receivedAt)
    {
        if (!Ocpp16Json.TryRead<MeterValuesRequest>(payload.Span, out var request, out var error))
        {
            var transaction = Salvage.Text(payload.Span, "transactionId");
            return Salvaged("MeterValues", payload, error, Salvage.Number(payload.Span, "connectorId") is not null, transaction, EmptyAnswer);
        }
        var values = request.MeterValues.OfType<MeterValue>().ToList();
        return new FactReading
        {
            Fact = new ChargingFact.Updated
            {
                Time = values.Count > 0 ? values[0].Timestamp.Judge(receivedAt) : StationTime.Missing,
                TransactionId = request.TransactionId is { } given ? KeyOf(given) : null,
                Evse = Connectors.EvseOf(request.ConnectorId),
                Connector = Connectors.EvseOf(request.ConnectorId) is null ? null : Connectors.ConnectorOfEvse,
                Samples = SamplesOf(values, receivedAt),
                Deviations = Deviations.Of(("connectorId", request.ConnectorId.IsDeviation), ("transactionId", request.TransactionId?.IsDeviation ?? false),
                    ("timestamp", values.Exists(static value => value.Timestamp.IsDeviation)), ("meterValue", values.Count == 0)),
            },
            Answer = EmptyAnswer,
        };
    }

    public static FactReading Stop(ReadOnlyMemory<byte> payload, Instant receivedAt)
    {
        if (!Ocpp16Json.TryRead<StopTransactionRequest>(payload.Span, out var request, out var error))
        {
            var salvaged = Salvage.Text(payload.Span, "transactionId");
            return Salvaged("StopTransaction", payload, error, salvaged is not null, salvaged, StopAnswer);
        }
        if (KeyOf(request.TransactionId) is not { } transactionId)
            return Salvaged("StopTransaction", payload, new WireReadError(WireFault.Missing, "$.transactionId", "$.transactionId: must not be null"), hasKey: false, null, StopAnswer);
        return new FactReading
        {
            Fact = new ChargingFact.Ended
            {
                Time = request.Timestamp.Judge(receivedAt),
                TransactionId = transactionId,
                Token = request.IdTag is { } idTag ? TokenOf(idTag) : null,
                Register = RegisterOf(request.MeterStop),
                Samples = request.TransactionData is { } data ? SamplesOf(data, receivedAt) : [],
                Reason = request.Reason is { Value.Length: > 0 } reason ? reason.Value : StopReason.Local.Value,
                Deviations = Deviations.Of(("transactionId", request.TransactionId.IsDeviation), ("idTag", request.IdTag?.Length > IdTagLength),
                    ("meterStop", request.MeterStop.IsDeviation || RegisterOf(request.MeterStop) is null), ("timestamp", request.Timestamp.IsDeviation),
                    ("reason", request.Reason is { } given && !given.IsKnown())),
            },
            Answer = StopAnswer,
        };
    }

    /// <summary>
    /// A charging message that is not what it should be. With a readable key it is kept as evidence and acknowledged, since a station that
    /// gets an error sends it again for ever; without one it is the station's to mend.
    /// </summary>
    public static FactReading Salvaged(string action, ReadOnlyMemory<byte> payload, WireReadError error, bool hasKey, string? transactionId,
        Func<DeskDecision, AnswerContext, ReadOnlyMemory<byte>> answer) =>
        !hasKey
            ? FactReading.Refused(error, OcppVersion.V16)
            : new FactReading
            {
                Fact = new ChargingFact.Unreadable { Time = StationTime.Missing, Action = action, TransactionId = transactionId, Problem = error.Detail },
                Answer = answer,
            };

    private static ReadOnlyMemory<byte> StartAnswer(DeskDecision decision, AnswerContext context) => Ocpp16Json.Write(new StartTransactionResponse
    {
        IdTagInfo = Info(decision.Token ?? TokenVerdictText.Invalid),
        // A Start that opened no transaction still needs a number: 0 is never one of ours.
        TransactionId = int.TryParse(decision.TransactionId, NumberStyles.Integer, CultureInfo.InvariantCulture, out var id) ? id : 0,
    });

    private static ReadOnlyMemory<byte> StopAnswer(DeskDecision decision, AnswerContext context) =>
        decision.Token is null ? Empty : Ocpp16Json.Write(new StopTransactionResponse { IdTagInfo = Info(decision.Token) });

    private static ReadOnlyMemory<byte> EmptyAnswer(DeskDecision decision, AnswerContext context) => Empty;

    private static IdTagInfo Info(TokenVerdictText verdict) => new()
    {
        Status = AuthorizationStatus.From(verdict.Status),
        ParentIdTag = verdict.GroupId is { Length: > 0 and <= IdTagLength } group ? group : null,
        ExpiryDate = verdict.ValidUntil is { } until ? new WireTime(until) : null,
    };

    private static PresentedToken? TokenOf(string idTag) => idTag.Length == 0 ? null : new PresentedToken(idTag, "");

    /// <summary>A transaction id as text: the number where it is one, else what was written; null where nothing was.</summary>
    private static string? KeyOf(WireInt transactionId) =>
        transactionId.Value?.ToString(CultureInfo.InvariantCulture) ?? (transactionId.Raw is "" or "null" ? null : transactionId.Raw);

    private static Energy? RegisterOf(WireInt wattHours) =>
        wattHours.Value is { } value and >= long.MinValue / 1_000 and <= long.MaxValue / 1_000 ? Energy.FromWattHours(value) : null;

    // OfType: an array of the wire may hold nulls, whatever its type says.
    private static IReadOnlyList<MeterSample> SamplesOf(IReadOnlyList<MeterValue> values, Instant receivedAt) => MeterReadings.Normalise(
        values.OfType<MeterValue>().Select(static value => (value.Timestamp, value.SampledValues.OfType<SampledValue>().Select(QuantityOf))), receivedAt);

    private static SampledQuantity QuantityOf(SampledValue value)
    {
        var isSigned = value.Format == ValueFormat.SignedData;
        return new SampledQuantity(value.Value, value.Measurand?.Value, value.Context?.Value, value.Phase?.Value, value.Location?.Value, value.Unit?.Value,
            0, isSigned ? value.Value.Raw : null, !isSigned);
    }
}
