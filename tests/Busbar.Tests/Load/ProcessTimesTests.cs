using Busbar.Load;

namespace Busbar.Tests.Load;

public sealed class ProcessTimesTests
{
    // A name may hold what looks like fields.
    private const string Before = "4711 (post) S 9 (x) S 42 4711 4711 0 -1 4194560 900 0 3 0 250 150 30 20 20 0 7 0 100 1000 200";
    private const string After = "4711 (post) S 9 (x) S 42 4711 4711 0 -1 4194560 999 0 3 0 290 170 35 25 20 0 7 0 100 1000 200";

    [Fact]
    public void User_and_system_time_are_counted_together() => Assert.Equal(TimeSpan.FromSeconds(4), ProcessTimes.Own(Before));

    [Fact]
    public void Children_that_have_ended_are_counted_apart() => Assert.Equal(TimeSpan.FromMilliseconds(500), ProcessTimes.WaitedFor(Before));

    [Fact]
    public void The_parent_is_read_behind_the_name() => Assert.Equal(42, ProcessTimes.ParentOf(Before));

    [Fact]
    public void Time_per_call_is_the_difference_of_two_readings() => Assert.Equal(60.0, ProcessTimes.PerCall(ProcessTimes.Own(Before), ProcessTimes.Own(After), 10_000));

    [Fact]
    public void Without_a_call_there_is_no_time_per_call() => Assert.Null(ProcessTimes.PerCall(TimeSpan.Zero, TimeSpan.FromSeconds(1), 0));

    [Fact]
    public void A_machine_is_busy_when_it_neither_idles_nor_waits_for_its_disk() =>
        Assert.Equal(TimeSpan.FromMilliseconds(10 * (1 + 2 + 4 + 32 + 64 + 128)), ProcessTimes.Busy("cpu  1 2 4 8 16 32 64 128 256 512"));

    [Fact]
    public void This_process_has_a_time_and_a_memory()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "There is no /proc here.");
        Assert.InRange(ProcessTimes.Of(Environment.ProcessId), TimeSpan.FromMilliseconds(10), Environment.CpuUsage.TotalTime + TimeSpan.FromMilliseconds(100));
        Assert.InRange(ProcessTimes.MemoryOf(Environment.ProcessId, "VmHWM"), 1_000_000, long.MaxValue);
        Assert.True(ProcessTimes.OfFamily(Environment.ProcessId) >= TimeSpan.FromMilliseconds(10));
    }

    [Fact]
    public void A_process_that_is_not_there_is_said() => Assert.Throws<InvalidDataException>(() => ProcessTimes.Of(int.MaxValue));
}
