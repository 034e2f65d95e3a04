using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Busbar.Stories.Sockets;

/// <summary>Upgrades by hand on one connection that stays open while it is refused: the answer as bytes, and no noise of connecting in its time.</summary>
internal sealed class RawUpgrade : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly Stream _stream;
    private readonly Uri _url;

    /// <param name="url">Behind <c>wss:</c> the connection is TLS.</param>
    /// <param name="trust">Judges the server's certificate.</param>
    /// <param name="source">An address of this machine that it comes from; null: the usual one.</param>
    public RawUpgrade(Uri url, RemoteCertificateValidationCallback? trust = null, IPAddress? source = null)
    {
        _url = url;
        if (source is not null) _socket.Bind(new IPEndPoint(source, 0));
        _socket.Connect(IPAddress.Loopback, url.Port);
        _stream = new NetworkStream(_socket);
        if (url.Scheme != "wss") return;
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false, trust);
        tls.AuthenticateAsClient("localhost");
        _stream = tls;
    }

    public static string Basic(string user, string password) => "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}"));

    /// <summary>Status line, headers without the date, and the body.</summary>
    public string Ask(string station, string? authorization) => AskFor($"{_url.AbsolutePath}/{station}", authorization);

    /// <summary>The same for any path.</summary>
    public string AskFor(string path, string? authorization)
    {
        var request = $"GET {path} HTTP/1.1\r\nHost: {_url.Authority}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: ocpp1.6\r\n"
            + (authorization is null ? "" : $"Authorization: {authorization}\r\n") + "\r\n";
        _stream.Write(Encoding.Latin1.GetBytes(request));
        var buffer = new byte[8 * 1024];
        var text = "";
        while (!text.Contains("\r\n\r\n", StringComparison.Ordinal))
        {
            var count = _stream.Read(buffer);
            if (count == 0) break;
            text += Encoding.Latin1.GetString(buffer, 0, count);
        }
        return string.Join("\r\n", text.Split("\r\n").Where(line => !line.StartsWith("Date:", StringComparison.OrdinalIgnoreCase)));
    }

    public void Dispose()
    {
        _stream.Dispose();
        _socket.Dispose();
    }
}
