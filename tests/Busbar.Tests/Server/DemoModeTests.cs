using Busbar.Server;
using Busbar.Server.Demo;
using Busbar.Simulator.Stations;
using Busbar.Storage;
using Microsoft.Extensions.Time.Testing;

namespace Busbar.Tests.Server;

/// <summary>A demo lets nobody in from elsewhere, and touches no store that is not a demo's.</summary>
public sealed class DemoModeTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("busbar-demo-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("--urls=http://0.0.0.0:8080", "http://0.0.0.0:8080")]
    [InlineData("--urls=http://localhost:1;http://*:8080", "http://*:8080")]
    [InlineData("--urls=http://example.org:8080", "http://example.org:8080")]
    [InlineData("--urls=https://192.168.1.1", "https://192.168.1.1")]
    [InlineData("--urls=http://x@localhost:8080", "http://x@localhost:8080")]
    [InlineData("--http_ports=8080", "http_ports")]
    [InlineData("--Kestrel:Endpoints:Http:Url=http://localhost:1", "Kestrel:Endpoints")]
    [InlineData("--Busbar:Stations:Url=http://*:8443", "Busbar:Stations:Url")]
    [InlineData("--Busbar:Cluster:Enabled=true", "Busbar:Cluster:Enabled")]
    [InlineData("--ConnectionStrings:Busbar=Host=db", "ConnectionStrings:Busbar")]
    public void What_would_let_others_in_or_use_a_real_store_stops_the_start(string argument, string named)
    {
        var error = Assert.Throws<InvalidOperationException>(() => BusbarHost.Build(["--demo", argument, $"--Busbar:DataDirectory={_folder}/x"]));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_folder));
    }

    [Fact]
    public void A_folder_that_holds_something_else_stays_as_it_is()
    {
        var store = Path.Combine(_folder, "busbar.db");
        File.WriteAllText(store, "an operator's");
        Assert.Contains(_folder, Assert.Throws<InvalidOperationException>(() => BusbarHost.Build(["--demo", $"--Busbar:DataDirectory={_folder}"])).Message, StringComparison.Ordinal);
        Assert.Equal([store], Directory.EnumerateFileSystemEntries(_folder));
        Assert.Equal("an operator's", File.ReadAllText(store));
    }

    [Fact]
    public void A_start_that_is_no_demo_stays_out_of_a_demos_folder()
    {
        DemoFolder.Open(_folder);
        Assert.Contains(_folder, Assert.Throws<InvalidOperationException>(() => BusbarHost.Build([$"--Busbar:DataDirectory={_folder}"])).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_option_has_no_value() => Assert.Contains("--demo=yes", Assert.Throws<InvalidOperationException>(() => BusbarHost.Build(["--demo=yes"])).Message, StringComparison.Ordinal);

    [Fact]
    public void A_demo_that_was_set_up_goes_on_and_one_that_was_not_begins_anew()
    {
        var path = Path.Combine(_folder, "demo");
        var first = DemoFolder.Open(path);
        File.WriteAllText(Path.Combine(path, "busbar.db"), "half of it");
        File.WriteAllText(Path.Combine(path, "notes.txt"), "somebody's");
        using (DataDirectoryLock.Acquire(path)) Assert.Throws<InvalidOperationException>(() => DemoFolder.Open(path));
        Assert.True(File.Exists(Path.Combine(path, "busbar.db")));
        var second = DemoFolder.Open(path);
        Assert.False(File.Exists(Path.Combine(path, "busbar.db")));
        Assert.Equal("somebody's", File.ReadAllText(Path.Combine(path, "notes.txt")));
        Assert.Equal(first.PasswordOf("CP-1"), second.PasswordOf("CP-1"));

        second.Ready();
        File.WriteAllText(Path.Combine(path, "busbar.db"), "all of it");
        var third = DemoFolder.Open(path);
        Assert.True(third.IsReady);
        Assert.True(File.Exists(Path.Combine(path, "busbar.db")));
        Assert.Equal(second.PasswordOf("CP-1"), third.PasswordOf("CP-1"));
        Assert.NotEqual(third.PasswordOf("CP-1"), third.PasswordOf("CP-2"));
    }

    [Fact]
    public void A_clock_that_is_behind_catches_up_and_its_timers_with_it()
    {
        var real = new FakeTimeProvider();
        var now = real.GetUtcNow();
        var clock = new CatchUpClock(real, TimeSpan.FromMinutes(99), 100);     // a minute to catch up
        Assert.Equal(now - TimeSpan.FromMinutes(99), clock.GetUtcNow());
        // One ends on the way, one ten minutes of life after it.
        var (soon, late) = (Task.Delay(TimeSpan.FromMinutes(50), clock), Task.Delay(TimeSpan.FromMinutes(110), clock));

        real.Advance(TimeSpan.FromSeconds(29));
        Assert.Equal((false, false), (soon.IsCompleted, clock.HasCaughtUp));
        real.Advance(TimeSpan.FromSeconds(1));
        Assert.True(soon.IsCompleted);
        Assert.Equal(now - TimeSpan.FromMinutes(49), clock.GetUtcNow());
        real.Advance(TimeSpan.FromSeconds(30));
        Assert.True(clock.HasCaughtUp);
        Assert.Equal(real.GetUtcNow(), clock.GetUtcNow());
        real.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        Assert.False(late.IsCompleted);
        real.Advance(TimeSpan.FromSeconds(2));
        Assert.True(late.IsCompleted);
    }
}
