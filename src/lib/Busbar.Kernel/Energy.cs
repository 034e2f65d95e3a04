using System.Globalization;

namespace Busbar.Kernel;

/// <summary>
/// An amount of energy or a meter's register, in whole milliwatt-hours: exact sums, and a range of ±9.2 TWh. Not a power, and never negative
/// where it is billed (a register may be any value; a difference is checked by the one who takes it).
/// </summary>
public readonly record struct Energy(long MilliwattHours) : IComparable<Energy>
{
    private const decimal PerWattHour = 1_000m;
    private const decimal PerKilowattHour = 1_000_000m;

    public static Energy Zero => default;

    public decimal WattHours => MilliwattHours / PerWattHour;
    public decimal KilowattHours => MilliwattHours / PerKilowattHour;

    /// <summary>Truncates below a milliwatt-hour, so that no reading grows by being read.</summary>
    /// <exception cref="OverflowException">Beyond ±9.2 TWh.</exception>
    public static Energy FromWattHours(decimal wattHours) => new(decimal.ToInt64(decimal.Truncate(wattHours * PerWattHour)));

    public static Energy FromKilowattHours(decimal kilowattHours) => new(decimal.ToInt64(decimal.Truncate(kilowattHours * PerKilowattHour)));

    public static Energy operator +(Energy a, Energy b) => new(a.MilliwattHours + b.MilliwattHours);
    public static Energy operator -(Energy a, Energy b) => new(a.MilliwattHours - b.MilliwattHours);
    public static bool operator <(Energy a, Energy b) => a.MilliwattHours < b.MilliwattHours;
    public static bool operator >(Energy a, Energy b) => a.MilliwattHours > b.MilliwattHours;
    public static bool operator <=(Energy a, Energy b) => a.MilliwattHours <= b.MilliwattHours;
    public static bool operator >=(Energy a, Energy b) => a.MilliwattHours >= b.MilliwattHours;

    public int CompareTo(Energy other) => MilliwattHours.CompareTo(other.MilliwattHours);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{WattHours} Wh");
}
