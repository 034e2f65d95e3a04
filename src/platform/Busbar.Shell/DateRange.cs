using NodaTime;
using NodaTime.Text;

namespace Busbar.Shell;

/// <summary>The days that a list is narrowed to, both ends included; an end that is null is open. Days are the tenant's: one may have 23 hours, or 25.</summary>
public readonly record struct DateRange(LocalDate? From, LocalDate? To)
{
    /// <summary>What can be chosen by one click, beside all.</summary>
    public static IReadOnlyList<string> Presets { get; } = ["today", "yesterday", "week", "month"];

    /// <summary>As it stands in an address: dates win over a preset, and what is neither narrows nothing.</summary>
    /// <param name="when">One of <see cref="Presets"/>.</param>
    /// <param name="from"><c>2026-11-26</c></param>
    /// <param name="to">The last day.</param>
    /// <param name="today">On the tenant's clock.</param>
    public static DateRange Read(string? when, string? from, string? to, LocalDate today) => (Date(from), Date(to)) switch
    {
        (null, null) => when switch
        {
            "today" => new(today, today),
            "yesterday" => new(today.PlusDays(-1), today.PlusDays(-1)),
            "week" => new(today.PlusDays(-6), today),
            "month" => new(today.With(DateAdjusters.StartOfMonth), today),
            _ => default,
        },
        var (first, last) => new(first, last),
    };

    public bool IsOpen => From is null && To is null;

    public Instant? Start(DateTimeZone zone) => From is { } first ? zone.AtStartOfDay(first).ToInstant() : null;

    /// <summary>The first moment that no longer belongs to it.</summary>
    public Instant? End(DateTimeZone zone) => To is { } last ? zone.AtStartOfDay(last.PlusDays(1)).ToInstant() : null;

    // Years that the calendar's arithmetic can add to.
    private static LocalDate? Date(string? text) =>
        LocalDatePattern.Iso.Parse(text ?? "") is { Success: true, Value: { Year: >= 1900 and <= 9000 } date } ? date : null;
}
