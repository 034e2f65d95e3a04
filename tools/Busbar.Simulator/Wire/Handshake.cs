using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Busbar.Ocpp;

namespace Busbar.Simulator.Wire;

/// <summary>The HTTP upgrade of RFC 6455, as text.</summary>
internal static class Handshake
{
    // RFC 6455 1.3
    private const string AcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    private const int MaxResponse = 8 * 1024;

    /// <returns>The version that the server chose and what it sent behind its answer.</returns>
    public static async Task<(OcppVersion Version, byte[] Behind)> RunAsync(Stream stream, StationSocketOptions options, byte[] nonce, CancellationToken ct)
    {
        var key = Convert.ToBase64String(nonce);
        await stream.WriteAsync(Request(options, key), ct);

        var buffer = new byte[MaxResponse];
        var length = 0;
        int end;
        while ((end = buffer.AsSpan(0, length).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var read = length == buffer.Length ? 0 : await stream.ReadAsync(buffer.AsMemory(length), ct);
            if (read == 0)
            {
                throw new HandshakeRefusedException(0, "The connection ended before the server answered the upgrade", null);
            }

            length += read;
        }

        var version = Judge(Encoding.Latin1.GetString(buffer, 0, end), key, options);
        return (version, buffer[(end + 4)..length]);
    }

    private static byte[] Request(StationSocketOptions options, string key)
    {
        var path = options.Url.AbsolutePath.TrimEnd('/') + "/" + Uri.EscapeDataString(options.StationId);
        var text = new StringBuilder()
            .Append("GET ").Append(path).Append(" HTTP/1.1\r\nHost: ").Append(options.Url.Authority)
            .Append("\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ").Append(key)
            .Append("\r\nSec-WebSocket-Protocol: ").AppendJoin(", ", options.Versions.Select(version => version.SubProtocol)).Append("\r\n");
        if (options.Password is { } password)
        {
            // The password is bytes, and need not be a text in any encoding.
            byte[] credentials = [.. Encoding.UTF8.GetBytes(options.User ?? options.StationId), (byte)':', .. password.Span];
            text.Append("Authorization: Basic ").Append(Convert.ToBase64String(credentials)).Append("\r\n");
        }

        return Encoding.Latin1.GetBytes(text.Append("\r\n").ToString());
    }

    private static OcppVersion Judge(string head, string key, StationSocketOptions options)
    {
        var lines = head.Split("\r\n");
        var first = lines[0].Split(' ', 3);
        if (first.Length < 2 || !first[0].StartsWith("HTTP/1.1", StringComparison.Ordinal) || !int.TryParse(first[1], NumberStyles.None, CultureInfo.InvariantCulture, out var status))
        {
            throw new HandshakeRefusedException(0, "What answered does not speak HTTP", null);
        }

        string? Header(string name) =>
            lines.Skip(1).Where(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Select(line => line[(name.Length + 1)..].Trim()).FirstOrDefault();

        if (status != 101)
        {
            TimeSpan? wait = int.TryParse(Header("Retry-After"), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(seconds) : null;
            throw new HandshakeRefusedException(status, first.Length > 2 ? first[2] : "", wait);
        }

        if (Header("Sec-WebSocket-Accept") != Accept(key))
        {
            throw new HandshakeRefusedException(0, "The server's Sec-WebSocket-Accept does not fit the key", null);
        }

        return OcppVersions.TryParse(Header("Sec-WebSocket-Protocol"), out var version) && options.Versions.Contains(version)
            ? version
            : throw new HandshakeRefusedException(0, "The server chose none of the offered sub-protocols", null);
    }

    // RFC 6455 asks for SHA-1 here; nothing secret depends on it.
#pragma warning disable CA5350
    private static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + AcceptSuffix)));
#pragma warning restore CA5350
}
