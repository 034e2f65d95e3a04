using System.Globalization;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Bench;

/// <summary>What the price after the n-th reading of a session costs on one thread: by the fold, which a running session is priced by, and by a rating of the whole session.</summary>
internal static class Running
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 16, 30);
    private static readonly DateTimeZone Zone = Zones.Find("Europe/Berlin");

    public static int Run(int seconds, TextWriter output)
    {
        var tariff = Samples.Rich();
        foreach (var readings in new[] { 10, 100, 1_000, 10_000 })
        {
            var periods = Periods(readings);
            var state = Rater.Extend(Rater.Begin(tariff, Zone, Start), periods.Take(readings - 1));
            var last = periods[^1];
            var fold = Measured(() => Rater.Running(Rater.Extend(state, last)).Total.InclTax, seconds);
            var whole = Measured(() => Rater.Running(Rater.Extend(Rater.Begin(tariff, Zone, Start), periods)).Total.InclTax, seconds);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"reading {readings:#,0}: {fold:#,0} ns by the fold, {whole:#,0} ns by a rating of all"));
        }
        return 0;
    }

    private static decimal Measured(Func<decimal> price, int seconds)
    {
        // The first turn compiles.
        for (var i = 0; i < 200; i++) _ = price();
        var (count, began) = (0L, TimeProvider.System.GetTimestamp());
        TimeSpan took;
        do
        {
            for (var i = 0; i < 16; i++) _ = price();
            count += 16;
            took = TimeProvider.System.GetElapsedTime(began);
        }
        while (took.Ticks < seconds * TimeSpan.TicksPerSecond / 4);
        return took.Ticks * 100m / count;
    }

    // Twenty seconds each: the longest goes on for two days and changes its price four times.
    private static MeasuredPeriod[] Periods(int readings) =>
        [.. Enumerable.Range(0, readings).Select(i => new MeasuredPeriod(Start + Duration.FromSeconds(20L * i), Start + Duration.FromSeconds(20L * (i + 1)), Energy.FromWattHours(60), VehicleState.Charging))];
}
