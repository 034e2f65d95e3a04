using System.Globalization;
using System.Text;

namespace Busbar.Load;

/// <summary>What the other runs found, side by side with what is wanted: docs/operating/capacity.md.</summary>
internal static class Capacity
{
    private const string Head = """
        # Capacity

        What one process does, measured on the machine below. Written by the command that measures it; on yours, with nothing else running:

        ```sh
        bench/capacity                       # about forty minutes; --rounds 1 for a first look
        ```

        The generator plays all stations on the same processors. A ratio is to a bare Kestrel WebSocket server that answers every frame with a constant, in the same run. What the figures mean, how
        they are taken, and why a bar is missed where one is: [performance](performance.md).


        """;

    private sealed record Line(string What, string Wanted, string Found, bool IsMet);

    /// <param name="figures">The folder where the runs left theirs.</param>
    public static async Task<string> RenderAsync(string figures, CancellationToken ct)
    {
        Task<Report> Run(string name) => Report.ReadAsync<Report>(Path.Combine(figures, name), ct);
        var (session, heartbeats, paced) = (await Run("load.json"), await Run("load-heartbeats.json"), await Run("load-paced.json"));
        var hold = await Report.ReadAsync<Measured<Hold>>(Path.Combine(figures, "load-hold.json"), ct);
        var cold = await Report.ReadAsync<Measured<Cold>>(Path.Combine(figures, "load-cold.json"), ct);
        var lines = new List<Line>();
        foreach (var summary in session.Medians.Where(summary => summary.CallsRatio is not null))
        {
            var wanted = summary.Target == TargetKind.Sqlite ? 0.5 : 0.35;
            lines.Add(new($"{summary.Target}: calls of full sessions, of the floor's", Text($"at least {wanted}"), Text($"{summary.CallsRatio:0.00} ({summary.CallsPerSecond:0} a second)"), summary.CallsRatio >= wanted));
            if (summary.Target == TargetKind.Sqlite) lines.Add(new($"{summary.Target}: processor time of a call, of the floor's", "at most 3", Text($"{summary.CpuRatio:0.0} ({summary.CpuPerCall:0} µs)"), summary.CpuRatio <= 3));
        }
        foreach (var summary in heartbeats.Medians.Where(summary => summary.CallsRatio is not null))
            lines.Add(new($"{summary.Target}: heartbeats, of the floor's", "at least 0.7", Text($"{summary.CallsRatio:0.00} ({summary.CallsPerSecond:0} a second)"), summary.CallsRatio >= 0.7));
        foreach (var summary in paced.Medians.Where(summary => summary.Target != TargetKind.Floor))
            lines.Add(new(Text($"{summary.Target}: 99 % of transaction messages are acknowledged within, at {paced.AskedCallsPerSecond} calls a second"), summary.Target == TargetKind.Sqlite ? "25 ms" : "",
                Text($"{summary.TransactionP99 / 1000.0:0.0} ms"), summary.Target != TargetKind.Sqlite || summary.TransactionP99 < 25_000));
        foreach (var held in hold.Figures)
        {
            lines.Add(new(Text($"{held.Target}: memory of a station that is connected, booted and idle, of {held.Stations}"), "at most 25 KiB", Text($"{held.BytesPerStation / 1024:0.0} KiB (in all {held.MemoryHeld >> 20} MiB)"), held.BytesPerStation <= 25 * 1024));
            lines.Add(new($"{held.Target}: processors while all are idle", "", Text($"{held.IdleProcessors:0.00}"), true));
            foreach (var (storm, when) in held.Storms.Zip(["a minute after the start", "once more"]))
                lines.Add(new(Text($"{held.Target}: all cut at once, {when}: all accepted again"), "within 15 s", Text($"{storm.AcceptedSeconds:0.0} s, no CALLERROR"), storm.AcceptedSeconds <= 15));
        }
        foreach (var start in cold.Figures)
        {
            lines.Add(new(Text($"SQLite: a start after a kill with {start.Stations} stations and {start.Sessions} sessions ({start.StoreBytes / 1e9:0.0} GB): listening"), "within 3 s", Text($"{start.ListeningSeconds:0.00} s"), start.ListeningSeconds <= 3));
            lines.Add(new("the same: the first boot is answered within", "1 s", Text($"{start.BootAnswerSeconds:0.00} s"), start.BootAnswerSeconds <= 1));
            lines.Add(new("the same: from listening until a station that calls all the while is accepted", "", Text($"{start.FirstBootSeconds:0.00} s"), true));
        }
        // A run that nobody has made leaves no lines.
        var cost = Path.Combine(figures, "load-cost.json");
        if (File.Exists(cost))
            foreach (var told in (await Report.ReadAsync<Measured<CostTold>>(cost, ct)).Figures)
            {
                lines.Add(new(Text($"{told.Target}: {told.Stations} stations charge and send a reading every 12 s: 99 % of prices are on the screen, after the acknowledgement of the reading, within"), Text($"{CostTold.WantedMilliseconds} ms"),
                    Text($"{told.Told.P99 / 1000.0:0.0} ms (half within {told.Told.P50 / 1000.0:0.0}, all within {told.Longest / 1000.0:0.0})"), told.Told.P99 <= CostTold.WantedMilliseconds * 1_000));
                lines.Add(new("the same: readings that brought a price", Text($"at least {CostTold.WantedPercent} %"), Text($"{100.0 * told.Prices / told.Readings:0.0} % of {told.Readings}, each right to the cent"), told.Prices * 100L >= (long)told.Readings * CostTold.WantedPercent));
            }

        var machine = session.Machine;
        var text = new StringBuilder(Head.ReplaceLineEndings("\n"))
            .Append(CultureInfo.InvariantCulture, $"{session.At:yyyy-MM-dd}, {machine.Processors} × {machine.Processor}, {machine.MemoryBytes >> 30} GiB, Linux {machine.Kernel}, {machine.Runtime}; {machine.FileSystem}, an fsync takes {machine.Fsync.P50 / 1000.0:0.00} ms ")
            .Append(CultureInfo.InvariantCulture, $"(99 %: {machine.Fsync.P99 / 1000.0:0.00} ms). SQLite with `synchronous=FULL`, PostgreSQL with `synchronous_commit=on`. Rounds: {session.Rounds.Max(round => round.Number)}.\n\n")
            .Append("| what | wanted | found | |\n|---|---|---|---|\n");
        foreach (var line in lines) text.Append(CultureInfo.InvariantCulture, $"| {line.What} | {line.Wanted} | {line.Found} | {(line.Wanted.Length == 0 ? "" : line.IsMet ? "met" : "**missed**")} |\n");
        return text.ToString();
    }

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
