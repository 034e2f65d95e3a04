using System.Diagnostics;
using Busbar.Simulator.Crowds;
using Busbar.Simulator.Stations;
using Busbar.Storage;
using Busbar.Tests.Support;
using NodaTime;

namespace Busbar.Stories.Chaos;

/// <summary>A server process, a crowd of stations that charges at it without a pause, and what the two have to say afterwards.</summary>
internal sealed class ChaosRun : IAsyncDisposable
{
    private static readonly RetryPolicy Impatient = new(TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400), 0.5m);

    private static readonly TimeSpan Last = TimeSpan.FromSeconds(1);

    private readonly Crowd _crowd;
    private readonly string _log;
    private readonly string _folder;
    private readonly Pace _alive = new();
    private readonly Pace _last = new();

    private ChaosRun(ServerProcess server, Crowd crowd, string folder, string log, string[] store) =>
        (Server, _crowd, _folder, _log, Store) = (server, crowd, folder, log, store);

    public ServerProcess Server { get; }
    public string[] Store { get; }
    public CrowdStats Stats => _crowd.Stats;

    /// <summary>Acknowledged transaction messages a second in the stretches that <see cref="AliveAsync"/> measured: from the first one after a start on.</summary>
    public double PerSecond => _alive.PerSecond;

    /// <summary>The same in the last second of each stretch.</summary>
    public double PerSecondAtKills => _last.PerSecond;

    public static async Task<ChaosRun> StartAsync(Servers servers, DatabaseKind kind, int stations, string plan)
    {
        var store = await servers.NewStoreAsync(kind);
        var folder = Directory.CreateTempSubdirectory("busbar-chaos-").FullName;
        var server = new ServerProcess(store, Path.Combine(folder, "server.log"));
        await server.StartAsync();
        await ApiTruth.ProvisionAsync(server.Admin, stations);
        if (plan != "none")
        {
            await server.KillAsync();
            await server.StartAsync(plan);
        }
        var log = Path.Combine(folder, "client.jsonl");
        var crowd = new Crowd(new CrowdOptions
        {
            Url = server.StationsUrl, Stations = stations, LogFile = log, Password = _ => ApiTruth.Password, Authorizes = true, CallTimeout = TimeSpan.FromSeconds(20),
            BeforeConnect = server.ReadyAsync,
            // Sooner than stations of flesh come back: the server is to be killed under load, and not while its stations wait.
            Reconnect = Impatient, Resend = Impatient,
        });
        crowd.Start();
        return new ChaosRun(server, crowd, folder, log, store);
    }

    /// <summary>Lets the crowd charge for a while, and counts from the first acknowledgement on.</summary>
    public async Task AliveAsync(TimeSpan time)
    {
        await ComingBackAsync(TimeSpan.Zero);
        var (begun, before) = (Stopwatch.GetTimestamp(), _crowd.Stats.Acknowledged);
        if (time > Last) await Task.Delay(time - Last);
        var (last, then) = (Stopwatch.GetTimestamp(), _crowd.Stats.Acknowledged);
        await Task.Delay(time < Last ? time : Last);
        _alive.Add(_crowd.Stats.Acknowledged - before, Stopwatch.GetElapsedTime(begun));
        _last.Add(_crowd.Stats.Acknowledged - then, Stopwatch.GetElapsedTime(last));
    }

    /// <summary>Waits until a first message is acknowledged after a start, and then a while.</summary>
    public async Task ComingBackAsync(TimeSpan time)
    {
        await _crowd.AcknowledgedAsync(_crowd.Stats.Acknowledged + 1).WaitAsync(TimeSpan.FromSeconds(60));
        await Task.Delay(time);
    }

    /// <summary>Lets every session be told to its end, and compares what was told with what the API shows.</summary>
    public async Task<TruthReport> FinishAsync()
    {
        var isDone = await _crowd.FinishAsync(TimeSpan.FromSeconds(60));
        Assert.True(isDone, $"Not everything was acknowledged in the end: {_crowd.Stats}\nThe server's first complaints:\n{await Server.ComplaintsAsync(5)}");
        // A session's row may be a second behind the journal; a CDR is not.
        await Task.Delay(TimeSpan.FromSeconds(2));
        return TruthChecker.Check(ClientLog.ReadFiles(_log), await ApiTruth.ObservedAsync(Server.Admin), Duration.FromMilliseconds(1));
    }

    public async ValueTask DisposeAsync()
    {
        await _crowd.DisposeAsync();
        await Server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    private sealed class Pace
    {
        private long _count;
        private TimeSpan _time;

        public double PerSecond => _count / _time.TotalSeconds;

        public void Add(long count, TimeSpan time) => (_count, _time) = (_count + count, _time + time);
    }
}
