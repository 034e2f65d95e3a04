using Busbar.Kernel;
using Busbar.Sessions.Contracts;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// What a fact means for a station's sessions. Pure: the same facts give the same sessions, and any order of the same facts gives sessions with the
/// same content. A fact is never refused and never lost: what fits no session becomes an orphan.
/// </summary>
internal static class ChargingRules
{
    /// <param name="older">Sessions of the fact's transaction id that may no longer be in the book; what the book has counts.</param>
    public static Step Apply(StationBook book, FactAt at, IReadOnlyList<Session> older)
    {
        var ledger = new Ledger(book.Trimmed() with { Place = at.Place }, at, older);
        switch (at.Fact)
        {
            case ChargingFact.Started fact: Start(ledger, fact); break;
            case ChargingFact.Updated { TransactionId: null } fact: MeterOfConnector(ledger, fact); break;
            case ChargingFact.Updated fact: Own(ledger, fact.TransactionId!, session => SessionRules.Update(session, fact, at)); break;
            case ChargingFact.Ended fact: Own(ledger, fact.TransactionId, session => SessionRules.End(session, fact, at)); break;
            case ChargingFact.ConnectorState fact: StateOfConnector(ledger, fact); break;
            case ChargingFact.Booted: ledger.Book = ledger.Book with { BootSession = ledger.Book.BootSession + 1 }; break;
            case ChargingFact.StatusReported fact: Reconcile(ledger, fact); break;
            case ChargingFact.GapsAbandoned fact: GiveUp(ledger, fact.TransactionId, isOver: fact.Reason != AbandonReason.Gap, ClosedBy(fact.Reason)); break;
            case ChargingFact.Withheld fact: Withhold(ledger, fact); break;
            case ChargingFact.Reviewed fact: Review(ledger, fact); break;
            case ChargingFact.Unreadable fact: KeepUnreadable(ledger, fact); break;
            default: throw new InvalidOperationException($"No rule for {at.Fact.GetType().Name}.");
        }
        Evidence.Match(ledger);
        CloseTheOldest(ledger);
        return new Step(ledger.Book, ledger.Changed, ledger.TransactionId);
    }

    private static void Start(Ledger ledger, ChargingFact.Started fact)
    {
        var transactionId = fact.TransactionId ?? ledger.At.Decided.TransactionId
            ?? throw new InvalidOperationException("A 1.6 start needs an assigned transaction id.");
        ledger.TransactionId = transactionId;
        var session = Generations.Begin(ledger, fact, transactionId);
        if (!session.IsSequenced) ledger.Put(session, WithConnectorHistory(ledger.Book, session));
        AdoptById(ledger, session.Id);
        Supersede(ledger, session.Id);
    }

    /// <summary>A fact that names its transaction.</summary>
    private static void Own(Ledger ledger, string transactionId, Func<Session, Session> change)
    {
        ledger.TransactionId = transactionId;
        var fact = ledger.At.Fact;
        Session? session;
        if (fact.SeqNo is not null) session = Generations.Of(ledger, transactionId, StationClock.Correct(fact.Time, ledger.At.ReceivedAt).At);
        else
        {
            session = ledger.Find(transactionId);
            // A number that is another session's says as little as one that is nobody's.
            if (session is null || Contradicts(session, fact))
            {
                ledger.KeepOrphan();
                return;
            }
        }
        ledger.Put(ledger.Find(session.Id), change(session));
    }

    private static bool Contradicts(Session session, ChargingFact fact) =>
        fact is ChargingFact.Updated { SeqNo: null, Evse: { } evse } && !session.IsSequenced && session.Evse != 0 && session.Evse != evse;

    /// <summary>A session that begins on a connector shows that the one before it is over there, whether or not its end was told.</summary>
    private static void Supersede(Ledger ledger, SessionId id)
    {
        var session = ledger.Find(id)!;
        if (session.Evse == 0) return;
        foreach (var other in ledger.Book.On(session.Evse, session.Connector == 0 ? null : session.Connector).Where(other => other.Id != id))
        {
            if (other.StartedAt < session.StartedAt) ledger.Put(other, WithNext(other, session.StartedAt));
            else if (session.StartedAt < other.StartedAt) ledger.Put(ledger.Find(id), WithNext(ledger.Find(id)!, other.StartedAt));
        }
    }

    private static Session WithNext(Session session, Instant start) =>
        session.OwnEnd <= start + MeterJudge.ClockSlack || session.NextStart <= start ? session : session with { NextStart = start };

    /// <summary>A connector's meter outside any transaction: it belongs to the session that was there at that time, if one was.</summary>
    private static void MeterOfConnector(Ledger ledger, ChargingFact.Updated fact)
    {
        if (fact.Evse is not { } evse) return;
        foreach (var sample in fact.Samples)
        {
            if (SessionRules.ReadingOf(sample, ledger.At.ReceivedAt).Reading is not { } told) continue;
            var reading = told with { IsOfConnector = true };
            if (ledger.SessionAt(evse, fact.Connector, reading.At) is { IsSequenced: false } session)
                ledger.Put(session, session.Timeline.Readings.Count < SessionRules.TimelineLimit ? session with { Timeline = session.Timeline.With(reading) } : session.WithIssue(Issues.TooMuchData));
            if (fact.Connector is { } connector) ledger.Book = ledger.Book.With(evse, connector, history => history.With(reading));
        }
    }

    private static void StateOfConnector(Ledger ledger, ChargingFact.ConnectorState fact)
    {
        var (at, _) = StationClock.Correct(fact.Time, ledger.At.ReceivedAt);
        var mark = new StateMark(at, fact.State);
        ledger.Book = ledger.Book.With(fact.Evse, fact.Connector, history => history.With(mark));
        // Told during a session it is that session's; and it is what the next one begins with, for nobody knows yet that the former has not ended before.
        foreach (var session in new[] { ledger.SessionAt(fact.Evse, fact.Connector, at), ledger.Book.On(fact.Evse, fact.Connector).FirstOrDefault(session => session.StartedAt > at) })
        {
            if (session is { IsSequenced: false }) ledger.Put(session, SessionRules.WithConnectorState(session, mark));
        }
    }

    /// <summary>What the connector said before the session's start was told, as far as it concerns the session.</summary>
    private static Session WithConnectorHistory(StationBook book, Session session)
    {
        if (book.HistoryOf(session.Evse, session.Connector) is not { } history) return session;
        var until = book.On(session.Evse, session.Connector).Where(other => other.StartedAt > session.StartedAt).Select(other => other.StartedAt)
            .Append(session.OwnEnd ?? Instant.MaxValue).Min();
        // Of what was said before the start only the last counts.
        var first = history.Marks.Count;
        while (first > 0 && history.Marks[first - 1].From >= session.StartedAt) first--;
        for (var i = Math.Max(0, first - 1); i < history.Marks.Count && history.Marks[i].From <= until; i++) session = SessionRules.WithConnectorState(session, history.Marks[i]);
        var readings = history.Readings.Where(reading => reading.At >= session.StartedAt && reading.At <= until);
        return readings.Any() ? session with { Timeline = readings.Aggregate(session.Timeline, (timeline, reading) => timeline.With(reading)) } : session;
    }

    /// <summary>2.0.1 part 2, E14: the station tells whether the transaction goes on and whether messages of it wait.</summary>
    private static void Reconcile(Ledger ledger, ChargingFact.StatusReported fact)
    {
        ledger.TransactionId = fact.TransactionId;
        if (fact.MessagesInQueue || fact.Ongoing == true) return;
        GiveUp(ledger, fact.TransactionId, isOver: true, null);
    }

    /// <summary>Waits no longer for what is missing. A session that goes on is closed only if it is known to be over.</summary>
    private static void GiveUp(Ledger ledger, string transactionId, bool isOver, string? closedBy)
    {
        ledger.TransactionId = transactionId;
        foreach (var session in ledger.Generations(transactionId))
        {
            var waits = session.Phase is SessionPhase.Ending or SessionPhase.Pending || (session.Phase == SessionPhase.Charging && (isOver || session.NextStart is not null));
            if (waits) ledger.Put(session, session with { GivenUp = true, ClosedBy = closedBy });
        }
    }

    private static string? ClosedBy(AbandonReason reason) => reason switch
    {
        AbandonReason.ConnectorFree => Issues.ConnectorFree,
        AbandonReason.StationSilent => Issues.StationSilent,
        _ => null,
    };

    /// <summary>Our own clock told both ends. Of every session that was at the EVSE in that time; a connector nobody names, since we hold back at an EVSE.</summary>
    private static void Withhold(Ledger ledger, ChargingFact.Withheld fact)
    {
        if (fact.Time.At is not { } until || until <= fact.From) return;
        foreach (var session in ledger.Book.On(fact.Evse, null))
        {
            if (session.StartedAt < until && !(session.EndedAt <= fact.From))
                ledger.Put(session, SessionRules.WithWithheld(session, new HeldBack(fact.From, until)));
        }
    }

    /// <summary>The newest decision counts, in whatever order they come; but of two that were taken on the same sight, only the first: who took the other did not know of it.</summary>
    private static void Review(Ledger ledger, ChargingFact.Reviewed fact)
    {
        ledger.TransactionId = fact.TransactionId;
        if (!TypedId.TryParse<SessionId>(fact.SessionId, out var id) || ledger.Find(id) is not { } session || fact.Time.At is not { } at || at < session.Review?.At) return;
        var number = (session.Review?.Number ?? 0) + 1;
        if (fact.Number is { } meant && meant != number) return;
        ledger.Put(session, session with { Review = new SessionReview(fact.Bill, IssueSet.Of(fact.Seen), fact.Actor, fact.Note, at) { Number = number } });
    }

    private static void KeepUnreadable(Ledger ledger, ChargingFact.Unreadable fact)
    {
        ledger.TransactionId = fact.TransactionId;
        if (fact.TransactionId is not { } id || ledger.Find(id) is not { } known)
        {
            ledger.KeepOrphan();
            return;
        }
        var at = StationClock.Correct(fact.Time, ledger.At.ReceivedAt).At;
        var session = fact.SeqNo is null ? known : Generations.Of(ledger, id, at);
        // It came, so it is not missing; what it said, a person has to read.
        ledger.Put(session, session.WithIssue(Issues.Unreadable) with { Sequence = session.Sequence.Add(fact.SeqNo, at) });
    }

    /// <summary>Facts with the session's own id that came before its start, told again now that it is here.</summary>
    private static void AdoptById(Ledger ledger, SessionId id)
    {
        foreach (var orphan in ledger.Book.Orphans.ToArray())
        {
            var session = ledger.Find(id)!;
            if (orphan.TransactionId != session.TransactionId || Contradicts(session, orphan.Fact)) continue;
            ledger.Book = ledger.Book with { Orphans = ledger.Book.Orphans.Remove(orphan) };
            Evidence.Release(ledger, orphan.Place);
            session = ledger.Find(id)!;
            var at = ledger.At with { Fact = orphan.Fact, ReceivedAt = orphan.ReceivedAt, Decided = orphan.Decided };
            ledger.Put(session, orphan.Fact switch
            {
                ChargingFact.Ended ended => SessionRules.End(session, ended, at),
                ChargingFact.Updated updated => SessionRules.Update(session, updated, at),
                _ => session.WithIssue(Issues.Unreadable),
            });
        }
    }

    /// <summary>A station cannot charge so many vehicles at once: what it tells of ever new transactions must not grow without end.</summary>
    private static void CloseTheOldest(Ledger ledger)
    {
        while (ledger.Book.Open.Length > StationBook.OpenLimit)
        {
            var oldest = ledger.Book.Open.OrderBy(session => session.StartKnown).ThenBy(session => session.Place.Epoch).ThenBy(session => session.Place.N)
                .ThenBy(session => session.Id.Value).First();
            ledger.Put(oldest, oldest with { GivenUp = true });
        }
    }
}
