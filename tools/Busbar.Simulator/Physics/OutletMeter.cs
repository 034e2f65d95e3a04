using NodaTime;

namespace Busbar.Simulator.Physics;

/// <summary>An outlet with its meter: the register is absolute, only grows, and knows nothing of connections or transactions.</summary>
public sealed class OutletMeter(Outlet outlet, decimal registerWh)
{
    private static readonly Duration Step = Duration.FromSeconds(5);
    private Instant _at;
    private Instant _since;

    public Outlet Outlet { get; } = outlet;

    /// <summary>Exact to a milliwatt-hour when it is read.</summary>
    public decimal RegisterWh { get; private set; } = registerWh;

    public decimal PowerW { get; private set; }

    public Vehicle? Vehicle { get; private set; }

    public bool IsFlowing { get; private set; }

    public void PlugIn(Vehicle vehicle) => Vehicle = vehicle;

    public void Unplug()
    {
        IsFlowing = false;
        PowerW = 0;
        Vehicle = null;
    }

    /// <summary>The contactor closes, or the car asks for energy again.</summary>
    public void Flow(Instant now)
    {
        _at = _since = now;
        IsFlowing = true;
    }

    public void Halt(Instant now)
    {
        Advance(now);
        IsFlowing = false;
        PowerW = 0;
    }

    /// <summary>Lets time pass until <paramref name="now"/>, in small steps since the curve is none.</summary>
    public void Advance(Instant now)
    {
        if (!IsFlowing || Vehicle is null)
        {
            return;
        }

        while (_at < now)
        {
            var next = now - _at > Step ? _at + Step : now;
            PowerW = ChargingCurve.PowerW(Outlet, Vehicle, (decimal)(next - _since).TotalSeconds);
            var wattHours = PowerW * (decimal)(next - _at).TotalMilliseconds / 3_600_000m;
            Vehicle = Vehicle.Charged(wattHours);
            RegisterWh += wattHours;
            _at = next;
        }
    }

    /// <summary>What the display shows: whole milliwatt-hours.</summary>
    public decimal Read() => decimal.Truncate(RegisterWh * 1000) / 1000;

    /// <summary>Takes a register from elsewhere: of a session that is told, or remembered from before a power cut.</summary>
    public void Set(decimal registerWh) => RegisterWh = Math.Max(RegisterWh, registerWh);
}
