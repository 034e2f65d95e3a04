using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Busbar.Ocpp;
using Busbar.Simulator;
using Busbar.Simulator.Stations;
using Busbar.Simulator.Wire;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Chaos;

/// <summary>Two processes on one PostgreSQL, joined in a cluster. They are started once; what a test kills it starts again.</summary>
public sealed class TwoProcesses(Servers servers) : IAsyncLifetime
{
    public const string Token = "04A1B2C3";
    private readonly string _folder = Directory.CreateTempSubdirectory("busbar-cluster-").FullName;

    internal ServerProcess One { get; private set; } = null!;
    internal ServerProcess Other { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        string[] store =
        [
            .. await servers.NewStoreAsync(DatabaseKind.Postgres), "--Busbar:Cluster:Enabled=true",
            string.Create(CultureInfo.InvariantCulture, $"--Busbar:Stations:CommandSeconds={ClusterTests.CommandSeconds}"),
        ];
        One = new ServerProcess([.. store, $"--Busbar:Cluster:Port={ServerProcess.FreePort()}"], Log("one"));
        Other = new ServerProcess(store, Log("other"));
        await One.StartAsync();
        await Other.StartAsync();
        (await One.Admin.PostAsync("tokens", new { uid = Token, type = "rfid" })).Is(HttpStatusCode.Created);
    }

    public async ValueTask DisposeAsync()
    {
        await One.DisposeAsync();
        await Other.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    internal string Logs => string.Join('\n', Directory.GetFiles(_folder, "*.log").Select(file => $"{Path.GetFileName(file)}: {File.ReadAllText(file)}"));

    private string Log(string name) => Path.Combine(_folder, name + ".log");
}

/// <summary>
/// A station is one process's, its operator may ask any: commands reach it, and its presence is told, whichever process is asked; a process that is
/// killed takes its stations' presence with it, and nothing else.
/// </summary>
[Trait("suite", "chaos-postgres")]
public sealed class ClusterTests(TwoProcesses cluster, ITestOutputHelper output) : IClassFixture<TwoProcesses>, IDisposable
{
    public const int CommandSeconds = 10;
    private const string Password = "a-password-of-its-own";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private ServerProcess One => cluster.One;
    private ServerProcess Other => cluster.Other;

    [Theory]
    [InlineData(OcppVersion.V16)]
    [InlineData(OcppVersion.V201)]
    [InlineData(OcppVersion.V21)]
    public async Task A_command_given_to_either_process_reaches_the_station(OcppVersion version)
    {
        var name = await GivenAsync($"EITHER-{(int)version}");
        await using var station = new SimulatedStation(new StationOptions
        {
            Url = One.StationsUrl, StationId = name, Password = Password, Version = version, RemotePlan = new ChargePlan { Fumbling = TimeSpan.Zero, EnergyWh = 50_000 },
        });
        await station.ConnectAsync();
        foreach (var process in new[] { One, Other })
        {
            var shown = await UntilAsync(process, name, it => Online(it) && it.GetProperty("evses").GetArrayLength() == 1);
            Assert.Equal((version.SubProtocol, "Available"), (shown.GetProperty("protocol").GetString(), Status(shown)));
            Assert.Contains((await process.Admin.GetAsync("stations?online=true&limit=200")).Items, it => it.GetProperty("stationId").GetString() == name);
            Assert.DoesNotContain((await process.Admin.GetAsync("stations?online=false&limit=200")).Items, it => it.GetProperty("stationId").GetString() == name);

            await AcceptedAsync(process, name, "trigger", new { message = "Heartbeat" });
            await AcceptedAsync(process, name, "unlock", new { evse = 1, connector = 1 });
            await AcceptedAsync(process, name, "set-availability", new { operative = true });
            await AcceptedAsync(process, name, "start", new { evse = 1, tokenUid = TwoProcesses.Token });
            var charging = await UntilAsync(process, name, it => it.GetProperty("currentSessions").GetArrayLength() == 1 && Status(it) is not "Available");
            await AcceptedAsync(process, name, "stop", new { sessionId = charging.GetProperty("currentSessions")[0].GetProperty("sessionId").GetString() });
            await UntilAsync(process, name, it => it.GetProperty("currentSessions").GetArrayLength() == 0 && Status(it) == "Available");
        }
        (await Other.Admin.PostAsync($"stations/{name}/commands/levitate", new { })).Is(HttpStatusCode.NotFound, "unknownCommand");
        await AcceptedAsync(Other, name, "restart", new { hard = true });
        await EventuallyAsync(() => Task.FromResult(station is { Connects: 2, IsOnline: true }));

        station.GoOffline();
        await UntilAsync(Other, name, it => !Online(it));
        (await Other.Admin.PostAsync($"stations/{name}/commands/restart", new { hard = true })).Is(HttpStatusCode.Conflict, "stationOffline");
    }

    /// <summary>Its old socket looks open for a while; it is not asked, whatever process it is at.</summary>
    [Fact]
    public async Task A_station_that_went_to_the_other_process_is_commanded_there()
    {
        var name = await GivenAsync("MOVED");
        await using var before = await BootAsync(One, name, Accepts);
        await AcceptedAsync(Other, name, "clear-cache", new { });
        await using var after = await ConnectAsync(Other, name, Accepts);
        Assert.True((await after.CallAsync("StatusNotification", """{"connectorId":1,"errorCode":"NoError","status":"Faulted"}"""u8.ToArray())).IsResult);
        await UntilAsync(One, name, it => Status(it) == "Faulted");
        foreach (var process in new[] { One, Other })
        {
            // It booted at the first process, and is called without booting again.
            await AcceptedAsync(process, name, "clear-cache", new { });
            var shown = (await process.Admin.GetAsync($"stations/{name}")).Body;
            Assert.Equal((true, "Faulted"), (Online(shown), Status(shown)));
        }
        Assert.Equal((1, 2), (before.ServerCalls, after.ServerCalls));
    }

    [Fact]
    public async Task What_a_killed_process_held_is_offline_soon_and_served_where_it_comes_back()
    {
        var (name, lost) = (await GivenAsync("KILLED"), await GivenAsync("LOST"));
        var station = await BootAsync(One, name, Accepts);
        var silent = await BootAsync(One, lost, static (_, _) => ValueTask.FromResult(StationAnswer.None));
        await AcceptedAsync(Other, name, "clear-cache", new { });
        var sent = Other.Admin.PostAsync($"stations/{lost}/commands/clear-cache", new { });
        await EventuallyAsync(() => Task.FromResult(silent.ServerCalls == 1));

        await One.KillAsync();
        var since = Stopwatch.GetTimestamp();
        await UntilAsync(Other, name, it => !Online(it));
        (await Other.Admin.PostAsync($"stations/{name}/commands/clear-cache", new { })).Is(HttpStatusCode.Conflict, "stationOffline");
        output.WriteLine($"offline after {Stopwatch.GetElapsedTime(since).TotalSeconds:N1} s");

        // It was on the wire: nobody may say that it failed, nor say so late.
        var unknown = await sent;
        output.WriteLine($"unknown after {Stopwatch.GetElapsedTime(since).TotalSeconds:N1} s");
        unknown.Is(HttpStatusCode.GatewayTimeout, "commandDeadline");
        Assert.Equal("unknown", (await Other.Admin.GetAsync("commands/" + unknown.Text("commandId"))).Text("outcome"));
        Assert.Equal(1, silent.ServerCalls);
        await station.DisposeAsync();
        await silent.DisposeAsync();

        await using var back = await ConnectAsync(Other, name, Accepts);
        Assert.True((await back.CallAsync("Heartbeat", "{}"u8.ToArray())).IsResult);
        await AcceptedAsync(Other, name, "clear-cache", new { });
        Assert.True(Online((await Other.Admin.GetAsync($"stations/{name}")).Body));
        output.WriteLine($"served after {Stopwatch.GetElapsedTime(since).TotalSeconds:N1} s");
        Assert.InRange(Stopwatch.GetElapsedTime(since), TimeSpan.Zero, Soon);

        // The row of the killed process does not hinder its next life.
        await One.StartAsync();
        output.WriteLine($"two again after {Stopwatch.GetElapsedTime(since).TotalSeconds:N1} s");
        await EventuallyAsync(async () => (await One.Admin.PostAsync($"stations/{name}/commands/clear-cache", new { })).Status == HttpStatusCode.OK);
        Assert.True(Online((await One.Admin.GetAsync($"stations/{name}")).Body));
    }

    /// <summary>S4 between processes: whoever is asked, another tenant's station is none, and one of its name is one's own.</summary>
    [Fact]
    public async Task A_station_of_another_tenant_is_commanded_seen_and_told_of_by_no_process()
    {
        var name = await GivenAsync("SAME-NAME");
        await using var theirs = await BootAsync(One, name, Accepts);
        await AcceptedAsync(Other, name, "clear-cache", new { });
        var command = (await One.Admin.GetAsync($"stations/{name}/commands")).Items.First().GetProperty("commandId").GetString();
        Assert.Equal(1, theirs.ServerCalls);

        (await One.Admin.PostAsync("tenants", new { slug = "bee", name = "Bee", currency = "EUR", timeZone = "Europe/Amsterdam" })).Is(HttpStatusCode.Created);
        var key = (await One.Admin.With("bee").PostAsync("api-clients", new { name = "bee", scopes = new[] { "stations:read", "stations:write", "stations:command", "sessions:read" } })).Text("key");
        // A new client is known to the other process a moment later.
        await EventuallyAsync(async () => (await Other.With(key).GetAsync("stations")).Status == HttpStatusCode.OK);
        foreach (var bee in new[] { One.With(key), Other.With(key) })
        {
            foreach (var path in new[] { "", "/messages", "/commands", "/connections" }) (await bee.GetAsync($"stations/{name}{path}")).Is(HttpStatusCode.NotFound, "notFound");
            (await bee.PostAsync($"stations/{name}/commands/clear-cache", new { })).Is(HttpStatusCode.NotFound, "notFound");
            (await bee.GetAsync("commands/" + command)).Is(HttpStatusCode.NotFound, "notFound");
            Assert.Empty((await bee.GetAsync("stations?online=true")).Items);
        }

        // One of the same name, not connected yet: the other's socket is not its own.
        (await Other.With(key).PostAsync("stations", new { stationId = name, password = Password })).Is(HttpStatusCode.Created);
        foreach (var bee in new[] { One.With(key), Other.With(key) })
        {
            // A new station too.
            await EventuallyAsync(async () => (await bee.PostAsync($"stations/{name}/commands/clear-cache", new { })).Code == "stationOffline");
            Assert.False(Online((await bee.GetAsync($"stations/{name}")).Body));
            Assert.Empty((await bee.GetAsync($"stations/{name}/messages")).Items);
        }
        await using var own = await StationClient.ConnectAsync(new StationClientOptions
        {
            Socket = new StationSocketOptions { Url = new Uri(Other.StationsUrl + "/bee"), StationId = name, Password = Encoding.UTF8.GetBytes(Password), Versions = [OcppVersion.V16] },
        }, Accepts, TestContext.Current.CancellationToken);
        Assert.True((await own.CallAsync("BootNotification", """{"chargePointVendor":"Bee","chargePointModel":"Own"}"""u8.ToArray())).IsResult);
        var asked = 0;
        foreach (var bee in new[] { One.With(key), Other.With(key) })
        {
            await EventuallyAsync(async () => Online((await bee.GetAsync($"stations/{name}")).Body));
            // The control: each process reaches their own, and only that.
            var answer = await bee.PostAsync($"stations/{name}/commands/clear-cache", new { });
            answer.Is(HttpStatusCode.OK);
            Assert.Equal((1, ++asked), (theirs.ServerCalls, own.ServerCalls));
            (await bee.GetAsync("commands/" + command)).Is(HttpStatusCode.NotFound, "notFound");
        }
        foreach (var process in new[] { One, Other }) await AcceptedAsync(process, name, "clear-cache", new { });
        Assert.Equal((3, 2), (theirs.ServerCalls, own.ServerCalls));
    }

    public void Dispose()
    {
        var logs = cluster.Logs;
        output.WriteLine(logs[..Math.Min(logs.Length, 4_000)]);
    }

    private async Task<string> GivenAsync(string name)
    {
        (await Other.Admin.PostAsync("stations", new { stationId = name, password = Password })).Is(HttpStatusCode.Created);
        return name;
    }

    private static Task<StationClient> ConnectAsync(ServerProcess process, string name, Func<ServerCall, CancellationToken, ValueTask<StationAnswer>> handler) =>
        StationClient.ConnectAsync(new StationClientOptions
        {
            Socket = new StationSocketOptions { Url = process.StationsUrl, StationId = name, Password = Encoding.UTF8.GetBytes(Password), Versions = [OcppVersion.V16] },
        }, handler, TestContext.Current.CancellationToken);

    private static async Task<StationClient> BootAsync(ServerProcess process, string name, Func<ServerCall, CancellationToken, ValueTask<StationAnswer>> handler)
    {
        var client = await ConnectAsync(process, name, handler);
        Assert.True((await client.CallAsync("BootNotification", """{"chargePointVendor":"Busbar","chargePointModel":"Moving"}"""u8.ToArray())).IsResult);
        Assert.True((await client.CallAsync("StatusNotification", """{"connectorId":1,"errorCode":"NoError","status":"Available"}"""u8.ToArray())).IsResult);
        // Its boot is in the table when its first sight is, which is shown from there: another process learns of it by that.
        await EventuallyAsync(async () => (await process.Admin.GetAsync($"stations/{name}")).Body.GetProperty("firstSeen").ValueKind != JsonValueKind.Null);
        return client;
    }

    private static ValueTask<StationAnswer> Accepts(ServerCall call, CancellationToken ct) => ValueTask.FromResult(StationAnswer.Result("""{"status":"Accepted"}"""u8.ToArray()));

    private static async Task AcceptedAsync(ServerProcess process, string station, string command, object body)
    {
        var answer = await process.Admin.PostAsync($"stations/{station}/commands/{command}", body);
        Assert.True(answer.Status == HttpStatusCode.OK && answer.Text("outcome") == "accepted", $"{command} at {process.Address}: {(int)answer.Status} {answer.Body}");
    }

    private static bool Online(JsonElement station) => station.GetProperty("online").GetBoolean();

    private static string? Status(JsonElement station) =>
        station.GetProperty("evses").EnumerateArray().SelectMany(evse => evse.GetProperty("connectors").EnumerateArray()).Select(it => it.GetProperty("status").GetString()).FirstOrDefault();

    private static async Task<JsonElement> UntilAsync(ServerProcess process, string station, Func<JsonElement, bool> holds)
    {
        JsonElement shown = default;
        await EventuallyAsync(async () => holds(shown = (await process.Admin.GetAsync($"stations/{station}")).Body), () => shown.ToString());
        return shown;
    }

    private static async Task EventuallyAsync(Func<Task<bool>> holds, Func<string>? state = null)
    {
        var since = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(since) < Soon, $"Not so within {Soon}. {state?.Invoke()}");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}
