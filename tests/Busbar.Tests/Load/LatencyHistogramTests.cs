using Busbar.Load;
using CsCheck;

namespace Busbar.Tests.Load;

public sealed class LatencyHistogramTests
{
    [Fact]
    public void Nothing_recorded_is_0() => Assert.Equal((0L, 0L), (new LatencyHistogram().Count, new LatencyHistogram().Percentile(99)));

    [Fact]
    public void Short_durations_are_exact()
    {
        var histogram = Of(Enumerable.Range(0, 64).Select(value => (long)value));
        Assert.Equal([0, 31, 62, 63], new[] { 0.1, 50, 98, 100 }.Select(histogram.Percentile));
    }

    [Fact]
    public void One_slow_call_in_a_thousand_is_in_the_last_thousandth_alone()
    {
        var histogram = Of(Enumerable.Repeat(10L, 999).Append(5_000_000));
        Assert.Equal(10, histogram.Percentile(99.9));
        Assert.InRange(histogram.Percentile(99.91), 5_000_000, 5_160_000);
    }

    [Fact]
    public void A_percentile_is_never_too_low_and_at_most_one_part_in_32_too_high() => Gen.Long[0, LatencyHistogram.Longest].Array[1, 200].Select(Gen.Double[0.1, 100]).Sample((values, percent) =>
    {
        var exact = values.Order().ElementAt((int)Math.Ceiling(values.Length * percent / 100) - 1);
        var found = Of(values).Percentile(percent);
        return found >= exact && found - exact <= exact / 32;
    });

    [Theory]
    [InlineData(-1, 0)]
    [InlineData(long.MaxValue, LatencyHistogram.Longest)]
    public void What_is_out_of_range_is_counted_at_its_end(long recorded, long percentile) => Assert.Equal(percentile, Of([recorded]).Percentile(100));

    private static LatencyHistogram Of(IEnumerable<long> microseconds)
    {
        var histogram = new LatencyHistogram();
        foreach (var value in microseconds) histogram.Record(value);
        return histogram;
    }
}
