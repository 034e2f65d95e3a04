using Busbar.Ocpp;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using NodaTime;

namespace Busbar.Tests.Stations;

public sealed class MeterReadingsTests
{
    private const string Register = "Energy.Active.Import.Register";
    private static readonly Instant Received = Instant.FromUtc(2026, 11, 23, 6, 0);

    [Theory]
    [InlineData("1500", null, 0, 1_500_000)]                 // a missing unit is Wh
    [InlineData("1500", "Wh", 0, 1_500_000)]
    [InlineData("1.5", "kWh", 0, 1_500_000)]
    [InlineData("1.5", "KWH", 0, 1_500_000)]
    [InlineData("1.5", "Wh", 3, 1_500_000)]
    [InlineData("1500000", "Wh", -3, 1_500_000)]
    [InlineData("0.0001", "kWh", 0, 100)]
    [InlineData("-5", "Wh", 0, -5_000)]                      // absurd, and kept: whoever knows the station judges
    [InlineData("1e3", "Wh", 0, 1_000_000)]
    [InlineData("0", "Wh", 9_999, 0)]
    [InlineData("9223372036854775.807", "Wh", 0, long.MaxValue)]
    public void A_register_is_read_in_its_unit(string value, string? unit, long multiplier, long milliwattHours)
    {
        var sample = Single(Sampled(value, Register, unit: unit, multiplier: multiplier));
        Assert.Equal(milliwattHours, sample.Register?.MilliwattHours);
        Assert.Empty(sample.Issues);
    }

    [Theory]
    [InlineData("NaN", "Wh", 0, MeterReadings.ValueUnreadable)]
    [InlineData("", "Wh", 0, MeterReadings.ValueUnreadable)]
    [InlineData("1e308", "Wh", 0, MeterReadings.ValueUnreadable)]
    [InlineData("12 kWh", "Wh", 0, MeterReadings.ValueUnreadable)]
    [InlineData("12", "V", 0, MeterReadings.UnitUnknown)]
    [InlineData("12", "W", 0, MeterReadings.UnitUnknown)]
    [InlineData("9223372036854776", "Wh", 0, MeterReadings.ValueOutOfRange)]
    [InlineData("9223372036855", "kWh", 0, MeterReadings.ValueOutOfRange)]
    [InlineData("1", "Wh", 29, MeterReadings.ValueOutOfRange)]
    [InlineData("7", "Wh", 28, MeterReadings.ValueOutOfRange)]
    [InlineData("1", "Wh", long.MinValue, MeterReadings.ValueOutOfRange)]
    public void What_cannot_be_read_or_held_is_null_and_named(string value, string unit, long multiplier, string issue)
    {
        var sample = Single(Sampled(value, Register, unit: unit, multiplier: multiplier));
        Assert.Null(sample.Register);
        Assert.Equal([issue], sample.Issues);
    }

    [Fact]
    public void A_multiplier_that_is_no_number_makes_the_value_unreadable()
    {
        var sample = Single(Sampled("1", Register) with { Multiplier = null });
        Assert.Null(sample.Register);
        Assert.Equal([MeterReadings.MultiplierUnreadable], sample.Issues);
    }

    [Fact]
    public void Phases_are_summed_when_all_are_there_and_no_total_is()
    {
        var sample = Single(Sampled("100", Register, "L1"), Sampled("200", Register, "L2-N"), Sampled("300", Register, "L3"));
        Assert.Equal(600m, sample.Register?.WattHours);
        Assert.Empty(sample.Issues);
    }

    [Fact]
    public void A_total_goes_before_its_phases()
    {
        var sample = Single(Sampled("100", Register, "L1"), Sampled("200", Register, "L2"), Sampled("300", Register, "L3"), Sampled("650", Register));
        Assert.Equal(650m, sample.Register?.WattHours);
    }

    [Fact]
    public void Some_of_the_phases_are_never_taken_for_the_whole()
    {
        var sample = Single(Sampled("100", Register, "L1"), Sampled("200", Register, "L2"));
        Assert.Null(sample.Register);
        Assert.Equal([MeterReadings.PhasesIncomplete], sample.Issues);
    }

    [Fact]
    public void Phases_that_overflow_together_are_null_and_named()
    {
        var sample = Single(Sampled("9e15", Register, "L1"), Sampled("9e15", Register, "L2"), Sampled("9e15", Register, "L3"));
        Assert.Null(sample.Register);
        Assert.Equal([MeterReadings.ValueOutOfRange], sample.Issues);
    }

    [Theory]
    [InlineData("Inlet")]
    [InlineData("EV")]
    [InlineData("Body")]
    [InlineData("Upstream")]
    public void Energy_that_is_not_measured_at_the_outlet_is_not_sold(string location)
    {
        Assert.Empty(Normalise([Sampled("100", Register, location: location)]));
        var sample = Single(Sampled("100", Register, location: location), Sampled("90", Register, location: "Outlet"));
        Assert.Equal(90m, sample.Register?.WattHours);
    }

    [Fact]
    public void The_state_of_charge_is_measured_in_the_vehicle()
    {
        var sample = Single(Sampled("61", "SoC", location: "EV", unit: "Percent"));
        Assert.Equal(61m, sample.SocPercent);
    }

    [Fact]
    public void Register_interval_power_and_current_are_kept_apart()
    {
        var sample = Single(
            Sampled("5", Register, unit: "kWh"), Sampled("250", "Energy.Active.Import.Interval", unit: "Wh"), Sampled("7.4", "Power.Active.Import", unit: "kW"),
            Sampled("32.1", "Current.Import", unit: "A"), Sampled("230", "Voltage", unit: "V"), Sampled("1", "Energy.Active.Export.Register", unit: "kWh"));
        Assert.Equal(5_000m, sample.Register?.WattHours);
        Assert.Equal(250m, sample.Interval?.WattHours);
        Assert.Equal(7_400m, sample.Power?.Watts);
        Assert.Equal(32.1m, sample.CurrentA);
    }

    [Fact]
    public void A_value_that_is_there_twice_and_differs_is_named()
    {
        var sample = Single(Sampled("100", Register), Sampled("200", Register, location: "Outlet"));
        Assert.Equal(100m, sample.Register?.WattHours);
        Assert.Equal([MeterReadings.ValueConflict], sample.Issues);
    }

    [Fact]
    public void Values_of_one_moment_and_context_are_one_sample()
    {
        var at = WireTime.Parse("2026-11-23T05:59:00Z");
        var samples = MeterReadings.Normalise(
        [
            (at, [Sampled("100", Register), Sampled("90", Register, context: "Transaction.Begin")]),
            (at, [Sampled("11", "Power.Active.Import", unit: "kW")]),
            (WireTime.Parse("2026-11-23T05:58:00Z"), [Sampled("80", Register)]),
        ], Received);
        Assert.Equal([SampleContext.Periodic, SampleContext.Begin, SampleContext.Periodic], samples.Select(sample => sample.Context));
        Assert.Equal([100m, 90m, 80m], samples.Select(sample => sample.Register!.Value.WattHours));
        Assert.Equal(11_000m, samples[0].Power?.Watts);
    }

    [Fact]
    public void A_signed_reading_is_kept_as_it_came()
    {
        var sample = Single(new SampledQuantity(WireDecimal.FromText("OCMF|{}|{}"), Register, "Transaction.End", null, null, null, 0, "OCMF|{}|{}", false));
        Assert.Equal("OCMF|{}|{}", sample.Signed);
        Assert.Null(sample.Register);
        Assert.Empty(sample.Issues);
        Assert.Equal(SampleContext.End, sample.Context);
    }

    [Theory]
    [InlineData("2026-11-23T05:59:00Z", ClockQuality.Plausible)]
    [InlineData("2026-11-23T06:59:00+01:00", ClockQuality.Plausible)]
    [InlineData("2026-11-24T06:00:00Z", ClockQuality.Plausible)]
    [InlineData("2026-11-24T06:00:01Z", ClockQuality.Future)]
    [InlineData("2099-01-01T00:00:00Z", ClockQuality.Future)]
    [InlineData("1970-01-01T00:00:00Z", ClockQuality.Unset)]
    [InlineData("2026-11-23T05:59:00", ClockQuality.ZoneMissing)]
    [InlineData("2026-13-45T05:59:00Z", ClockQuality.Unreadable)]
    public void A_time_is_judged_by_the_moment_it_came(string text, ClockQuality quality)
    {
        var time = WireTime.Parse(text).Judge(Received);
        Assert.Equal(quality, time.Quality);
        Assert.Equal(text, time.Raw);
        Assert.Equal(quality == ClockQuality.Unreadable, time.At is null);
    }

    private static SampledQuantity Sampled(
        string value, string? measurand, string? phase = null, string? location = null, string? unit = null, long multiplier = 0, string? context = null) =>
        new(WireDecimal.FromText(value), measurand, context, phase, location, unit, multiplier, null, true);

    private static IReadOnlyList<MeterSample> Normalise(params SampledQuantity[] values) =>
        MeterReadings.Normalise([(WireTime.Parse("2026-11-23T05:59:00Z"), values)], Received);

    private static MeterSample Single(params SampledQuantity[] values) => Assert.Single(Normalise(values));
}
