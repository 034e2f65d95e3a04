using NodaTime;
using NodaTime.Text;

namespace Busbar.Identity.Http;

/// <summary>A half-open range of instants in a query.</summary>
public readonly record struct TimeRange(Instant? From, Instant? To)
{
    public static TimeRange Read(Check check, string? from, string? to) => new(Parse(check, from, "/from"), Parse(check, to, "/to"));

    private static Instant? Parse(Check check, string? text, string pointer)
    {
        if (text is null) return null;
        var parsed = OffsetDateTimePattern.Rfc3339.Parse(text);
        check.That(parsed.Success, pointer, "invalidInstant", "An RFC 3339 time with a zone is expected.");
        return parsed.Success ? parsed.Value.ToInstant() : null;
    }
}
