using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Busbar.Tests.Support;

public sealed class TcpProxyTests : IAsyncLifetime
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private TcpProxy _proxy = null!;

    public ValueTask InitializeAsync()
    {
        _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        _listener.Listen();
        _proxy = TcpProxy.Start(((IPEndPoint)_listener.LocalEndPoint!).Port);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _listener.Dispose();
    }

    [Fact]
    public async Task Bytes_and_ends_of_streams_go_through_both_ways()
    {
        var (client, server) = await ConnectAsync();
        Assert.Equal("hello", await SayAsync(client, server, "hello"));
        Assert.Equal("world", await SayAsync(server, client, "world"));
        client.Shutdown(SocketShutdown.Send);
        Assert.Equal(0, await server.ReceiveAsync(new byte[1]));
        Assert.Equal("still", await SayAsync(server, client, "still"));
    }

    [Fact]
    public async Task A_silenced_connection_tells_neither_side_anything_not_even_the_end()
    {
        var (client, server) = await ConnectAsync();
        await SayAsync(client, server, "up");
        _proxy.Connections.Single().Silence();
        await client.SendAsync("lost"u8.ToArray());
        client.LingerState = new LingerOption(true, 0);
        client.Dispose();                                   // a reset on this side
        var waiting = server.ReceiveAsync(new byte[16]);
        Assert.NotEqual(waiting, await Task.WhenAny(waiting, Task.Delay(400)));
        Assert.Equal(4, await server.SendAsync("void"u8.ToArray()));
    }

    [Fact]
    public async Task Only_the_chosen_connection_and_direction_is_silenced()
    {
        var (first, firstServer) = await ConnectAsync();
        var (second, secondServer) = await ConnectAsync();
        await SayAsync(first, firstServer, "1");
        await SayAsync(second, secondServer, "2");
        _proxy.Connections.Single(it => it.ClientEndPoint.Equals(first.LocalEndPoint)).Silence(ProxyDirection.ToServer);     // they are listed in no order
        await first.SendAsync("lost"u8.ToArray());
        Assert.Equal("down", await SayAsync(firstServer, first, "down"));
        Assert.Equal("fine", await SayAsync(second, secondServer, "fine"));
        Assert.Equal(0, firstServer.Available);
    }

    [Fact]
    public async Task A_cut_lets_so_many_bytes_through_and_then_resets()
    {
        var (client, server) = await ConnectAsync();
        await SayAsync(client, server, "up");
        _proxy.Connections.Single().CutAfter(3);
        await client.SendAsync("abcdef"u8.ToArray());
        var got = new List<byte>();
        var buffer = new byte[16];
        try
        {
            for (int n; (n = await server.ReceiveAsync(buffer)) > 0;)
            {
                got.AddRange(buffer.AsSpan(0, n));
            }
        }
        catch (SocketException)
        {
            // The reset may arrive as an error; the bytes before it are what counts.
        }

        Assert.True(got.Count <= 3, $"{got.Count} bytes");
        Assert.Equal(5, _proxy.Connections.Single().BytesToServer);
        Assert.True(await EndsAsync(client));
    }

    [Fact]
    public async Task Delay_and_throttle_take_their_time()
    {
        _proxy.Delay = TimeSpan.FromMilliseconds(200);
        var (client, server) = await ConnectAsync();
        var watch = Stopwatch.StartNew();
        await SayAsync(client, server, "late");
        Assert.InRange(watch.ElapsedMilliseconds, 180, 2_000);

        var connection = _proxy.Connections.Single();
        connection.SetDelay(TimeSpan.Zero);
        connection.Throttle(10_000, ProxyDirection.ToServer);
        watch.Restart();
        await SayAsync(client, server, new string('x', 5_000));
        Assert.InRange(watch.ElapsedMilliseconds, 400, 3_000);
    }

    [Fact]
    public async Task A_proxy_that_refuses_resets()
    {
        _proxy.Refuses = true;
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await client.ConnectAsync(IPAddress.Loopback, _proxy.Port);
            Assert.True(await EndsAsync(client));
        }
        catch (SocketException)
        {
            // The reset was faster than the connect.
        }

        Assert.Empty(_proxy.Connections);
    }

    private static async Task<bool> EndsAsync(Socket socket)
    {
        try
        {
            return await socket.ReceiveAsync(new byte[16]).WaitAsync(TimeSpan.FromSeconds(5)) == 0;
        }
        catch (SocketException)
        {
            return true;
        }
    }

    private static async Task<string> SayAsync(Socket from, Socket to, string text)
    {
        await from.SendAsync(System.Text.Encoding.ASCII.GetBytes(text));
        var buffer = new byte[text.Length];
        for (var n = 0; n < buffer.Length;)
        {
            var count = await to.ReceiveAsync(buffer.AsMemory(n)).AsTask().WaitAsync(TimeSpan.FromSeconds(10));
            Assert.NotEqual(0, count);
            n += count;
        }

        return System.Text.Encoding.ASCII.GetString(buffer);
    }

    private async Task<(Socket Client, Socket Server)> ConnectAsync()
    {
        var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        await client.ConnectAsync(IPAddress.Loopback, _proxy.Port);
        return (client, await _listener.AcceptAsync());
    }
}
