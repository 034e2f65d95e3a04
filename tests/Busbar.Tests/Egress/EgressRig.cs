using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Busbar.Egress;
using Busbar.Egress.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Tests.Egress;

/// <summary>A guarded client with a resolver of the test's own: what is not a number is where the test says, and else at the canary.</summary>
internal sealed class EgressRig : IHostResolver, IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public EgressRig(params (string Key, string Value)[] settings)
    {
        var services = new ServiceCollection();
        services.AddLogging().AddMetrics();
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create("Busbar:Egress:" + pair.Key, (string?)pair.Value))).Build();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddEgress(configuration);
        services.AddSingleton<IHostResolver>(this);
        _services = services.BuildServiceProvider();
    }

    public static EgressPurpose Purpose { get; } = new("Test");

    /// <summary>Each look-up takes the next answer; the last one stays.</summary>
    public Dictionary<string, Queue<IPAddress[]>> Names { get; } = [];
    public List<string> Lookups { get; } = [];
    public HttpClient Http => _services.GetRequiredService<IGuardedHttp>().For(Purpose);

    public void Name(string host, params string[][] answers) => Names[host] = new Queue<IPAddress[]>(answers.Select(answer => answer.Select(IPAddress.Parse).ToArray()));

    public Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct)
    {
        lock (Lookups) Lookups.Add(host);
        if (Names.TryGetValue(host, out var answers)) return Task.FromResult(answers.Count > 1 ? answers.Dequeue() : answers.Peek());
        return Task.FromResult<IPAddress[]>([IPAddress.TryParse(host, out var literal) ? literal : IPAddress.Loopback]);
    }

    /// <summary>Null: it answered.</summary>
    public async Task<Exception?> TryAsync(string url)
    {
        try
        {
            using var answer = await Http.GetAsync(url, TestContext.Current.CancellationToken);
            return null;
        }
        // What is no URL cannot be asked for.
        catch (Exception error) when (error is HttpRequestException or UriFormatException or InvalidOperationException or NotSupportedException) { return error; }
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();
}

/// <summary>Counts who connects, and says to each what the test wants.</summary>
internal sealed class Canary : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly Func<NetworkStream, CancellationToken, Task> _answer;
    private readonly CancellationTokenSource _end = new();
    private readonly Task _accepting;
    private int _connects;

    public Canary(IPAddress? address = null, int port = 0, Func<NetworkStream, CancellationToken, Task>? answer = null)
    {
        _answer = answer ?? ((stream, ct) => SayAsync(stream, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nOK", ct));
        _listener = new TcpListener(address ?? IPAddress.Loopback, port);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>What was asked, as it came.</summary>
    public ConcurrentQueue<string> Heads { get; } = [];

    public int Connects => Volatile.Read(ref _connects);
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public static async Task SayAsync(NetworkStream stream, string text, CancellationToken ct) => await stream.WriteAsync(Encoding.Latin1.GetBytes(text), ct);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync(_end.Token);
                Interlocked.Increment(ref _connects);
                serving.Add(ServeAsync(socket));
            }
        }
        catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // The test is over: the listener has stopped, perhaps between two connections.
        }
        await Task.WhenAll(serving);
    }

    private async Task ServeAsync(Socket socket)
    {
        await using var stream = new NetworkStream(socket, ownsSocket: true);
        try
        {
            var request = new byte[8 * 1024];
            var count = await stream.ReadAsync(request, _end.Token);
            Heads.Enqueue(Encoding.Latin1.GetString(request, 0, count));
            await _answer(stream, _end.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // It hung up, or the test is over.
        }
    }
}
