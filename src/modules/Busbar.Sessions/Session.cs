using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>Where a session stands. The first is the safe one: nothing is billed in it.</summary>
internal enum SessionPhase
{
    /// <summary>Known, and its start is not (an end or a reading came first).</summary>
    Pending,
    Charging,

    /// <summary>Ended, and messages of it are missing that the station may still hold.</summary>
    Ending,
    Completed,

    /// <summary>Ended without energy and without a valid token.</summary>
    Failed,

    /// <summary>Ended, and not billed before a person has looked.</summary>
    Held,
}

/// <summary>What the API shows of a phase.</summary>
internal enum SessionStatus
{
    /// <summary>Something is missing: the start, or messages before the end.</summary>
    Pending,
    Charging,

    /// <summary>The vehicle takes no energy, or the station gives none.</summary>
    Suspended,
    Completed,
    Failed,
    Held,
}

/// <summary>The tariff version that a session is bound to since its start.</summary>
internal sealed record TariffPin(string TariffId, int Version, string Hash);

/// <summary>What a person decided of a session that was held.</summary>
/// <param name="Bill">As it stands; false: never.</param>
/// <param name="Seen">The issues that they saw: another one holds it again.</param>
/// <param name="Actor">Who: an operator's or a client's id.</param>
internal sealed record SessionReview(bool Bill, IssueSet Seen, string Actor, string? Note, Instant At)
{
    /// <summary>Of the decisions about the session, from 1.</summary>
    public int Number { get; init; }
}

/// <summary>Which CDR speaks for a session now.</summary>
internal sealed record CdrRef(CdrId Id, int Version);

/// <summary>A place in a station's journal.</summary>
internal readonly record struct JournalPlace(long Epoch, long N)
{
    public int CompareTo(JournalPlace other) => Epoch != other.Epoch ? Epoch.CompareTo(other.Epoch) : N.CompareTo(other.N);
}

/// <summary>One physical charge, as the journal tells it so far. Changed only by <see cref="ChargingRules"/>.</summary>
internal sealed record Session
{
    public required SessionId Id { get; init; }

    /// <summary>OCPP's transaction id as text: assigned by us in 1.6, the station's own in 2.x.</summary>
    public required string TransactionId { get; init; }
    public SessionPhase Phase { get; init; }
    public int Evse { get; init; }
    public int Connector { get; init; }
    public PresentedToken? Token { get; init; }
    public string? TokenStatus { get; init; }
    public Instant StartedAt { get; init; }

    /// <summary>Never before the start, whatever the station said; see <see cref="End"/>.</summary>
    public Instant? EndedAt { get; init; }
    public string? EndReason { get; init; }
    public SessionTimeline Timeline { get; init; } = SessionTimeline.Empty;
    public SequenceLog Sequence { get; init; } = SequenceLog.Empty;
    public IssueSet Issues { get; init; } = IssueSet.Empty;
    public TariffPin? Tariff { get; init; }

    /// <summary>The station's name when the session started; null while the start is not known.</summary>
    public string? Station { get; init; }

    /// <summary>The location's zone when the session started.</summary>
    public string Zone { get; init; } = "Etc/UTC";
    public Power? RatedPower { get; init; }

    /// <summary>What the EVSE delivered when the session started; null where nobody said.</summary>
    public EvseCurrent? Current { get; init; }

    /// <summary>The group of the token that counts, as it was when the token was shown.</summary>
    public string? TokenGroup { get; init; }

    /// <summary>When we held energy back, as whoever did it told; null where nobody did.</summary>
    public AppendList<HeldBack>? Withheld { get; init; }

    /// <summary>The market's prices that were decided for it; null where none were.</summary>
    public SessionCurves? Curves { get; init; }
    /// <summary>What a person decided of it since it was held, the newest; null where nobody did.</summary>
    public SessionReview? Review { get; init; }
    public int BootSession { get; init; }
    public long? RemoteStartId { get; init; }
    public bool StartKnown { get; init; }

    /// <summary>The start's timestamp as it was written: with an unset clock it tells a repetition from another start.</summary>
    public string? StartRaw { get; init; }

    /// <summary>When the start first came; null until it is known.</summary>
    public Instant? StartReceivedAt { get; init; }

    /// <summary>All that was told about who charges, best first.</summary>
    public AppendList<TokenClaim> Claims { get; init; } = AppendList<TokenClaim>.Empty;

    /// <summary>All ends that were told with this session's id, the one that counts first.</summary>
    public AppendList<EndMark> Ends { get; init; } = AppendList<EndMark>.Empty;

    /// <summary>Facts with an id that says nothing, given to this session by <see cref="Evidence"/>; in the journal's order.</summary>
    public AppendList<Adoption> Adopted { get; init; } = AppendList<Adoption>.Empty;

    /// <summary>When the next session began on the same connector, as long as this one is not known to have ended before that.</summary>
    public Instant? NextStart { get; init; }

    /// <summary>The transaction id begins another session since: of this one nothing is asked any more.</summary>
    public bool IsReplaced { get; init; }

    /// <summary>Nothing that is missing is waited for any longer.</summary>
    public bool GivenUp { get; init; }

    /// <summary>The issue that says why, of a session that was closed before an end was told; null where the station itself says that it is over.</summary>
    public string? ClosedBy { get; init; }

    /// <summary>Grows with every change after the end.</summary>
    public int Version { get; init; } = 1;
    public CdrRef? Cdr { get; init; }

    /// <summary>Of the CDR that <see cref="Cdr"/> names, without its ids and version: a change of it makes a new CDR.</summary>
    public string? CdrContent { get; init; }

    /// <summary>The bytes of the CDR that <see cref="Cdr"/> names, for its credit.</summary>
    public ByteText? CdrLast { get; init; }

    /// <summary>The first fact that spoke of this session, as it was told.</summary>
    public JournalPlace FirstPlace { get; init; }

    /// <summary>The last fact that changed this session.</summary>
    public JournalPlace Place { get; init; }

    /// <summary>Told with sequence numbers (2.x): then the numbers say what is missing, and only its own events speak of it.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsSequenced => !Sequence.IsEmpty;

    /// <summary>The end that counts: the earliest of its own, else of those that were matched.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public EndMark? End => Ends.Count > 0 ? Ends[0] : Adopted.Count == 0 ? null : Adopted.Select(adoption => adoption.End).OfType<EndMark>().Order(EndMark.Order).FirstOrDefault();

    /// <summary>When it ended by its own facts; an end that was matched may be taken back.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public Instant? OwnEnd => Ends.Count > 0 ? EndedAt : null;

    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsOpen => Phase is SessionPhase.Pending or SessionPhase.Charging or SessionPhase.Ending;

    [System.Text.Json.Serialization.JsonIgnore]
    public SessionStatus Status => Phase switch
    {
        SessionPhase.Completed => SessionStatus.Completed,
        SessionPhase.Failed => SessionStatus.Failed,
        SessionPhase.Held => SessionStatus.Held,
        SessionPhase.Charging when Timeline.States.Count > 0 && Timeline.States[^1].State is ChargingState.SuspendedByVehicle or ChargingState.SuspendedByStation =>
            SessionStatus.Suspended,
        SessionPhase.Charging => SessionStatus.Charging,
        _ => SessionStatus.Pending,
    };

    /// <summary>The order of sessions: by their start, then by id.</summary>
    public static int ByStart(Session a, Session b)
    {
        var start = a.StartedAt.CompareTo(b.StartedAt);
        return start != 0 ? start : a.Id.Value.CompareTo(b.Id.Value);
    }

    public Session WithIssue(string? code) => code is null || Issues.Contains(code) ? this : this with { Issues = Issues.With(code) };
}
