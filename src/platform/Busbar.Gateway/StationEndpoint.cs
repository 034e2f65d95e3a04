using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Busbar.Gateway.Contracts;
using Busbar.Kernel;
using Busbar.Ocpp;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Busbar.Gateway;

/// <summary>The door: admission, authentication, sub-protocol, upgrade. Everything before the upgrade is answered in plain HTTP.</summary>
internal sealed class StationEndpoint : BackgroundService
{
    private readonly IStationGatekeeper _gatekeeper;
    private readonly IStationInbox _inbox;
    private readonly IStationRefusals _told;
    private readonly GatewayOptions _limits;
    private readonly AdmissionControl _admission;
    private readonly RefusalLog _refusals;
    private readonly SocketServices _services;
    private readonly ConcurrentDictionary<StationSocket, bool> _open = new();
    /// <summary>Ends all connections with 1012, so that stations come back to another node.</summary>
    private readonly CancellationTokenSource _draining = new();

    public StationEndpoint(IStationGatekeeper gatekeeper, IStationInbox inbox, IStationRefusals told, IOptions<GatewayOptions> options, GatewayMetrics metrics, TimeProvider clock,
        IdSource ids, IHostApplicationLifetime lifetime, ILogger<StationEndpoint> log)
    {
        // When the host begins to stop, not when it is this service's turn: the web server waits for its open sockets first.
        lifetime.ApplicationStopping.Register(_draining.Cancel);
        _gatekeeper = gatekeeper;
        _inbox = inbox;
        _told = told;
        _limits = options.Value;
        _admission = new AdmissionControl(_limits, clock);
        _refusals = new RefusalLog(clock, log);
        _services = new SocketServices(_limits, metrics, clock, ids, log);
    }

    public async Task AcceptAsync(HttpContext http)
    {
        var source = http.Connection.RemoteIpAddress ?? IPAddress.None;
        var name = NameOf(http);
        var wait = _admission.Wait(source, name);
        if (wait > TimeSpan.Zero || _open.Count >= _limits.Connections || _draining.IsCancellationRequested)
        {
            Refuse(http, StatusCodes.Status503ServiceUnavailable, "busy", wait);
            return;
        }
        if (!http.WebSockets.IsWebSocketRequest)
        {
            Tell(http, source, StationRefusal.NoUpgrade);
            Refuse(http, StatusCodes.Status426UpgradeRequired, StationRefusal.NoUpgrade);
            http.Response.Headers.Upgrade = "websocket";
            return;
        }
        if (!TryChoose(http.WebSockets.WebSocketRequestedProtocols, out var version, out var spelling))
        {
            Tell(http, source, StationRefusal.NoProtocol);
            Refuse(http, StatusCodes.Status400BadRequest, StationRefusal.NoProtocol);
            return;
        }
        var admission = await AskAsync(http, version, source);
        switch (admission)
        {
            case Admission.Admitted admitted:
                _admission.Admitted(source, name);
                await ServeAsync(http, admitted, version, spelling, source);
                return;
            case Admission.Unavailable:
                Refuse(http, StatusCodes.Status503ServiceUnavailable, "unavailable", TimeSpan.FromSeconds(5));
                return;
            case Admission.Refused refused:
                _admission.Failed(source, name);
                _refusals.Refused(IdentityOf(http), source, refused.Reason);
                Tell(http, source, refused.Reason);
                Refuse(http, StatusCodes.Status401Unauthorized, refused.Reason);
                http.Response.Headers.WWWAuthenticate = "Basic realm=\"ocpp\"";
                return;
            default:
                throw new InvalidOperationException($"The gatekeeper answered {admission}.");
        }
    }

    /// <summary>Every second, the sockets that do not take what is sent to them are cut: one timer for all, none per station.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1), _services.Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                var now = _services.Clock.GetTimestamp();
                foreach (var (socket, _) in _open) socket.CutIfStuck(now);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    public override void Dispose()
    {
        _draining.Dispose();
        base.Dispose();
    }

    private static string IdentityOf(HttpContext http) => http.Request.RouteValues["stationId"] as string ?? "";

    // A tenant has no slash in its name.
    private static string NameOf(HttpContext http) => $"{http.Request.RouteValues["tenant"]}/{IdentityOf(http)}";

    private void Tell(HttpContext http, IPAddress source, string reason) => _told.Refused(new StationRefusal(
        http.Request.RouteValues["tenant"] as string, IdentityOf(http), source, http.Request.IsHttps, reason, http.WebSockets.IsWebSocketRequest ? [.. http.WebSockets.WebSocketRequestedProtocols] : []));

    private async ValueTask<Admission> AskAsync(HttpContext http, OcppVersion version, IPAddress source)
    {
        var (user, password) = ReadBasic(http.Request.Headers.Authorization.ToString());
        var knock = new StationKnock(
            http.Request.RouteValues["tenant"] as string, IdentityOf(http), user, password, version, source, http.Request.IsHttps);
        return await _gatekeeper.AdmitAsync(knock, http.RequestAborted);
    }

    private async Task ServeAsync(HttpContext http, Admission.Admitted admitted, OcppVersion version, string spelling, IPAddress source)
    {
        var upgrade = new WebSocketAcceptContext
        {
            SubProtocol = spelling,
            KeepAliveInterval = TimeSpan.FromSeconds(_limits.PingSeconds),
            KeepAliveTimeout = TimeSpan.FromSeconds(_limits.PongSeconds),
            DangerousEnableCompression = false,
        };
        using var socket = await http.WebSockets.AcceptWebSocketAsync(upgrade);
        // The connection was this station's alone since its upgrade.
        using var connection = new StationSocket(socket, admitted, version, source, _services, http.Features.Get<IConnectionLifetimeFeature>() is { } line ? line.Abort : null);
        _open[connection] = true;
        _services.Metrics.Opened();
        try
        {
            await connection.RunAsync(_inbox, _draining.Token);
        }
        finally { _open.TryRemove(connection, out _); }
    }

    // The sub-protocol is echoed as the station wrote it: some compare it letter by letter.
    private static bool TryChoose(IList<string> offered, out OcppVersion version, out string spelling)
    {
        foreach (var candidate in OcppVersions.ByPreference)
        {
            foreach (var name in offered)
            {
                if (!OcppVersions.TryParse(name, out var parsed) || parsed != candidate) continue;
                (version, spelling) = (candidate, name);
                return true;
            }
        }
        (version, spelling) = (default, "");
        return false;
    }

    private static (string? User, ReadOnlyMemory<byte> Password) ReadBasic(string header)
    {
        const string scheme = "Basic ";
        if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase) || header.Length > 1024) return (null, default);
        var bytes = new byte[header.Length];
        if (!Convert.TryFromBase64String(header[scheme.Length..].Trim(), bytes, out var length)) return (null, default);
        var colon = Array.IndexOf(bytes, (byte)':', 0, length);
        // The user is the station id, which has no colon; the password may have any byte.
        return colon < 0 ? (null, default) : (Encoding.UTF8.GetString(bytes, 0, colon), bytes.AsMemory(colon + 1, length - colon - 1));
    }

    private void Refuse(HttpContext http, int status, string reason, TimeSpan retryAfter = default)
    {
        _services.Metrics.Refused(reason);
        http.Response.StatusCode = status;
        if (status == StatusCodes.Status503ServiceUnavailable)
            http.Response.Headers.RetryAfter = Math.Max(1, (int)Math.Ceiling(retryAfter.TotalSeconds)).ToString(CultureInfo.InvariantCulture);
    }
}
