using System.Runtime.CompilerServices;
using NodaTime;

namespace Busbar.Rating;

/// <summary>A tariff made ready for the fold: milliseconds and milliwatt-hours, and every mark at which a condition can turn. Made once per tariff.</summary>
internal sealed class CompiledTariff
{
    public const int None = -1;
    private static readonly ConditionalWeakTable<Tariff, CompiledTariff> Ready = [];
    private readonly Conditions[] elements;

    private CompiledTariff(Tariff tariff)
    {
        Tariff = tariff;
        elements = [.. tariff.Elements.Select(element => new Conditions(element.When ?? new Restrictions(), tariff.Calendars ?? []))];
        TaxDays = [.. tariff.Elements.SelectMany(element => element.Components).SelectMany(component => component.Taxes)
            .SelectMany(tax => new[] { Days.Of(tax.From), Days.Of(tax.Until) }).OfType<long>().Distinct().Order()];
        Components = [.. tariff.Elements.SelectMany((element, index) => element.Components.Select(component => new CompiledComponent(index, component, elements[index].Reservation, TaxDays)))];
        Candidates = [.. Enum.GetValues<Dimension>().Select(Of)];
        EnergyMarks = Marks(elements.SelectMany(element => new[] { element.MinEnergy, element.MaxEnergy }));
        DurationMarks = Marks(elements.SelectMany(element => new[] { element.MinDuration, element.MaxDuration }));
        ChargingMarks = Marks(elements.SelectMany(element => new[] { element.MinCharging, element.MaxCharging }));
        IdleMarks = Marks(elements.SelectMany(element => new[] { element.MinIdle, element.MaxIdle }));
        Grace = Days.Ms(tariff.Idle?.Grace) ?? 0;
        RestartAbove = tariff.Idle?.RestartAbove?.MilliwattHours ?? long.MaxValue;
        ClockMarks = [.. elements.Where(element => element.HasWindow).SelectMany(element => new[] { element.StartTime % Days.Length, element.EndTime % Days.Length })
            .Concat(elements.Any(element => element.HasDays) || TaxesByDay ? [0L] : Array.Empty<long>()).Distinct().Order()];
        Intervals = [.. Enumerable.Range(0, Components.Length).Where(i => Components[i].Price.Curve is { Lock: CurveLock.EachInterval })];
        HasCurves = Components.Any(component => component.Price.Curve is not null);
        UsesMeasurements = elements.Any(element => element.UsesMeasurements);
        UsesStates = Grace > 0 || ChargingMarks.Length > 0 || IdleMarks.Length > 0;

        int[] Of(Dimension dimension) => [.. Enumerable.Range(0, Components.Length).Where(i => Components[i].Price.Dimension == dimension)];
    }

    public Tariff Tariff { get; }
    public CompiledComponent[] Components { get; }

    /// <summary>By dimension, the components that could set its price, in the order of their elements.</summary>
    public int[][] Candidates { get; }
    public long[] EnergyMarks { get; }
    public long[] DurationMarks { get; }
    public long[] ChargingMarks { get; }
    public long[] IdleMarks { get; }

    /// <summary>Milliseconds of the local day at which a window or a day begins or ends.</summary>
    public long[] ClockMarks { get; }

    /// <summary>The local days on which a tax's rate changes; between two of them lies an era.</summary>
    public long[] TaxDays { get; }
    public bool TaxesByDay => TaxDays.Length > 0 && Tariff.TaxPoint == TaxPoint.EachDay;

    /// <summary>Components whose price can change at each interval of a curve.</summary>
    public int[] Intervals { get; }
    public bool HasCurves { get; }

    /// <summary>Milliseconds.</summary>
    public long Grace { get; }

    /// <summary>Milliwatt-hours.</summary>
    public long RestartAbove { get; }
    public bool UsesMeasurements { get; }

    /// <summary>A condition can turn with what the vehicle does.</summary>
    public bool UsesStates { get; }

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

    /// <summary>The era of taxes that a local day belongs to.</summary>
    public int Era(long day)
    {
        var era = 0;
        while (era < TaxDays.Length && TaxDays[era] <= day) era++;
        return era;
    }

    private static long[] Marks(IEnumerable<long?> values) => [.. values.Where(value => value > 0).Select(value => value!.Value).Distinct().Order()];
}

/// <summary>A price and the element it stands in.</summary>
internal sealed class CompiledComponent
{
    private readonly TaxRate[][] taxes;

    public CompiledComponent(int element, PriceComponent price, ReservationKind? reservation, long[] taxDays)
    {
        (Element, Price, Reservation) = (element, price, reservation);
        taxes = [.. taxDays.Prepend(long.MinValue).Select(day => price.Taxes.Where(tax => !(day < Days.Of(tax.From)) && !(day >= Days.Of(tax.Until))).OrderBy(tax => tax.Stack).ToArray())];
    }

    public int Element { get; }
    public PriceComponent Price { get; }
    public ReservationKind? Reservation { get; }

    /// <summary>In milliwatt-hours or milliseconds.</summary>
    public long Step => Math.Max(1L, Price.StepSize) * 1_000;

    public LineKind Kind => Reservation is not null
        ? LineKind.Reservation
        : Price.Dimension switch
        {
            Dimension.Energy => LineKind.Energy,
            Dimension.Time => LineKind.Time,
            Dimension.Idle => LineKind.Idle,
            Dimension.Export => LineKind.Export,
            _ => LineKind.Flat,
        };

    /// <summary>By stack.</summary>
    public TaxRate[] TaxesIn(int era) => taxes[era];
}

/// <summary>Dates and durations in the fold's units.</summary>
internal static class Days
{
    public const long Length = 86_400_000;
    private static readonly LocalDate Epoch = new(1970, 1, 1);

    public static long? Of(LocalDate? date) => date is { } day ? Period.DaysBetween(Epoch, day) : null;

    public static long? Ms(Duration? duration) => duration is { } length ? length.BclCompatibleTicks / NodaConstants.TicksPerMillisecond : null;
}
