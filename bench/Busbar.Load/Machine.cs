using System.Globalization;
using System.Runtime.InteropServices;

namespace Busbar.Load;

/// <summary>What the figures were taken on: without it they mean nothing.</summary>
internal sealed record Machine(
    string Processor, int Processors, long MemoryBytes, string Kernel, string Runtime, string FileSystem, Latency Fsync, string Load, string Sqlite, string Postgres)
{
    private const int Fsyncs = 200;

    /// <param name="folder">Where the stores will lie; its disk is asked how long an fsync takes.</param>
    public static Machine Look(string folder, TimeProvider clock) => new(
        File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString(),
        Environment.ProcessorCount,
        long.Parse(File.ReadLines("/proc/meminfo").First().Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024,
        File.ReadAllText("/proc/sys/kernel/osrelease").Trim(),
        RuntimeInformation.FrameworkDescription,
        new DriveInfo(folder).DriveFormat,
        FsyncOf(folder, clock),
        File.ReadAllText("/proc/loadavg").Trim(),
        "WAL, synchronous=FULL: what the server always sets",
        "synchronous_commit=on, fsync=on, else as shipped; with --postgres as that server is set");

    /// <summary>The time of appending 4 KiB and an fsync, as a commit does.</summary>
    private static Latency FsyncOf(string folder, TimeProvider clock)
    {
        var times = new LatencyHistogram();
        var page = new byte[4096];
        using var file = new FileStream(Path.Combine(folder, $"busbar-load-fsync-{Environment.ProcessId}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, 0, FileOptions.DeleteOnClose);
        for (var i = 0; i < Fsyncs; i++)
        {
            var since = clock.GetTimestamp();
            file.Write(page);
            file.Flush(flushToDisk: true);
            times.Record(clock.GetElapsedTime(since));
        }

        return Latency.Of(times);
    }
}
