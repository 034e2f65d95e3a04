using Busbar.Kernel;
using Busbar.Sessions;
using CsCheck;
using NodaTime;

namespace Busbar.Tests.Sessions;

/// <summary>Registers and intervals that meters really show, at a 22 kW connector, one reading in ten minutes unless it is said otherwise.</summary>
public sealed class MeterJudgeTests
{
    private static readonly Instant Begun = Instant.FromUtc(2026, 6, 1, 10, 0);
    private static readonly Power Rated = Power.FromWatts(22_000);

    /// <param name="readings">Wh; the first is the start's register, the last the end's; <c>-</c> is a value that could not be read.</param>
    /// <param name="issues">Sorted; a held session is told by <c>!</c>.</param>
    [Theory]
    [InlineData("1000000 1003000 1006000 1009000", 9_000, "")]
    [InlineData("1000000.5 1003000.25 1006000.125", 5_999.625, "")]
    [InlineData("1000000 1000000 1000000", 0, "")]
    [InlineData("1000000 - 1006000 1009000", 9_000, "")]
    [InlineData("- 1003000 1006000", 3_000, "")]
    [InlineData("- - -", 0, "noReadings!")]
    [InlineData("1000000", 0, "noReadings!")]
    // A register that restarts: what was counted before and after is added, what was lost between is not invented.
    [InlineData("1000000 1003000 1006000 0 2000 5000", 11_000, "meterReset")]
    [InlineData("1000000 1003000 1006000 500 2000 5000", 11_000, "meterReset")]
    [InlineData("0 3000 6000 0 2000 5000", 11_000, "meterReset")]
    [InlineData("0 500 800 1100 1400 0 300 600 900 1200 1500 1800", 3_200, "meterReset")]
    // Another meter with a register of its own: nobody knows what flowed between.
    [InlineData("1000000 1003000 350000 353000 356000", 9_000, "meterImplausible! meterReset")]
    [InlineData("1000000 1003000 7350000 7353000 7356000", 9_000, "meterImplausible!")]
    [InlineData("999996000 999999000 1000 4000", 8_000, "meterRollover")]
    [InlineData("999999000 2000 5000 8000", 9_000, "meterRollover")]
    [InlineData("999990000000 25000000 25001000", 1_000, "meterImplausible! meterReset")]
    // One bad reading between good ones.
    [InlineData("1000000 1003000 0 1009000 1012000", 12_000, "meterGlitch")]
    [InlineData("1000000 1003000 1000 1009000", 9_000, "meterGlitch")]
    [InlineData("1000000 1003000 99999999999 1009000", 9_000, "meterGlitch")]
    [InlineData("1000000 1003000 1006900 1005000 1008000", 8_000, "meterGlitch")]
    [InlineData("1000000 1003000 0 0 1009000 1012000", 12_000, "meterGlitch")]
    [InlineData("1000000 1003000 10 12 1009000 1012000", 12_000, "meterGlitch")]
    [InlineData("1000000 1003000 -5 1006000", 6_000, "meterGlitch")]
    [InlineData("-1000 -500 -100", 0, "meterGlitch noReadings!")]
    // Small registers: a restart or a bad reading, nobody can tell; the story with less energy, and a person.
    [InlineData("0 2000 0 1000 3000", 3_000, "meterGlitch meterImplausible!")]
    [InlineData("0 100 200 300 400 0 200 500 900", 900, "meterGlitch meterImplausible!")]
    // 10 GW, and a jump that 22 kW cannot make.
    [InlineData("1000000 1003000 1600003000 1600006000 1600009000", 9_000, "meterImplausible!")]
    [InlineData("1000000 1003000 1013000 1016000 1019000 1022000", 12_000, "meterImplausible!")]
    [InlineData("0 1000000 1003000 1006000", 6_000, "meterImplausible!")]
    [InlineData("1003000 1000 2000 3000", 2_000, "meterImplausible! meterReset")]
    // A whole number of Wh after one with decimals is the same register, cut off; and no more than that.
    [InlineData("1000000 1003000 1006000.999 1006000", 6_000.999, "")]
    [InlineData("1000000 1003000.4 1003000 1006000", 6_000, "")]
    [InlineData("1000000 1003000 1006000.9 1006000 1005999.5", 5_999.5, "meterGlitch meterRegression!")]
    [InlineData("1000000 1003000 1006001 1006000", 6_000, "meterGlitch meterRegression!")]
    // An end below what was measured.
    [InlineData("1000000 1003000 1006000 1004000", 4_000, "meterGlitch meterRegression!")]
    [InlineData("1000000 1003000 1006000 0", 6_000, "meterRegression!")]
    [InlineData("1000000 1003000 1006000 999000", 6_000, "meterRegression!")]
    [InlineData("1000000 0", 0, "meterRegression!")]
    [InlineData("9000000000000000 9223372036854775 9223372036854775", 0, "meterImplausible!")]
    public void A_register_is_judged(string readings, double wattHours, string issues)
    {
        var verdict = MeterJudge.Judge(Registers(readings), Rated);
        Assert.Equal((decimal)wattHours, verdict.Energy.WattHours);
        Assert.Equal(issues, string.Join(' ', verdict.Issues.Select(issue => Issues.Holds(issue) ? issue + "!" : issue)));
        AssertSound(verdict);
    }

    [Theory]
    [InlineData("1000000 1003000 1006000", 1_000_000)]
    [InlineData("- 1003000 1006000", 1_003_000)]
    [InlineData("-5 1000 2000", 1_000)]       // no register is below zero: it is no reading
    [InlineData("5000 0 3000", 5_000)]
    public void Where_the_register_stood_is_what_the_first_reading_that_counts_says(string readings, double wattHours) =>
        Assert.Equal((decimal)wattHours, MeterJudge.Judge(Registers(readings), Rated).Stood.WattHours);

    [Theory]
    [InlineData("3000 3000 3000", 9_000, "")]
    [InlineData("3000 -1000 3000", 6_000, "meterImplausible!")]
    [InlineData("3000 9999999 3000", 6_000, "meterImplausible!")]
    [InlineData("3000 - 3000", 6_000, "")]
    [InlineData("- - -", 0, "noReadings!")]
    public void Intervals_are_added_where_there_is_no_register(string readings, double wattHours, string issues)
    {
        var told = readings.Split(' ').Select((text, i) =>
            new Reading(Begun + Duration.FromMinutes(10 * (i + 1)), ReadingKind.Sample, null, Value(text), Power.FromWatts(18_000), null, null)).ToList();
        var verdict = MeterJudge.Judge(told, Rated, Begun);
        Assert.Equal((decimal)wattHours, verdict.Energy.WattHours);
        Assert.Equal(issues, string.Join(' ', verdict.Issues.Select(issue => Issues.Holds(issue) ? issue + "!" : issue)));
        AssertSound(verdict);
    }

    [Fact]
    public void Registers_say_all_where_there_are_two_and_intervals_where_there_is_one()
    {
        Reading[] both =
        [
            Sample(0, 1_000_000m) with { Kind = ReadingKind.Begin }, Sample(10, 1_003_000m) with { Interval = Wh(3_100m) }, Sample(20, null) with { Interval = Wh(3_000m) },
            Sample(30, 1_009_000m),
        ];
        Assert.Equal(9_000m, MeterJudge.Judge(both, Rated).Energy.WattHours);
        Reading[] one = [both[0], both[1] with { Register = null }, both[2]];
        Assert.Equal(6_100m, MeterJudge.Judge(one, Rated).Energy.WattHours);
    }

    [Fact]
    public void Clock_aligned_intervals_are_not_added_to_sampled_ones()
    {
        Reading[] both =
        [
            Sample(10, null) with { Interval = Wh(3_000m) }, Sample(15, null) with { Interval = Wh(4_500m), Kind = ReadingKind.Clock },
            Sample(20, null) with { Interval = Wh(3_000m) }, Sample(30, null) with { Interval = Wh(4_500m), Kind = ReadingKind.Clock },
        ];
        Assert.Equal(6_000m, MeterJudge.Judge(both, Rated, Begun).Energy.WattHours);
        Assert.Equal(9_000m, MeterJudge.Judge([both[1], both[3]], Rated, Begun).Energy.WattHours);
    }

    [Fact]
    public void Many_small_steps_may_not_add_up_to_more_than_the_time_allows()
    {
        var registers = Enumerable.Range(0, 600).Select(second => new Reading(Begun + Duration.FromSeconds(second), ReadingKind.Sample, Wh(1_000_000m + 400m * second), null, null, null, null)).ToList();
        var verdict = MeterJudge.Judge(registers, Rated);
        Assert.Contains(Issues.MeterImplausible, verdict.Issues);
        Assert.True(verdict.Energy <= MeterJudge.Possible(Rated, Duration.FromSeconds(599)), verdict.Energy.ToString());
        var intervals = Enumerable.Range(1, 60).Select(minute => Sample(minute, null) with { Interval = Wh(5_000m) }).ToList();
        Assert.True(MeterJudge.Judge(intervals, Rated, Begun).Energy <= MeterJudge.Possible(Rated, Duration.FromMinutes(75)));
    }

    [Fact]
    public void Without_a_rated_power_only_the_impossible_is_refused()
    {
        Assert.Equal(300_000m, MeterJudge.Judge(Registers("1000000 1300000"), null).Energy.WattHours);
        Assert.Contains(Issues.MeterImplausible, MeterJudge.Judge(Registers("1000000 9000000 9100000 9200000"), null).Issues);
        Assert.Equal(9_000m, MeterJudge.Judge(Registers("1000000 1009000"), new Power(long.MaxValue)).Energy.WattHours);
    }

    [Fact]
    public void No_series_of_registers_invents_energy() => Gen.Select(Gen.Long[-2_000_000_000, 2_000_000_000_000].Array[0, 30], Gen.Int[1, 1_800].Array[30], Gen.Bool)
        .Sample((registers, seconds, hasEnd) =>
        {
            var readings = At(registers, seconds, hasEnd);
            var verdict = MeterJudge.Judge(readings, Rated);
            AssertSound(verdict);
            var lasted = readings.Count == 0 ? Duration.Zero : readings[^1].At - readings[0].At;
            return verdict.Energy <= MeterJudge.Possible(Rated, lasted);
        }, iter: 20_000);

    [Fact]
    public void A_reading_that_cannot_be_true_never_raises_the_bill() =>
        Gen.Select(Steps, Gen.Int[0, 100], Gen.OneOf(Gen.Long[0, 400_000_000], Gen.Long[2_000_000_000, long.MaxValue / 8])).Sample((steps, place, bad) =>
        {
            var clean = Chain(steps);
            var honest = MeterJudge.Judge(clean, Rated);
            Assert.Empty(honest.Issues);
            // Far below the session's registers, or far above all that it can reach, anywhere but before the first one.
            var index = 1 + place % clean.Count;
            var before = clean[index - 1].At;
            var time = index < clean.Count ? before + (clean[index].At - before) / 2 : before + Duration.FromMinutes(1);
            var disturbed = clean.ToList();
            disturbed.Insert(index, new Reading(time, ReadingKind.Sample, new Energy(bad), null, null, null, null));
            return MeterJudge.Judge(disturbed, Rated).Energy <= honest.Energy;
        }, iter: 20_000);

    [Fact]
    public void The_order_in_which_readings_arrive_does_not_matter() => Gen.Select(Steps, Gen.Int[0, int.MaxValue]).Sample((steps, seed) =>
    {
        var readings = Chain(steps);
        var shuffled = readings.ToArray();
        new Random(seed).Shuffle(shuffled);
        return Timeline(shuffled.Concat(shuffled[..(shuffled.Length / 2)])).Equals(Timeline(readings));
    }, iter: 2_000);

    [Fact]
    public void A_longer_clean_session_never_has_less_energy() => Steps.Sample(steps =>
    {
        var readings = Chain(steps);
        var last = Energy.Zero;
        for (var count = 2; count <= readings.Count; count++)
        {
            var energy = MeterJudge.Judge(readings[..count], Rated).Energy;
            if (energy < last) return false;
            last = energy;
        }
        return last == readings[^1].Register!.Value - readings[0].Register!.Value;
    }, iter: 2_000);

    // Seconds and permille of the rated power.
    private static Gen<(int Seconds, int Permille)[]> Steps => Gen.Select(Gen.Int[1, 900], Gen.Int[0, 1_000]).Array[2, 25];

    private static List<Reading> Chain((int Seconds, int Permille)[] steps)
    {
        var (at, register) = (Begun, 1_000_000_000L);
        var readings = new List<Reading> { new(at, ReadingKind.Begin, new Energy(register), null, null, null, null) };
        foreach (var (seconds, permille) in steps)
        {
            at += Duration.FromSeconds(seconds);
            register += Rated.Milliwatts / 1_000 * permille * seconds / 3_600;
            readings.Add(new Reading(at, ReadingKind.Sample, new Energy(register), null, null, null, null));
        }
        return readings;
    }

    private static List<Reading> At(long[] registers, int[] seconds, bool hasEnd)
    {
        var at = Begun;
        return [.. registers.Select((register, i) => new Reading(at += Duration.FromSeconds(seconds[i]),
            i == 0 ? ReadingKind.Begin : hasEnd && i == registers.Length - 1 ? ReadingKind.End : ReadingKind.Sample, new Energy(register), null, null, null, null))];
    }

    private static SessionTimeline Timeline(IEnumerable<Reading> readings) => readings.Aggregate(SessionTimeline.Empty, (timeline, reading) => timeline.With(reading));

    private static void AssertSound(MeterVerdict verdict)
    {
        var registers = verdict.Readings.Where(reading => reading.Register is not null).Select(reading => reading.Register!.Value).ToList();
        Assert.Equal(registers.Order(), registers);
        Assert.True(verdict.Energy >= Energy.Zero);
        if (registers.Count == 0) return;
        Assert.Equal(Energy.Zero, registers[0]);
        Assert.Equal(verdict.Energy, registers[^1]);
    }

    private static List<Reading> Registers(string text)
    {
        var values = text.Split(' ');
        return [.. values.Select((value, i) => new Reading(Begun + Duration.FromMinutes(10 * i),
            i == 0 ? ReadingKind.Begin : i == values.Length - 1 ? ReadingKind.End : ReadingKind.Sample, Value(value), null, null, null, null))];
    }

    private static Reading Sample(int minute, decimal? register) =>
        new(Begun + Duration.FromMinutes(minute), ReadingKind.Sample, register is { } value ? Wh(value) : null, null, null, null, null);

    private static Energy? Value(string text) => text == "-" ? null : Wh(decimal.Parse(text, System.Globalization.CultureInfo.InvariantCulture));

    private static Energy Wh(decimal wattHours) => Energy.FromWattHours(wattHours);
}
