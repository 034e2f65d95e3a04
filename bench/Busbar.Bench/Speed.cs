using System.Globalization;
using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Bench;

/// <summary>Sessions that are rated in a second, on one thread; the best of five turns, since what else the machine does is no part of it.</summary>
internal static class Speed
{
    private const int Turns = 5;
    private const int Batch = 256;
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 16, 30);
    private static readonly DateTimeZone Zone = Zones.Find("Europe/Berlin");
    private static readonly TaxRate[] Vat = [new("VAT", 19)];

    public static int Run(int seconds, TextWriter output)
    {
        var flat = Measured("flat energy price, 2 meter values", 200_000, Flat(), Session(2), seconds, output);
        var rich = Measured("12 elements, 20 meter values", 40_000, Rich(), Session(20), seconds, output);
        return flat && rich ? 0 : 1;
    }

    private static bool Measured(string what, int bar, Tariff tariff, Timeline timeline, int seconds, TextWriter output)
    {
        var best = 0m;
        long bytes = 0;
        for (var turn = 0; turn <= Turns; turn++)
        {
            var (count, began, allocated) = (0L, TimeProvider.System.GetTimestamp(), GC.GetAllocatedBytesForCurrentThread());
            TimeSpan took;
            do
            {
                for (var i = 0; i < Batch; i++) _ = Rater.Rate(tariff, Zone, timeline).Total;
                count += Batch;
                took = TimeProvider.System.GetElapsedTime(began);
            }
            while (took.Ticks < seconds * TimeSpan.TicksPerSecond / Turns);
            // The first turn compiles.
            if (turn == 0) continue;
            best = Math.Max(best, count * (decimal)TimeSpan.TicksPerSecond / took.Ticks);
            bytes = (GC.GetAllocatedBytesForCurrentThread() - allocated) / count;
        }
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {best:#,0} sessions/s (bar {bar:#,0}), {bytes:#,0} bytes each"));
        return best >= bar;
    }

    private static Tariff Flat() => new() { Currency = Currency.Eur, TaxMode = TaxMode.Exclusive, Elements = [new([new(Dimension.Energy, 0.49m, 1, Vat)])] };

    private static Tariff Rich() => new()
    {
        Currency = Currency.Eur,
        TaxMode = TaxMode.Exclusive,
        Elements =
        [
            new([new(Dimension.Time, 1, 1, Vat)], new Restrictions { Reservation = ReservationKind.Reserved }),
            new([new(Dimension.Energy, 0.10m, 1, Vat)], new Restrictions { MaxEnergy = Energy.FromKilowattHours(1) }),
            .. Enumerable.Range(0, 7).Select(day => new TariffElement(
                [new(Dimension.Energy, 0.40m + day / 100m, 1, Vat)],
                new Restrictions { Weekdays = (Weekdays)(1 << day), StartTime = new LocalTime(6, 0), EndTime = new LocalTime(18, 0) })),
            new([new(Dimension.Energy, 0.60m, 1, Vat)], new Restrictions { MinPower = Power.FromWatts(50_000) }),
            new([new(Dimension.Idle, 6, 60, Vat)], new Restrictions { MinDuration = Duration.FromMinutes(90), StartTime = new LocalTime(8, 0), EndTime = new LocalTime(22, 0) }),
            new([new(Dimension.Energy, 0.55m, 1, Vat), new(Dimension.Flat, 0.50m, 1, Vat)]),
        ],
    };

    // Two hours, of which the last quarter is idle, over the change of prices at 18:00.
    private static Timeline Session(int readings) => new()
    {
        Start = Start,
        End = Start + Duration.FromMinutes(120),
        Readings =
        [
            .. Enumerable.Range(0, readings).Select(i => Duration.FromMinutes(120L * i / (readings - 1))).Select(after =>
                new Reading(Start + after, Energy.FromWattHours(1_000_000 + 200 * Math.Min(90, (long)after.TotalMilliseconds / 60_000)))),
        ],
        States = [new StateChange(Start, VehicleState.Charging), new StateChange(Start + Duration.FromMinutes(90), VehicleState.EvIdle)],
    };
}
