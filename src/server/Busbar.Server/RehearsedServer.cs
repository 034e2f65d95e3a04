using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;

namespace Busbar.Server;

/// <summary>
/// The web server, which opens its port when what a station's first frame needs was rehearsed. The first request through all middleware builds the table of routes and
/// compiles what all requests share, which takes longer than some stations wait: so the first is one of our own, for <c>/health/live</c>, with no connection below it.
/// </summary>
internal sealed class RehearsedServer(IServer inner, WarmUp warmUp, TimeProvider clock, ILogger<WarmUp> log) : IServer
{
    // A rehearsal that hangs must not keep the port closed.
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(5);

    public IFeatureCollection Features => inner.Features;

    /// <summary>Puts itself before the server that is registered.</summary>
    public static void Use(IServiceCollection services)
    {
        var kestrel = services.Last(service => service.ServiceType == typeof(IServer)).ImplementationType!;
        services.AddSingleton<IServer>(provider => new RehearsedServer(
            (IServer)ActivatorUtilities.CreateInstance(provider, kestrel), provider.GetRequiredService<WarmUp>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<WarmUp>>()));
    }

    public async Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken) where TContext : notnull
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        // Beside this one: it may hang before its first await.
        var rehearsed = Task.Run(async () =>
        {
            await RehearseAsync(application);
            await warmUp.First;
        }, CancellationToken.None);
        if (await Task.WhenAny(rehearsed, Task.Delay(Most, clock, limit.Token)) != rehearsed)
        {
            cancellationToken.ThrowIfCancellationRequested();
            // It goes on, and what it makes is still of use.
            Log.WarmsLate(log, Most);
        }
        await limit.CancelAsync();
        await inner.StartAsync(application, cancellationToken);
    }

    public Task StopAsync(CancellationToken cancellationToken) => inner.StopAsync(cancellationToken);

    public void Dispose() => inner.Dispose();

    private async Task RehearseAsync<TContext>(IHttpApplication<TContext> application) where TContext : notnull
    {
        var features = new FeatureCollection();
        features.Set<IHttpRequestFeature>(new HttpRequestFeature { Method = HttpMethods.Get, Path = "/health/live", Scheme = "http", Protocol = HttpProtocol.Http11, Headers = { Host = "localhost" } });
        features.Set<IHttpResponseFeature>(new HttpResponseFeature());
        features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(Stream.Null));
        features.Set<IHttpConnectionFeature>(new HttpConnectionFeature { RemoteIpAddress = IPAddress.Loopback, LocalIpAddress = IPAddress.Loopback });
        try
        {
            var context = application.CreateContext(features);
            Exception? failed = null;
            try { await application.ProcessRequestAsync(context); }
            catch (Exception error)
            {
                failed = error;
                throw;
            }
            finally { application.DisposeContext(context, failed); }
        }
#pragma warning disable CA1031 // A rehearsal ends no server; what is wrong shows again where it is needed.
        catch (Exception error)
#pragma warning restore CA1031
        {
            Log.NotWarm(log, error);
        }
    }
}
