using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Bench;

/// <summary>What is rated: a flat price and one with everything, and a session over the change of prices at 18:00.</summary>
internal static class Samples
{
    private static readonly Instant Start = Instant.FromUtc(2026, 3, 2, 16, 30);
    private static readonly TaxRate[] Vat = [new("VAT", 19)];

    public static DateTimeZone Zone { get; } = Zones.Find("Europe/Berlin");

    public static Tariff Flat() => new() { Currency = Currency.Eur, TaxMode = TaxMode.Exclusive, Elements = [new([new(Dimension.Energy, 0.49m, 1, Vat)])] };

    public static Tariff Rich() => new()
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
    public static Timeline Session(int readings) => new()
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
