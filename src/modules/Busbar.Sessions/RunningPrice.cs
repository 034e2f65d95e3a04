using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>What a session costs and has used so far.</summary>
/// <param name="Energy">By the meter's judge.</param>
/// <param name="Cost">Null without a price.</param>
/// <param name="At">Until when it is priced.</param>
/// <param name="Rated">For what is asked beyond the cost; null without a price.</param>
internal sealed record PriceSoFar(Energy Energy, RunningCost? Cost, Instant At, RatingState? Rated);

/// <summary>
/// The price so far of one session that goes on, in memory only. What is certain of its past is folded once; a reading costs the same whether it is the
/// tenth or the ten thousandth. Whenever the past changes, or is not plain, it is thrown away and the session is rated whole: the two always say the same.
/// </summary>
internal sealed class RunningPrice
{
    /// <summary>Links that are not folded yet though they are certain: a bad reading takes back a few.</summary>
    private const int Lag = 4;

    /// <summary>It is folded for so many links at once, since each time copies what was counted.</summary>
    private const int Batch = 4;

    private Basis? _basis;
    private RunningMeter? _meter;
    private RunningStates? _states;
    private Folded _folded;
    private Instant _end;

    /// <summary>How often a price was asked for: for tests.</summary>
    public int Asked { get; private set; }

    /// <summary>How often the past was folded from its beginning: for tests.</summary>
    public int Begun { get; private set; }

    /// <summary>How often a session was rated whole: for tests.</summary>
    public int Whole { get; private set; }

    private sealed record Basis(Instant Start, string Zone, Power? Rated, AppendList<HeldBack>? Withheld, Tariff Tariff, SessionContext Context)
    {
        public bool Holds(Session session, Tariff tariff, SessionContext context) =>
            Start == session.StartedAt && Zone == session.Zone && Rated == session.RatedPower && ReferenceEquals(Withheld, session.Withheld) && ReferenceEquals(Tariff, tariff)
            && Context with { Curves = context.Curves } == context && SameCurves(Context.Curves, context.Curves);

        private static bool SameCurves(IReadOnlyList<PriceCurve>? a, IReadOnlyList<PriceCurve>? b) =>
            ReferenceEquals(a, b) || (a is not null && b is not null && a.Count == b.Count
                && a.Zip(b).All(pair => pair.First with { Prices = pair.Second.Prices } == pair.Second && pair.First.Prices.SequenceEqual(pair.Second.Prices)));
    }

    /// <summary>What is counted for good.</summary>
    /// <param name="Until">All before it, in Unix milliseconds.</param>
    /// <param name="Link">The first accepted register that is not before it.</param>
    /// <param name="Bare">The first reading without a register that is not.</param>
    /// <param name="State">The vehicle's just before it.</param>
    private readonly record struct Folded(RatingState Rating, long Until, int Link, int Bare, VehicleState State, Power? Power, decimal? CurrentA);

    /// <param name="market">The market's prices so far, where they are not decided yet.</param>
    /// <exception cref="OverflowException">More than can be stored.</exception>
    public PriceSoFar Of(Session session, Tariff tariff, IReadOnlyList<PriceCurve>? market)
    {
        Asked++;
        var end = Instant.Max(session.StartedAt, RatingTimeline.EndOf(session));
        var context = RatingContext.Of(session, market);
        try { return session.EndedAt is null ? GoingOn(session, tariff, context, end) : OfWhole(session, tariff, context, end); }
        catch
        {
            _basis = null;
            throw;
        }
    }

    /// <summary>The whole session, judged and rated anew.</summary>
    public static PriceSoFar OfAll(Session session, Tariff tariff, SessionContext context, Instant end)
    {
        var verdict = MeterJudge.Judge(session);
        return Result(Rater.Extend(Rater.Begin(tariff, Zones.Find(session.Zone), session.StartedAt, context), RatingTimeline.Of(session, verdict, end).ToPeriods()), verdict.Energy, end);
    }

    private PriceSoFar OfWhole(Session session, Tariff tariff, SessionContext context, Instant end)
    {
        Whole++;
        return OfAll(session, tariff, context, end);
    }

    private PriceSoFar GoingOn(Session session, Tariff tariff, SessionContext context, Instant end)
    {
        if (!Follows(session, tariff, context, end))
        {
            Begin(session, tariff, context);
            if (!Follows(session, tariff, context, end)) return OfWhole(session, tariff, context, end);
        }
        var ahead = _meter!.Ahead(_folded.Link);
        // Without links there is no energy yet; and what takes back a link that is folded may be taken back itself, so the fold waits.
        if (ahead.Count == 0 || _meter.Untouched <= _folded.Link) return OfWhole(session, tariff, context, end);
        _end = end;

        var readings = Readings(ahead);
        var states = _states!.From(_folded.Until, _folded.State, ahead);
        var timeline = new Timeline { Start = At(_folded.Until), End = end, Readings = readings, States = Silence.Unbilled(states, session.Timeline.Readings, end), Withheld = RatingTimeline.Withheld(session) };
        var next = NextCut(ahead);
        if (next is not { } cut) return Result(Rater.Extend(_folded.Rating, timeline.ToPeriods()), ahead[^1].Total, end);

        var periods = timeline.ToPeriods().ToList();
        var settled = periods.FindIndex(period => Ms(period.From) >= cut.At);
        if (settled < 0) settled = periods.Count;
        var rating = Rater.Extend(_folded.Rating, periods.Take(settled));
        var (power, current) = SampleBefore(readings, cut.At);
        _folded = new Folded(rating, cut.At, cut.Link, BareFrom(cut.At), states.FindLast(change => Ms(change.From) < cut.At)?.State ?? VehicleState.Unknown, power, current);
        return Result(Rater.Extend(rating, periods.Skip(settled)), ahead[^1].Total, end);
    }

    /// <summary>Takes what came since the last time; false where it is not simply more of the same.</summary>
    private bool Follows(Session session, Tariff tariff, SessionContext context, Instant end) =>
        _basis is { } basis && basis.Holds(session, tariff, context) && end >= _end
        && _meter!.Follow(session.Timeline.Readings) && _meter.Untouched > _folded.Link
        && _states!.Follow(session.Timeline.States, end, _folded.Until);

    private void Begin(Session session, Tariff tariff, SessionContext context)
    {
        Begun++;
        (_basis, _meter, _states) = (new Basis(session.StartedAt, session.Zone, session.RatedPower, session.Withheld, tariff, context), new RunningMeter(session), new RunningStates(session.StartedAt));
        _folded = new Folded(Rater.Begin(tariff, Zones.Find(session.Zone), session.StartedAt, context), Ms(session.StartedAt), 0, 0, VehicleState.Unknown, null, null);
        _end = session.StartedAt;
    }

    private List<Rating.Reading> Readings(List<RegisterChain.Link> ahead)
    {
        var readings = new List<Rating.Reading>(ahead.Count + 1);
        if (_folded.Power is not null || _folded.CurrentA is not null) readings.Add(new Rating.Reading(At(_folded.Until), null, null, _folded.Power, _folded.CurrentA));
        foreach (var link in ahead) readings.Add(MeterJudge.Accept(link.Reading, link.Total));
        var bare = _meter!.Bare;
        if (_folded.Bare == bare.Count) return readings;
        for (var i = _folded.Bare; i < bare.Count; i++) readings.Add(MeterJudge.Accept(bare[i], null));
        return [.. readings.OrderBy(reading => reading.At)];
    }

    /// <summary>The first register of a moment, far enough back that little can change it; null where it is not worth while yet.</summary>
    private (long At, int Link)? NextCut(List<RegisterChain.Link> ahead)
    {
        var index = _meter!.Certain - Lag - _folded.Link;
        if (index < Batch || _meter.Untouched <= _folded.Link + index) return null;
        while (index > 0 && Ms(ahead[index - 1].Reading.At) == Ms(ahead[index].Reading.At)) index--;
        return index > 0 && Ms(ahead[index].Reading.At) is var at && at > _folded.Until ? (at, _folded.Link + index) : null;
    }

    private int BareFrom(long at)
    {
        var index = _folded.Bare;
        while (index < _meter!.Bare.Count && Ms(_meter.Bare[index].At) < at) index++;
        return index;
    }

    private static (Power? Power, decimal? CurrentA) SampleBefore(List<Rating.Reading> readings, long at)
    {
        Power? power = null;
        decimal? current = null;
        foreach (var reading in readings)
            if (Ms(reading.At) < at) (power, current) = (reading.Power ?? power, reading.CurrentA ?? current);
        return (power, current);
    }

    private static PriceSoFar Result(RatingState rated, Energy energy, Instant end)
    {
        var cost = Rater.Running(rated);
        Biller.CheckStorable(cost.Total, cost.Currency);
        return new PriceSoFar(energy, cost, end, rated);
    }

    private static long Ms(Instant at) => at.ToUnixTimeMilliseconds();

    private static Instant At(long milliseconds) => Instant.FromUnixTimeMilliseconds(milliseconds);
}
