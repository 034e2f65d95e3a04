using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Busbar.Ocpp;

namespace Busbar.Simulator.Wire;

/// <summary>How a station reaches its server.</summary>
public sealed record StationSocketOptions
{
    /// <summary>The server's address without the station: <c>ws://localhost:8080/ocpp</c>, or <c>wss:</c>.</summary>
    public required Uri Url { get; init; }

    /// <summary>The last segment of the path, and the user of Basic authentication.</summary>
    public required string StationId { get; init; }

    /// <summary>Bytes of the password; null for none (security profile 0).</summary>
    public ReadOnlyMemory<byte>? Password { get; init; }

    /// <summary>The user of Basic authentication, where it differs from the station.</summary>
    public string? User { get; init; }

    /// <summary>The versions that are offered, the best first.</summary>
    public IReadOnlyList<OcppVersion> Versions { get; init; } = [OcppVersion.V16];

    /// <summary>The local address to connect from: 127.0.1.x gives each its own 28,000 ports.</summary>
    public IPAddress? Source { get; init; }

    /// <summary>Payload bytes after which a message goes on in another frame; 0: a message is one frame.</summary>
    public int FragmentBytes { get; init; }

    /// <summary>Stations exist that do not answer pings.</summary>
    public bool AnswersPings { get; init; } = true;

    /// <summary>The longest message that is taken from the server.</summary>
    public int MaxMessageBytes { get; init; } = 1024 * 1024;

    /// <summary>Until connected and upgraded.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The station's own certificate (security profile 3).</summary>
    public X509Certificate2? Certificate { get; init; }

    /// <summary>Judges the server's certificate; null: as the operating system does.</summary>
    public RemoteCertificateValidationCallback? ServerCertificate { get; init; }

    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Of the masks and the handshake's key.</summary>
    public int Seed { get; init; }

    /// <summary>The receive buffer of the operating system in bytes; null: its default. A slow reader is slow sooner with a small one.</summary>
    public int? ReceiveBuffer { get; init; }
}

/// <summary>The server did not upgrade the connection.</summary>
/// <param name="status">The HTTP status; 0 if what came was no HTTP.</param>
/// <param name="retryAfter">What the server asked for.</param>
public sealed class HandshakeRefusedException(int status, string reason, TimeSpan? retryAfter)
    : IOException(status == 0 ? reason : $"The server answered {status} {reason}".TrimEnd() + ".")
{
    public int Status { get; } = status;

    public string Reason { get; } = reason;

    public TimeSpan? RetryAfter { get; } = retryAfter;
}
