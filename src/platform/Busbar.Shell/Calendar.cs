using NodaTime;

namespace Busbar.Shell;

/// <summary>A station's time is what the station says: the calendar ends a little before the instants do.</summary>
internal static class Calendar
{
    private static readonly Instant Earliest = Instant.FromUtc(1, 1, 3, 0, 0);
    private static readonly Instant Latest = Instant.FromUtc(9999, 12, 29, 0, 0);

    public static Instant Clamp(Instant at) => Instant.Max(Earliest, Instant.Min(at, Latest));
}
