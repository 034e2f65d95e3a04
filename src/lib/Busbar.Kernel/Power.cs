using System.Globalization;

namespace Busbar.Kernel;

/// <summary>A power in whole milliwatts. Positive towards the vehicle.</summary>
public readonly record struct Power(long Milliwatts) : IComparable<Power>
{
    private const decimal PerWatt = 1_000m;

    public decimal Watts => Milliwatts / PerWatt;
    public decimal Kilowatts => Milliwatts / 1_000_000m;

    /// <exception cref="OverflowException">Beyond ±9.2 PW.</exception>
    public static Power FromWatts(decimal watts) => new(decimal.ToInt64(decimal.Truncate(watts * PerWatt)));

    public static bool operator <(Power a, Power b) => a.Milliwatts < b.Milliwatts;
    public static bool operator >(Power a, Power b) => a.Milliwatts > b.Milliwatts;
    public static bool operator <=(Power a, Power b) => a.Milliwatts <= b.Milliwatts;
    public static bool operator >=(Power a, Power b) => a.Milliwatts >= b.Milliwatts;

    public int CompareTo(Power other) => Milliwatts.CompareTo(other.Milliwatts);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Watts} W");
}
