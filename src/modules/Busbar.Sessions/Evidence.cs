using Busbar.Kernel;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>How a fact with an unknown transaction id fits a session.</summary>
internal enum Fit
{
    No,

    /// <summary>By time and meter alone: nobody bills that without looking.</summary>
    Weak,

    /// <summary>By connector or token, time and meter.</summary>
    Strong,
}

/// <summary>
/// Finds the session of a fact whose transaction id says nothing (−1, 0, one that we never gave): by connector, token, time and meter, and only where
/// exactly one session fits. Two candidates are none. Asked again after every fact, so that what is learned later corrects what was guessed before.
/// </summary>
internal static class Evidence
{
    public static void Match(Ledger ledger)
    {
        var orphans = ledger.Book.Orphans;
        if (orphans.IsEmpty) return;
        // Sequenced sessions are complete by their numbers, and need no guess.
        var sessions = ledger.Book.Sessions.Where(session => session is { StartKnown: true, IsSequenced: false })
            .OrderBy(session => session.StartedAt).ThenBy(session => session.Id.Value).ToList();
        if (sessions.Count == 0) return;

        var matches = new Dictionary<Contracts.SessionId, List<Adoption>>();
        foreach (var orphan in orphans)
        {
            if (orphan.Fact is ChargingFact.Ended end) Offer(matches, sessions, session => FitOf(session, end, orphan.ReceivedAt), fit => AdoptionOf(orphan, end, fit));
        }
        var ended = sessions.ToDictionary(session => session.Id, session => session.EndOf(matches.GetValueOrDefault(session.Id)));
        foreach (var orphan in orphans)
        {
            if (orphan.Fact is ChargingFact.Updated update)
                Offer(matches, sessions, session => FitOf(session, update, orphan.ReceivedAt, ended[session.Id]), fit => AdoptionOf(orphan, update, fit));
        }
        foreach (var session in sessions) ledger.Put(session, WithAdopted(session, matches.GetValueOrDefault(session.Id) ?? [], orphans));
    }

    /// <summary>Takes a fact back from whoever adopted it: it turned out to be a session's own.</summary>
    public static void Release(Ledger ledger, JournalPlace place)
    {
        foreach (var session in ledger.Book.Sessions.ToArray())
        {
            if (session.Adopted.FirstOrDefault(adoption => adoption.Place == place) is not { } adoption) continue;
            ledger.Put(session, session with
            {
                Timeline = session.Timeline.Without(adoption.Readings),
                Adopted = AppendList<Adoption>.Of(session.Adopted.Where(other => other != adoption)),
            });
        }
    }

    private static void Offer(Dictionary<Contracts.SessionId, List<Adoption>> matches, List<Session> sessions, Func<Session, Fit> fitOf, Func<Fit, Adoption> adoption)
    {
        Session? only = null;
        var best = Fit.No;
        foreach (var session in sessions)
        {
            var fit = fitOf(session);
            if (fit == Fit.No) continue;
            if (only is not null) return;
            (only, best) = (session, fit);
        }
        if (only is null) return;
        if (!matches.TryGetValue(only.Id, out var taken)) matches[only.Id] = taken = [];
        taken.Add(adoption(best));
    }

    private static Fit FitOf(Session session, ChargingFact.Ended fact, Instant receivedAt)
    {
        var (at, _) = StationClock.Correct(fact.Time, receivedAt);
        if (fact.Register is not { } register || at < session.StartedAt) return Fit.No;
        // A session with an end of its own takes only that end told again.
        if (session.Ends.Count > 0 && !session.Ends.Any(end => end.At == at && end.Register == register)) return Fit.No;
        if (session.NextStart is { } next && at > next + MeterJudge.ClockSlack) return Fit.No;
        if (!MeterFits(session, register, at)) return Fit.No;
        if (fact.Token is not { } token) return Fit.Weak;
        return token.Folded == session.Token?.Folded ? Fit.Strong : Fit.No;
    }

    private static Fit FitOf(Session session, ChargingFact.Updated fact, Instant receivedAt, EndMark? end)
    {
        if (fact.Evse is null || session.Evse != fact.Evse || (fact.Connector is { } connector && session.Connector != connector) || fact.Samples.Count == 0) return Fit.No;
        var until = end?.At ?? session.NextStart ?? Instant.MaxValue;
        foreach (var sample in fact.Samples)
        {
            var (at, _) = StationClock.Correct(sample.Time, receivedAt);
            if (at < session.StartedAt || at > until) return Fit.No;
            if (sample.Register < StartRegister(session) || sample.Register > end?.Register) return Fit.No;
        }
        return Fit.Strong;
    }

    /// <summary>The register follows from the session's own: from its start, from its last reading, and as far as the connector can have delivered.</summary>
    private static bool MeterFits(Session session, Energy register, Instant at)
    {
        var readings = session.Timeline.Readings;
        // An import register counts from zero upwards: from below it nothing follows.
        if (StartRegister(session) is not { } start || start < Energy.Zero || register < start) return false;
        if (register - start > MeterJudge.Possible(session.RatedPower ?? MeterJudge.AnyPower, at - session.StartedAt)) return false;
        for (var i = readings.Count - 1; i >= 0; i--)
        {
            if (readings[i].At <= at && readings[i].Register is { } last && !IsAdopted(session, readings[i])) return register >= last;
        }
        return true;
    }

    private static bool IsAdopted(Session session, Reading reading) => session.Adopted.Any(adoption => adoption.Readings.Contains(reading));

    private static Energy? StartRegister(Session session) =>
        session.Timeline.Readings.FirstOrDefault(reading => reading is { Kind: ReadingKind.Begin, Register: not null })?.Register;

    private static EndMark? EndOf(this Session session, List<Adoption>? adopted) =>
        session.Ends.Count > 0 ? session.Ends[0] : adopted?.Select(adoption => adoption.End).OfType<EndMark>().Order(EndMark.Order).FirstOrDefault();

    private static Adoption AdoptionOf(Orphan orphan, ChargingFact.Ended fact, Fit fit)
    {
        var (at, issue) = StationClock.Correct(fact.Time, orphan.ReceivedAt);
        return new Adoption(orphan.Place, fit, new EndMark(at, fact.Register, fact.Reason), ReadingsOf(fact.Samples, orphan), issue);
    }

    private static Adoption AdoptionOf(Orphan orphan, ChargingFact.Updated fact, Fit fit) =>
        new(orphan.Place, fit, null, ReadingsOf(fact.Samples, orphan), StationClock.Correct(fact.Time, orphan.ReceivedAt).Issue);

    private static AppendList<Reading> ReadingsOf(IReadOnlyList<MeterSample> samples, Orphan orphan) =>
        AppendList<Reading>.Of(samples.Select(sample => SessionRules.ReadingOf(sample, orphan.ReceivedAt).Reading).OfType<Reading>());

    private static Session WithAdopted(Session session, List<Adoption> matched, IReadOnlyCollection<Orphan> orphans)
    {
        // A fact that has left the book stays where it was put.
        var kept = session.Adopted.Where(adoption => orphans.All(orphan => orphan.Place != adoption.Place)).ToList();
        var wanted = kept.Concat(matched).OrderBy(adoption => adoption.Place.Epoch).ThenBy(adoption => adoption.Place.N).ToList();
        if (wanted.Select(Key).SequenceEqual(session.Adopted.Select(Key))) return session;

        var timeline = session.Timeline;
        foreach (var adoption in session.Adopted) timeline = timeline.Without(adoption.Readings);
        var adopted = new List<Adoption>();
        foreach (var adoption in wanted)
        {
            var added = new List<Reading>();
            foreach (var reading in adoption.Readings)
            {
                var with = timeline.With(reading);
                if (!ReferenceEquals(with, timeline)) added.Add(reading);
                timeline = with;
            }
            adopted.Add(adoption with { Readings = AppendList<Reading>.Of(added) });
        }
        return session with { Timeline = timeline, Adopted = AppendList<Adoption>.Of(adopted) };

        static (JournalPlace, Fit) Key(Adoption adoption) => (adoption.Place, adoption.Fit);
    }
}
