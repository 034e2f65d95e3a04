using System.Text.Json;
using System.Text.Json.Serialization;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations.Dialects;

/// <summary>Facts that we conclude ourselves, as the journal keeps them. What is written here is read for years: members are added, never changed.</summary>
internal static class OwnFacts
{
    public const string StatusReported = "StatusReported";
    public const string GapsAbandoned = "GapsAbandoned";
    public const string Withheld = "Withheld";
    public const string Reviewed = "Reviewed";

    public static string ActionOf(ChargingFact fact) => fact switch
    {
        ChargingFact.StatusReported => StatusReported,
        ChargingFact.GapsAbandoned => GapsAbandoned,
        ChargingFact.Withheld => Withheld,
        ChargingFact.Reviewed => Reviewed,
        _ => throw new ArgumentException($"{fact.GetType().Name} comes from a station.", nameof(fact)),
    };

    public static byte[] Write(ChargingFact fact) => fact switch
    {
        ChargingFact.StatusReported reported => JsonSerializer.SerializeToUtf8Bytes(
            new StoredOwnFact(At(fact), reported.TransactionId, reported.Ongoing, reported.MessagesInQueue, null), OwnFactsJson.Default.StoredOwnFact),
        ChargingFact.GapsAbandoned abandoned => JsonSerializer.SerializeToUtf8Bytes(
            new StoredOwnFact(At(fact), abandoned.TransactionId, null, null, abandoned.Reason == AbandonReason.Gap ? null : abandoned.Reason.ToString()), OwnFactsJson.Default.StoredOwnFact),
        ChargingFact.Withheld withheld => JsonSerializer.SerializeToUtf8Bytes(
            new StoredOwnFact(At(fact), "", null, null, null) { Evse = withheld.Evse, From = withheld.From.ToUnixTimeMilliseconds() }, OwnFactsJson.Default.StoredOwnFact),
        ChargingFact.Reviewed reviewed => JsonSerializer.SerializeToUtf8Bytes(
            new StoredOwnFact(At(fact), reviewed.TransactionId, null, null, null)
            {
                Session = reviewed.SessionId, Bill = reviewed.Bill, Seen = reviewed.Seen, Actor = reviewed.Actor, Note = reviewed.Note, Number = reviewed.Number,
            }, OwnFactsJson.Default.StoredOwnFact),
        _ => throw new ArgumentException($"{fact.GetType().Name} comes from a station.", nameof(fact)),
    };

    /// <param name="n">Its number in the connection that it is recorded under.</param>
    public static FactFrame Frame(ChargingFact fact, long n, Instant at) => new(fact, n, DialectTable.OurOwn, ActionOf(fact), "", Write(fact), at);

    public static ChargingFact Read(string action, ReadOnlySpan<byte> raw)
    {
        var stored = JsonSerializer.Deserialize(raw, OwnFactsJson.Default.StoredOwnFact)
            ?? throw new InvalidOperationException($"The journal has an empty {action}.");
        var time = stored.At is { } milliseconds
            ? new StationTime(Instant.FromUnixTimeMilliseconds(milliseconds), "", ClockQuality.Plausible)
            : StationTime.Missing;
        return action switch
        {
            StatusReported => new ChargingFact.StatusReported
            {
                Time = time,
                TransactionId = stored.TransactionId,
                Ongoing = stored.Ongoing,
                MessagesInQueue = stored.MessagesInQueue ?? false,
            },
            GapsAbandoned => new ChargingFact.GapsAbandoned
            {
                Time = time,
                TransactionId = stored.TransactionId,
                Reason = stored.Reason is { } reason ? Enum.Parse<AbandonReason>(reason) : AbandonReason.Gap,
            },
            Withheld => new ChargingFact.Withheld
            {
                Time = time,
                Evse = stored.Evse ?? throw new InvalidOperationException("The journal has a time of withheld energy without its EVSE."),
                From = Instant.FromUnixTimeMilliseconds(stored.From ?? throw new InvalidOperationException("The journal has a time of withheld energy without its beginning.")),
            },
            Reviewed => new ChargingFact.Reviewed
            {
                Time = time,
                TransactionId = stored.TransactionId,
                SessionId = stored.Session ?? throw new InvalidOperationException("The journal has a review without its session."),
                Bill = stored.Bill ?? throw new InvalidOperationException("The journal has a review without its decision."),
                Seen = stored.Seen ?? [],
                Actor = stored.Actor ?? "",
                Note = stored.Note,
                Number = stored.Number,
            },
            _ => throw new InvalidOperationException($"The journal has a fact of ours that nobody knows: {action}."),
        };
    }

    private static long? At(ChargingFact fact) => fact.Time.At?.ToUnixTimeMilliseconds();
}

/// <param name="At">Unix milliseconds.</param>
internal sealed record StoredOwnFact(long? At, string TransactionId, bool? Ongoing, bool? MessagesInQueue, string? Reason)
{
    public int? Evse { get; init; }

    /// <summary>Unix milliseconds.</summary>
    public long? From { get; init; }

    public string? Session { get; init; }
    public bool? Bill { get; init; }
    public IReadOnlyList<string>? Seen { get; init; }
    public string? Actor { get; init; }
    public string? Note { get; init; }
    public int? Number { get; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(StoredOwnFact))]
internal sealed partial class OwnFactsJson : JsonSerializerContext;
