using NodaTime;

namespace Busbar.Simulator.Physics;

/// <summary>What happens at an outlet, whatever the words are that it is told in.</summary>
public enum Happening
{
    PlugIn,
    Authorize,

    /// <summary>The contactor closes: from here on the transaction runs and energy flows.</summary>
    Start,

    /// <summary>A periodic reading.</summary>
    Meter,
    SuspendedByVehicle,
    SuspendedByStation,

    /// <summary>Energy flows again after a suspension.</summary>
    Resumed,
    Stop,
    Unplug,
}

/// <summary>One happening, with what the meter showed at that moment.</summary>
/// <param name="RegisterWh">The absolute import register.</param>
public sealed record PhysicalEvent(Instant At, Happening Happening, decimal RegisterWh)
{
    public decimal PowerW { get; init; }

    public decimal? SocPercent { get; init; }

    /// <summary>Of a stop, as OCPP spells it.</summary>
    public string Reason { get; init; } = "Local";
}

/// <summary>
/// One physical charge as data: what truly happened, to be told by a station in any version, and to be compared with what a server made of it.
/// </summary>
/// <param name="Events">In the order of time.</param>
public sealed record PhysicalSession(string Token, int Connector, IReadOnlyList<PhysicalEvent> Events)
{
    public Instant StartedAt => Find(Happening.Start).At;

    public Instant EndedAt => Find(Happening.Stop).At;

    /// <summary>What flowed between start and stop.</summary>
    public decimal EnergyWh => Find(Happening.Stop).RegisterWh - Find(Happening.Start).RegisterWh;

    /// <summary>The same session so much later.</summary>
    public PhysicalSession Shift(Duration by) => this with { Events = [.. Events.Select(happened => happened with { At = happened.At + by })] };

    private PhysicalEvent Find(Happening happening) => Events.First(happened => happened.Happening == happening);
}

/// <summary>Writes a <see cref="PhysicalSession"/> down step by step; the register follows from power and time, exactly.</summary>
public sealed class PhysicalSessionBuilder
{
    private const long SecondsPerHour = 3600;

    private readonly List<PhysicalEvent> _events = [];
    private readonly string _token;
    private readonly int _connector;
    private Instant _now;
    private decimal _register;
    private decimal _power;

    public PhysicalSessionBuilder(Instant start, string token, decimal registerWh = 0, int connector = 1) =>
        (_now, _token, _register, _connector) = (start, token, registerWh, connector);

    public PhysicalSessionBuilder PlugIn() => Add(Happening.PlugIn);

    public PhysicalSessionBuilder Authorize() => Add(Happening.Authorize);

    public PhysicalSessionBuilder Start() => Add(Happening.Start);

    /// <summary>Time passes and nothing flows.</summary>
    public PhysicalSessionBuilder Wait(Duration duration)
    {
        _now += duration;
        return this;
    }

    /// <summary>Energy flows evenly; a reading after each <paramref name="every"/>, the last at the end.</summary>
    public PhysicalSessionBuilder Charge(Duration duration, decimal powerW, Duration every)
    {
        _power = powerW;
        for (var left = duration; left > Duration.Zero; left -= every)
        {
            var step = left < every ? left : every;
            _now += step;
            _register += powerW * (decimal)step.ToTimeSpan().Ticks / (SecondsPerHour * TimeSpan.TicksPerSecond);
            Add(Happening.Meter);
        }

        return this;
    }

    public PhysicalSessionBuilder Suspend(bool byVehicle = true)
    {
        _power = 0;
        return Add(byVehicle ? Happening.SuspendedByVehicle : Happening.SuspendedByStation);
    }

    public PhysicalSessionBuilder Resume() => Add(Happening.Resumed);

    public PhysicalSessionBuilder Stop(string reason = "Local")
    {
        _power = 0;
        Add(Happening.Stop);
        _events[^1] = _events[^1] with { Reason = reason };
        return this;
    }

    public PhysicalSessionBuilder Unplug() => Add(Happening.Unplug);

    public PhysicalSession Build() => new(_token, _connector, [.. _events]);

    private PhysicalSessionBuilder Add(Happening happening)
    {
        _events.Add(new PhysicalEvent(_now, happening, _register) { PowerW = _power });
        return this;
    }
}
