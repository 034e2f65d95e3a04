using System.Net;
using System.Net.Sockets;
using Busbar.Kernel;
using Busbar.Server;
using Busbar.Stations;
using Busbar.Stations.Presence;
using Busbar.Storage;
using Busbar.Storage.Commits;
using Busbar.Tests.Stations;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Busbar.Tests.Server;

/// <summary>What the rooms rehearse at a start leaves no trace, and goes through: what fails here is only logged.</summary>
public sealed class WarmUpTests(Servers servers)
{
    [Theory, ClassData(typeof(BothDatabases))]
    public async Task A_rehearsal_goes_through_and_leaves_nothing(DatabaseKind kind)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(kind));
        var parts = server.Services.GetServices<IWarmUp>().ToList();
        Assert.Equal(["Busbar.Gateway.SocketRehearsal", "Busbar.Stations.BootRehearsal", "Busbar.Stations.Rehearsal", "Busbar.Sessions.Rehearsal"], parts.Select(part => part.GetType().FullName));
        foreach (var part in parts) await part.WarmUpAsync(TestContext.Current.CancellationToken);

        foreach (var list in new[] { "sessions", "cdrs", "stations", "tokens", "tariffs" }) Assert.Empty((await server.Admin.GetAsync(list)).Items);
        await foreach (var row in server.Services.GetRequiredService<JournalReader>().AllAsync(TestContext.Current.CancellationToken)) Assert.Fail($"{row.Key} has a row.");
        Assert.Empty(server.Services.GetRequiredService<StationActors>().All);
        Assert.Empty(server.Services.GetRequiredService<PresenceBook>().TakeChanged(1));
    }

    [Theory, ClassData(typeof(BothDatabases))]
    public async Task The_port_opens_when_what_a_first_boot_needs_was_rehearsed_and_not_before(DatabaseKind kind)
    {
        var (ct, first, rest) = (TestContext.Current.CancellationToken, new Part(isFirst: true), new Part(isFirst: false));
        var port = FreePort();
        var starting = RunningServer.StartAsync(await servers.NewStoreAsync(kind), services => services.AddSingleton<IWarmUp>(first).AddSingleton<IWarmUp>(rest), $"--urls=http://127.0.0.1:{port}");
        await first.Entered.Task.WaitAsync(Patience, ct);
        await Task.WhenAny(starting, Task.Delay(TimeSpan.FromSeconds(1), ct));
        Assert.False(starting.IsCompleted);
        await Assert.ThrowsAsync<SocketException>(() => ConnectAsync(port, ct));

        first.Gate.SetResult();
        // For the rest it does not wait.
        await using var server = await starting.WaitAsync(Patience, ct);
        await ConnectAsync(port, ct);
        if (Environment.ProcessorCount > 1) await rest.Entered.Task.WaitAsync(Patience, ct);
        rest.Gate.SetResult();
    }

    [Fact]
    public async Task A_rehearsal_that_fails_ends_nothing_and_keeps_no_other_from_running()
    {
        var (first, second) = (new Part(isFirst: true), new Part(isFirst: true));
        first.Gate.SetException(new InvalidOperationException("It was meant to fail."));
        second.Gate.SetResult();
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), services => services.AddSingleton<IWarmUp>(first).AddSingleton<IWarmUp>(second));
        Assert.True(first.Entered.Task.IsCompleted && second.Entered.Task.IsCompleted);
        Assert.Empty((await server.Admin.GetAsync("stations")).Items);
    }

    [Fact]
    public async Task A_rehearsal_that_hangs_keeps_the_port_closed_for_five_seconds_and_no_longer()
    {
        var (ct, clock, inner, log) = (TestContext.Current.CancellationToken, new FakeTimeProvider(), new Listening(), new LinesOf<WarmUp>());
        await using var none = new ServiceCollection().BuildServiceProvider();
        using var warmUp = new WarmUp(none, log);
        using var server = new RehearsedServer(inner, warmUp, clock, log);
        var starting = server.StartAsync(new Hanging(), ct);
        clock.Advance(TimeSpan.FromSeconds(4));
        await Task.WhenAny(starting, Task.Delay(TimeSpan.FromMilliseconds(200), ct));
        Assert.False(inner.IsOpen);
        clock.Advance(TimeSpan.FromSeconds(1));
        await starting.WaitAsync(Patience, ct);
        Assert.True(inner.IsOpen);
        Assert.Single(log.Lines);
    }

    [Fact]
    public async Task A_rehearsal_that_cannot_be_made_ends_nothing()
    {
        var (ct, log) = (TestContext.Current.CancellationToken, new LinesOf<WarmUp>());
        await using var broken = new ServiceCollection().AddSingleton<IWarmUp>(_ => throw new InvalidOperationException("It was meant to fail.")).BuildServiceProvider();
        using var warmUp = new WarmUp(broken, log);
        await warmUp.StartAsync(ct);
        await warmUp.First.WaitAsync(Patience, ct);
        await warmUp.StopAsync(ct);
        Assert.Single(log.Lines);
    }

    private sealed class Listening : IServer
    {
        public bool IsOpen { get; private set; }

        public IFeatureCollection Features { get; } = new FeatureCollection();

        public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken) where TContext : notnull
        {
            IsOpen = true;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public void Dispose()
        {
            // Nothing is held.
        }
    }

    private sealed class Hanging : IHttpApplication<string>
    {
        public string CreateContext(IFeatureCollection contextFeatures) => "";

        public Task ProcessRequestAsync(string context) => new TaskCompletionSource().Task;

        public void DisposeContext(string context, Exception? exception)
        {
            // Nothing is held.
        }
    }

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task ConnectAsync(int port, CancellationToken ct)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, ct);
    }

    private sealed class Part(bool isFirst) : IWarmUp
    {
        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Gate { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsFirst => isFirst;

        public Task WarmUpAsync(CancellationToken ct)
        {
            Entered.TrySetResult();
            return Gate.Task;
        }
    }
}
