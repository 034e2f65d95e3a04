using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using Busbar.Simulator;
using Busbar.Simulator.Cli;
using Busbar.Simulator.Wire;
using Busbar.Storage;
using Busbar.Tests.Support;

namespace Busbar.Stories.Sockets;

/// <summary>A server whose stations have listeners of their own: TLS first, and plain.</summary>
public sealed class TlsServer(Servers servers) : IAsyncLifetime
{
    internal TestAuthority Authority { get; } = new();
    internal RunningServer Server { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Authority.Issue();
        Server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null,
            Authority.Settings("--Busbar:Stations:ReloadSeconds=1", "--Busbar:Stations:HandshakeSeconds=5", "--Busbar:Limits:FailuresPerMinute=1000000"));
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Authority.Dispose();
    }
}

/// <summary>Bars S1 and S17 at the stations' own listener.</summary>
[Collection("sockets"), Trait("suite", "sockets")]
public sealed class TlsDoorTests(TlsServer tls) : IClassFixture<TlsServer>
{
    private const string In = "in";
    private const string Out = "401";

    /// <summary>Security profiles and what is shown, over plain sockets and over TLS: the profile is the least that is asked for, never more and never less.</summary>
    private static readonly (string Station, string Shown, string Plain, string Tls)[] Profiles =
    [
        ("P0", "nothing", In, In),
        ("P0", "wrong", In, In),
        ("P0-over", "nothing", Out, Out),
        ("P0-over", "right", Out, Out),
        ("P1", "nothing", Out, Out),
        ("P1", "wrong", Out, Out),
        ("P1", "another user", Out, Out),
        ("P1", "right", In, In),
        ("P2", "nothing", Out, Out),
        ("P2", "wrong", Out, Out),
        ("P2", "another user", Out, Out),
        ("P2", "right", Out, In),
        ("unknown", "nothing", Out, Out),
        ("unknown", "right", Out, Out),
    ];

    private Uri Plain(SocketFleet fleet) => At("ws", 1, fleet);

    private Uri Secure(SocketFleet fleet) => At("wss", 0, fleet);

    private Uri At(string scheme, int listener, SocketFleet fleet) => new UriBuilder(tls.Server.Stations[listener]) { Scheme = scheme, Path = $"/ocpp/{fleet.Api.Tenant}" }.Uri;

    [Fact]
    public async Task A_profile_is_the_least_that_is_asked_for()
    {
        var fleet = await SocketFleet.GivenAsync(tls.Server, 0);
        var clock = TimeProvider.System;
        var over = clock.GetUtcNow().AddSeconds(3);
        foreach (var station in new object[]
        {
            new { stationId = "P0-over", securityProfile = 0, insecureUntil = over, password = SocketFleet.Password },
            new { stationId = "P0", securityProfile = 0, insecureUntil = over.AddHours(1), password = SocketFleet.Password },
            new { stationId = "P1", securityProfile = 1, password = SocketFleet.Password },
            new { stationId = "P2", securityProfile = 2, password = SocketFleet.Password },
        }) (await fleet.Api.PostAsync("stations", station)).Is(HttpStatusCode.Created);
        for (var left = over - clock.GetUtcNow(); left > TimeSpan.Zero; left = over - clock.GetUtcNow()) await Task.Delay(left);

        var answers = new List<string>();
        foreach (var (station, shown, plain, secure) in Profiles)
        {
            foreach (var (url, expected) in new[] { (Plain(fleet), plain), (Secure(fleet), secure) })
            {
                using var door = new RawUpgrade(url, tls.Authority.Trust);
                var answer = door.Ask(station, shown switch
                {
                    "right" => RawUpgrade.Basic(station, SocketFleet.Password),
                    "wrong" => RawUpgrade.Basic(station, "a-password-of-nobodys"),
                    "another user" => RawUpgrade.Basic("P0", SocketFleet.Password),
                    _ => null,
                });
                Assert.True(answer.StartsWith(expected == In ? "HTTP/1.1 101 " : "HTTP/1.1 401 ", StringComparison.Ordinal), $"{station}, {shown}, {url.Scheme}: {answer}");
                if (expected == Out) answers.Add(answer);
            }
        }
        Assert.Single(answers.Distinct());
        Figures.Print($"S1 over TLS: {Profiles.Length * 2} ways in, {answers.Count} refused with one answer.");

        // What is open to anyone is told to the operator: on the station and by a figure.
        var stations = await fleet.StationsAsync();
        Assert.Contains("\"insecureProfile\"", stations["P0"].GetProperty("issues").GetRawText(), StringComparison.Ordinal);
        Assert.Equal("[]", stations["P1"].GetProperty("issues").GetRawText());
        Assert.Equal(4, await tls.Server.SecurityEventsAsync("insecureConnection"));

        // A station that was raised is not let in below again.
        (await fleet.Api.PatchAsync("stations/P1", new { securityProfile = 2 })).Is(HttpStatusCode.OK);
        using var below = new RawUpgrade(Plain(fleet));
        Assert.Equal(answers[0], below.Ask("P1", RawUpgrade.Basic("P1", SocketFleet.Password)));
        using var above = new RawUpgrade(Secure(fleet), tls.Authority.Trust);
        Assert.StartsWith("HTTP/1.1 101 ", above.Ask("P1", RawUpgrade.Basic("P1", SocketFleet.Password)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_that_speaks_of_tls_is_not_believed()
    {
        var fleet = await SocketFleet.GivenAsync(tls.Server, 0);
        (await fleet.Api.PostAsync("stations", new { stationId = "P2", securityProfile = 2, password = SocketFleet.Password })).Is(HttpStatusCode.Created);
        foreach (var header in new[] { "X-Forwarded-Proto: https", "Forwarded: proto=https", "X-Forwarded-Ssl: on", "Front-End-Https: on", "X-ARR-SSL: yes" })
        {
            using var door = new RawUpgrade(Plain(fleet));
            Assert.StartsWith("HTTP/1.1 401 ", door.Ask("P2", RawUpgrade.Basic("P2", SocketFleet.Password) + "\r\n" + header), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Each_listener_has_its_own_and_nothing_else()
    {
        var fleet = await SocketFleet.GivenAsync(tls.Server, 1);
        var key = "Bearer " + RunningServer.AdminKey;
        foreach (var url in new[] { Secure(fleet), Plain(fleet) })
        {
            foreach (var path in new[] { "/", "/api/v1/stations", "/API/v1/stations", "/ocpp/../api/v1/stations", "/ocpp/%2e%2e/api/v1/stations", "/health/ready", "/metrics", "/docs", "/openapi/v1.json", "/ocppx" })
            {
                using var door = new RawUpgrade(url, tls.Authority.Trust);
                Assert.Equal("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", door.AskFor(path, key));
            }
            using var live = new RawUpgrade(url, tls.Authority.Trust);
            Assert.StartsWith("HTTP/1.1 200 ", live.AskFor("/health/live", null), StringComparison.Ordinal);
        }
        var web = new UriBuilder(tls.Server.Address) { Scheme = "ws", Path = $"/ocpp/{fleet.Api.Tenant}" }.Uri;
        using var mine = new RawUpgrade(web);
        Assert.StartsWith("HTTP/1.1 404 ", mine.Ask("CP-0", RawUpgrade.Basic("CP-0", SocketFleet.Password)), StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 ", mine.AskFor("/health/ready", null), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_suites_of_the_security_profiles_are_spoken()
    {
        const ushort tls12 = 0x0303;
        var port = tls.Server.Stations[0].Port;
        foreach (ushort suite in new ushort[] { 0xc02b, 0xc02c }) Assert.Equal(suite, await TlsHello.AskAsync(port, tls12, suite));
        // CBC, CBC with SHA-256, ChaCha in 1.2, static ECDH, nothing at all.
        foreach (ushort suite in new ushort[] { 0xc009, 0xc00a, 0xc023, 0xc024, 0xcca9, 0xc02d, 0xc006 }) Assert.Null(await TlsHello.AskAsync(port, tls12, suite));
        // OCPP 2.0.1 A00.FR.313, A00.FR.315: SSL 3, TLS 1.0 and 1.1, whatever they offer.
        foreach (ushort version in new ushort[] { 0x0300, 0x0301, 0x0302 }) Assert.Null(await TlsHello.AskAsync(port, version, 0xc02b, 0xc02c, 0xc009, 0xc00a, 0x002f));
        foreach (var version in new[] { SslProtocols.Tls12, SslProtocols.Tls13 }) Assert.Equal(version, (await HandshakeAsync(port, version)).Version);

        // A00.FR.318: with an RSA certificate the other two, and those with forward secrecy.
        var former = (await HandshakeAsync(port)).Thumbprint;
        tls.Authority.Issue(RSA.Create(2048));
        await UntilAnotherThanAsync(former, port);
        foreach (ushort suite in new ushort[] { 0x009c, 0x009d, 0xc02f, 0xc030 }) Assert.Equal(suite, await TlsHello.AskAsync(port, tls12, suite));
        foreach (ushort suite in new ushort[] { 0x002f, 0x0035, 0x003c, 0x000a, 0x0005, 0xc013, 0xc027, 0xcca8, 0x009e, 0x0000 }) Assert.Null(await TlsHello.AskAsync(port, tls12, suite));
    }

    [Fact]
    public async Task A_new_certificate_comes_without_a_restart_and_disturbs_nobody()
    {
        var fleet = await SocketFleet.GivenAsync(tls.Server, 1);
        var port = tls.Server.Stations[0].Port;
        var options = fleet.Options("CP-0");
        await using var before = await StationClient.ConnectAsync(
            options with { Socket = options.Socket with { Url = Secure(fleet), ServerCertificate = tls.Authority.Trust } }, ct: TestContext.Current.CancellationToken);
        var former = (await HandshakeAsync(port)).Thumbprint;

        File.WriteAllText(tls.Authority.CertificateFile, "-----BEGIN CERTIFICATE-----\nhalf of it");
        await Task.Delay(TimeSpan.FromSeconds(1.5));
        Assert.Equal(former, (await HandshakeAsync(port)).Thumbprint);
        var next = tls.Authority.Issue();
        Assert.Equal(next, await UntilAnotherThanAsync(former, port));
        Assert.True((await before.CallAsync("Heartbeat", "{}"u8.ToArray())).IsResult);
    }

    [Fact]
    public async Task Slow_handshakes_stall_nobody_and_end()
    {
        var fleet = await SocketFleet.GivenAsync(tls.Server, 1);
        var port = tls.Server.Stations[0].Port;
        var silent = new List<Socket>();
        for (var i = 0; i < 200; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            if (i % 2 == 0) await socket.SendAsync(new byte[] { 22, 3, 1, 1 }, TestContext.Current.CancellationToken);     // the beginning of one
            silent.Add(socket);
        }
        var started = TimeProvider.System.GetTimestamp();
        using (var door = new RawUpgrade(Secure(fleet), tls.Authority.Trust))
            Assert.StartsWith("HTTP/1.1 101 ", door.Ask("CP-0", RawUpgrade.Basic("CP-0", SocketFleet.Password)), StringComparison.Ordinal);
        var good = TimeProvider.System.GetElapsedTime(started);
        Assert.InRange(good.TotalSeconds, 0, 4.5);      // not after them: they have five seconds
        foreach (var socket in silent)
        {
            socket.ReceiveTimeout = 15_000;
            var ended = await Task.Run(() =>
            {
                var buffer = new byte[64];
                try
                {
                    while (socket.Receive(buffer) > 0)
                    {
                        // An alert may come before the end.
                    }
                    return true;
                }
                catch (SocketException error) { return error.SocketErrorCode == SocketError.ConnectionReset; }
            });
            Assert.True(ended);
            socket.Dispose();
        }
        Figures.Print($"S17: beside {silent.Count} handshakes that never end, a station is in after {good.TotalMilliseconds:0} ms; they are cut.");
    }

    [Fact]
    public async Task A_simulated_station_charges_over_tls_when_it_trusts_the_server()
    {
        var fleet = await SocketFleet.GivenAsync(tls.Server, 0);
        (await fleet.Api.PostAsync("stations", new { stationId = "CP-0", securityProfile = 2, password = SocketFleet.Password })).Is(HttpStatusCode.Created);
        string[] charge = ["charge", "--url", Secure(fleet).ToString(), "--station", "CP-0", "--password", SocketFleet.Password, "--token", SocketFleet.Token, "--kwh", "1", "--speed", "600"];
        Assert.Equal((3, "No TLS connection"), await RunAsync(charge));
        Assert.Equal((0, ""), await RunAsync([.. charge, "--trust", tls.Authority.RootFile]));
        Assert.NotEqual(0m, (await fleet.Api.OnlyCdrAsync("CP-0")).GetProperty("energyWh").GetDecimal());

        async Task<(int, string)> RunAsync(string[] args)
        {
            using var errors = new StringWriter();
            var code = await Commands.RunAsync(args, TextWriter.Null, errors, TimeProvider.System, TestContext.Current.CancellationToken);
            return (code, errors.ToString().Split(':')[0]);
        }
    }

    private async Task<(string Thumbprint, SslProtocols Version)> HandshakeAsync(int port, SslProtocols version = SslProtocols.None)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        await using var stream = new SslStream(client.GetStream(), false, tls.Authority.Trust);
        await stream.AuthenticateAsClientAsync(new SslClientAuthenticationOptions { TargetHost = "localhost", EnabledSslProtocols = version, AllowTlsResume = false }, TestContext.Current.CancellationToken);
        return (stream.RemoteCertificate!.GetCertHashString(), stream.SslProtocol);
    }

    private async Task<string> UntilAnotherThanAsync(string former, int port)
    {
        for (var i = 0; i < 100; i++)
        {
            if ((await HandshakeAsync(port)).Thumbprint is var thumbprint && thumbprint != former) return thumbprint;
            await Task.Delay(100);
        }
        throw new TimeoutException("No other certificate within ten seconds.");
    }
}
