using System.Net;
using Busbar.Server;
using Busbar.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Busbar.Tests.Support;

/// <summary>The whole server, in this process, on a free loopback port and a store of its own.</summary>
internal sealed class RunningServer : IAsyncDisposable
{
    public const string AdminKey = "tests-own-admin-key-0123456789abcdef";

    private readonly WebApplication _app;
    private readonly HttpClient _http;
    private int _tenants;

    private RunningServer(WebApplication app, string[] store, Uri[] addresses)
    {
        // Kestrel names them in the order of their settings: the stations' own before the web's.
        (_app, Store, Address, Stations) = (app, store, addresses[^1], addresses[..^1]);
#pragma warning disable RS0030 // The tests' client speaks to this process only.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };
#pragma warning restore RS0030
    }

    /// <summary>The arguments that name its store.</summary>
    public string[] Store { get; }

    public Uri Address { get; }

    /// <summary>The stations' own listeners, as they were configured; none: they share the web's.</summary>
    public Uri[] Stations { get; }

    public IServiceProvider Services => _app.Services;

    /// <summary>Anyone.</summary>
    public ApiClient Anonymous => new(_http, null, null);

    /// <summary>The configured client, in the tenant <c>default</c>.</summary>
    public ApiClient Admin => new(_http, AdminKey, null);

    public ApiClient With(string key, string? tenant = null) => new(_http, key, tenant);

    public static async Task<RunningServer> StartAsync(string[] store, Action<IServiceCollection>? configure = null, params string[] more)
    {
        var app = BusbarHost.Build(["--urls=http://127.0.0.1:0", $"--Busbar:AdminKey={AdminKey}", .. store, .. more], services =>
        {
            // Many start and stop, some are meant to fail; what a request suffers is still told.
            services.AddLogging(logging => logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.None).AddFilter("Microsoft.Extensions.Hosting", LogLevel.None));
            configure?.Invoke(services);
        });
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        return new RunningServer(app, store, [.. addresses.Select(address => new Uri(address))]);
    }

    /// <summary>The configured client in a new tenant, so that tests do not see each other.</summary>
    public async Task<ApiClient> NewTenantAsync()
    {
        var slug = $"t{Interlocked.Increment(ref _tenants)}-{Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4))}";
        var made = await Admin.PostAsync("tenants", new { slug, name = slug, currency = "EUR", timeZone = "Europe/Amsterdam" });
        Assert.Equal(HttpStatusCode.Created, made.Status);
        return new ApiClient(_http, AdminKey, slug);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
    }
}
