using Busbar.Identity;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Busbar.Server;

/// <summary>The stations' own listener, configured under <c>Busbar:Stations</c>.</summary>
internal sealed class StationsListenerOptions
{
    public const string Section = "Busbar:Stations";

    /// <summary>Where stations come in, <c>https://*:8443</c>; several with <c>;</c> between. None: they share the web listener.</summary>
    public string? Url { get; set; }

    /// <summary>The certificate with its chain, PEM or PFX.</summary>
    public string? Certificate { get; set; }

    /// <summary>The certificate's private key, PEM; none: it stands in the same file.</summary>
    public string? CertificateKey { get; set; }

    /// <summary>Of the key or the PFX.</summary>
    public string? CertificatePassword { get; set; }

    /// <summary>Seconds that a TLS handshake may take.</summary>
    public int HandshakeSeconds { get; set; } = 10;

    /// <summary>Seconds between looks at the certificate's files.</summary>
    public int ReloadSeconds { get; set; } = 30;
}

/// <summary>
/// One listener for stations and one for the web (docs/adr/0012). On the stations' there is OCPP and the sign of life, with the cipher suites of the security
/// profiles; on the web's, once stations have their own, no OCPP.
/// </summary>
internal static class StationsListener
{
    private const string Endpoints = "Kestrel:Endpoints";

    /// <param name="builder">Its configuration says where the web listens already.</param>
    /// <exception cref="InvalidOperationException">An address or the certificate is wrong.</exception>
    public static void AddStationsListener(this WebApplicationBuilder builder)
    {
        var options = builder.Configuration.GetSection(StationsListenerOptions.Section).Get<StationsListenerOptions>() ?? new StationsListenerOptions();
        if (string.IsNullOrEmpty(options.Url))
        {
            if (!string.IsNullOrEmpty(options.Certificate)) throw new InvalidOperationException($"{StationsListenerOptions.Section}:Certificate is of no use without {StationsListenerOptions.Section}:Url.");
            return;
        }
        if (options.HandshakeSeconds <= 0 || options.ReloadSeconds <= 0)
            throw new InvalidOperationException($"{StationsListenerOptions.Section}: HandshakeSeconds and ReloadSeconds must be above 0.");
        var addresses = Split(options.Url).Select(Parse).ToArray();
        StationsCertificate? certificate = null;
        if (addresses.Any(address => address.IsTls))
        {
            certificate = new StationsCertificate(options);
            builder.Services.AddSingleton(options);
            builder.Services.AddSingleton(certificate);
            builder.Services.AddHostedService<StationsCertificateWatch>();
        }
        builder.Services.AddSingleton(StationsDoor.Instance);
        var doors = new List<ListenOptions>();
        builder.Services.AddSingleton<IWebAddresses>(provider => new WebAddresses(provider.GetRequiredService<IServer>(), doors));

        // Kestrel takes its addresses from one place: the web's go where the stations' are told apart.
        var settings = new Dictionary<string, string?>();
        if (!builder.Configuration.GetSection(Endpoints).Exists())
            foreach (var (i, url) in WebUrls(builder.Configuration).Index()) settings[$"{Endpoints}:Web{i}:Url"] = url;
        foreach (var (i, address) in addresses.Index()) settings[$"{Endpoints}:{Name(i)}:Url"] = address.Url;
        builder.Configuration.AddInMemoryCollection(settings);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var (i, address) in addresses.Index())
                kestrel.ConfigurationLoader!.Endpoint(Name(i), endpoint =>
                {
                    Open(endpoint.ListenOptions, address.IsTls ? certificate : null, options);
                    doors.Add(endpoint.ListenOptions);
                });
        });
    }

    /// <summary>First of all: what does not belong on a listener does not exist there.</summary>
    public static void UseStationsListener(this WebApplication app)
    {
        if (app.Services.GetService<StationsDoor>() is null) return;
        app.Use((http, next) =>
        {
            var isOcpp = http.Request.Path.StartsWithSegments("/ocpp");
            var belongs = http.Features.Get<StationsDoor>() is null ? !isOcpp : isOcpp || http.Request.Path == "/health/live";
            if (belongs) return next(http);
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
    }

    private static void Open(ListenOptions listen, StationsCertificate? certificate, StationsListenerOptions options)
    {
        listen.Protocols = HttpProtocols.Http1;     // OCPP-J is an upgrade of HTTP/1.1
        if (certificate is not null)
        {
            // A handshake belongs to its connection: one that is slow stalls nobody, and ends.
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                HandshakeTimeout = TimeSpan.FromSeconds(options.HandshakeSeconds),
                OnConnection = _ => ValueTask.FromResult(certificate.Tls),
            });
        }
        listen.Use(next => connection =>
        {
            connection.Features.Set(StationsDoor.Instance);
            return next(connection);
        });
    }

    private static (string Url, bool IsTls) Parse(string url)
    {
        try
        {
            var address = BindingAddress.Parse(url);
            if (address.Scheme is "http" or "https" && address.PathBase.Length == 0) return (url, address.Scheme == "https");
        }
        catch (FormatException)
        {
            // Said below, with the others.
        }
        throw new InvalidOperationException($"{StationsListenerOptions.Section}:Url: '{url}' is no address such as https://*:8443.");
    }

    private static IEnumerable<string> WebUrls(IConfiguration configuration) => configuration["urls"] is { Length: > 0 } urls
        ? Split(urls)
        : [.. Split(configuration["http_ports"]).Select(port => $"http://*:{port}"), .. Split(configuration["https_ports"]).Select(port => $"https://*:{port}")];

    private static string[] Split(string? list) => list?.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? [];

    private static string Name(int number) => $"Stations{number}";

    /// <summary>A door's port is known when it is open: a test asks for any.</summary>
    private sealed class WebAddresses(IServer server, IReadOnlyCollection<ListenOptions> doors) : IWebAddresses
    {
        public IReadOnlyList<string> All =>
            [.. (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Where(address => !doors.Any(door => door.IPEndPoint?.Port == BindingAddress.Parse(address).Port))];
    }

    /// <summary>The mark of a connection that came in by the stations' listener.</summary>
    private sealed class StationsDoor
    {
        public static StationsDoor Instance { get; } = new();
    }
}
