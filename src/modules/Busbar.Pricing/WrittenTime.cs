using NodaTime;

namespace Busbar.Pricing;

/// <summary>The instants of times that others wrote.</summary>
internal static class WrittenTime
{
    /// <summary>Null: it lies where an offset could carry it beyond what an instant can be.</summary>
    public static Instant? Of(OffsetDateTime read) => IsWithin(read.Year) ? read.ToInstant() : null;

    /// <summary>Of a time in UTC.</summary>
    public static Instant? OfUtc(LocalDateTime read) => IsWithin(read.Year) ? read.InUtc().ToInstant() : null;

    // An offset is less than a day: a year away from either end none reaches it.
    private static bool IsWithin(int year) => year is >= 1 and <= 9_998;
}
