using System.Diagnostics;
using System.Net;
using Busbar.Identity;
using Busbar.Tests.Support;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Stories;

/// <summary>What a newcomer sees of <c>--demo</c>.</summary>
public sealed class DemoTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task A_demo_shows_a_living_network_and_its_link_signs_in()
    {
        var folder = Directory.CreateTempSubdirectory("busbar-demo-").FullName;
        try
        {
            await using (var server = await StartAsync(folder))
            {
                var since = Stopwatch.StartNew();
                var api = server.With(RunningServer.AdminKey, "demo");
                await UntilAsync(async () => (await api.GetAsync("stations?limit=200")) is { Status: HttpStatusCode.OK } stations
                    && stations.Items.Select(station => station.GetProperty("protocol").GetString()).Distinct().Order(StringComparer.Ordinal).SequenceEqual([null, "ocpp1.6", "ocpp2.0.1", "ocpp2.1"])
                    && stations.Items.Any(station => station.GetProperty("evses").EnumerateArray().Any(evse => evse.GetProperty("connectors")[0].GetProperty("status").GetString() == "Faulted")), "stations in all versions, and a fault");
                await UntilAsync(async () => (await api.GetAsync("sessions?limit=200")).Items.Count(session =>
                    session.GetProperty("status").GetString() == "charging" && session.GetProperty("energyWh").GetDecimal() > 0 && session.GetProperty("cost").GetProperty("inclTax").GetString() != "0.00") >= 3, "charges with a price");
                await UntilAsync(async () => (await api.GetAsync("cdrs?limit=200")).Items.Count(cdr => cdr.GetProperty("totalCost").GetProperty("inclTax").GetString() != "0.00") >= 10, "CDRs of the last day");
                Assert.True(since.Elapsed < Soon, $"It took {since.Elapsed}.");
                // Only the station that is to be held is.
                Assert.Equal(["HARBOUR-4"], (await api.GetAsync("sessions?limit=200&status=held")).Items.Select(session => session.GetProperty("stationId").GetString()).Distinct());
                await SignInAsync(server);
            }

            // The next start finds it as it was.
            await using var again = await StartAsync(folder);
            await UntilAsync(async () => (await again.With(RunningServer.AdminKey, "demo").GetAsync("stations?limit=200")).Items.Count(station => station.GetProperty("online").GetBoolean()) >= 8, "the stations are back");
            await SignInAsync(again);
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    private static Task<RunningServer> StartAsync(string folder) => RunningServer.StartAsync([$"--Busbar:DataDirectory={folder}"], null, "--demo");

    private static async Task SignInAsync(RunningServer server)
    {
        var link = await server.Services.GetRequiredService<DemoDoor>().OpenAsync("demo", TestContext.Current.CancellationToken);
        Assert.Equal("demo", link[..link.IndexOf('#', StringComparison.Ordinal)]);
        Assert.Equal((HttpStatusCode.Forbidden, null), await EnterAsync(server, "another code"));
        var (status, cookie) = await EnterAsync(server, link[(link.IndexOf('#', StringComparison.Ordinal) + 1)..]);
        Assert.Equal(HttpStatusCode.SeeOther, status);
        using var asked = new HttpRequestMessage(HttpMethod.Get, "/api/v1/me") { Headers = { { "Cookie", cookie } } };
        using var me = await server.Anonymous.Http.SendAsync(asked);
        Assert.Equal(HttpStatusCode.OK, me.StatusCode);
        Assert.Contains("demo@busbar.example", await me.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, string? Cookie)> EnterAsync(RunningServer server, string code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/demo")
        {
            Content = new FormUrlEncodedContent([KeyValuePair.Create("code", code)]), Headers = { { "Origin", server.Address.GetLeftPart(UriPartial.Authority) } },
        };
        using var answer = await server.Anonymous.Http.SendAsync(request);
        return (answer.StatusCode, answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies.First().Split(';')[0] : null);
    }

    private static async Task UntilAsync(Func<Task<bool>> holds, string what)
    {
        var since = Stopwatch.StartNew();
        while (!await holds())
        {
            Assert.True(since.Elapsed < Soon, $"Not within {Soon.TotalSeconds} s: {what}.");
            await Task.Delay(100);
        }
    }
}
