using System.Globalization;
using Busbar.Sessions;
using Busbar.Simulator.Crowds;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Chaos;

/// <summary>Its tests run by themselves, after the others of their suite: a rate is asked for.</summary>
[CollectionDefinition("kills", DisableParallelization = true)]
public sealed class KillCollection;

/// <summary>
/// R1: whatever was acknowledged is there once, and once only, however often the server is ended as a power cut ends it. A crowd of stations tells
/// sessions without a pause and keeps its own log; afterwards that log is held against the API, and the journal against the tables.
/// </summary>
[Collection("kills")]
public sealed class KillTests(Servers servers, ITestOutputHelper output)
{
    private const int Kills = 20;
    private const int Stations = 150;
    private const int Killed = 137;
    private const int LongMs = 5_500;

    // A server dies at the n-th batch of its life: what it had not committed, had committed and not acknowledged, and had just acknowledged.
    private static readonly string[] FailPoints = ["before-commit:150", "after-commit:150", "after-ack:150"];

    [Fact, Trait("suite", "chaos-sqlite")]
    public Task Kills_and_fail_points_lose_and_double_nothing_on_SQLite() => KillAgainAndAgainAsync(DatabaseKind.Sqlite, fromMs: 2_750, perSecond: 2_000);

    [Fact, Trait("suite", "chaos-postgres")]
    public Task Kills_and_fail_points_lose_and_double_nothing_on_PostgreSQL() => KillAgainAndAgainAsync(DatabaseKind.Postgres, fromMs: 750, perSecond: 1_000);

    /// <summary>The negative control: a server that acknowledges first must be caught by one kill, or the tests above prove nothing.</summary>
    [Fact, Trait("suite", "chaos-sqlite")]
    public async Task A_server_that_acknowledges_before_it_commits_is_caught()
    {
        await using var run = await ChaosRun.StartAsync(servers, DatabaseKind.Sqlite, Stations, "ack-first");
        await run.AliveAsync(TimeSpan.FromMilliseconds(1_500));
        await run.Server.KillAsync();
        await run.Server.StartAsync();
        var report = await run.FinishAsync();
        output.WriteLine(report.ToString());
        Assert.Contains(report.Violations, violation => violation.Kind is ViolationKind.LostSession or ViolationKind.LostCdr or ViolationKind.LostReading);
    }

    /// <param name="fromMs">The least that a life lasts after its first acknowledgement, before its kill; the most is a second more.</param>
    /// <param name="perSecond">So many messages a second are to be acknowledged when a kill strikes, on the average of all kills, or they strike nothing.</param>
    private async Task KillAgainAndAgainAsync(DatabaseKind kind, int fromMs, int perSecond)
    {
        var random = new Random(20261123);
        await using var run = await ChaosRun.StartAsync(servers, kind, Stations, "none");
        for (var kill = 1; kill <= Kills; kill++)
        {
            // One life is long enough for what a server does beside charging: it begins five seconds after the start. (On PostgreSQL there is no time for it.)
            var isLong = kind == DatabaseKind.Sqlite && kill == Kills / 2;
            await run.AliveAsync(TimeSpan.FromMilliseconds((isLong ? LongMs : fromMs) + random.Next(1_000)));
            await run.Server.KillAsync();
            // Two more strike while the stations come back, for which no rate is asked; on PostgreSQL the suite's time is the 50,000 deliveries'.
            if (kind == DatabaseKind.Sqlite && kill % 10 == 0)
            {
                await run.Server.StartAsync();
                await run.ComingBackAsync(TimeSpan.FromMilliseconds(random.Next(500)));
                await run.Server.KillAsync();
            }
            await run.Server.StartAsync(kill < Kills ? "none" : FailPoints[0]);
        }
        for (var point = 1; point <= FailPoints.Length; point++)
        {
            Assert.Equal(Killed, await run.Server.WaitForExitAsync(TimeSpan.FromSeconds(60)));
            await run.Server.StartAsync(point < FailPoints.Length ? FailPoints[point] : "none");
        }
        await run.ComingBackAsync(TimeSpan.FromMilliseconds(500));
        var report = await run.FinishAsync();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Kills} kills at {run.PerSecondAtKills:N0} acknowledged a second ({run.PerSecond:N0} since the stations came back), {FailPoints.Length} fail-points; {run.Stats}"));
        output.WriteLine(report.ToString());
        Assert.True(report.IsClean, report.ToString());
        Assert.Equal(0, run.Stats.Errors);
        await VerifyAsync(run);
        Assert.True(run.PerSecondAtKills >= perSecond, $"{run.PerSecondAtKills:N0} messages a second when the kills struck; the bar is {perSecond}.");
    }

    private async Task VerifyAsync(ChaosRun run)
    {
        await run.Server.KillAsync();
        await using var server = await RunningServer.StartAsync(run.Store);
        var rebuilt = await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken);
        output.WriteLine($"rebuild --verify: {rebuilt.Facts} facts, {rebuilt.Sessions} sessions, {rebuilt.Cdrs} CDRs, {rebuilt.Differences.Count} differences");
        Assert.True(rebuilt.Facts > 0);
        Assert.Empty(rebuilt.Differences);
    }
}
