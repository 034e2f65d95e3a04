using BenchmarkDotNet.Attributes;
using Busbar.Rating;

namespace Busbar.Bench;

/// <summary>One session each.</summary>
public class RatingBenchmarks
{
    private readonly Tariff flat = Samples.Flat();
    private readonly Tariff rich = Samples.Rich();
    private readonly Timeline two = Samples.Session(2);
    private readonly Timeline twenty = Samples.Session(20);

    /// <summary>A flat energy price, 2 meter values.</summary>
    [Benchmark]
    public Cost Flat() => Rater.Rate(flat, Samples.Zone, two).Total;

    /// <summary>12 elements, 20 meter values.</summary>
    [Benchmark]
    public Cost Rich() => Rater.Rate(rich, Samples.Zone, twenty).Total;
}

/// <summary>The same tariff of 12 elements over ever more meter values: the cost of each must not grow.</summary>
public class LongSessionBenchmarks
{
    private readonly Tariff rich = Samples.Rich();
    private Timeline session = Samples.Session(2);

    [Params(1_000, 10_000, 100_000)]
    public int Readings { get; set; }

    [GlobalSetup]
    public void Prepare() => session = Samples.Session(Readings);

    [Benchmark]
    public Cost Long() => Rater.Rate(rich, Samples.Zone, session).Total;
}
