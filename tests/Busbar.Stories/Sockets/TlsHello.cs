using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Busbar.Stories.Sockets;

/// <summary>The first words of a TLS handshake by hand: versions and suites that no library still offers.</summary>
internal static class TlsHello
{
    /// <summary>The suite that the server chose; null: it refused.</summary>
    public static async Task<ushort?> AskAsync(int port, ushort version, params ushort[] suites)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        await socket.SendAsync(Hello(version, suites), TestContext.Current.CancellationToken);
        await using var stream = new NetworkStream(socket);
        var head = new byte[5 + 4 + 2 + 32 + 1];
        var count = await stream.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, TestContext.Current.CancellationToken);
        // A handshake record (22) with a ServerHello (2) in it; an alert, or the end, is a refusal.
        if (count < head.Length || head[0] != 22 || head[5] != 2) return null;
        var rest = new byte[head[^1] + 2];      // the session's id, then the suite
        await stream.ReadExactlyAsync(rest, TestContext.Current.CancellationToken);
        return BinaryPrimitives.ReadUInt16BigEndian(rest.AsSpan(head[^1]));
    }

    private static byte[] Hello(ushort version, ushort[] suites)
    {
        byte[] extensions = [0, 10, 0, 6, 0, 4, 0, 29, 0, 23, 0, 11, 0, 2, 1, 0, 0, 13, 0, 8, 0, 6, 4, 3, 8, 4, 4, 1];     // groups, points, signatures
        byte[] body =
        [
            .. Two(version), .. new byte[32], 0,
            .. Two((ushort)(suites.Length * 2)), .. suites.SelectMany(Two),
            1, 0,
            .. Two((ushort)extensions.Length), .. extensions,
        ];
        return [22, 3, 1, .. Two((ushort)(body.Length + 4)), 1, 0, .. Two((ushort)body.Length), .. body];
    }

    private static byte[] Two(ushort number) => [(byte)(number >> 8), (byte)(number & 0xff)];
}
