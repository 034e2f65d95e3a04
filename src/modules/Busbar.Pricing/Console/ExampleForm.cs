using Busbar.Rating;
using NodaTime;
using NodaTime.Text;

namespace Busbar.Pricing.Console;

/// <summary>An example session as it is typed.</summary>
internal sealed class ExampleForm
{
    private const int LongestDays = 31;
    private static readonly LocalDateTimePattern Pattern = LocalDateTimePattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm");

    /// <summary>The site's wall clock.</summary>
    public string Start { get; set; } = "";

    /// <summary>kWh.</summary>
    public string Energy { get; set; } = "";

    /// <summary>Minutes.</summary>
    public string Charging { get; set; } = "";

    /// <summary>Minutes.</summary>
    public string Idle { get; set; } = "";

    public EvseKind Kind { get; set; }

    public static ExampleForm Of(ExampleSession session) => new()
    {
        Start = Pattern.Format(session.Start), Energy = FormNumbers.Of((Kernel.Energy?)session.Energy), Charging = FormNumbers.Of((Duration?)session.Charging), Idle = FormNumbers.Of((Duration?)session.Idle), Kind = session.Kind,
    };

    /// <summary>Null: it says no session.</summary>
    public ExampleSession? Read()
    {
        var numbers = new FormNumbers();
        var (energy, charging, idle) = (numbers.KilowattHours(Energy, "") ?? Kernel.Energy.Zero, numbers.Minutes(Charging, "") ?? Duration.Zero, numbers.Minutes(Idle, "") ?? Duration.Zero);
        var longest = Duration.FromDays(LongestDays);
        return FormNumbers.Moment(Start) is { Year: > 1970 and < 2200 } start && numbers.Faults.Count == 0 && energy >= Kernel.Energy.Zero && charging >= Duration.Zero && idle >= Duration.Zero && charging <= longest && idle <= longest
            ? new ExampleSession(start, energy, charging, idle, Kind) : null;
    }
}
