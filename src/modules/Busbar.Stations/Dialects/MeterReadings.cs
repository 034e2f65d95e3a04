using Busbar.Kernel;
using Busbar.Ocpp;
using Busbar.Stations.Contracts;
using NodaTime;

namespace Busbar.Stations.Dialects;

/// <summary>A sampled value of either family of versions, with OCPP's own words. Null where the station left a member out.</summary>
/// <param name="Multiplier">2.x: the power of ten that the value is multiplied with; null when it could not be read.</param>
/// <param name="Signed">A signed reading; null when there is none.</param>
/// <param name="HasNumber">False where the value is the signed reading itself (1.6 SignedData).</param>
internal readonly record struct SampledQuantity(
    WireDecimal Value, string? Measurand, string? Context, string? Phase, string? Location, string? Unit, long? Multiplier, string? Signed, bool HasNumber);

/// <summary>
/// Normalises what stations sample: units, multipliers, phases, locations. Absurd values stay as they are, since only who knows the station can
/// judge them; what cannot be read or held is null and named. Shared by all versions, so that one physical reading is one reading.
/// </summary>
internal static class MeterReadings
{
    public const string ValueUnreadable = "valueUnreadable";
    public const string ValueOutOfRange = "valueOutOfRange";
    public const string ValueConflict = "valueConflict";
    public const string UnitUnknown = "unitUnknown";
    public const string MultiplierUnreadable = "multiplierUnreadable";
    public const string PhasesIncomplete = "phasesIncomplete";

    private const decimal Kilo = 1_000m;

    // Energy and Power hold whole milli-units in 64 bits.
    private const decimal LargestMilliBased = long.MaxValue / 1_000m;

    /// <summary>One sample for each moment and context, in the order in which they first came.</summary>
    public static IReadOnlyList<MeterSample> Normalise(IEnumerable<(WireTime At, IEnumerable<SampledQuantity> Values)> readings, Instant receivedAt)
    {
        var groups = new List<Group>();
        foreach (var (at, values) in readings)
        {
            foreach (var value in values)
            {
                var context = ContextOf(value.Context);
                var group = groups.Find(known => known.Context == context && known.At == at);
                if (group is null) groups.Add(group = new Group(at, context));
                group.Add(value);
            }
        }
        return [.. groups.Select(group => group.ToSample(receivedAt)).OfType<MeterSample>()];
    }

    private static SampleContext ContextOf(string? context) => context switch
    {
        null or "Sample.Periodic" => SampleContext.Periodic,
        "Transaction.Begin" => SampleContext.Begin,
        "Transaction.End" => SampleContext.End,
        "Sample.Clock" => SampleContext.Clock,
        "Interruption.Begin" or "Interruption.End" => SampleContext.Interruption,
        _ => SampleContext.Other,
    };

    private static Quantity? QuantityOf(string? measurand) => measurand switch
    {
        null or "" or "Energy.Active.Import.Register" => Quantity.Register,
        "Energy.Active.Import.Interval" => Quantity.Interval,
        "Power.Active.Import" => Quantity.Power,
        "Current.Import" => Quantity.Current,
        "SoC" => Quantity.StateOfCharge,
        "Energy.Active.Export.Register" => Quantity.ExportRegister,
        _ => null,
    };

    // What is measured in the vehicle or before the station's own losses is not what is sold. A battery's charge is known to the vehicle only.
    private static bool IsSold(string? location, Quantity quantity) => quantity == Quantity.StateOfCharge || location is null or "" or "Outlet";

    // Stations write L1 and L1-N for the same conductor.
    private static int? ConductorOf(string? phase) => phase switch
    {
        null or "" => 0,
        "L1" or "L1-N" => 1,
        "L2" or "L2-N" => 2,
        "L3" or "L3-N" => 3,
        _ => null,
    };

    /// <summary>The factor to the base unit (Wh, W, A, percent); null for a unit that does not measure the quantity.</summary>
    private static decimal? FactorOf(string? unit, Quantity quantity)
    {
        if (string.IsNullOrEmpty(unit)) return 1m;
        bool Is(string name) => unit.Equals(name, StringComparison.OrdinalIgnoreCase);
        return quantity switch
        {
            Quantity.Register or Quantity.Interval or Quantity.ExportRegister => Is("Wh") ? 1m : Is("kWh") ? Kilo : null,
            Quantity.Power => Is("W") ? 1m : Is("kW") ? Kilo : null,
            Quantity.Current => Is("A") ? 1m : null,
            _ => Is("Percent") || unit == "%" ? 1m : null,
        };
    }

    /// <summary>The value in its base unit, or null and why.</summary>
    private static decimal? Read(SampledQuantity sampled, Quantity quantity, out string? issue)
    {
        issue = null;
        if (sampled.Value.Value is not { } number) issue = ValueUnreadable;
        else if (FactorOf(sampled.Unit, quantity) is not { } factor) issue = UnitUnknown;
        else if (sampled.Multiplier is not { } exponent) issue = MultiplierUnreadable;
        else if (Scale(number, exponent) is not { } scaled || decimal.Abs(scaled) > LargestMilliBased / factor) issue = ValueOutOfRange;
        else return scaled * factor;
        return null;
    }

    private static decimal? Scale(decimal number, long exponent)
    {
        if (number == 0m || exponent == 0) return number;
        if (exponent is < -28 or > 28) return null;
        for (; exponent > 0; exponent--)
        {
            if (decimal.Abs(number) > LargestMilliBased) return null;
            number *= 10m;
        }
        for (; exponent < 0; exponent++) number /= 10m;
        return number;
    }

    private enum Quantity
    {
        Register,
        Interval,
        Power,
        Current,
        StateOfCharge,
        ExportRegister,
    }

    /// <summary>What was sampled at one moment for one reason.</summary>
    private sealed class Group(WireTime at, SampleContext context)
    {
        // By quantity, then: the total, L1, L2, L3.
        private readonly decimal?[,] _values = new decimal?[6, 4];
        private readonly List<string> _issues = [];
        private string? _signed;
        private bool _any;

        public WireTime At { get; } = at;
        public SampleContext Context { get; } = context;

        public void Add(SampledQuantity sampled)
        {
            if (sampled.Signed is { } signed)
            {
                _signed ??= signed;
                _any = true;
            }
            if (!sampled.HasNumber || QuantityOf(sampled.Measurand) is not { } quantity || !IsSold(sampled.Location, quantity)) return;
            if (ConductorOf(sampled.Phase) is not { } conductor) return;
            _any = true;
            if (Read(sampled, quantity, out var issue) is not { } value)
            {
                Note(issue!);
                return;
            }
            ref var slot = ref _values[(int)quantity, conductor];
            if (slot is { } there && there != value) Note(ValueConflict);
            slot ??= value;
        }

        public MeterSample? ToSample(Instant receivedAt)
        {
            if (!_any) return null;
            var register = Total(Quantity.Register, LargestMilliBased);
            var interval = Total(Quantity.Interval, LargestMilliBased);
            var power = Total(Quantity.Power, LargestMilliBased);
            var current = Total(Quantity.Current, decimal.MaxValue);
            var exported = Total(Quantity.ExportRegister, LargestMilliBased);
            return new MeterSample
            {
                Time = At.Judge(receivedAt),
                Context = Context,
                Register = register is { } wattHours ? Energy.FromWattHours(wattHours) : null,
                Interval = interval is { } consumed ? Energy.FromWattHours(consumed) : null,
                Power = power is { } watts ? Power.FromWatts(watts) : null,
                CurrentA = current,
                SocPercent = _values[(int)Quantity.StateOfCharge, 0],
                ExportRegister = exported is { } returned ? Energy.FromWattHours(returned) : null,
                Signed = _signed,
                Issues = _issues,
            };
        }

        private decimal? Total(Quantity quantity, decimal largest)
        {
            var row = (int)quantity;
            if (_values[row, 0] is { } total) return total;
            if (_values[row, 1] is not { } l1 || _values[row, 2] is not { } l2 || _values[row, 3] is not { } l3)
            {
                // A part of the phases is a part of the energy: never taken for the whole.
                if (_values[row, 1] is not null || _values[row, 2] is not null || _values[row, 3] is not null) Note(PhasesIncomplete);
                return null;
            }
            var sum = l1 + l2 + l3;
            if (decimal.Abs(sum) <= largest) return sum;
            Note(ValueOutOfRange);
            return null;
        }

        private void Note(string issue)
        {
            if (!_issues.Contains(issue)) _issues.Add(issue);
        }
    }
}
