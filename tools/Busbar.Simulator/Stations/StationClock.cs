using Busbar.Kernel;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Simulator.Stations;

/// <summary>The clock on a station's wall: the truth, an error, a drift, and a way to write it down.</summary>
internal sealed class StationClock
{
    private static readonly InstantPattern NoZone = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm:ss");

    private readonly TimeProvider _life;
    private readonly StationOptions _options;
    private Instant _setAt;
    private Duration _error;

    public StationClock(StationOptions options)
    {
        _options = options;
        _life = options.LifeClock ?? options.Clock;
        _setAt = Truth;
        _error = options.ClockError ?? (options.Has(Misbehaviours.WrongClock) ? Instant.FromUtc(1970, 1, 2, 0, 0) - _setAt : Duration.Zero);
    }

    public TimeProvider Life => _life;

    public Instant Truth => _life.GetInstant();

    /// <summary>How this station writes a moment. A message is stamped once: sent again, it carries the same text.</summary>
    public string Stamp(Instant truth)
    {
        var shown = truth + _error + Duration.FromMilliseconds((long)((truth - _setAt).TotalMilliseconds * _options.ClockDriftPpm / 1_000_000));
        return _options.Has(Misbehaviours.LocalTimeNoZone) ? NoZone.Format(shown + Duration.FromSeconds(_options.LocalOffset.Seconds)) : shown.ToRfc3339();
    }

    public void Sync(Instant? server)
    {
        if (_options.SyncsClock && !_options.Has(Misbehaviours.WrongClock) && server is { } time)
        {
            _setAt = Truth;
            _error = time - _setAt;
        }
    }
}
