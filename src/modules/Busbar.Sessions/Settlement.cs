using System.Collections.Frozen;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// What all that was told about a session comes to: its token, its end, its phase and its issues. Computed anew after every change and from
/// nothing else, so that it cannot depend on the order in which things were told.
/// </summary>
internal static class Settlement
{
    private static readonly FrozenSet<string> Concluded = FrozenSet.Create(StringComparer.Ordinal,
    [
        Issues.MeterReset, Issues.MeterRollover, Issues.MeterGlitch, Issues.MeterRegression, Issues.MeterImplausible, Issues.ExportUnclear, Issues.NoReadings, Issues.EnergyAfterEnd,
        Issues.EndBeforeStart, Issues.ClockChanged, Issues.DifferingStop, Issues.StopsDisagree, Issues.NoEnd, Issues.ConnectorFree, Issues.StationSilent, Issues.UnknownTransaction, Issues.SequenceGap, Issues.Superseded,
        Issues.NoToken, Issues.NoTariff, Issues.TokenBlocked, Issues.TokenExpired, Issues.TokenUnknown, Issues.MatchedByEvidence, Issues.MatchedWeakly,
        Issues.TokenInUse, Issues.RatingFailed, Issues.PriceMissing, Issues.Waived, Issues.CostDiffers, Issues.StationCostFailed,
    ]);

    /// <summary>So much time is billed though nothing but the station's own clock speaks for it. A start may wait in an offline queue for longer.</summary>
    private static readonly Duration Unwitnessed = Duration.FromDays(1);

    public static Session Of(Session session)
    {
        var claim = session.Claims.Count > 0 ? session.Claims[0] : null;
        var end = session.End;
        if (session.Token != claim?.Token || session.TokenStatus != claim?.Status || session.TokenGroup != claim?.Group || session.EndReason != end?.Reason)
            session = session with { Token = claim?.Token, TokenStatus = claim?.Status, TokenGroup = claim?.Group, EndReason = end?.Reason };
        session = WithoutLater(Placed(session, end));

        var issues = new List<string>(4);
        if (session.StartKnown && session.Token is null) issues.Add(Issues.NoToken);
        if (session.StartKnown && session.Tariff is null) issues.Add(Issues.NoTariff);
        if (IssueOf(session.TokenStatus) is { } refused) issues.Add(refused);
        foreach (var adoption in session.Adopted)
        {
            issues.Add(adoption.Fit == Fit.Weak ? Issues.MatchedWeakly : Issues.MatchedByEvidence);
            if (adoption.Issue is { } issue) issues.Add(issue);
        }
        if (session.Sequence.HasGap) issues.Add(Issues.SequenceGap);
        if (LastsInto(session.NextStart, session.EndedAt)) issues.Add(Issues.Superseded);
        AddEnds(session, issues);

        var phase = PhaseOf(session, end);
        if (phase is SessionPhase.Completed)
        {
            if (end is null) issues.Add(session.StartKnown ? session.ClosedBy ?? Issues.NoEnd : Issues.UnknownTransaction);
            else if (!session.StartKnown) issues.Add(Issues.UnknownTransaction);
            else if (end.At < session.StartedAt) issues.Add(Issues.EndBeforeStart);
            else if (IsUnwitnessed(session)) issues.Add(Issues.ClockChanged);
            if (session.Curves?.Refused is not null) issues.Add(Issues.PriceMissing);
            var verdict = MeterJudge.Judge(session);
            issues.AddRange(verdict.Issues);
            if (ShowsMoreAfterEnd(session)) issues.Add(Issues.EnergyAfterEnd);
            var holding = issues.Where(Issues.Holds).Concat(session.Issues.Where(code => Issues.Holds(code) && !Concluded.Contains(code)));
            if (session.Review is { Bill: false }) issues.Add(Issues.Waived);
            else if (holding.Any(code => session.Review?.Seen.Contains(code) != true)) phase = SessionPhase.Held;
            else if (verdict.Energy.MilliwattHours == 0 && session.TokenStatus is not (null or "Accepted")) phase = SessionPhase.Failed;
        }
        var found = session.Issues.Count == 0 && issues.Count == 0 ? session.Issues : IssueSet.Of(session.Issues.Where(code => !Concluded.Contains(code)).Concat(issues));
        return phase == session.Phase && found.Equals(session.Issues) ? session : session with { Phase = phase, Issues = found };
    }

    /// <summary>
    /// A clock that is set during a session moves one of its ends. What was told of a session takes no longer than it was seen to last, and at most as long as its start
    /// was late: if both are long, nobody knows how much of it is true.
    /// </summary>
    private static bool IsUnwitnessed(Session session) =>
        session.EndedAt - session.StartedAt > Unwitnessed && session.StartReceivedAt - session.StartedAt > Unwitnessed;

    private static string? IssueOf(string? tokenStatus) => tokenStatus switch
    {
        null or "Accepted" => null,
        "Blocked" => Issues.TokenBlocked,
        "Expired" => Issues.TokenExpired,
        "ConcurrentTx" => Issues.TokenInUse,
        _ => Issues.TokenUnknown,
    };

    /// <summary>Completed stands for all that is over.</summary>
    private static SessionPhase PhaseOf(Session session, EndMark? end)
    {
        if (!session.StartKnown) return session.GivenUp ? SessionPhase.Completed : SessionPhase.Pending;
        if (end is null) return session.GivenUp || session.IsReplaced ? SessionPhase.Completed : SessionPhase.Charging;
        return session.Sequence.IsComplete || session.GivenUp ? SessionPhase.Completed : SessionPhase.Ending;
    }

    /// <summary>The session's times. Over without an end, the last reading is the last thing known: no energy and no time is invented.</summary>
    private static Session Placed(Session session, EndMark? end)
    {
        var readings = session.Timeline.Readings;
        if (!session.StartKnown && session.GivenUp)
        {
            var first = readings.Count > 0 ? readings[0].At : end?.At ?? session.StartedAt;
            session = session with { StartedAt = end is null ? first : Instant.Min(first, end.At) };
        }
        var isOver = session.GivenUp || session.IsReplaced;
        Instant? endedAt = end is not null ? Instant.Max(end.At, session.StartKnown || session.GivenUp ? session.StartedAt : end.At)
            : isOver ? Instant.Max(readings.Count > 0 ? readings[^1].At : session.StartedAt, session.StartedAt) : null;
        // The next session's start is of interest only until an end of the session's own was told.
        var next = session.Ends.Count > 0 && !LastsInto(session.NextStart, endedAt) ? null : session.NextStart;
        return endedAt == session.EndedAt && next == session.NextStart ? session : session with { EndedAt = endedAt, NextStart = next };
    }

    /// <summary>
    /// What the connector told after the end, or after the next session began there, is not this session's; and a state that it told at the very end is
    /// about what comes after.
    /// </summary>
    private static Session WithoutLater(Session session)
    {
        if (session.IsSequenced || (session.OwnEnd ?? session.NextStart) is not { } last) return session;
        var (readings, states) = (session.Timeline.Readings, session.Timeline.States);
        if (readings.Count > 0 && readings[^1].At > last && readings.Any(IsLater)) readings = AppendList<Reading>.Of(readings.Where(reading => !IsLater(reading)));
        if (states.Count > 0 && states[^1].From >= last) states = AppendList<StateMark>.Of(states.Where(mark => mark.From < last));
        return ReferenceEquals(readings, session.Timeline.Readings) && ReferenceEquals(states, session.Timeline.States)
            ? session : session with { Timeline = new SessionTimeline(readings, states) };

        bool IsLater(Reading reading) => reading.IsOfConnector && reading.At > last;
    }

    private static bool LastsInto(Instant? next, Instant? endedAt) => next is { } start && !(endedAt <= start + MeterJudge.ClockSlack);

    private static void AddEnds(Session session, List<string> issues)
    {
        if (session.Ends.Count + session.Adopted.Count < 2 || session.End is not { } end) return;
        foreach (var other in session.Ends.Concat(session.Adopted.Select(adoption => adoption.End).OfType<EndMark>()))
        {
            if (other.At != end.At || other.Register != end.Register) issues.Add(Issues.DifferingStop);
            if (other.Register != end.Register) issues.Add(Issues.StopsDisagree);
        }
    }

    private static bool ShowsMoreAfterEnd(Session session)
    {
        if (session.End is not { } end) return false;
        Kernel.Energy? billed = end.Register;
        Kernel.Energy? after = null;
        foreach (var reading in session.Timeline.Readings)
        {
            if (reading.Register is not { } register || reading.Kind == ReadingKind.Begin) continue;
            if (reading.At <= end.At + MeterJudge.ClockSlack) billed = billed is { } most && most > register ? most : register;
            else after = after is { } most && most > register ? most : register;
        }
        return billed is not null && after > billed;
    }
}
