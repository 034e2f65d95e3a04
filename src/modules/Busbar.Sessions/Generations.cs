using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// Which session a 2.x event belongs to. A station that rebooted may use a transaction id again; the sessions of one id are told apart by their
/// starts, and each event belongs to the last one that began before it (the first, if none did), whatever order they came in.
/// </summary>
internal static class Generations
{
    /// <summary>So many sessions of one transaction id are looked up, the newest: a station that uses an id more often has no use for it.</summary>
    public const int Limit = 16;

    /// <summary>
    /// Sessions of the transaction that are no longer in the book may be meant: where none is there, where none of those that are had begun, and where the station is
    /// known to use the id again.
    /// </summary>
    public static bool AreMissing(StationBook book, FactAt at, string transactionId)
    {
        var (time, _) = StationClock.Correct(at.Fact.Time, at.ReceivedAt);
        var known = book.Of(transactionId);
        return known.Exists(session => session.IsReplaced || session.Issues.Contains(Issues.TransactionIdReused))
            || !known.Exists(session => session.StartKnown && session.StartedAt <= time);
    }

    /// <summary>The session that takes an event; a new one where nothing is known of the transaction.</summary>
    public static Session Of(Ledger ledger, string transactionId, Instant at)
    {
        var known = ledger.Generations(transactionId);
        return known.LastOrDefault(session => session.StartKnown && session.StartedAt <= at) ?? known.FirstOrDefault() ?? SessionRules.Found(ledger.At, transactionId);
    }

    /// <summary>The session that a start begins, or began already.</summary>
    public static Session Begin(Ledger ledger, ChargingFact.Started fact, string transactionId)
    {
        var (startedAt, _) = StationClock.Correct(fact.Time, ledger.At.ReceivedAt);
        var known = ledger.Generations(transactionId);
        var boot = ledger.Book.BootSession;
        if (known.Find(session => session.StartKnown && IsSameStart(session, fact, startedAt, boot)) is { } same)
        {
            ledger.Put(same, SessionRules.Retell(same, fact, ledger.At));
            return ledger.Find(same.Id)!;
        }
        var pending = known.Find(session => !session.StartKnown);
        var begun = SessionRules.Begin(pending ?? SessionRules.Found(ledger.At, transactionId), fact, ledger.At, boot);
        var others = known.Where(session => session.StartKnown).ToList();
        if (others.Count == 0)
        {
            ledger.Put(pending, begun);
            return ledger.Find(begun.Id)!;
        }
        Divide(ledger, others, begun);
        return ledger.Find(begun.Id)!;
    }

    private static void Divide(Ledger ledger, List<Session> others, Session begun)
    {
        var start = begun.StartedAt;
        if (others.FindLast(session => session.StartedAt <= start) is { } before)
        {
            var (left, taken) = SessionRules.Move(before, begun, time => time >= start);
            ledger.Put(before, left with { IsReplaced = true });
            ledger.Put(null, taken.WithIssue(Issues.TransactionIdReused) with { IsReplaced = before != others[^1] });
        }
        else
        {
            // What had no earlier session than the first one known was given to that.
            var first = others[0];
            var (left, taken) = SessionRules.Move(first, begun, time => time < first.StartedAt);
            ledger.Put(first, left.WithIssue(Issues.TransactionIdReused));
            ledger.Put(null, taken with { IsReplaced = true });
        }
    }

    // The same timestamp is the same start told again, unless it comes from a clock that begins anew with each boot.
    private static bool IsSameStart(Session session, ChargingFact.Started fact, Instant startedAt, int boot)
    {
        // A station that counts transactions for each EVSE uses an id at two of them at once: one vehicle never stands at both.
        if (fact.Evse is { } evse && session.Evse != 0 && session.Evse != evse) return false;
        if (fact.Time.Quality is ClockQuality.Unset or ClockQuality.Unreadable or ClockQuality.Past)
            return session.StartRaw == fact.Time.Raw && (session.BootSession == boot || session.IsOpen);
        return session.StartRaw == fact.Time.Raw || Abs(session.StartedAt - startedAt) <= MeterJudge.ClockSlack;
    }

    private static Duration Abs(Duration duration) => duration < Duration.Zero ? -duration : duration;
}
