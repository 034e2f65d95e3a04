using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Busbar.Tests.Support;

namespace Busbar.Stories;

/// <summary>
/// The server in a process of its own, so that it can be ended as a power cut ends it. It keeps its port and its store over its lives.
/// </summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan ReadyWithin = TimeSpan.FromSeconds(90);

    private static readonly string[] Levels = [" warn: ", " fail: ", " crit: "];

    private readonly string[] _store;
    private readonly string _log;
    private readonly HttpClient _http;
    private Process? _process;
    private TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ServerProcess(string[] store, string log, int? port = null)
    {
        _store = store;
        _log = log;
        Address = new Uri($"http://127.0.0.1:{port ?? FreePort()}");
#pragma warning disable RS0030 // The tests' client speaks to its own server only.
        _http = new HttpClient { BaseAddress = Address };
#pragma warning restore RS0030
    }

    public Uri Address { get; }
    public int Id => _process!.Id;
    public bool HasExited => _process!.HasExited;
    public ApiClient Admin => new(_http, RunningServer.AdminKey, null);

    /// <summary>A client by its key, in its own tenant.</summary>
    public ApiClient With(string key) => new(_http, key, null);

    public Uri StationsUrl => new UriBuilder(Address) { Scheme = "ws", Path = "/ocpp" }.Uri;

    /// <summary>
    /// Waits while it starts, as a crowd does that is to be back at once: a thousand attempts a second at a closed port would take its start the processor.
    /// </summary>
    public Task ReadyAsync(CancellationToken ct) => Volatile.Read(ref _ready).Task.WaitAsync(ct);

    /// <summary>Starts it and waits until it is ready.</summary>
    /// <param name="chaos">A plan of the chaos host; <c>none</c>: the server as it is.</param>
    /// <param name="prefix">A program to run it under, such as <c>strace</c> with its options.</param>
    public async Task StartAsync(string chaos = "none", params string[] prefix)
    {
        var host = Path.Combine(AppContext.BaseDirectory, "Busbar.ChaosHost.dll");
        if (_ready.Task.IsCompleted) Volatile.Write(ref _ready, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        string[] command =
        [
            .. prefix, "dotnet", host, $"--urls={Address}", $"--Busbar:AdminKey={RunningServer.AdminKey}", "--Logging:LogLevel:Default=Warning",
            "--Busbar:Limits:FramesPerSecond=100000", "--Busbar:Limits:FrameBurst=100000", .. _store,
        ];
        var start = new ProcessStartInfo("/bin/sh", ["-c", "exec \"$@\" >>\"$0\" 2>&1 </dev/null", _log, .. command])
        {
            // A server that lives for seconds would spend them on measuring itself for a compilation that comes after.
            Environment = { ["BUSBAR_CHAOS"] = chaos, ["DOTNET_gcServer"] = "0", ["DOTNET_TieredPGO"] = "0" },
        };
        _process = Process.Start(start)!;
        var since = TimeProvider.System.GetTimestamp();
        while (!await IsReadyAsync())
        {
            if (_process.HasExited) throw new InvalidOperationException($"The server ended with {_process.ExitCode}: {await File.ReadAllTextAsync(_log)}");
            if (TimeProvider.System.GetElapsedTime(since) > ReadyWithin) throw new TimeoutException($"The server is not ready: {await File.ReadAllTextAsync(_log)}");
            await Task.Delay(50);
        }
        _ready.SetResult();
    }

    /// <summary>The first warnings and errors of its log, over all its lives: for the message of a test that failed.</summary>
    public async Task<string> ComplaintsAsync(int count)
    {
        var lines = await File.ReadAllLinesAsync(_log);
        var complaints = lines.Where(line => Levels.Any(level => line.Contains(level, StringComparison.Ordinal)));
        return string.Join('\n', complaints.Take(count).DefaultIfEmpty("(none)"));
    }

    /// <summary>SIGKILL: no handler runs, nothing is flushed.</summary>
    /// <exception cref="InvalidOperationException">It had ended by itself: that is a crash, and no kill.</exception>
    public async Task KillAsync()
    {
        if (HasExited) throw new InvalidOperationException($"The server had ended by itself with {_process!.ExitCode}:\n{await ComplaintsAsync(5)}");
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>Ends a server that runs under a tracer: the server itself, so that the tracer writes its file to the end and goes.</summary>
    public async Task EndTracedAsync()
    {
        var children = await File.ReadAllTextAsync($"/proc/{Id}/task/{Id}/children");
        foreach (var child in children.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            using var traced = Process.GetProcessById(int.Parse(child, System.Globalization.CultureInfo.InvariantCulture));
            traced.Kill();
        }
        await WaitForExitAsync(TimeSpan.FromSeconds(30));
    }

    /// <summary>Waits until it ended by itself. Answers its exit code; 137: it was killed, as a laid trap does it.</summary>
    public async Task<int> WaitForExitAsync(TimeSpan patience)
    {
        await _process!.WaitForExitAsync().WaitAsync(patience);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false }) await KillAsync();
        _process?.Dispose();
        _http.Dispose();
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<bool> IsReadyAsync()
    {
        try
        {
            using var answer = await _http.GetAsync("/health/ready");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
