using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using Busbar.Ocpp;
using Busbar.Simulator;
using Busbar.Simulator.Wire;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Sockets;

/// <summary>The sockets' tests run one after the other: several of them measure time or memory.</summary>
[CollectionDefinition("sockets", DisableParallelization = true)]
public sealed class SocketsCollection : ICollectionFixture<SocketServer>;

/// <summary>One server on SQLite. Loopback is a single source, so the limit of failures per source is out of the way.</summary>
public sealed class SocketServer(Servers servers) : IAsyncLifetime
{
    internal RunningServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync() =>
        // Everything comes from one address, and on a fast machine faster than all stations of a server may.
        Server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, "--Busbar:Limits:FailuresPerMinute=1000000", "--Busbar:Limits:UpgradesPerSecond=1000000");

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}

/// <summary>Stations of one tenant, all with the same password, on bare sockets.</summary>
internal sealed record SocketFleet(RunningServer Server, ApiClient Api, Uri Url)
{
    public const string Password = "a-password-of-its-own";
    public const string Token = "04A1B2C3";

    public static string Boot16 => """{"chargePointVendor":"Busbar","chargePointModel":"Bad"}""";
    public static string Boot2 => """{"reason":"PowerUp","chargingStation":{"vendorName":"Busbar","model":"Bad"}}""";

    /// <summary>A tenant with a token, a tariff of energy only, and so many stations <c>CP-0</c>, <c>CP-1</c>, …</summary>
    public static async Task<SocketFleet> GivenAsync(RunningServer server, int stations)
    {
        var api = await server.NewTenantAsync();
        await api.GivenTariffAsync("""{ "currency": "EUR", "elements": [ { "price_components": [ { "type": "ENERGY", "price": 0.50, "step_size": 1 } ] } ] }""");
        (await api.PostAsync("tokens", new { uid = Token, type = "rfid" })).Is(HttpStatusCode.Created);
        var fleet = new SocketFleet(server, api, server.StationsUrl(api.Tenant!));
        if (stations > 0) (await api.PostAsync("stations/import", Enumerable.Range(0, stations).Select(i => new { stationId = Name(i), password = Password }))).Is(HttpStatusCode.OK);
        return fleet;
    }

    public static string Name(int number) => string.Create(CultureInfo.InvariantCulture, $"CP-{number}");

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public StationClientOptions Options(string station, OcppVersion version = OcppVersion.V16, int? proxyPort = null) => new()
    {
        Socket = new StationSocketOptions
        {
            Url = proxyPort is { } port ? new UriBuilder(Url) { Port = port }.Uri : Url, StationId = station, Password = Utf8(Password), Versions = [version],
        },
        MessageIdPrefix = $"{station}-{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4))}-",
    };

    /// <summary>Connected, and its boot answered.</summary>
    public async Task<StationClient> BootAsync(
        string station, Func<ServerCall, CancellationToken, ValueTask<StationAnswer>>? handler = null, OcppVersion version = OcppVersion.V16, int? proxyPort = null)
    {
        var client = await StationClient.ConnectAsync(Options(station, version, proxyPort), handler, TestContext.Current.CancellationToken);
        var booted = await client.CallAsync("BootNotification", Utf8(version == OcppVersion.V16 ? Boot16 : Boot2));
        Assert.True(booted.IsResult, $"{station}: {booted}");
        return client;
    }

    /// <summary>A bare WebSocket, for what a station client does not do.</summary>
    public Task<RawWebSocket> OpenAsync(string station, OcppVersion version = OcppVersion.V16) =>
        RawWebSocket.ConnectAsync(Options(station, version).Socket, TestContext.Current.CancellationToken);

    /// <summary>All stations of the tenant, over all pages.</summary>
    public async Task<Dictionary<string, JsonElement>> StationsAsync()
    {
        var all = new Dictionary<string, JsonElement>();
        for (string? cursor = null; ;)
        {
            var page = await Api.GetAsync("stations?limit=200" + (cursor is null ? "" : $"&cursor={cursor}"));
            page.Is(HttpStatusCode.OK);
            foreach (var station in page.Items) all[station.GetProperty("stationId").GetString()!] = station;
            cursor = page.Body.TryGetProperty("nextCursor", out var next) ? next.GetString() : null;
            if (cursor is null) return all;
        }
    }

    public async Task<int> OnlineAsync() => (await StationsAsync()).Values.Count(station => station.GetProperty("online").GetBoolean());
}

/// <summary>Figures of a run, printed with the test's result.</summary>
internal static class Figures
{
    public static void Tell(string text) => TestContext.Current.SendDiagnosticMessage(text);

    public static TimeSpan Percentile(this IEnumerable<TimeSpan> times, double part)
    {
        var sorted = times.Order().ToArray();
        return sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * part))];
    }

    public static void Print(string text)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        Tell(text);
    }
}
