using Busbar.Shell;
using NodaTime;

namespace Busbar.Tests.Shell;

/// <summary>Days as the tenant's clock has them.</summary>
public sealed class DateRangeTests
{
    private static readonly DateTimeZone Amsterdam = DateTimeZoneProviders.Tzdb["Europe/Amsterdam"];
    private static readonly LocalDate Today = new(2026, 3, 30);

    [Theory]
    [InlineData("today", null, null, "2026-03-30", "2026-03-30")]
    [InlineData("yesterday", null, null, "2026-03-29", "2026-03-29")]
    [InlineData("week", null, null, "2026-03-24", "2026-03-30")]
    [InlineData("month", null, null, "2026-03-01", "2026-03-30")]
    [InlineData("today", "2026-01-02", null, "2026-01-02", null)]
    [InlineData(null, null, "2026-01-02", null, "2026-01-02")]
    [InlineData("always", "yesterday", "9999-99-99", null, null)]
    [InlineData(null, "0001-01-01", "9999-12-31", null, null)]
    [InlineData(null, null, null, null, null)]
    public void A_range_is_read_from_an_address(string? when, string? from, string? to, string? first, string? last)
    {
        var range = DateRange.Read(when, from, to, Today);
        Assert.Equal((first, last), (range.From?.ToString("uuuu-MM-dd", null), range.To?.ToString("uuuu-MM-dd", null)));
        Assert.Equal(first is null && last is null, range.IsOpen);
    }

    [Theory]
    [InlineData("2026-03-29", 23)]
    [InlineData("2026-03-28", 24)]
    [InlineData("2026-10-25", 25)]
    public void A_day_is_as_long_as_the_clock_makes_it(string day, int hours)
    {
        var range = DateRange.Read(null, day, day, Today);
        Assert.Equal(Duration.FromHours(hours), range.End(Amsterdam) - range.Start(Amsterdam));
        Assert.Equal(LocalTime.Midnight, range.Start(Amsterdam)!.Value.InZone(Amsterdam).TimeOfDay);
    }

    [Fact]
    public void A_day_whose_midnight_does_not_exist_begins_when_it_begins()
    {
        var cairo = DateTimeZoneProviders.Tzdb["Africa/Cairo"];
        var range = DateRange.Read(null, "2024-04-26", "2024-04-26", Today);
        Assert.Equal(new LocalTime(1, 0), range.Start(cairo)!.Value.InZone(cairo).TimeOfDay);
    }
}
