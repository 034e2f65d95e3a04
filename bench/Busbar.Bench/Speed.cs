using System.Globalization;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Busbar.Bench;

/// <summary>The pricing function by BenchmarkDotNet, on one thread of this process, and its bars.</summary>
internal static class Speed
{
    // Twice is far from a square and above what caches and the collector make of a long session.
    private const double Linear = 2;

    public static int Run(TextWriter output)
    {
        var config = ManualConfig.CreateEmpty()
            .AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance).WithMaxIterationCount(25))
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddColumnProvider(BenchmarkDotNet.Columns.DefaultColumnProviders.Instance)
            .AddLogger(ConsoleLogger.Default)
            .AddExporter(MarkdownExporter.Console)
            .WithArtifactsPath(Path.Combine(Path.GetTempPath(), "busbar-bench"));
        var rates = BenchmarkRunner.Run<RatingBenchmarks>(config);
        var growth = BenchmarkRunner.Run<LongSessionBenchmarks>(config);
        var bars = new[]
        {
            Rate(rates, nameof(RatingBenchmarks.Flat), 200_000, output),
            Rate(rates, nameof(RatingBenchmarks.Rich), 40_000, output),
            Grows(growth, output),
        };
        return bars.All(held => held) ? 0 : 1;
    }

    private static bool Rate(Summary summary, string name, int bar, TextWriter output)
    {
        var report = summary.Reports.Single(it => it.BenchmarkCase.Descriptor.WorkloadMethod.Name == name);
        if (report.ResultStatistics is not { } statistics) return false;
        var each = 1e9 / statistics.Mean;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}: {each:#,0} sessions/s (bar {bar:#,0})"));
        return each >= bar;
    }

    /// <summary>A reading of the longest session costs about what one of the shortest costs.</summary>
    private static bool Grows(Summary summary, TextWriter output)
    {
        var perReading = summary.Reports
            .Select(report => ((int)report.BenchmarkCase.Parameters[nameof(LongSessionBenchmarks.Readings)], report.ResultStatistics?.Mean))
            .OrderBy(it => it.Item1).Select(it => (Readings: it.Item1, Each: it.Mean / it.Item1)).ToList();
        foreach (var (readings, each) in perReading) output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{readings:#,0} meter values: {each:0} ns each"));
        return perReading.Count > 1 && perReading[^1].Each <= perReading[0].Each * Linear;
    }
}
