using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Busbar.Bench;

/// <summary>
/// What it costs to know who asks: a GET of one station by a client with a key, and its anonymous twin: the same handler behind a route that asks nobody. The server is this process,
/// who asks is another one, so that only the server's processor time counts.
/// </summary>
internal static class Guarded
{
    private const string Key = "bench-own-admin-key-0123456789abcdef", Path = "/api/v1/stations/BENCH-1", Twin = "/twin/BENCH-1";
    private const int Rounds = 9, Requests = 12_000, Connections = 4;
    private const double Most = 1.2;

    public static async Task<int> RunAsync(TextWriter output)
    {
        var folder = Directory.CreateTempSubdirectory("busbar-bench-").FullName;
        try
        {
            await using var app = BusbarHost.Build(["--urls=http://127.0.0.1:0", $"--Busbar:AdminKey={Key}", $"--Busbar:DataDirectory={folder}"], services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning)));
            Caller? caller = null;
            RouteEndpoint? guarded = null;
            app.MapGet("/twin/{stationId}", context =>
            {
                context.Features.Set(caller);
                context.Features.Set(Reach.Whole);
                return guarded!.RequestDelegate!(context);
            }).Open("a measurement: what it costs to know who asks");
            await app.StartAsync();
            var address = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
            guarded = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                .Single(route => route.RoutePattern.RawText == "/api/v1/stations/{stationId}" && route.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods.Contains("GET"));
            caller = new Caller(app.Services.GetRequiredService<ITenants>().Find(IdentityModule.DefaultSlug)!.Id, "bench", Rights.Of([Scope.All]));
            await MakeAsync(address);

            var (open, closed) = (new List<double>(), new List<double>());
            for (var round = -2; round < Rounds; round++)
            {
                // In turns, and each first in every other one.
                foreach (var isOpen in round % 2 == 0 ? new[] { true, false } : [false, true])
                {
                    var cost = await AskAsync(address, isOpen ? Twin : Path);
                    if (round >= 0) (isOpen ? open : closed).Add(cost);
                }
            }
            var (anonymous, authorised) = (Median(open), Median(closed));
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture,
                $"a GET of one station, {Rounds} rounds of {Requests} in turns: anonymous {anonymous:0.0} µs, authorised {authorised:0.0} µs of processor time: {authorised / anonymous:0.000} times (bar {Most})"));
            await app.StopAsync();
            return authorised / anonymous <= Most ? 0 : 1;
        }
        finally { Directory.Delete(folder, recursive: true); }
    }

    /// <summary>The other process: asks, and fails if an answer is not the station.</summary>
    public static async Task<int> AskAllAsync(string url, int requests)
    {
        using var http = Client();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(async _ =>
        {
            for (var i = 0; i < requests / Connections; i++)
                if (!(await http.GetStringAsync(new Uri(url))).Contains("BENCH-1", StringComparison.Ordinal)) throw new InvalidOperationException("That is not the station.");
        }));
        return 0;
    }

    /// <returns>Microseconds of this process for a request.</returns>
    private static async Task<double> AskAsync(Uri address, string path)
    {
        using var me = Process.GetCurrentProcess();
        var before = me.TotalProcessorTime;
        using var other = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, [typeof(Guarded).Assembly.Location, "guarded-ask", new Uri(address, path).ToString(), Requests.ToString(CultureInfo.InvariantCulture)]))!;
        await other.WaitForExitAsync();
        if (other.ExitCode != 0) throw new InvalidOperationException($"Who asks ended with {other.ExitCode}.");
        me.Refresh();
        return (me.TotalProcessorTime - before).TotalMicroseconds / Requests;
    }

    private static async Task MakeAsync(Uri address)
    {
        using var http = Client();
        using var body = new StringContent("""{"stationId":"BENCH-1","name":"One of many","evses":[{"id":1,"connectors":[{"id":1},{"id":2}]}]}""", Encoding.UTF8, "application/json");
        (await http.PostAsync(new Uri(address, "/api/v1/stations"), body)).EnsureSuccessStatusCode();
    }

#pragma warning disable RS0030 // It speaks to the server beside it only.
    private static HttpClient Client() => new(new SocketsHttpHandler { MaxConnectionsPerServer = Connections }) { DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", Key) } };
#pragma warning restore RS0030

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
