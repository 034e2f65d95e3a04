using System.Net;
using Busbar.Kernel;
using Microsoft.Extensions.Logging;

namespace Busbar.Gateway;

/// <summary>
/// Tells an operator why stations are refused. Anyone can knock: so many lines a second and no more, and of a name only what can be read. What was not
/// told is counted in the next line.
/// </summary>
internal sealed class RefusalLog(TimeProvider clock, ILogger log)
{
    private const int LinesPerSecond = 10;
    private const int Burst = 50;

    // Of a station's name.
    private const int NameLength = 48;

    private readonly Lock _lock = new();
    private TokenBucket _lines = new(LinesPerSecond, Burst);
    private long _untold;

    public void Refused(string identity, IPAddress source, string reason)
    {
        long untold;
        lock (_lock)
        {
            if (_lines.Take(clock.GetUtcNow().Ticks) > TimeSpan.Zero)
            {
                _untold++;
                return;
            }
            (untold, _untold) = (_untold, 0);
        }
        Log.StationRefused(log, ReadableText.Of(identity, NameLength), source, reason, untold);
    }
}
