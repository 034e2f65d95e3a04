using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>The connection that a fact came over: its station and its epoch.</summary>
/// <param name="Epoch">The lease's epoch; a unit of an older one is fenced.</param>
public readonly record struct StationSeat(TenantId Tenant, StationId Station, long Epoch);

/// <summary>A fact together with the frame it was read from.</summary>
/// <param name="N">Position in the connection, from 1.</param>
/// <param name="Protocol">16, 201 or 21; 0 for facts of ours.</param>
/// <param name="Raw">The payload's bytes.</param>
public sealed record FactFrame(ChargingFact Fact, long N, int Protocol, string Action, string MessageId, ReadOnlyMemory<byte> Raw, Instant ReceivedAt);

/// <summary>What the desk decided about a fact, as far as an answer needs it.</summary>
/// <param name="TransactionId">The transaction's id: in 1.6 the one we assign, as text.</param>
/// <param name="Token">The verdict on the token that was shown; null where none was.</param>
/// <param name="TotalCost">The running or final price including tax, in the tariff's currency; null without a price.</param>
public sealed record DeskDecision(string? TransactionId, TokenVerdictText? Token, decimal? TotalCost)
{
    public static DeskDecision None { get; } = new(null, null, null);
}

/// <summary>
/// A verdict on a token: <c>Accepted</c>, <c>Blocked</c>, <c>Expired</c>, <c>ConcurrentTx</c>, or <c>Invalid</c> where nobody knows the token. These words are
/// journalled; what a version of OCPP calls them is its dialect's to say.
/// </summary>
public sealed record TokenVerdictText(string Status, string? GroupId, Instant? ValidUntil)
{
    public static TokenVerdictText Invalid { get; } = new("Invalid", null, null);
    public bool IsAccepted => Status == "Accepted";
    public bool IsUnknown => Status == "Invalid";
}

/// <summary>What became of a fact.</summary>
public abstract record DeskOutcome
{
    private DeskOutcome()
    {
    }

    /// <summary>Durable: send this answer. It is the stored one where the fact was there already.</summary>
    public sealed record Recorded(ReadOnlyMemory<byte> Answer) : DeskOutcome;

    /// <summary>A newer connection owns the station: end this one.</summary>
    public sealed record Fenced : DeskOutcome
    {
        public static Fenced Instance { get; } = new();
    }

    /// <summary>Not durable: no answer, close 1013.</summary>
    public sealed record NotDurable : DeskOutcome
    {
        public static NotDurable Instance { get; } = new();
    }
}

/// <summary>Where a station's charging facts are recorded. Implemented by Busbar.Sessions.</summary>
public interface IChargingDesk
{
    /// <summary>
    /// Decides about a fact, makes it durable together with its answer, and answers only then. Facts of one station come one at a time.
    /// </summary>
    /// <param name="answer">Renders the version's response from the decision; called before the commit, since the answer is stored with the fact.</param>
    ValueTask<DeskOutcome> RecordAsync(StationSeat seat, FactFrame frame, Func<DeskDecision, ReadOnlyMemory<byte>> answer, CancellationToken ct);

    /// <summary>Judges a token that a station asks about (Authorize); writes nothing.</summary>
    ValueTask<TokenVerdictText> AuthorizeAsync(StationSeat seat, PresentedToken token, CancellationToken ct);

    /// <summary>The connection ended: what is only in memory is written, and the station may be forgotten.</summary>
    void Left(StationSeat seat);
}

/// <summary>Reads a journalled frame back into its fact: the replay's half of a dialect.</summary>
public interface IFactReader
{
    /// <param name="protocol">16, 201, 21, or 0 for a fact of ours.</param>
    ChargingFact Read(int protocol, string action, ReadOnlyMemory<byte> raw, Instant receivedAt);
}

/// <summary>What others need to know about a station to price and judge a session, from memory.</summary>
/// <param name="Identity">The API's <c>stationId</c>; null: the station was deleted.</param>
/// <param name="ZoneId">The location's IANA zone, or the tenant's.</param>
/// <param name="RatedPower">What the connector can deliver; null when nobody said.</param>
/// <param name="CreatedAt">When it was registered here; null for a station that was deleted.</param>
/// <param name="Current">What the EVSE delivers; null when its connectors do not say, or not the same.</param>
public sealed record StationFacts(string? Identity, Guid? Location, string ZoneId, Power? RatedPower, Instant? CreatedAt, EvseCurrent? Current = null);

/// <summary>The current that an EVSE delivers (OCPP 2.1 EvseKindEnumType).</summary>
public enum EvseCurrent
{
    Ac,
    Dc,
}

public static class EvseCurrents
{
    /// <summary>As a tariff's conditions say it; null: nobody knows.</summary>
    public static EvseKind? ToKind(this EvseCurrent? current) => current switch { EvseCurrent.Ac => EvseKind.Ac, EvseCurrent.Dc => EvseKind.Dc, _ => null };
}

/// <summary>Answers <see cref="StationFacts"/> for an EVSE of a station. Implemented by Busbar.Stations itself.</summary>
public interface IStationFacts
{
    ValueTask<StationFacts> FindAsync(TenantId tenant, StationId station, int evse, CancellationToken ct);
}
