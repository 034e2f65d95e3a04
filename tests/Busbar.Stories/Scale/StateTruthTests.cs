using System.Net;
using System.Text;
using System.Text.Json;
using Busbar.Simulator;
using Busbar.Simulator.Wire;
using Busbar.Stories.Sockets;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Scale;

/// <summary>
/// Bar C20: whatever happens to lines, stations and the server, once it is quiet each connector shows what it really is, or that nobody knows; never a state that is over.
/// </summary>
[Trait("suite", "scale")]
public sealed class StateTruthTests(Servers servers)
{
    private const int Connectors = 2;
    private static readonly TimeSpan Soup = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_thousand_stations_show_their_true_states_after_cut_lines_and_two_kills()
    {
        var (compared, unknown, wrong) = await RunAsync(1_000, kills: 2, settle: "00:00:01");
        Figures.Print($"{compared} connectors compared, {unknown} of them said to be unknown, {wrong.Count} wrong");
        Assert.True(wrong.Count == 0, string.Join('\n', wrong.Take(20)));
        // Of every twentieth station, which stays away, and of no other.
        Assert.Equal((2_000, 100), (compared, unknown));
    }

    [Fact]
    public async Task Without_the_questions_of_the_server_stations_that_forget_would_show_what_is_over()
    {
        var (compared, unknown, wrong) = await RunAsync(200, kills: 0, settle: "10:00:00");
        Figures.Print($"{compared} connectors compared, {unknown} of them said to be unknown, {wrong.Count} wrong");
        Assert.NotEmpty(wrong);
    }

    private async Task<(int Compared, int Unknown, IReadOnlyList<string> Wrong)> RunAsync(int size, int kills, string settle)
    {
        var ct = TestContext.Current.CancellationToken;
        var folder = Directory.CreateTempSubdirectory("busbar-states-").FullName;
        try
        {
            await using var server = new ServerProcess(
                [.. await servers.NewStoreAsync(DatabaseKind.Sqlite), "--Busbar:Reconciliation:Pace=00:00:01", $"--Busbar:Reconciliation:Settle={settle}", "--Busbar:Reconciliation:TriggerEvery=00:00:01"],
                Path.Combine(folder, "server.log"));
            await server.StartAsync();
            var made = await server.Admin.PostAsync("stations/import", Enumerable.Range(0, size).Select(number => new
            {
                stationId = StateStation.Name(number), password = StateStation.Password,
                evses = Enumerable.Range(1, Connectors).Select(evse => new { id = evse, connectors = new[] { new { id = 1 } } }),
            }));
            made.Is(HttpStatusCode.OK);
            var stations = Enumerable.Range(0, size).Select(number => new StateStation(number, server.StationsUrl)).ToArray();
            try
            {
                using var over = new CancellationTokenSource(Soup);
                var living = stations.Select(station => station.LiveAsync(over.Token)).ToArray();
                for (var kill = 0; kill < kills; kill++)
                {
                    await Task.Delay(Soup / 3, ct);
                    await server.KillAsync();
                    await server.StartAsync();
                }
                await Task.WhenAll(living);
                await Task.WhenAll(stations.Select(station => station.SettleAsync(stays: station.Number % 20 != 0, ct)));
                return await CompareAsync(server, stations, ct);
            }
            finally
            {
                foreach (var station in stations) await station.DisposeAsync();
            }
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    /// <summary>Until nothing is wrong and only those who are away are unknown, or patience ends.</summary>
    private static async Task<(int, int, IReadOnlyList<string>)> CompareAsync(ServerProcess server, StateStation[] stations, CancellationToken ct)
    {
        var since = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var (compared, unknown, wrong) = (0, 0, new List<string>());
            await foreach (var station in AllAsync(server, ct))
            {
                var true_ = stations[int.Parse(station.GetProperty("stationId").GetString()!.AsSpan(3), System.Globalization.CultureInfo.InvariantCulture)];
                foreach (var evse in station.GetProperty("evses").EnumerateArray())
                {
                    var status = evse.GetProperty("connectors")[0].GetProperty("status").GetString();
                    compared++;
                    if (status is null or "Unknown") unknown++;
                    else if (status != true_.Truth[evse.GetProperty("id").GetInt32() - 1]) wrong.Add($"{true_}: shown {status}");
                }
            }
            var away = stations.Count(station => !station.IsThere) * Connectors;
            if ((wrong.Count == 0 && unknown == away) || TimeProvider.System.GetElapsedTime(since) > Quiet) return (compared, unknown, wrong);
            await Task.Delay(500, ct);
        }
    }

    private static async IAsyncEnumerable<JsonElement> AllAsync(ServerProcess server, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        for (string? cursor = null; ;)
        {
            ct.ThrowIfCancellationRequested();
            var page = await server.Admin.GetAsync("stations?limit=200" + (cursor is null ? "" : $"&cursor={cursor}"));
            page.Is(HttpStatusCode.OK);
            foreach (var station in page.Items) yield return station;
            cursor = page.Body.GetProperty("nextCursor").GetString();
            if (cursor is null) yield break;
        }
    }
}

/// <summary>
/// A 1.6 station whose connectors change all the time, and whose line is cut all the time. Every fourth forgets, when it is back, to tell what changed meanwhile (4.9 asks for it), but
/// answers when it is asked.
/// </summary>
internal sealed class StateStation(int number, Uri url) : IAsyncDisposable
{
    public const string Password = "a-password-of-its-own";
    private static readonly string[] States = ["Available", "Preparing", "Charging", "SuspendedEV", "Finishing", "Faulted", "Unavailable"];

    private readonly Random _random = new(number);
    private readonly bool[] _untold = [true, true];
    private readonly SemaphoreSlim _speaking = new(1, 1);
    private StationClient? _client;

    public int Number { get; } = number;
    public string[] Truth { get; } = ["Available", "Available"];
    public bool IsThere => _client is { Closed.IsCompleted: false };
    private bool Forgets => Number % 4 == 1;

    public static string Name(int number) => $"ST-{number:0000}";

    public override string ToString() => $"{Name(Number)}{(Forgets ? ", which forgets," : "")} is {string.Join(", ", Truth)}{(IsThere ? "" : ", and away")}";

    public async Task LiveAsync(CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            var what = _random.NextDouble();
            if (!IsThere)
            {
                await TryComeAsync();
            }
            else if (what < 0.7)
            {
                var connector = _random.Next(Truth.Length);
                Truth[connector] = States[_random.Next(States.Length)];
                _untold[connector] = true;
                // Sometimes the line breaks before the answer: then nobody knows whether it was heard.
                var told = TellAsync(connector);
                if (_random.NextDouble() < 0.1) _client!.Socket.Abort();
                await told;
            }
            else if (what < 0.8)
            {
                _client!.Socket.Abort();
                // What changes now is told later, or never.
                var connector = _random.Next(Truth.Length);
                Truth[connector] = States[_random.Next(States.Length)];
                _untold[connector] = true;
            }
            try { await Task.Delay(_random.Next(100, 900), over); }
            catch (OperationCanceledException) { return; }
        }
    }

    /// <summary>It is there for good, or away for good.</summary>
    public async Task SettleAsync(bool stays, CancellationToken ct)
    {
        if (!stays)
        {
            _client?.Socket.Abort();
            return;
        }
        while (!IsThere)
        {
            ct.ThrowIfCancellationRequested();
            if (!await TryComeAsync()) await Task.Delay(200, ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_client is not null) await _client.DisposeAsync();
    }

    private async Task<bool> TryComeAsync()
    {
        try
        {
            if (_client is not null) await _client.DisposeAsync();
            _client = null;
            var client = await StationClient.ConnectAsync(new StationClientOptions
            {
                Socket = new StationSocketOptions { Url = url, StationId = Name(Number), Password = Encoding.UTF8.GetBytes(Password), Seed = Number },
                MessageIdPrefix = $"{Number}-{_random.Next()}-", CallTimeout = TimeSpan.FromSeconds(20),
            }, AnswerAsync, CancellationToken.None);
            if (!(await client.CallAsync("BootNotification", """{"chargePointVendor":"Busbar","chargePointModel":"Restless"}"""u8.ToArray())).IsResult)
            {
                await client.DisposeAsync();
                return false;
            }
            _client = client;
            if (Forgets) return true;
            for (var connector = 0; connector < Truth.Length; connector++)
                if (_untold[connector]) await TellAsync(connector);
            return true;
        }
        catch (Exception error) when (error is IOException or System.Net.Sockets.SocketException or TimeoutException)
        {
            return false;
        }
    }

    private ValueTask<StationAnswer> AnswerAsync(ServerCall call, CancellationToken ct)
    {
        if (call.Action != "TriggerMessage") return ValueTask.FromResult(StationAnswer.Error("NotImplemented"));
        var asked = JsonElement.Parse(call.Payload.Span);
        if (asked.GetProperty("requestedMessage").GetString() != "StatusNotification") return ValueTask.FromResult(StationAnswer.Result("""{"status":"NotImplemented"}"""u8.ToArray()));
        var connector = asked.GetProperty("connectorId").GetInt32() - 1;
        return ValueTask.FromResult(StationAnswer.Result("""{"status":"Accepted"}"""u8.ToArray()) with { Then = () => TellAsync(connector) });
    }

    private async Task TellAsync(int connector)
    {
        await _speaking.WaitAsync();
        try
        {
            if (_client is not { } client) return;
            var status = Truth[connector];
            var payload = JsonSerializer.Serialize(new { connectorId = connector + 1, errorCode = status == "Faulted" ? "OtherError" : "NoError", status, timestamp = TimeProvider.System.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ss.fffZ", System.Globalization.CultureInfo.InvariantCulture) });
            if ((await client.CallAsync("StatusNotification", Encoding.UTF8.GetBytes(payload))).IsResult && Truth[connector] == status) _untold[connector] = false;
        }
        catch (Exception error) when (error is IOException or ObjectDisposedException)
        {
            // It stays untold.
        }
        finally { _speaking.Release(); }
    }
}
