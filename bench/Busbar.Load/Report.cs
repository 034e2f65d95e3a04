using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Busbar.Load;

/// <summary>The median of a target's rounds, beside the floor's.</summary>
internal sealed record Summary
{
    public required TargetKind Target { get; init; }

    public required double CallsPerSecond { get; init; }

    public required double? CpuPerCall { get; init; }

    public required long TransactionP99 { get; init; }

    /// <summary>Of the floor's calls per second: more is better. Null where the run had no floor, or was paced.</summary>
    public double? CallsRatio { get; init; }

    /// <summary>Of the floor's processor time per call: less is better.</summary>
    public double? CpuRatio { get; init; }
}

/// <summary>Figures of one kind, and what they were taken on.</summary>
internal sealed record Measured<T>(DateTimeOffset At, Machine Machine, IReadOnlyList<T> Figures);

/// <summary>A run, for people and for programs.</summary>
internal sealed record Report(string Work, int Stations, int? AskedCallsPerSecond, DateTimeOffset At, Machine Machine, IReadOnlyList<Round> Rounds, IReadOnlyList<Summary> Medians)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static Report Of(string work, LoadOptions options, Machine machine, IReadOnlyList<Round> rounds, DateTimeOffset at)
    {
        var medians = rounds.GroupBy(round => round.Target).OrderBy(group => group.Key).Select(group => new Summary
        {
            Target = group.Key,
            CallsPerSecond = Median(group.Select(round => round.CallsPerSecond)),
            CpuPerCall = Median(group.Select(round => round.CpuPerCall ?? 0)),
            TransactionP99 = (long)Median(group.Select(round => (double)round.Transactions.P99)),
        }).ToList();
        var floor = medians.Find(summary => summary.Target == TargetKind.Floor);
        return new(work, options.Stations, options.CallsPerSecond, at, machine, rounds,
            [.. medians.Select(summary => floor is null || summary == floor ? summary : summary with
            {
                CallsRatio = options.CallsPerSecond is null ? summary.CallsPerSecond / floor.CallsPerSecond : null,
                CpuRatio = summary.CpuPerCall / floor.CpuPerCall,
            })]);
    }

    public async Task WriteAsync(TextWriter output, string file)
    {
        await WriteAsync(file, this);

        await output.WriteLineAsync();
        await output.WriteLineAsync(Text($"{Work}, {Stations} stations; {Machine.Processors} x {Machine.Processor}, {Machine.MemoryBytes >> 30} GiB, Linux {Machine.Kernel}, {Machine.Runtime}; {Machine.FileSystem}, fsync p50 {Machine.Fsync.P50 / 1000.0:0.00} ms, p99 {Machine.Fsync.P99 / 1000.0:0.00} ms"));
        await output.WriteLineAsync("                          CPU µs per call of           transactions ms          others ms       late     peak   alloc    calls  units per    others'  sessions");
        await output.WriteLineAsync("target    round  calls/s  server database generator    p50    p99  p99.9    p50    p99  p99.9 p99 ms       MB  B/call  per GC     commit processors  verified");
        foreach (var round in Rounds)
        {
            await output.WriteLineAsync(Text(
                $"{round.Target,-9} {round.Number,5} {round.CallsPerSecond,8:0} {round.ServerCpuPerCall,7:0.0} {round.DatabaseCpuPerCall,8:0.0} {round.GeneratorCpuPerCall,9:0.0} {Times(round.Transactions)} {Times(round.Others)} {round.Lateness.P99 / 1000.0,6:0.00} {round.PeakMemory / 1e6,8:0} {round.AllocatedPerCall,7:0} {round.Calls / round.Collections,7:0} {round.UnitsPerCommit,10:0.0} {round.OtherProcessors,10:0.00} {round.VerifiedSessions,9}"));
        }

        await output.WriteLineAsync();
        await output.WriteLineAsync("medians   calls/s  CPU µs per call   transactions p99 ms   calls/s of the floor's   CPU per call of the floor's");
        foreach (var summary in Medians)
        {
            await output.WriteLineAsync(Text(
                $"{summary.Target,-9} {summary.CallsPerSecond,7:0} {summary.CpuPerCall,16:0.0} {summary.TransactionP99 / 1000.0,21:0.00} {summary.CallsRatio,24:0.000} {summary.CpuRatio,29:0.00}"));
        }

        if (Rounds.Max(round => round.OtherProcessors) > 0.1)
        {
            await output.WriteLineAsync("Something else was busy on this machine: these figures are noise. Measure again when it is quiet.");
        }

        await output.WriteLineAsync($"{file}");
    }

    /// <summary>For programs.</summary>
    public static async Task WriteAsync<T>(string file, T figures)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(figures, Json));
    }

    public static async Task<T> ReadAsync<T>(string file, CancellationToken ct)
    {
        await using var stream = File.OpenRead(file);
        return await JsonSerializer.DeserializeAsync<T>(stream, Json, ct) ?? throw new LoadException($"{file} is empty.");
    }

    private static string Times(Latency latency) => Text($"{latency.P50 / 1000.0,6:0.00} {latency.P99 / 1000.0,6:0.00} {latency.P999 / 1000.0,6:0.00}");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
