using System.Buffers;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Busbar.Tests.Support;

/// <summary>Which way bytes go through the proxy.</summary>
[Flags]
public enum ProxyDirection
{
    ToServer = 1,
    ToClient = 2,
    Both = ToServer | ToClient,
}

/// <summary>
/// A TCP proxy on loopback that breaks connections as networks do: it swallows bytes without a FIN or RST, delays, throttles, cuts in the middle of a frame. What is
/// set on the proxy holds for connections to come; what is set on a connection holds for it alone.
/// </summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentQueue<ProxiedConnection> _connections = new();
    private readonly Task _accepting;

    private TcpProxy(IPEndPoint target)
    {
        _target = target;
        _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen(4096);
        _accepting = Task.Run(AcceptAsync);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    /// <summary>All that were ever accepted, the oldest first.</summary>
    public IReadOnlyCollection<ProxiedConnection> Connections => _connections;

    /// <summary>One way, of connections to come.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Bytes a second and direction, of connections to come; 0: no limit.</summary>
    public int BytesPerSecond { get; set; }

    /// <summary>Refuses new connections with a reset, as a host without the service does.</summary>
    public bool Refuses { get; set; }

    public static TcpProxy Start(int targetPort) => new(new IPEndPoint(IPAddress.Loopback, targetPort));

    /// <summary>Every open connection goes silent; new ones work.</summary>
    public void SilenceAll(ProxyDirection direction = ProxyDirection.Both)
    {
        foreach (var connection in _connections)
        {
            connection.Silence(direction);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        foreach (var connection in _connections)
        {
            connection.Reset();
            await connection.Ended;
        }

        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            if (Refuses)
            {
                throw new SocketException((int)SocketError.ConnectionRefused);
            }

            await server.ConnectAsync(_target, _stopping.Token);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            ProxiedConnection.Reset(client);
            server.Dispose();
            return;
        }

        _connections.Enqueue(new ProxiedConnection(client, server, Delay, BytesPerSecond));
    }
}

/// <summary>One connection through a <see cref="TcpProxy"/>.</summary>
public sealed class ProxiedConnection
{
    private readonly Socket _client;
    private readonly Socket _server;
    private readonly Lane _up;
    private readonly Lane _down;

    internal ProxiedConnection(Socket client, Socket server, TimeSpan delay, int bytesPerSecond)
    {
        _client = client;
        _server = server;
        _up = new Lane { Delay = delay, BytesPerSecond = bytesPerSecond };
        _down = new Lane { Delay = delay, BytesPerSecond = bytesPerSecond };
        ClientEndPoint = (IPEndPoint)client.RemoteEndPoint!;
        Ended = Task.WhenAll(PumpAsync(client, server, _up), PumpAsync(server, client, _down));
    }

    public IPEndPoint ClientEndPoint { get; }

    public Task Ended { get; }

    public long BytesToServer => Interlocked.Read(ref _up.Forwarded);

    public long BytesToClient => Interlocked.Read(ref _down.Forwarded);

    /// <summary>Swallows what comes, the end of the stream included: neither side learns anything.</summary>
    public void Silence(ProxyDirection direction = ProxyDirection.Both) => Each(direction, lane => lane.Silent = true);

    /// <summary>Forwards again. What was swallowed stays lost, so that a TLS or WebSocket stream that was cut in a frame is broken.</summary>
    public void Restore(ProxyDirection direction = ProxyDirection.Both) => Each(direction, lane => lane.Silent = false);

    public void SetDelay(TimeSpan delay, ProxyDirection direction = ProxyDirection.Both) => Each(direction, lane => lane.Delay = delay);

    public void Throttle(int bytesPerSecond, ProxyDirection direction = ProxyDirection.Both) => Each(direction, lane => lane.BytesPerSecond = bytesPerSecond);

    /// <summary>Forwards so many bytes more in one direction and then resets both sides: 10 is in the middle of most frames.</summary>
    public void CutAfter(long bytes, ProxyDirection direction = ProxyDirection.ToServer) => Each(direction, lane => lane.CutAfter(bytes));

    /// <summary>Ends both sides at once with a reset.</summary>
    public void Reset()
    {
        Reset(_client);
        Reset(_server);
    }

    internal static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It has ended already.
        }

        socket.Dispose();
    }

    private void Each(ProxyDirection direction, Action<Lane> change)
    {
        if (direction.HasFlag(ProxyDirection.ToServer))
        {
            change(_up);
        }

        if (direction.HasFlag(ProxyDirection.ToClient))
        {
            change(_down);
        }
    }

    private async Task PumpAsync(Socket from, Socket to, Lane lane)
    {
        await Task.Yield();
        var buffer = ArrayPool<byte>.Shared.Rent(4096);
        try
        {
            while (true)
            {
                var limit = lane.BytesPerSecond;
                var count = await from.ReceiveAsync(limit > 0 ? buffer.AsMemory(0, Math.Clamp(limit / 20, 1, buffer.Length)) : buffer);
                if (count == 0)
                {
                    if (!lane.Silent)
                    {
                        to.Shutdown(SocketShutdown.Send);
                    }

                    return;
                }

                if (lane.Silent)
                {
                    continue;
                }

                limit = lane.BytesPerSecond;            // it may have been set while we waited
                if (limit > 0)
                {
                    await Task.Delay(TimeSpan.FromSeconds((double)count / limit));
                }

                if (lane.Delay > TimeSpan.Zero)
                {
                    await Task.Delay(lane.Delay);
                }

                // Counted before it is sent: a cut that is ordered when the other side has these bytes must not count them again.
                var whole = lane.Reserve(count, out var isLast);
                for (var sent = 0; sent < whole && !lane.Silent;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, whole - sent));
                }

                Interlocked.Add(ref lane.Forwarded, whole);
                if (isLast)
                {
                    Reset();
                    return;
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            if (!lane.Silent)
            {
                Reset();
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private sealed class Lane
    {
        public volatile bool Silent;
        public long Forwarded;
        private long _left = long.MaxValue;

        public TimeSpan Delay { get; set; }

        public int BytesPerSecond { get; set; }

        public void CutAfter(long bytes) => Interlocked.Exchange(ref _left, bytes);

        public int Reserve(int count, out bool isLast)
        {
            while (true)
            {
                var left = Interlocked.Read(ref _left);
                var whole = (int)Math.Min(count, left);
                var after = left == long.MaxValue ? left : left - whole;
                if (Interlocked.CompareExchange(ref _left, after, left) == left)
                {
                    isLast = after == 0;
                    return whole;
                }
            }
        }
    }
}
