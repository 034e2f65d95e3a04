using System.Diagnostics;
using System.Globalization;
using Busbar.Sessions;
using Busbar.Simulator.Crowds;
using Busbar.Storage;
using Busbar.Tests.Support;
using NodaTime;

namespace Busbar.Stories.Chaos;

/// <summary>
/// R7: however often a station tells a message, over whichever socket, under whichever message id and to whichever process, there is one session, one CDR
/// and one answer.
/// </summary>
public sealed class RetryTests(Servers servers, ITestOutputHelper output)
{
    private const int Deliveries = 50_000;
    private const int DeliveriesOnSqlite = 2_000;
    private const int DeliveriesOfTheControl = 1_000;

    [Fact, Trait("suite", "chaos-postgres")]
    public async Task Fifty_thousand_deliveries_to_two_processes_on_one_PostgreSQL_double_nothing()
    {
        var run = await RunAsync(await servers.NewStoreAsync(DatabaseKind.Postgres), processes: 2, stations: 200, Deliveries, "none");
        MustBeClean(run, Deliveries);
    }

    [Fact, Trait("suite", "chaos-sqlite")]
    public async Task Repeated_deliveries_to_one_process_on_SQLite_double_nothing()
    {
        var store = await servers.NewStoreAsync(DatabaseKind.Sqlite);
        var run = await RunAsync(store, processes: 1, stations: 50, DeliveriesOnSqlite, "none");
        MustBeClean(run, DeliveriesOnSqlite);
        await VerifyAsync(store);
    }

    /// <summary>The negative control: where only the message id tells a repeat, the run above must find doubles.</summary>
    [Fact, Trait("suite", "nightly")]
    public async Task Two_processes_that_know_a_repeat_by_its_message_id_only_are_caught()
    {
        var run = await RunAsync(await servers.NewStoreAsync(DatabaseKind.Postgres), processes: 2, stations: 50, DeliveriesOfTheControl, "by-message-id");
        Assert.Contains(run.Report.Violations, violation => violation.Kind == ViolationKind.ChangedTransactionId);
        Assert.Contains(run.Report.Violations, violation => violation.Kind == ViolationKind.DoubledSession);
    }

    [Fact, Trait("suite", "chaos-sqlite")]
    public async Task A_process_that_knows_a_repeat_by_its_message_id_only_is_caught()
    {
        var run = await RunAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), processes: 1, stations: 50, DeliveriesOfTheControl, "by-message-id");
        Assert.Contains(run.Report.Violations, violation => violation.Kind == ViolationKind.ChangedTransactionId);
        Assert.Contains(run.Report.Violations, violation => violation.Kind == ViolationKind.DoubledSession);
    }

    private static void MustBeClean(Run run, int deliveries)
    {
        Assert.True(run.Report.IsClean, run.Report.ToString());
        Assert.True(run.Stats.Acknowledged >= deliveries, run.Stats.ToString());
        Assert.Equal(0, run.Stats.Errors);
        Assert.Equal(0, run.Stats.OtherAnswers);
        Assert.Equal(run.Report.Sessions, run.Report.Observed);
        Assert.Equal(run.ToldWh, run.BilledWh);
        Assert.True(run.Stats.Races > 0 && run.Stats.OldId > 0);
    }

    private async Task<Run> RunAsync(string[] store, int processes, int stations, int deliveries, string plan)
    {
        var folder = Directory.CreateTempSubdirectory("busbar-retry-").FullName;
        var nodes = Enumerable.Range(0, processes).Select(node => new ServerProcess(store, Path.Combine(folder, $"server-{node}.log"))).ToArray();
        try
        {
            // The first makes the schema.
            await nodes[0].StartAsync(plan);
            await Task.WhenAll([ApiTruth.ProvisionAsync(nodes[0].Admin, stations), .. nodes[1..].Select(node => node.StartAsync(plan))]);
            var file = Path.Combine(folder, "client.jsonl");
            var stats = new RepeatStats();
            var started = Stopwatch.GetTimestamp();
            await using (var log = new ClientLogWriter(File.Create(file))) await TellAsync([.. nodes.Select(node => node.StationsUrl)], log, stats, stations, deliveries);
            var took = Stopwatch.GetElapsedTime(started);

            // A session's row may be a second behind the journal; a CDR is not.
            await Task.Delay(TimeSpan.FromSeconds(2));
            var told = ClientLog.ReadFiles(file);
            var cdrs = await ApiTruth.AllAsync(nodes[^1].Admin, "cdrs");
            var report = TruthChecker.Check(told, await ApiTruth.ObservedAsync(nodes[^1].Admin, cdrs), Duration.FromMilliseconds(1));
            var run = new Run(stats, report, told.Sessions.Sum(session => session.Truth.EnergyWh), cdrs.Sum(cdr => cdr.GetProperty("energyWh").GetDecimal()));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{took.TotalSeconds:N1} s, {stats.Acknowledged / took.TotalSeconds:N0} a second; {stats}; {run.BilledWh:N0} Wh billed"));
            output.WriteLine(report.ToString());
            return run;
        }
        finally
        {
            foreach (var node in nodes) await node.DisposeAsync();
            foreach (var text in Directory.GetFiles(folder, "*.log").Select(File.ReadAllText)) output.WriteLine(text[..Math.Min(text.Length, 2_000)]);
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task TellAsync(IReadOnlyList<Uri> urls, ClientLogWriter log, RepeatStats stats, int stations, int deliveries)
    {
        var ct = TestContext.Current.CancellationToken;
        var crowd = Enumerable.Range(0, stations).Select(number => new RepeatingStation(number, urls, log, stats, seed: 7)).ToArray();
        await Task.WhenAll(crowd.Select(station => Task.Run(() => station.RunAsync(deliveries, ct), ct)));
        foreach (var station in crowd) await station.DisposeAsync();
    }

    private async Task VerifyAsync(string[] store)
    {
        await using var server = await RunningServer.StartAsync(store);
        var rebuilt = await SessionsModule.VerifyAsync(server.Services, TestContext.Current.CancellationToken);
        output.WriteLine($"rebuild --verify: {rebuilt.Facts} facts, {rebuilt.Sessions} sessions, {rebuilt.Cdrs} CDRs, {rebuilt.Differences.Count} differences");
        Assert.True(rebuilt.Facts > 0);
        Assert.Empty(rebuilt.Differences);
    }

    private sealed record Run(RepeatStats Stats, TruthReport Report, decimal ToldWh, decimal BilledWh);
}
