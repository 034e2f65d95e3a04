using System.Net.Sockets;
using Busbar.Simulator.Cli;

namespace Busbar.Load;

/// <summary>The command line.</summary>
internal static class Commands
{
    private const string Usage = """
        Busbar.Load: what a call costs, beside a server that does nothing.

          session      closed loop: full sessions of ten calls, as fast as the stations can
          heartbeats   closed loop: heartbeats, which write nothing durable
          paced        open loop: sessions at --rate calls a second, for latencies
          security     closed loop: sessions on PostgreSQL, with its row-level security and without it, in turns
          hold         connections that only stay, and all of them cut and back at once
          cost         how fast a price so far reaches the station's screen (an open page of the console is measured by the console's own tests, in a browser)
          cold         a start on a store of 100,000 stations and a million sessions
          capacity     writes docs/operating/capacity.md from what the other runs left
          floor        only the floor: --url http://127.0.0.1:8099

          --stations 200  --seconds 20  --warm-up 10  --rounds 3  --rate 2000 (paced)
          --targets floor,sqlite,postgres     in this order, round by round
          --server busbar.dll                 the server's Release build, if not this repository's
          --postgres "Host=…"                 a PostgreSQL in which databases and roles may be created, if not one of the run's own
          --folder /var/tmp                   where the stores lie; a disk, not a memory file system
          --json artifacts/bench/load.json    load-heartbeats.json and load-paced.json for those
          --environment "A=B;C=D"             for the servers, such as a profiler's settings
        """;

    private const double LeastWithSecurity = 0.95;

    /// <summary>For starting and ending a target, on a slow machine; a round may take so much more than its measured time.</summary>
    private static readonly TimeSpan RoundAllowance = TimeSpan.FromMinutes(3);

    /// <returns>0: measured and true; 1: a server was wrong or unwell; 2: what was typed makes no sense; 130: interrupted.</returns>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter errors, TimeProvider clock, CancellationToken ct)
    {
        try
        {
            var arguments = new Arguments(args);
            switch (arguments.Verb)
            {
                case "session" or "heartbeats" or "paced":
                    return await MeasureAsync(arguments.Verb, LoadOptions.Read(arguments), output, clock, ct);
                case "security":
                    return await SecurityAsync(LoadOptions.Read(arguments), output, clock, ct);
                case "hold":
                    return await HoldAsync(LoadOptions.Read(arguments), output, clock, ct);
                case "cost":
                    return await CostAsync(LoadOptions.Read(arguments), output, clock, ct);
                case "cold":
                    return await ColdAsync(LoadOptions.Read(arguments), output, clock, ct);
                case "capacity":
                    var figures = arguments.Text("figures") ?? Path.Combine(LoadOptions.Root(), "artifacts/bench");
                    var page = arguments.Text("page") ?? Path.Combine(LoadOptions.Root(), "docs/operating/capacity.md");
                    arguments.End();
                    await File.WriteAllTextAsync(page, await Capacity.RenderAsync(figures, ct), ct);
                    await output.WriteLineAsync(page);
                    return 0;
                case "floor":
                    var url = arguments.Required("url");
                    arguments.End();
                    return await Floor.RunAsync(url, ct);
                default:
                    await output.WriteLineAsync(Usage);
                    return args is ["--help"] ? 0 : 2;
            }
        }
        catch (UsageException exception)
        {
            await errors.WriteLineAsync(exception.Message);
            return 2;
        }
        catch (Exception exception) when (exception is LoadException or IOException or SocketException or HttpRequestException or InvalidOperationException or TimeoutException)
        {
            await errors.WriteLineAsync($"FAILED: {exception.Message}");
            return 1;
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            await errors.WriteLineAsync("interrupted");
            return 130;
        }
    }

    private static async Task<int> HoldAsync(LoadOptions options, TextWriter output, TimeProvider clock, CancellationToken ct)
    {
        await EachTargetAsync(Hold.RunAsync, options, output, clock, ct);
        return 0;
    }

    private static async Task<int> CostAsync(LoadOptions options, TextWriter output, TimeProvider clock, CancellationToken ct)
    {
        foreach (var told in await EachTargetAsync(CostTold.RunAsync, options, output, clock, ct)) told.Judge();
        return 0;
    }

    /// <summary>Measures one target after the other, each bounded in time, and writes the report.</summary>
    private static async Task<List<T>> EachTargetAsync<T>(
        Func<TargetKind, LoadOptions, TextWriter, TimeProvider, CancellationToken, Task<T>> run, LoadOptions options, TextWriter output, TimeProvider clock, CancellationToken ct)
    {
        var all = new List<T>();
        var longest = options.WarmUp + options.Measured + (2 * RoundAllowance);
        foreach (var target in options.Targets.Where(target => target != TargetKind.Floor))
        {
            using var limit = new CancellationTokenSource(longest, clock);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
            try { all.Add(await run(target, options, output, clock, both.Token)); }
            catch (OperationCanceledException) when (limit.IsCancellationRequested) { throw new TimeoutException($"{target} took longer than {longest.TotalSeconds:0} s."); }
            await output.WriteLineAsync(all[^1]!.ToString());
        }

        await Report.WriteAsync(options.Json, new Measured<T>(clock.GetUtcNow(), Machine.Look(options.Folder, clock), all));
        return all;
    }

    private static async Task<int> ColdAsync(LoadOptions options, TextWriter output, TimeProvider clock, CancellationToken ct)
    {
        var cold = await Cold.RunAsync(options, output, clock, ct);
        await output.WriteLineAsync(cold.ToString());
        await Report.WriteAsync(options.Json, new Measured<Cold>(clock.GetUtcNow(), Machine.Look(options.Folder, clock), [cold]));
        return 0;
    }

    private static async Task<int> MeasureAsync(string work, LoadOptions options, TextWriter output, TimeProvider clock, CancellationToken ct)
    {
        var machine = Machine.Look(options.Folder, clock);
        if (machine.FileSystem is "tmpfs" or "ramfs")
        {
            await output.WriteLineAsync($"{options.Folder} is memory, not a disk: a commit costs nothing there, and the figures say nothing. Choose another --folder.");
        }

        var rounds = new List<Round>();
        for (var number = 1; number <= options.Rounds; number++)
        {
            foreach (var target in options.Targets)
            {
                using var limit = new CancellationTokenSource(options.WarmUp + options.Measured + RoundAllowance, clock);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
                try
                {
                    rounds.Add(await Round.RunAsync(target, number, options, output, clock, both.Token));
                }
                catch (OperationCanceledException) when (limit.IsCancellationRequested)
                {
                    throw new TimeoutException($"{target} {number} took longer than {(options.WarmUp + options.Measured + RoundAllowance).TotalSeconds:0} s.");
                }
            }
        }

        await Report.Of(work, options, machine, rounds, clock.GetUtcNow()).WriteAsync(output, options.Json);
        return 0;
    }

    /// <summary>Of two that stand side by side in each round the ratio, and of those the median: what the machine does meanwhile, it does to both.</summary>
    private static async Task<int> SecurityAsync(LoadOptions options, TextWriter output, TimeProvider clock, CancellationToken ct)
    {
        await MeasureAsync("security", options, output, clock, ct);
        var report = await Report.ReadAsync<Report>(options.Json, ct);
        var ratios = report.Rounds.GroupBy(round => round.Number)
            .Select(pair => pair.Single(round => round.Target == TargetKind.Postgres).CallsPerSecond / pair.Single(round => round.Target == TargetKind.OpenPostgres).CallsPerSecond).Order().ToList();
        var ratio = ratios[ratios.Count / 2];
        await output.WriteLineAsync(FormattableString.Invariant($"with row-level security, of the calls without: {ratio:0.000} ({string.Join(", ", ratios.Select(one => FormattableString.Invariant($"{one:0.000}")))}; bar {LeastWithSecurity})"));
        return ratio >= LeastWithSecurity ? 0 : 1;
    }
}
