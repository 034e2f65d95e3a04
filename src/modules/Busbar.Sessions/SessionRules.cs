using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// How one session takes a fact that is its own. Each rule only adds to what was told, in a place that does not depend on when it came;
/// <see cref="Settlement"/> says what it comes to.
/// </summary>
internal static class SessionRules
{
    /// <summary>More than a day at one reading in two seconds; a station that tells more floods us.</summary>
    public const int TimelineLimit = 50_000;

    private const int ClaimLimit = 16;
    private const int EndLimit = 8;

    /// <summary>A whole day of changes by the minute.</summary>
    private const int WithheldLimit = 1_440;

    private static readonly Duration Late = Duration.FromHours(1);

    /// <summary>A session that some fact speaks of first; its start may still come.</summary>
    public static Session Found(FactAt at, string transactionId) =>
        new() { Id = at.NewId, TransactionId = transactionId, Phase = SessionPhase.Pending, StartedAt = at.ReceivedAt, FirstPlace = at.Place };

    public static Session Begin(Session session, ChargingFact.Started fact, FactAt at, int bootSession)
    {
        var (startedAt, issue) = StationClock.Correct(fact.Time, at.ReceivedAt);
        session = session with
        {
            StartKnown = true,
            StartRaw = fact.Time.Raw,
            Evse = fact.Evse ?? session.Evse,
            Connector = fact.Connector ?? session.Connector,
            StartedAt = startedAt,
            Tariff = at.Decided.Tariff,
            Station = at.Decided.Station ?? session.Station,
            Zone = at.Decided.Zone ?? session.Zone,
            RatedPower = at.Decided.RatedPower,
            Current = at.Decided.Current,
            BootSession = bootSession,
            RemoteStartId = fact.RemoteStartId ?? session.RemoteStartId,
        };
        session = Retell(session, fact, at).WithIssue(issue).WithIssue(IsLate(startedAt, at.ReceivedAt) ? Issues.ToldLate : null);
        if (fact.Register is { } register)
            session = session with { Timeline = session.Timeline.With(new Reading(startedAt, ReadingKind.Begin, register, null, null, null, null)) };
        return fact.State is { } state ? WithState(session, new StateMark(startedAt, state)) : session;
    }

    /// <summary>The same start in other bytes: what it adds is added, what stands is not overwritten.</summary>
    public static Session Retell(Session session, ChargingFact.Started fact, FactAt at)
    {
        session = WithToken(session, TokenMoment.Start, session.StartedAt, fact.Token, at.Decided) with
        {
            Sequence = session.Sequence.Add(fact.SeqNo, session.StartedAt, EventPlace.First),
            StartReceivedAt = Instant.Min(session.StartReceivedAt ?? at.ReceivedAt, at.ReceivedAt),
        };
        // The start's own readings are the session's, though they were taken a moment before it.
        return WithReadings(session, StationClock.Samples(fact.Samples, fact.Time, at.ReceivedAt), at.ReceivedAt, session.StartedAt);
    }

    public static Session Update(Session session, ChargingFact.Updated fact, FactAt at)
    {
        var (time, issue) = StationClock.Correct(fact.Time, at.ReceivedAt);
        session = WithPlace(session, fact.Evse, fact.Connector);
        if (fact.SeqNo is not null || fact.RemoteStartId is not null)
            session = session with { Sequence = session.Sequence.Add(fact.SeqNo, time), RemoteStartId = session.RemoteStartId ?? fact.RemoteStartId };
        session = WithReadings(WithToken(session, TokenMoment.Between, time, fact.Token, at.Decided), StationClock.Samples(fact.Samples, fact.Time, at.ReceivedAt), at.ReceivedAt);
        if (fact.State is { } state) session = WithState(session, new StateMark(time, state));
        // Without a number the time is that of the first sample, which was judged with the samples.
        return fact.SeqNo is null ? session : session.WithIssue(issue);
    }

    public static Session End(Session session, ChargingFact.Ended fact, FactAt at)
    {
        var (endedAt, issue) = StationClock.Correct(fact.Time, at.ReceivedAt);
        var mark = new EndMark(endedAt, fact.Register, fact.Reason) { Cost = fact.Cost };
        // An end whose own time is not believed is known by what it says: told again, it has another time of receipt.
        var known = endedAt != fact.Time.At
            && session.Ends.Any(end => end.Register == mark.Register && end.Reason == mark.Reason);
        var index = known ? -1 : SessionTimeline.PlaceOf(session.Ends, mark, EndMark.Compare);
        session = WithToken(WithPlace(session, fact.Evse, fact.Connector), TokenMoment.End, endedAt, fact.Token, at.Decided) with
        {
            Ends = index < 0 ? session.Ends : AppendList<EndMark>.Of(session.Ends.Insert(index, mark).Take(EndLimit)),
            Sequence = session.Sequence.Add(fact.SeqNo, endedAt, EventPlace.Last),
        };
        return WithReadings(session, StationClock.Samples(fact.Samples, fact.Time, at.ReceivedAt), at.ReceivedAt).WithIssue(issue).WithIssue(IsLate(endedAt, at.ReceivedAt) ? Issues.ToldLate : null);
    }

    /// <param name="notBefore">For the readings of a start.</param>
    public static Session WithReadings(Session session, IReadOnlyList<MeterSample> samples, Instant receivedAt, Instant? notBefore = null)
    {
        var timeline = session.Timeline;
        foreach (var sample in samples)
        {
            var (reading, issue) = ReadingOf(sample, receivedAt);
            session = session.WithIssue(issue).WithIssue(sample.Issues.Count > 0 ? Issues.MeterUnreadable : null);
            if (reading is null) continue;
            if (notBefore is { } start && reading.At < start && start - reading.At <= MeterJudge.ClockSlack) reading = reading with { At = start };
            if (timeline.Readings.Count >= TimelineLimit)
            {
                session = session.WithIssue(Issues.TooMuchData);
                if (Yielding(timeline, reading) is not { } room) continue;
                timeline = room;
            }
            timeline = timeline.With(reading);
            if (session.Adopted.Count > 0) session = session with { Adopted = Own(session.Adopted, reading) };
        }
        return ReferenceEquals(timeline, session.Timeline) ? session : session with { Timeline = timeline };
    }

    /// <summary>A full timeline with room for this reading: for a beginning if there is none, for an end in the place of one before it. Null where it has no place.</summary>
    private static SessionTimeline? Yielding(SessionTimeline timeline, Reading reading)
    {
        if (reading.Kind == ReadingKind.Begin) return timeline.Readings.Any(known => known.Kind == ReadingKind.Begin) ? null : timeline;
        if (reading.Kind != ReadingKind.End) return null;
        for (var i = timeline.Readings.Count - 1; i >= 0; i--)
        {
            var last = timeline.Readings[i];
            if (last.Kind == ReadingKind.End) return Reading.Compare(last, reading) < 0 ? timeline.Without([last]) : null;
        }
        return timeline;
    }

    /// <summary>A sample as evidence; null where nothing of it could be read.</summary>
    public static (Reading? Reading, string? Issue) ReadingOf(MeterSample sample, Instant receivedAt)
    {
        var (at, issue) = StationClock.Correct(sample.Time, receivedAt);
        if (sample is { Register: null, Interval: null, Power: null, CurrentA: null, SocPercent: null, ExportRegister: null }) return (null, issue);
        var kind = sample.Context switch
        {
            SampleContext.Begin => ReadingKind.Begin,
            SampleContext.End => ReadingKind.End,
            SampleContext.Clock => ReadingKind.Clock,
            _ => ReadingKind.Sample,
        };
        return (new Reading(at, kind, sample.Register, sample.Interval, sample.Power, sample.CurrentA, sample.SocPercent) { ExportRegister = sample.ExportRegister }, issue);
    }

    public static Session WithState(Session session, StateMark mark)
    {
        if (session.Timeline.States.Count >= TimelineLimit) return session.WithIssue(Issues.TooMuchData);
        var timeline = session.Timeline.With(mark);
        return ReferenceEquals(timeline, session.Timeline) ? session : session with { Timeline = timeline };
    }

    /// <summary>What the connector said. Of all that it said before the start only the last counts.</summary>
    public static Session WithConnectorState(Session session, StateMark mark)
    {
        if (mark.From >= session.StartedAt) return WithState(session, mark);
        var before = session.Timeline.States.FirstOrDefault(known => known.From < session.StartedAt);
        if (before is not null && StateMark.Compare(before, mark) >= 0) return session;
        var kept = before is null ? session.Timeline.States : AppendList<StateMark>.Of(session.Timeline.States.Where(known => known != before));
        return WithState(session with { Timeline = session.Timeline with { States = kept } }, mark);
    }

    /// <summary>Time in which energy was held back, once however often it is told, in the order of time.</summary>
    public static Session WithWithheld(Session session, HeldBack time)
    {
        var known = session.Withheld ?? AppendList<HeldBack>.Empty;
        if (known.Contains(time)) return session;
        if (known.Count >= WithheldLimit) return session.WithIssue(Issues.TooMuchData);
        return session with { Withheld = AppendList<HeldBack>.Of(known.Append(time).OrderBy(held => held.From).ThenBy(held => held.To)) };
    }

    private static bool IsLate(Instant at, Instant receivedAt) => receivedAt - at > Late;

    /// <summary>Takes from one session all that was told at times for which <paramref name="moves"/> holds, and gives it to the other.</summary>
    public static (Session Giver, Session Taker) Move(Session giver, Session taker, Func<Instant, bool> moves)
    {
        var (moved, kept) = giver.Timeline.Split(moves);
        var (heard, keptHeard) = giver.Sequence.Split(moves);
        taker = taker with
        {
            Timeline = taker.Timeline.With(moved),
            Sequence = taker.Sequence.With(heard),
            Ends = AppendList<EndMark>.Of(taker.Ends.Concat(giver.Ends.Where(end => moves(end.At))).Distinct().Order(EndMark.Order)),
        };
        foreach (var claim in giver.Claims.Where(claim => moves(claim.At))) taker = WithClaim(taker, claim);
        giver = giver with
        {
            Timeline = kept,
            Sequence = keptHeard,
            Ends = AppendList<EndMark>.Of(giver.Ends.Where(end => !moves(end.At))),
            Claims = AppendList<TokenClaim>.Of(giver.Claims.Where(claim => !moves(claim.At))),
        };
        return (giver, taker);
    }

    private static AppendList<Adoption> Own(AppendList<Adoption> adopted, Reading reading) => AppendList<Adoption>.Of(adopted.Select(adoption =>
        adoption.Readings.Contains(reading) ? adoption with { Readings = AppendList<Reading>.Of(adoption.Readings.Where(known => known != reading)) } : adoption));

    private static Session WithPlace(Session session, int? evse, int? connector) =>
        (session.Evse != 0 || evse is null) && (session.Connector != 0 || connector is null) ? session : session with
        {
            Evse = session.Evse == 0 ? evse ?? 0 : session.Evse,
            Connector = session.Connector == 0 ? connector ?? 0 : session.Connector,
        };

    private static Session WithToken(Session session, TokenMoment moment, Instant at, PresentedToken? token, Decided decided) =>
        token is null || decided.TokenStatus is not { } status ? session : WithClaim(session, new TokenClaim(moment, at, token, status) { Group = decided.TokenGroup });

    private static Session WithClaim(Session session, TokenClaim claim)
    {
        // Told again it has the group and the card of then: what has become of the token since changes no price.
        if (session.Claims.Any(known => known.Moment == claim.Moment && known.At == claim.At && known.Status == claim.Status && known.Token.Folded == claim.Token.Folded)) return session;
        var index = SessionTimeline.PlaceOf(session.Claims, claim, TokenClaim.Compare);
        return index < 0 ? session : session with { Claims = AppendList<TokenClaim>.Of(session.Claims.Insert(index, claim).Take(ClaimLimit)) };
    }
}
