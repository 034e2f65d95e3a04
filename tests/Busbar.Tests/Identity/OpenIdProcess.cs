using System.Diagnostics;
using System.Net.Http.Json;
using Busbar.Tests.Operations;
using Busbar.Tests.Support;

namespace Busbar.Tests.Identity;

/// <summary>A real OpenID provider (OpenIddict), in a process of its own: tests/Busbar.OpenIdProvider.</summary>
internal sealed class OpenIdProcess : IAsyncDisposable
{
    public const string ClientId = "busbar", Secret = "a secret of the tests";

    private readonly Process _process;
    private readonly HttpClient _http;

    private OpenIdProcess(Process process, int port)
    {
        (_process, Port, Issuer) = (process, port, $"http://127.0.0.1:{port}/");
#pragma warning disable RS0030 // The tests' client speaks to their own provider.
        _http = new HttpClient { BaseAddress = new Uri(Issuer) };
#pragma warning restore RS0030
    }

    public int Port { get; }
    public string Issuer { get; }

    /// <summary>A server that may reach it.</summary>
    public string[] Allowed => ["--Busbar:Egress:Purposes:SignOn:Http=true", "--Busbar:Egress:Purposes:SignOn:AllowedNetworks:0=127.0.0.0/8", $"--Busbar:Egress:Purposes:SignOn:Ports:0={Port}"];

    public static async Task<OpenIdProcess> StartAsync()
    {
        var port = SmtpReceiver.FreePort();
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Busbar.OpenIdProvider.dll"), $"http://127.0.0.1:{port}/", ClientId, Secret]) { RedirectStandardOutput = true };
        var provider = new OpenIdProcess(Process.Start(start)!, port);
        while (await provider._process.StandardOutput.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(60)) is { } line)
            if (line == "listening") return provider;
        throw new InvalidOperationException("The provider ended before it listened.");
    }

    public async Task KnowAsync(string name, string subject, string email, params string[] groups) =>
        (await _http.PutAsJsonAsync($"people/{name}", new { subject, email, isVerified = true, name, groups, hadSecondFactor = false })).EnsureSuccessStatusCode();

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited) _process.Kill();
        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
