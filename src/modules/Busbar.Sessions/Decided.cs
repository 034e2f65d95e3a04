using System.Text.Json.Serialization;
using Busbar.Kernel;
using Busbar.Rating;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// What was taken from outside the journal to decide about a fact. Stored with it, so that a replay decides the same whatever has become of the
/// token, the tariff or the location since.
/// </summary>
internal sealed record Decided
{
    public static Decided Nothing { get; } = new();

    /// <summary>The transaction id that we assigned (1.6).</summary>
    public string? TransactionId { get; init; }
    public string? TokenStatus { get; init; }
    public string? TokenGroup { get; init; }
    public Instant? TokenValidUntil { get; init; }
    public TariffPin? Tariff { get; init; }

    /// <summary>The station's name when the session started: the station may be deleted before its session has ended.</summary>
    public string? Station { get; init; }
    public string? Zone { get; init; }
    public Power? RatedPower { get; init; }

    /// <summary>What the EVSE delivered when the session started; null where nobody said.</summary>
    public EvseCurrent? Current { get; init; }

    /// <summary>Prices of the market that the fact made necessary.</summary>
    public IReadOnlyList<DecidedCurves>? Curves { get; init; }
}

/// <summary>What the market's prices of a session were taken to be.</summary>
/// <param name="AtStart">Of the session's first moment; null: nothing was decided of them.</param>
/// <param name="Whole">Of all of its time; null: nothing was decided of them.</param>
internal sealed record DecidedCurves(SessionId Session, IReadOnlyList<PriceCurve>? AtStart, IReadOnlyList<PriceCurve>? Whole)
{
    /// <summary>The end up to which <see cref="Whole"/> was decided.</summary>
    public Instant? Until { get; init; }

    /// <summary>A person released the session: what was missing is asked for once more, and what is still missing then has the tariff's own price.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Again { get; init; }

    /// <summary>A curve that lacks a price of these and is to refuse; null: none.</summary>
    public string? Refused { get; init; }
}

/// <summary>A fact in its place in the journal: all that the rules may look at besides the book.</summary>
/// <param name="NewId">The id of a session that this fact may found; a function of the place.</param>
internal sealed record FactAt(ChargingFact Fact, Instant ReceivedAt, JournalPlace Place, Decided Decided, SessionId NewId);

/// <summary>The book after a fact, and the sessions that the fact changed.</summary>
internal sealed record Step(StationBook Book, IReadOnlyList<SessionId> Changed, string? TransactionId);
