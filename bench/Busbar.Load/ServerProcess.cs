using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Busbar.Load;

/// <summary>A server in a process of its own, on a free loopback port; it is ended when this is disposed of, gently if it lets itself.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(20);

    private readonly Process _process;
    private readonly string _log;

    private ServerProcess(Process process, Uri address, string log)
    {
        _process = process;
        _log = log;
        Address = address;
#pragma warning disable RS0030 // It speaks to the process that it started, and to nothing else.
        Http = new HttpClient { BaseAddress = address };
#pragma warning restore RS0030
    }

    public int Id => _process.Id;

    public Uri Address { get; }

    public HttpClient Http { get; }

    /// <summary>Starts a program of .NET and waits until <c>/health/ready</c> says so.</summary>
    /// <param name="arguments">Made from the address that it shall listen on.</param>
    /// <param name="log">The file that gets its output.</param>
    public static async Task<ServerProcess> StartAsync(
        string program, Func<Uri, string[]> arguments, IReadOnlyDictionary<string, string> environment, string log, TimeProvider clock, CancellationToken ct)
    {
        var server = Start(program, FreePort(), arguments, environment, log);
        try
        {
            await server.ReadyAsync(clock, ct);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>The same, without waiting.</summary>
    public static ServerProcess Start(string program, int port, Func<Uri, string[]> arguments, IReadOnlyDictionary<string, string> environment, string log)
    {
        var address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        // The shell puts the output into the file and becomes the program: its id is the program's.
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1 </dev/null", log, "dotnet", program, .. arguments(address)])
        {
            // The host watches the folder that it is started in, which by default holds the store: so it is measured.
            WorkingDirectory = Path.GetDirectoryName(log),
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ServerProcess(Process.Start(start)!, address, log);
    }

    /// <summary>Waits until its port takes a connection.</summary>
    public async Task ListeningAsync(TimeProvider clock, CancellationToken ct)
    {
        for (var since = clock.GetTimestamp(); ; await Task.Delay(TimeSpan.FromMilliseconds(5), clock, ct))
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, Address.Port, ct);
                return;
            }
            catch (SocketException) when (!_process.HasExited && clock.GetElapsedTime(since) < ReadyWithin)
            {
                // Not yet.
            }
        }
    }

    /// <summary>As a power cut: nothing is said, nothing is written.</summary>
    public void Kill() => _process.Kill();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        if (!_process.HasExited)
        {
            // A gentle end lets a profiler in the process write its file to the end.
            using var kill = Process.Start("kill", ["-TERM", Id.ToString(CultureInfo.InvariantCulture)]);
            try
            {
                await _process.WaitForExitAsync().WaitAsync(EndsWithin);
            }
            catch (TimeoutException)
            {
                _process.Kill();
                await _process.WaitForExitAsync();
            }
        }

        _process.Dispose();
    }

    /// <exception cref="LoadException">It ended, or takes too long.</exception>
    public async Task ReadyAsync(TimeProvider clock, CancellationToken ct)
    {
        var since = clock.GetTimestamp();
        while (!await IsReadyAsync(ct))
        {
            if (_process.HasExited || clock.GetElapsedTime(since) > ReadyWithin)
            {
                throw new LoadException($"The server is not ready: {await File.ReadAllTextAsync(_log, ct)}");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(50), clock, ct);
        }
    }

    private async Task<bool> IsReadyAsync(CancellationToken ct)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri("/health/ready", UriKind.Relative), ct);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            // It does not listen yet; ReadyAsync counts the time.
            return false;
        }
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
