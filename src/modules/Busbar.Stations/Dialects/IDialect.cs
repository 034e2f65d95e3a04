using System.Diagnostics.CodeAnalysis;
using Busbar.Gateway.Contracts;
using Busbar.Ocpp;
using Busbar.Ocpp.Rpc;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Screens;
using NodaTime;

namespace Busbar.Stations.Dialects;

/// <summary>What an answer needs beside the message itself.</summary>
/// <param name="HeartbeatSeconds">The station's own heartbeat interval: the configured one with its jitter.</param>
internal readonly record struct AnswerContext(Instant Now, int HeartbeatSeconds);

/// <summary>How an action that a station sends is handled. A dialect's table names one for every action that it knows.</summary>
internal abstract record Route
{
    private Route()
    {
    }

    /// <summary>Money or state: read tolerantly, made durable, then answered.</summary>
    public sealed record Fact(Func<ReadOnlyMemory<byte>, Instant, FactReading> Read) : Route;

    /// <summary>A token is shown: the desk judges, nothing is written.</summary>
    public sealed record Token(Func<ReadOnlyMemory<byte>, TokenReading> Read) : Route;

    /// <summary>Answered at once, from what is here.</summary>
    public sealed record Direct(Func<ReadOnlyMemory<byte>, Instant, AnswerContext, DirectReading> Read) : Route;

    /// <summary>The action exists, and not for a station to send: NotSupported.</summary>
    public sealed record NotForStations : Route
    {
        public static NotForStations Instance { get; } = new();
    }
}

/// <summary>What a charging message came to. Without a fact it is answered (or refused) and nothing is recorded.</summary>
internal sealed record FactReading
{
    public ChargingFact? Fact { get; init; }

    /// <summary>Renders the response; called before the commit, since the answer is stored with the fact.</summary>
    public Func<DeskDecision, AnswerContext, ReadOnlyMemory<byte>>? Answer { get; init; }

    /// <summary>The answer tells the time of day: a repeat gets a new one, never the stored.</summary>
    public bool AnswerTellsTime { get; init; }

    /// <summary>The tariff by which the station says that it calculates a transaction, by our name of it.</summary>
    public (string Transaction, string Tariff)? Calculates { get; init; }

    /// <summary>The answer tells the station the price so far, where there is one.</summary>
    public bool AnswerTellsCost { get; init; }

    /// <summary>What the message says about the station itself.</summary>
    public StationNews? News { get; init; }

    /// <summary>Not even a key could be read: the version's own error.</summary>
    public CallReply.Error? Refusal { get; init; }

    public static FactReading Refused(WireReadError error, OcppVersion version) => new() { Refusal = error.ToReply(version) };
}

/// <summary>An Authorize, or why it is none.</summary>
internal sealed record TokenReading(PresentedToken? Token, Func<TokenVerdictText, ReadOnlyMemory<byte>>? Answer, CallReply.Error? Refusal)
{
    /// <summary>The answer with the driver's price in it, for a station that shows one; null where the version says it otherwise.</summary>
    public Func<TokenVerdictText, StationPrices, ScreenFacts, ReadOnlyMemory<byte>>? AnswerWithPrice { get; init; }
}

/// <summary>An answer that needs nobody's decision.</summary>
internal sealed record DirectReading(CallReply Reply, IReadOnlyList<StationNews> News)
{
    public static implicit operator DirectReading(CallReply reply) => new(reply, []);
}

/// <summary>What a station tells about itself, whatever its version.</summary>
internal abstract record StationNews
{
    private StationNews()
    {
    }

    /// <summary>It booted and said what it is.</summary>
    public sealed record Identified(string Vendor, string Model, string? Serial, string? Firmware) : StationNews;

    /// <summary>A connector's status in OCPP's words; EVSE 0 is the station as a whole.</summary>
    public sealed record ConnectorReported(int Evse, int Connector, string Status, string? ErrorCode, Instant? At) : StationNews
    {
        public ConnectorUse Use { get; init; }
    }
}

/// <summary>Whether a connector's status shows that a transaction runs there.</summary>
internal enum ConnectorUse
{
    Unknown,
    NoTransaction,
    Transaction,
}

/// <summary>What a station says of a transaction that it was asked about.</summary>
/// <param name="Ongoing">Null where it does not say.</param>
internal readonly record struct TransactionWord(bool? Ongoing, bool MessagesInQueue);

/// <summary>A charge that begins with a token, or a transaction that ends.</summary>
internal readonly record struct Awaited(string? TokenUid, int? Evse, string? TransactionId);

/// <summary>One version of OCPP: reads its frames into facts and writes its answers. Only a dialect knows a version.</summary>
internal interface IDialect
{
    OcppVersion Version { get; }

    /// <summary>As the journal names it: 16, 201, 21.</summary>
    int Protocol { get; }

    /// <summary>How prices are said to a station's screen.</summary>
    IScreenDialect Screens { get; }

    bool TryFind(string action, [NotNullWhen(true)] out Route? route);

    /// <summary>The version family's table of actions.</summary>
    IReadOnlyList<OcppAction> Actions { get; }

    /// <summary>The CALL that says it in this version, or why none does.</summary>
    CallDraft Compile(StationIntent intent);

    /// <summary>What a station that does it will tell of charging; null where nothing would show it, or the transaction names the command itself.</summary>
    Awaited? AwaitedOf(StationCall call);

    /// <summary>Reads the answer to <see cref="StationIntent.AskTransaction"/>; null where the version has none, or it cannot be read.</summary>
    TransactionWord? ReadTransactionWord(ReadOnlySpan<byte> payload);
}

internal static class DialectTable
{
    /// <summary>The journal's protocol number of facts that no station sent.</summary>
    public const int OurOwn = 0;

    private static readonly IDialect[] All = [Ocpp16.Ocpp16Dialect.Instance, Ocpp2.Ocpp2Dialect.V201, Ocpp2.Ocpp2Dialect.V21];

    public static IDialect For(OcppVersion version) => Array.Find(All, dialect => dialect.Version == version)
        ?? throw new ArgumentOutOfRangeException(nameof(version), version, "No dialect speaks this version.");

    public static IDialect For(int protocol) => Array.Find(All, dialect => dialect.Protocol == protocol)
        ?? throw new ArgumentOutOfRangeException(nameof(protocol), protocol, "No dialect has this number.");

    public static CallReply.Error ToReply(this WireReadError error, OcppVersion version) => new(error.ErrorCode(version), error.Detail);

    public static CallReply.Error NotImplemented { get; } = new(RpcErrorCodes.NotImplemented, "This action is not known.");

    public static CallReply.Error NotSupported { get; } = new(RpcErrorCodes.NotSupported, "A station does not send this action.");
}
