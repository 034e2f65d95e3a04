using System.Globalization;

namespace Busbar.Load;

/// <summary>The processor time of processes as Linux counts it (proc_pid_stat(5)), user and system together.</summary>
public static class ProcessTimes
{
    /// <summary>USER_HZ: the unit of /proc, 100 a second on every architecture that .NET runs on.</summary>
    private const long TicksPerSecond = 100;

    // Fields of the stat line, counted from the state, which follows the name in parentheses.
    private const int Parent = 1;
    private const int UserTime = 11;
    private const int SystemTime = 12;
    private const int ChildrensUserTime = 13;
    private const int ChildrensSystemTime = 14;

    /// <exception cref="InvalidDataException">There is no such process, or it has ended.</exception>
    public static TimeSpan Of(int process) =>
        TryRead(process) is { } stat ? Own(stat) : throw new InvalidDataException($"There is no process {process}.");

    /// <summary>
    /// Of a process, its children that live, and its children that have ended and were waited for: all of a PostgreSQL, whose backends come and go.
    /// </summary>
    /// <exception cref="InvalidDataException">There is no such process, or it has ended.</exception>
    public static TimeSpan OfFamily(int process)
    {
        var sum = TryRead(process) is { } stat ? Own(stat) + WaitedFor(stat) : throw new InvalidDataException($"There is no process {process}.");
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var child) && TryRead(child) is { } line && ParentOf(line) == process)
            {
                sum += Own(line);
            }
        }

        return sum;
    }

    /// <summary>User and system time of a stat line.</summary>
    public static TimeSpan Own(string stat) => Sum(stat, UserTime, SystemTime);

    /// <summary>User and system time of the children that have ended and were waited for.</summary>
    public static TimeSpan WaitedFor(string stat) => Sum(stat, ChildrensUserTime, ChildrensSystemTime);

    public static int ParentOf(string stat) => (int)Field(stat, Parent);

    /// <summary>Microseconds of processor time per call between two readings; null where there was no call.</summary>
    public static double? PerCall(TimeSpan before, TimeSpan after, long calls) => calls > 0 ? (after - before).TotalMicroseconds / calls : null;

    /// <summary>All processors of the machine, busy with whatever (proc_stat(5)).</summary>
    public static TimeSpan Machine() => Busy(File.ReadLines("/proc/stat").First());

    /// <summary>The busy time of the first line of /proc/stat: everything but idle and iowait; guests are in user already.</summary>
    public static TimeSpan Busy(string cpu)
    {
        var fields = cpu.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return Ticks(fields[1..9].Where((_, index) => index is not (3 or 4)).Sum(field => long.Parse(field, CultureInfo.InvariantCulture)));
    }

    /// <summary>A line such as <c>VmHWM: 12 kB</c> of /proc/[pid]/status, in bytes.</summary>
    public static long MemoryOf(int process, string line) =>
        File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/status"))
            .Where(text => text.StartsWith(line + ":", StringComparison.Ordinal))
            .Select(text => long.Parse(text[(line.Length + 1)..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024)
            .Single();

    private static TimeSpan Sum(string stat, int one, int other) => Ticks(Field(stat, one) + Field(stat, other));

    private static TimeSpan Ticks(long ticks) => TimeSpan.FromMilliseconds(ticks * 1000 / TicksPerSecond);

    // The name is the program's choice and may hold spaces and parentheses; the last parenthesis is its end.
    private static long Field(string stat, int index) =>
        long.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[index], CultureInfo.InvariantCulture);

    private static string? TryRead(int process)
    {
        try
        {
            return File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
        }
        catch (IOException)
        {
            // It has ended: between the listing and the reading that is no fault.
            return null;
        }
    }
}
