using NodaTime;
using NodaTime.Text;

namespace Busbar.Kernel;

/// <summary>Instants are UTC and have milliseconds, everywhere: they are truncated on entry and stored as Unix milliseconds.</summary>
public static class Instants
{
    private static readonly InstantPattern Rfc3339 = InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm:ss.fff'Z'");

    public static Instant GetInstant(this TimeProvider clock) => Instant.FromUnixTimeMilliseconds(clock.GetUtcNow().ToUnixTimeMilliseconds());

    public static Instant TruncateToMilliseconds(this Instant instant) => Instant.FromUnixTimeMilliseconds(instant.ToUnixTimeMilliseconds());

    /// <summary>RFC 3339 in UTC with exactly three decimals: <c>2026-11-23T06:00:00.000Z</c>.</summary>
    public static string ToRfc3339(this Instant instant) => Rfc3339.Format(instant);
}
