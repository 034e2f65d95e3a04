using System.Collections.Concurrent;
using Busbar.Egress.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Busbar.Egress;

/// <summary>One pool of connections per purpose, behind its guard.</summary>
internal sealed class GuardedHttp(IConfiguration configuration, IHostResolver resolver, EgressMetrics metrics, TimeProvider clock, ILogger<GuardedHttp> log) : IGuardedHttp, IDisposable
{
    private readonly ConcurrentDictionary<EgressPurpose, Lazy<HttpMessageHandler>> _handlers = new();

    public HttpClient For(EgressPurpose purpose)
    {
        var handler = _handlers.GetOrAdd(purpose, wanted => new Lazy<HttpMessageHandler>(() => Guard(wanted))).Value;
#pragma warning disable RS0030 // This is the guarded client.
        return new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };    // the guard has a clock of its own
#pragma warning restore RS0030
    }

    public void Dispose()
    {
        foreach (var handler in _handlers.Values)
            if (handler.IsValueCreated) handler.Value.Dispose();
    }

    private GuardHandler Guard(EgressPurpose purpose)
    {
        var options = EgressOptions.Read(configuration, purpose.Name);
        var dialler = new GuardedDialler(resolver, options.Networks);
        return new GuardHandler(purpose, options, metrics, clock, log, new SocketsHttpHandler
        {
            ConnectCallback = (context, ct) => dialler.ConnectAsync(context.DnsEndPoint, ct),
            ConnectTimeout = TimeSpan.FromSeconds(options.ConnectSeconds),
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            PreAuthenticate = false,
            ActivityHeadersPropagator = null,       // our trace ids are no business of a peer's
            MaxResponseHeadersLength = 16,          // KB
            MaxConnectionsPerServer = 16,
            // A name is looked up, and judged, again.
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
        });
    }
}
