using System.Runtime.CompilerServices;
using NodaTime;

namespace Busbar.Rating;

/// <summary>A tariff made ready for the fold: milliseconds and milliwatt-hours, and every mark at which a condition can turn. Made once per tariff.</summary>
internal sealed class CompiledTariff
{
    public const int None = -1;
    private const long DayMs = 86_400_000;
    private static readonly ConditionalWeakTable<Tariff, CompiledTariff> Ready = [];
    private readonly Conditions[] elements;

    private CompiledTariff(Tariff tariff)
    {
        Tariff = tariff;
        elements = [.. tariff.Elements.Select(element => new Conditions(element.When ?? new Restrictions()))];
        Components = [.. tariff.Elements.SelectMany((element, index) => element.Components.Select(component => new CompiledComponent(index, component, elements[index].Reservation)))];
        Candidates = [.. Enum.GetValues<Dimension>().Select(Of)];
        EnergyMarks = Marks(elements.SelectMany(element => new[] { element.MinEnergy, element.MaxEnergy }));
        DurationMarks = Marks(elements.SelectMany(element => new[] { element.MinDuration, element.MaxDuration }));
        ClockMarks = [.. elements.Where(element => element.HasWindow).SelectMany(element => new[] { element.StartTime % DayMs, element.EndTime % DayMs })
            .Concat(elements.Where(element => element.HasDays).Select(_ => 0L)).Distinct().Order()];
        UsesMeasurements = elements.Any(element => element.UsesMeasurements);

        int[] Of(Dimension dimension) => [.. Enumerable.Range(0, Components.Length).Where(i => Components[i].Price.Dimension == dimension)];
    }

    public Tariff Tariff { get; }
    public CompiledComponent[] Components { get; }

    /// <summary>By dimension, the components that could set its price, in the order of their elements.</summary>
    public int[][] Candidates { get; }
    public long[] EnergyMarks { get; }
    public long[] DurationMarks { get; }

    /// <summary>Milliseconds of the local day at which a window or a day begins or ends.</summary>
    public long[] ClockMarks { get; }
    public bool UsesMeasurements { get; }

    public static CompiledTariff Of(Tariff tariff) => Ready.GetValue(tariff, static key => new CompiledTariff(key));

    /// <summary>The first component of the dimension whose element applies.</summary>
    public int Winner(Dimension dimension, in Moment moment, ReservationKind? reservation)
    {
        foreach (var candidate in Candidates[(int)dimension])
        {
            var element = Components[candidate].Element;
            if (elements[element].Reservation == reservation && elements[element].FirstFailure(moment) is null) return candidate;
        }
        return None;
    }

    public Conditions ConditionsOf(int component) => elements[Components[component].Element];

    private static long[] Marks(IEnumerable<long?> values) => [.. values.Where(value => value > 0).Select(value => value!.Value).Distinct().Order()];
}

/// <summary>A price and the element it stands in.</summary>
internal sealed record CompiledComponent(int Element, PriceComponent Price, ReservationKind? Reservation)
{
    /// <summary>In milliwatt-hours or milliseconds.</summary>
    public long Step { get; } = Math.Max(1L, Price.StepSize) * 1_000;

    public TaxRate[] Taxes { get; } = [.. Price.Taxes.OrderBy(tax => tax.Stack)];

    public LineKind Kind { get; } = Reservation is not null
        ? LineKind.Reservation
        : Price.Dimension switch
        {
            Dimension.Energy => LineKind.Energy,
            Dimension.Time => LineKind.Time,
            Dimension.Idle => LineKind.Idle,
            _ => LineKind.Flat,
        };
}

/// <summary>All that a condition can look at.</summary>
/// <param name="Day">Days of the local date since 1970-01-01.</param>
/// <param name="OfDay">Milliseconds of the local wall clock.</param>
/// <param name="Energy">Of the session so far.</param>
/// <param name="Duration">Since the session or the reservation began.</param>
/// <param name="Power">Milliwatts.</param>
/// <param name="CurrentA">Amperes.</param>
internal readonly record struct Moment(long Day, long OfDay, long Energy, long Duration, long? Power, decimal? CurrentA);

/// <summary>An element's restrictions in the fold's units.</summary>
internal sealed class Conditions(Restrictions when)
{
    private const long DayMs = 86_400_000;
    private static readonly LocalDate Epoch = new(1970, 1, 1);
    private readonly long? startDay = DayOf(when.StartDate);
    private readonly long? endDay = DayOf(when.EndDate);
    private readonly long? minPower = when.MinPower?.Milliwatts;
    private readonly long? maxPower = when.MaxPower?.Milliwatts;

    public ReservationKind? Reservation { get; } = when.Reservation;
    public long StartTime { get; } = when.StartTime is { } start ? OfDay(start) : 0;
    public long EndTime { get; } = when.EndTime is { } end && end != LocalTime.Midnight ? OfDay(end) : DayMs;
    public long? MinEnergy { get; } = when.MinEnergy?.MilliwattHours;
    public long? MaxEnergy { get; } = when.MaxEnergy?.MilliwattHours;
    public long? MinDuration { get; } = Ms(when.MinDuration);
    public long? MaxDuration { get; } = Ms(when.MaxDuration);
    public bool HasWindow { get; } = when.StartTime is not null || when.EndTime is not null;
    public bool HasDays { get; } = when.StartDate is not null || when.EndDate is not null || when.Weekdays is not null;
    public bool UsesMeasurements { get; } = when.MinPower is not null || when.MaxPower is not null || when.MinCurrentA is not null || when.MaxCurrentA is not null;

    /// <summary>The conditions that are set, by the names of the members.</summary>
    public IEnumerable<string> Names
    {
        get
        {
            (bool Set, string Name)[] all =
            [
                (HasWindow, "localTime"), (startDay is not null || endDay is not null, "localDate"), (when.Weekdays is not null, "weekdays"),
                (MinEnergy is not null, "minEnergy"), (MaxEnergy is not null, "maxEnergy"),
                (when.MinCurrentA is not null, "minCurrent"), (when.MaxCurrentA is not null, "maxCurrent"),
                (minPower is not null, "minPower"), (maxPower is not null, "maxPower"),
                (MinDuration is not null, "minDuration"), (MaxDuration is not null, "maxDuration"), (Reservation is not null, "reservation"),
            ];
            return all.Where(condition => condition.Set).Select(condition => condition.Name);
        }
    }

    /// <summary>The name of the first condition that does not hold, or null when all do.</summary>
    public string? FirstFailure(in Moment now)
    {
        if (HasWindow && !(StartTime < EndTime ? StartTime <= now.OfDay && now.OfDay < EndTime : StartTime > EndTime && (now.OfDay >= StartTime || now.OfDay < EndTime))) return "localTime";
        if (now.Day < startDay || now.Day >= endDay) return "localDate";
        if (when.Weekdays is { } days && (days & DayOfWeek(now.Day)) == 0) return "weekdays";
        if (now.Energy < MinEnergy) return "minEnergy";
        if (now.Energy >= MaxEnergy) return "maxEnergy";
        if (when.MinCurrentA is { } minCurrent && !(now.CurrentA >= minCurrent)) return "minCurrent";
        if (when.MaxCurrentA is { } maxCurrent && !(now.CurrentA < maxCurrent)) return "maxCurrent";
        if (minPower is not null && !(now.Power >= minPower)) return "minPower";
        if (maxPower is not null && !(now.Power < maxPower)) return "maxPower";
        if (now.Duration < MinDuration) return "minDuration";
        if (now.Duration >= MaxDuration) return "maxDuration";
        return null;
    }

    // 1970-01-01 was a Thursday.
    private static Weekdays DayOfWeek(long day) => (Weekdays)(1 << (int)(((day + 3) % 7 + 7) % 7));

    private static long OfDay(LocalTime time) => time.TickOfDay / NodaConstants.TicksPerMillisecond;

    private static long? DayOf(LocalDate? date) => date is { } day ? Period.DaysBetween(Epoch, day) : null;

    private static long? Ms(Duration? duration) => duration is { } length ? length.BclCompatibleTicks / NodaConstants.TicksPerMillisecond : null;
}
