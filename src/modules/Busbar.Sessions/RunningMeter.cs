using Busbar.Kernel;
using NodaTime;

namespace Busbar.Sessions;

/// <summary>
/// The meter of one session that goes on, judged reading by reading: what <see cref="MeterJudge"/> makes of all of them together, at a cost that does not grow
/// with their number. It follows what is plain, which is almost everything; whatever else it finds, it says that it does not follow, and the session is judged whole.
/// </summary>
internal sealed class RunningMeter
{
    private readonly Instant _start;
    private readonly List<Reading> _points = [];
    private readonly RegisterChain _chain;
    private AppendList<Reading> _taken = AppendList<Reading>.Empty;
    private bool _isPlain = true;
    private bool _hasIntervals;
    private bool _hasSamples;

    public RunningMeter(Session session)
    {
        _start = session.StartedAt;
        _chain = new RegisterChain(_points, MeterJudge.Limit(session.RatedPower), new SortedSet<string>(StringComparer.Ordinal));
    }

    /// <summary>Readings of power and current without a register, in their order.</summary>
    public List<Reading> Bare { get; } = [];

    /// <summary>Of the links that were certain before, how many the last readings left as they were.</summary>
    public int Untouched => _chain.Untouched;

    /// <summary>Links that later readings change only if several of them were bad.</summary>
    public int Certain { get; private set; }

    /// <summary>Takes what was read since the last time. False: it is no continuation of what was taken, or not plain.</summary>
    public bool Follow(AppendList<Reading> readings)
    {
        if (!_isPlain || (_taken.Count > 0 && !readings.Continues(_taken))) return _isPlain = false;
        for (var i = _taken.Count; i < readings.Count; i++)
            if (!Take(readings[i])) return _isPlain = false;
        _taken = readings;
        // One register is no energy; intervals alone are judged otherwise.
        if (_points.Count < 2) return !_hasIntervals && readings.Count < 2;
        Certain = _chain.FollowCertain();
        return true;
    }

    /// <summary>The accepted registers from a link on, with all that were read.</summary>
    public List<RegisterChain.Link> Ahead(int from) => _points.Count < 2 ? [] : _chain.Ahead(from);

    private bool Take(Reading reading)
    {
        switch (reading.Kind)
        {
            // A last reading, or a first one after others, of a session that goes on: a clock was set, and the order is not that of time.
            case ReadingKind.End: return false;
            case ReadingKind.Begin when _hasSamples: return false;
            case ReadingKind.Begin: break;
            default:
                if (reading.At < _start) return true;
                _hasSamples = true;
                break;
        }
        if (reading.ExportRegister is not null) return false;
        if (reading.At < _start) reading = reading with { At = _start };
        _hasIntervals |= reading.Interval is not null;
        if (reading.Register is null)
        {
            if (reading.Power is not null || reading.CurrentA is not null) Bare.Add(reading);
        }
        else if (reading.Register >= Energy.Zero) _points.Add(reading);
        return true;
    }
}
