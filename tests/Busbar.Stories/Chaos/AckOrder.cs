using System.Text.RegularExpressions;

namespace Busbar.Stories.Chaos;

/// <summary>Reads a trace of system calls and judges, message by message, whether write, flush and send came in that order.</summary>
internal sealed partial class AckOrder
{
    private readonly Dictionary<string, int> _written = [];
    private readonly List<int> _flushed = [];
    private readonly Dictionary<string, int> _sent = [];
    private readonly HashSet<string> _flushing = [];

    public int Messages => _sent.Count;
    public List<string> Violations { get; } = [];

    public static AckOrder Read(string trace)
    {
        var order = new AckOrder();
        var number = 0;
        foreach (var line in File.ReadLines(trace)) order.Take(line, number++);
        order.Judge();
        return order;
    }

    public override string ToString() => $"{Messages} acknowledged messages, {_flushed.Count} flushes, {Violations.Count} out of order{string.Concat(Violations.Take(5).Select(violation => "\n  " + violation))}";

    private void Take(string line, int number)
    {
        var process = line[..line.IndexOf(' ', StringComparison.Ordinal)];
        var call = line[process.Length..].TrimStart();
        var isLog = call.Contains("busbar.db-wal>", StringComparison.Ordinal);
        if (call.StartsWith("pwrite64(", StringComparison.Ordinal) && isLog)
        {
            foreach (Match id in MessageId().Matches(call)) _written.TryAdd(id.Value, number);
        }
        else if ((call.StartsWith("fdatasync(", StringComparison.Ordinal) || call.StartsWith("fsync(", StringComparison.Ordinal)) && isLog)
        {
            // A flush counts when it has returned; a line of its own says so where another thread ran in between.
            if (call.EndsWith("= 0", StringComparison.Ordinal)) _flushed.Add(number);
            else if (call.EndsWith("<unfinished ...>", StringComparison.Ordinal)) _flushing.Add(process);
        }
        else if (call.StartsWith("<... f", StringComparison.Ordinal) && call.Contains("sync resumed", StringComparison.Ordinal) && _flushing.Remove(process))
        {
            if (call.EndsWith("= 0", StringComparison.Ordinal)) _flushed.Add(number);
        }
        else if (call.StartsWith("send", StringComparison.Ordinal))
        {
            foreach (Match answer in Answer().Matches(call)) _sent.TryAdd(answer.Groups[1].Value, number);
        }
    }

    private void Judge()
    {
        foreach (var (id, sent) in _sent)
        {
            if (!_written.TryGetValue(id, out var written)) Violations.Add($"{id} was answered and never written");
            else if (!_flushed.Exists(flushed => written < flushed && flushed < sent)) Violations.Add($"{id}: written at {written}, sent at {sent}, no flush between");
        }
    }

    // The last letter ends the id: what follows it in the log may be any byte.
    [GeneratedRegex("r2x[0-9]{2}x[0-9]+z")]
    private static partial Regex MessageId();

    // [3,"id",… as strace prints it.
    [GeneratedRegex("""\[3,\\"(r2x[0-9]{2}x[0-9]+z)\\" *,""")]
    private static partial Regex Answer();
}
