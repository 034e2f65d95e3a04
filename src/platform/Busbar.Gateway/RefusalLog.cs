using System.Globalization;
using System.Net;
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
        Log.StationRefused(log, Readable(identity), source, reason, untold);
    }

    /// <summary>Cut to the length of a station's name. Whatever could move a terminal's cursor, end the line or turn its direction becomes a question mark.</summary>
    internal static string Readable(string text) =>
        string.Create(Math.Min(text.Length, NameLength), text, static (name, text) =>
        {
            for (var i = 0; i < name.Length; i++)
            {
                name[i] = char.GetUnicodeCategory(text[i]) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
                    or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator ? '?' : text[i];
            }
        });
}
