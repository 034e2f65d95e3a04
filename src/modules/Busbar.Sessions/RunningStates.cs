using Busbar.Rating;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>What <see cref="RatingTimeline"/> makes of a session's states, told one after the other. Said is said; before the first word the meter shows what it can.</summary>
internal sealed class RunningStates(Instant start)
{
    private AppendList<StateMark> _taken = AppendList<StateMark>.Empty;
    private int _heard;
    private Instant? _firstSaid;
    private bool _saysWhy;

    /// <summary>From when on the station's own words count.</summary>
    private Instant SilentUntil => _saysWhy ? _firstSaid!.Value : Instant.MaxValue;

    /// <summary>Hears what was said before <paramref name="end"/>. False: it changes what was before <paramref name="folded"/> (Unix milliseconds).</summary>
    public bool Follow(AppendList<StateMark> states, Instant end, long folded)
    {
        if (_taken.Count > 0 && !states.Continues(_taken)) return false;
        // What was told late, though it is the last that was told of.
        for (var i = _taken.Count; i < states.Count; i++)
            if (folded > Ms(start) && Ms(states[i].From) < folded) return false;
        var silentUntil = SilentUntil;
        for (; _heard < states.Count && states[_heard].From < end; _heard++)
        {
            if (RatingTimeline.IsStale(start, states[_heard])) continue;
            _firstSaid ??= states[_heard].From;
            _saysWhy |= RatingTimeline.SaysWhy(states[_heard].State);
        }
        _taken = states;
        return silentUntil == SilentUntil || folded <= Ms(start) || folded <= Ms(SilentUntil);
    }

    /// <summary>The states from a moment on.</summary>
    /// <param name="folded">The moment, in Unix milliseconds; at the session's start all that was said before belongs to it.</param>
    /// <param name="before">The state just before it.</param>
    /// <param name="ahead">The accepted registers from there on.</param>
    public List<StateChange> From(long folded, VehicleState before, List<RegisterChain.Link> ahead)
    {
        var isStart = folded <= Ms(start);
        var states = new List<StateChange>(4);
        if (!isStart) states.Add(new StateChange(Instant.FromUnixTimeMilliseconds(folded), before));
        if (SilentUntil > start) AddMeasured(states, ahead);
        if (!_saysWhy) return states;
        var first = _heard;
        while (first > 0 && (isStart || Ms(_taken[first - 1].From) >= folded)) first--;
        for (; first < _heard; first++)
            if (!RatingTimeline.IsStale(start, _taken[first])) states.Add(new StateChange(_taken[first].From, RatingTimeline.StateOf(_taken[first].State)));
        return states;
    }

    private void AddMeasured(List<StateChange> states, List<RegisterChain.Link> ahead)
    {
        for (var i = 1; i < ahead.Count && ahead[i - 1].Reading.At < SilentUntil; i++)
        {
            var state = ahead[i].Total > ahead[i - 1].Total ? VehicleState.Charging : VehicleState.Unknown;
            if (states.Count == 0 || states[^1].State != state) states.Add(new StateChange(ahead[i - 1].Reading.At, state));
        }
    }

    private static long Ms(Instant at) => at.ToUnixTimeMilliseconds();
}
