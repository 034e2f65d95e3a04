namespace Busbar.Simulator.Physics;

/// <summary>A car, as far as a charging station feels it.</summary>
public sealed record Vehicle
{
    public decimal CapacityWh { get; init; } = 60_000;

    public decimal SocPercent { get; init; } = 40;

    /// <summary>The most that the car takes from an outlet: of its on-board charger at AC, of its battery at DC.</summary>
    public decimal MaxPowerW { get; init; } = 11_000;

    /// <summary>AC phases that the car uses; many take one only.</summary>
    public int Phases { get; init; } = 3;

    /// <summary>The state of charge at which the car ends charging.</summary>
    public decimal TargetPercent { get; init; } = 100;

    public bool IsFull => SocPercent >= TargetPercent;

    public Vehicle Charged(decimal wattHours) => this with { SocPercent = SocPercent + (100 * wattHours / CapacityWh) };
}

/// <summary>What an outlet can deliver.</summary>
/// <param name="RatedPowerW">All phases together.</param>
/// <param name="Phases">0 for DC.</param>
public readonly record struct Outlet(decimal RatedPowerW, int Phases)
{
    public bool IsDc => Phases == 0;
}

/// <summary>How much flows: a ramp after the contactor closed, a plateau, and a taper as the battery fills. Pure.</summary>
public static class ChargingCurve
{
    private const decimal AcRampSeconds = 15;
    private const decimal DcRampSeconds = 60;

    // A DC battery takes less from here on; an on-board charger, which is small for the battery, only at the very end.
    private const decimal DcKneePercent = 60;
    private const decimal AcKneePercent = 95;

    /// <summary>Of the plateau, at 100 %.</summary>
    private const decimal Floor = 0.1m;

    /// <param name="seconds">Since energy began to flow.</param>
    public static decimal PowerW(Outlet outlet, Vehicle vehicle, decimal seconds)
    {
        if (vehicle.IsFull || seconds < 0)
        {
            return 0;
        }

        var plateau = Math.Min(outlet.RatedPowerW, vehicle.MaxPowerW);
        if (!outlet.IsDc && vehicle.Phases < outlet.Phases)
        {
            plateau = Math.Min(plateau, outlet.RatedPowerW * vehicle.Phases / outlet.Phases);
        }

        var ramp = Math.Min(1, seconds / (outlet.IsDc ? DcRampSeconds : AcRampSeconds));
        var knee = outlet.IsDc ? DcKneePercent : AcKneePercent;
        var taper = vehicle.SocPercent <= knee ? 1 : Math.Max(Floor, 1 - ((1 - Floor) * (vehicle.SocPercent - knee) / (100 - knee)));
        return decimal.Round(plateau * ramp * taper, 1);
    }
}
