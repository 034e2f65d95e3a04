using System.Security.Cryptography;
using Busbar.Stations.Contracts;

namespace Busbar.Stations;

/// <summary>How stations are told to behave, configured under <c>Busbar:Stations</c>.</summary>
internal sealed class StationsOptions
{
    public const string Section = "Busbar:Stations";

    /// <summary>Seconds between heartbeats. Long: any message counts as life, and dead sockets are found by WebSocket pings.</summary>
    public int HeartbeatSeconds { get; set; } = 900;

    /// <summary>Seconds that a command waits for its station's answer.</summary>
    public int CommandSeconds { get; set; } = 30;

    /// <summary>Days that the history of connections is kept, where a tenant says nothing else.</summary>
    public int ConnectionDays { get; set; } = 400;

    /// <summary>The address that people enter on their stations, up to <c>/ocpp</c>, where a proxy stands before this server: <c>wss://charge.example.com</c>. None: what the server knows of itself.</summary>
    public string? PublicUrl { get; set; }

    public bool Usable => HeartbeatSeconds is >= 1 and <= 86_400 && CommandSeconds is >= 1 and <= 3_600 && ConnectionDays is >= 1 and <= 36_500
        && (string.IsNullOrEmpty(PublicUrl) || (Uri.TryCreate(PublicUrl, UriKind.Absolute, out var url) && url.Scheme is "ws" or "wss"));

    /// <summary>
    /// The interval of one station: the configured one within 20 % either way, so that a fleet that booted together does not beat together.
    /// The same station always gets the same.
    /// </summary>
    internal int HeartbeatSecondsOf(StationId station)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(station.Value.ToByteArray(bigEndian: true), hash);
        var permille = 800 + ((hash[0] << 8) | hash[1]) % 401;
        return Math.Max(1, (int)((long)HeartbeatSeconds * permille / 1_000));
    }
}
