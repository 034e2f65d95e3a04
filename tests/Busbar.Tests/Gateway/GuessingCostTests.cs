using System.Net;
using System.Net.WebSockets;
using System.Runtime.InteropServices;
using System.Text;
using Busbar.Gateway;
using Busbar.Storage;
using Busbar.Tests.Support;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Gateway;

/// <summary>
/// Bar S3, the door's own work: from the request as the web server hands it over to the refusal. What reading it from its socket costs is the web server's, and every request's.
/// </summary>
[Trait("suite", "stories")]
public sealed class GuessingCostTests(Servers servers)
{
    private const int Tries = 100_000;

    [Theory]
    [InlineData(60, StatusCodes.Status503ServiceUnavailable, 20)]
    // Of a source sixty a minute: its password is compared, and who runs the station is told. Not within the bar.
    [InlineData(100_000_000, StatusCodes.Status401Unauthorized, 100)]
    public async Task A_try_that_is_throttled_costs_at_most_twenty_microseconds(int perMinute, int status, int bar)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only Linux tells what one thread has used.");
        await using var server = await RunningServer.StartAsync(await servers.NewStoreAsync(DatabaseKind.Sqlite), null, $"--Busbar:Limits:FailuresPerMinute={perMinute}", "--Busbar:Limits:UpgradesPerSecond=1000000");
        var door = server.Services.GetRequiredService<StationEndpoint>();
        (await server.Admin.PostAsync("stations", new { stationId = "CP-0", password = "a-password-of-its-own" })).Is(HttpStatusCode.Created);
        var wrong = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("CP-0:a-password-of-nobodys"));
        for (var i = 0; i < 5_000; i++) await KnockAsync();

        var (costs, other) = (new List<double>(), 0);
        for (var part = 0; part < 10; part++)
        {
            var began = ThreadTime();
            for (var i = 0; i < Tries / 10; i++)
            {
                var knock = KnockAsync();
                // On this thread to its end: or its time would tell nothing.
                Assert.True(knock.IsCompleted);
                if (await knock != status) other++;
            }
            costs.Add((ThreadTime() - began).TotalMicroseconds / (Tries / 10));
        }
        Assert.Equal(0, other);
        costs.Sort();
        TestContext.Current.TestOutputHelper?.WriteLine($"S3: {costs[5]:0.0} µs of a processor for a try that is answered with {status} ({costs[0]:0.0} to {costs[^1]:0.0}); bar 20 µs, held to {bar}.");
        Assert.InRange(costs[5], 0, bar);

        async Task<int> KnockAsync()
        {
            var http = new DefaultHttpContext { Connection = { RemoteIpAddress = IPAddress.Parse("127.0.3.3") } };
            http.Request.RouteValues = new() { ["stationId"] = "CP-0" };
            http.Request.Headers.Authorization = wrong;
            http.Request.Headers.SecWebSocketProtocol = "ocpp1.6";
            http.Features.Set<IHttpWebSocketFeature>(new Upgrade());
            await door.AcceptAsync(http);
            return http.Response.StatusCode;
        }
    }

    private static TimeSpan ThreadTime()
    {
        Assert.Equal(0, ClockGetTime(3, out var time));
        return TimeSpan.FromSeconds(time.Seconds) + TimeSpan.FromMicroseconds(time.Nanoseconds / 1_000.0);
    }

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    private sealed class Upgrade : IHttpWebSocketFeature
    {
        public bool IsWebSocketRequest => true;

        public Task<WebSocket> AcceptAsync(WebSocketAcceptContext context) => throw new NotSupportedException("Nobody is let in.");
    }
}
