using System.Globalization;
using Busbar.Sessions;
using Busbar.Simulator.Crowds;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Chaos;

/// <summary>
/// R1: whatever was acknowledged is there once, and once only, however often the server is ended as a power cut ends it. A crowd of stations tells
/// sessions without a pause and keeps its own log; afterwards that log is held against the API, and the journal against the tables.
/// </summary>
public sealed class KillTests(Servers servers, ITestOutputHelper output)
{
    // What four minutes hold beside the fail-points: half of the time is the starts. The bar's twenty, and its rate, are nightly.
    private const int Kills = 12;
    private const int KillsAtNight = 20;
    private const int Stations = 250;

    [Fact, Trait("suite", "chaos-sqlite")]
    public Task Kills_lose_and_double_nothing_on_SQLite() => KillAgainAndAgainAsync(DatabaseKind.Sqlite, Kills, 1_500, 3_000, perSecond: 0);

    [Fact, Trait("suite", "chaos-postgres")]
    public Task Kills_lose_and_double_nothing_on_PostgreSQL() => KillAgainAndAgainAsync(DatabaseKind.Postgres, Kills, 1_500, 3_000, perSecond: 0);

    /// <summary>The bar itself, with its rate.</summary>
    [Fact, Trait("suite", "nightly")]
    public Task Twenty_kills_under_two_thousand_messages_a_second_lose_and_double_nothing_on_SQLite() => KillAgainAndAgainAsync(DatabaseKind.Sqlite, KillsAtNight, 2_000, 4_000, perSecond: 2_000);

    [Fact, Trait("suite", "nightly")]
    public Task Twenty_kills_under_a_thousand_messages_a_second_lose_and_double_nothing_on_PostgreSQL() => KillAgainAndAgainAsync(DatabaseKind.Postgres, KillsAtNight, 2_000, 4_000, perSecond: 1_000);

    [Fact, Trait("suite", "chaos-sqlite")]
    public Task A_server_that_dies_at_a_fail_point_loses_and_doubles_nothing_on_SQLite() => DieAtEachAsync(DatabaseKind.Sqlite);

    [Fact, Trait("suite", "chaos-postgres")]
    public Task A_server_that_dies_at_a_fail_point_loses_and_doubles_nothing_on_PostgreSQL() => DieAtEachAsync(DatabaseKind.Postgres);

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

    private async Task KillAgainAndAgainAsync(DatabaseKind kind, int kills, int fromMs, int untilMs, int perSecond)
    {
        var random = new Random(20261123);
        await using var run = await ChaosRun.StartAsync(servers, kind, Stations, "none");
        for (var kill = 0; kill < kills; kill++)
        {
            await run.AliveAsync(TimeSpan.FromMilliseconds(random.Next(fromMs, untilMs)));
            await run.Server.KillAsync();
            await run.Server.StartAsync();
        }
        var report = await run.FinishAsync();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kills} kills, {run.PerSecond:N0} acknowledged a second while alive; {run.Stats}"));
        output.WriteLine(report.ToString());
        Assert.True(report.IsClean, report.ToString());
        Assert.Equal(0, run.Stats.Errors);
        await VerifyAsync(run);
        Assert.True(run.PerSecond >= perSecond, $"{run.PerSecond:N0} messages a second; the bar is {perSecond}.");
    }

    private async Task DieAtEachAsync(DatabaseKind kind)
    {
        string[] traps = ["before-commit:150", "after-commit:150", "after-ack:150"];
        await using var run = await ChaosRun.StartAsync(servers, kind, stations: 100, traps[0]);
        for (var trap = 0; trap < traps.Length; trap++)
        {
            await run.Server.WaitForExitAsync(TimeSpan.FromSeconds(60));
            await run.Server.StartAsync(trap + 1 < traps.Length ? traps[trap + 1] : "none");
        }
        await run.AliveAsync(TimeSpan.FromMilliseconds(500));
        var report = await run.FinishAsync();
        output.WriteLine(report.ToString());
        Assert.True(report.IsClean, report.ToString());
        Assert.True(report.Sessions > 0);
        await VerifyAsync(run);
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
