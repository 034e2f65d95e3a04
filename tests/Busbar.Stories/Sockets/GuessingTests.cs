using System.Diagnostics;
using System.Globalization;
using System.Net;
using Busbar.Simulator.Wire;
using Busbar.Storage;
using Busbar.Tests.Support;
using Xunit.Sdk;

namespace Busbar.Stories.Sockets;

/// <summary>Bar S3: who guesses stations' passwords gets a few tries a minute, and the stations come in at the first.</summary>
[Collection("sockets"), Trait("suite", "sockets")]
public sealed class GuessingTests(Servers servers)
{
    // At one name and at many: a hundred thousand together.
    private const int Tries = 50_000, PerMinute = 60;

    private const string Looked = "HTTP/1.1 401 ", Waits = "HTTP/1.1 503 ";
    private static readonly IPAddress Attacker = IPAddress.Parse("127.0.3.3");

    [Theory]
    [InlineData(1)]
    [InlineData(5_000)]
    public async Task Fifty_thousand_tries_are_throttled_and_the_real_station_comes_in_at_the_first(int names)
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite));
        await AttackAsync(server, names, Tries);
    }

    /// <summary>The negative control.</summary>
    [Fact]
    public async Task Tries_without_a_throttle_are_caught()
    {
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:Limits:FailuresPerMinute=1000000");
        var seen = await Assert.ThrowsAnyAsync<XunitException>(() => AttackAsync(server, 1, 2_000));
        Assert.Contains("were looked at", seen.Message, StringComparison.Ordinal);
    }

    private static async Task AttackAsync(RunningServer server, int names, int tries)
    {
        var fleet = await SocketFleet.GivenAsync(server, 3);
        // It has been there before, behind the very address that the attack comes from.
        await (await RawWebSocket.ConnectAsync(fleet.Options("CP-1").Socket with { Source = Attacker }, TestContext.Current.CancellationToken)).DisposeAsync();

        var (looked, waits, next, began) = (0, 0, 0, Stopwatch.GetTimestamp());
        var attack = Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Factory.StartNew(() =>
        {
            using var line = new RawUpgrade(fleet.Url, source: Attacker);
            for (int i; (i = Interlocked.Increment(ref next)) <= tries;)
            {
                var name = "CP-" + (i % names).ToString(CultureInfo.InvariantCulture);
                var answer = line.Ask(name, RawUpgrade.Basic(name, "guess-" + i.ToString(CultureInfo.InvariantCulture)));
                if (answer.StartsWith(Looked, StringComparison.Ordinal)) Interlocked.Increment(ref looked);
                else if (answer.StartsWith(Waits, StringComparison.Ordinal) && answer.Contains("Retry-After: ", StringComparison.Ordinal)) Interlocked.Increment(ref waits);
            }
        }, TestContext.Current.CancellationToken, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        while (Volatile.Read(ref next) < tries / 4) await Task.Delay(5);
        var came = new List<double>();
        // The one whose password is guessed, from its own address; one from behind the attacker's; and one that comes for the first time ever.
        foreach (var (station, source) in new[] { ("CP-0", IPAddress.Loopback), ("CP-1", Attacker), ("CP-2", IPAddress.Loopback) })
        {
            var knocked = Stopwatch.GetTimestamp();
            await (await RawWebSocket.ConnectAsync(fleet.Options(station).Socket with { Source = source }, TestContext.Current.CancellationToken)).DisposeAsync();
            came.Add(Stopwatch.GetElapsedTime(knocked).TotalMilliseconds);
        }
        var during = Volatile.Read(ref next) < tries;
        await attack;
        var took = Stopwatch.GetElapsedTime(began);
        // In each minute those of the source and those in the name that was there before, and of each line one that was on its way.
        var allowed = 2 * (PerMinute + 4) * (1 + (int)took.TotalMinutes);
        Assert.True(looked <= allowed, $"{looked} of {tries} tries were looked at, not {allowed}.");
        Assert.Equal(tries, looked + waits);
        Assert.True(during, "The attack was over before the stations came.");
        Figures.Print($"S3: {tries} tries at {names} name(s) in {took.TotalSeconds:0.0} s, {looked} looked at; the real stations came in at the first try, after {string.Join(", ", came.Select(ms => ms.ToString("0", CultureInfo.InvariantCulture)))} ms.");
    }
}
