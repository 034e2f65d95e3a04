using Busbar.Kernel;
using Busbar.Rating;
using NodaTime;

namespace Busbar.Pricing.Console;

/// <summary>A session that might be: energy at constant power, then the vehicle stays and takes nothing.</summary>
/// <param name="Start">On the site's wall clock.</param>
internal sealed record ExampleSession(LocalDateTime Start, Energy Energy, Duration Charging, Duration Idle, EvseKind Kind)
{
    /// <summary>Three that most tariffs are judged by: at work, at a fast charger, over night.</summary>
    /// <param name="day">On which the first two begin.</param>
    public static IReadOnlyList<ExampleSession> Usual(LocalDate day) =>
    [
        new(day + new LocalTime(10, 0), Energy.FromKilowattHours(20), Duration.FromHours(2), Duration.Zero, EvseKind.Ac),
        new(day + new LocalTime(17, 30), Energy.FromKilowattHours(45), Duration.FromMinutes(25), Duration.Zero, EvseKind.Dc),
        new(day + new LocalTime(20, 0), Energy.FromKilowattHours(40), Duration.FromHours(4), Duration.FromHours(6), EvseKind.Ac),
    ];

    /// <summary>Null: the price is larger than any that can be told.</summary>
    /// <param name="tariff">Linted.</param>
    /// <param name="market">What is known of the curves that it follows.</param>
    public PricedSession? Price(Tariff tariff, DateTimeZone zone, IReadOnlyList<PriceCurve> market)
    {
        try { return Rater.Rate(tariff, zone, Timeline(zone), context: new SessionContext { EvseKind = Kind, Curves = market }); }
        catch (OverflowException) { return null; }
    }

    /// <summary>Of a time that the clocks skip, the one that they show instead; of one that comes twice, the first.</summary>
    public Timeline Timeline(DateTimeZone zone)
    {
        var start = zone.AtLeniently(Start).ToInstant();
        var charged = start + Charging;
        return new Timeline
        {
            Start = start,
            End = charged + Idle,
            Readings = [new Reading(start, Energy.Zero), new Reading(charged, Energy)],
            States = [new StateChange(start, VehicleState.Charging), new StateChange(charged, VehicleState.EvIdle)],
        };
    }
}
