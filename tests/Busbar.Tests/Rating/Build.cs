using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Tests.Rating;

/// <summary>Short words for tariffs and timelines.</summary>
internal static class Build
{
    public static readonly Instant Noon = Instant.FromUtc(2026, 3, 2, 12, 0);
    public static readonly DateTimeZone Berlin = Zones.Find("Europe/Berlin");

    public static Tariff Tariff(params TariffElement[] elements) => new() { Currency = Currency.Eur, TaxMode = TaxMode.Exclusive, Elements = elements };

    public static TariffElement Element(params PriceComponent[] components) => new(components);

    public static TariffElement When(this PriceComponent component, Restrictions when) => new([component], when);

    public static PriceComponent Price(Dimension dimension, decimal price, int step = 1, params TaxRate[] taxes) => new(dimension, price, step, taxes);

    public static TaxRate Vat(decimal percent) => new("VAT", percent);

    public static MeasuredPeriod Period(Instant from, long minutes, decimal kilowattHours, VehicleState state = VehicleState.Charging) =>
        new(from, from + Duration.FromMinutes(minutes), Energy.FromKilowattHours(kilowattHours), state);

    public static Timeline Timeline(Instant start, Instant end, IReadOnlyList<Reading> readings, params StateChange[] states) =>
        new() { Start = start, End = end, Readings = readings, States = states };

    public static PricedSession Rate(Tariff tariff, params MeasuredPeriod[] periods) => Rate(tariff, DateTimeZone.Utc, periods);

    public static PricedSession Rate(Tariff tariff, DateTimeZone zone, params MeasuredPeriod[] periods)
    {
        var start = periods.FirstOrDefault(period => period.Phase == Phase.Session, new(Noon, Noon, Energy.Zero, VehicleState.Unknown)).From;
        return Rater.Finish(periods.Aggregate(Rater.Begin(tariff, zone, start), Rater.Extend));
    }
}
