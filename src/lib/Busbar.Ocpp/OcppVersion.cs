using System.Diagnostics.CodeAnalysis;

namespace Busbar.Ocpp;

/// <summary>The protocol versions that are spoken. 2.0.1 and 2.1 share one set of message types.</summary>
public enum OcppVersion
{
    V16,
    V201,
    V21,
}

public static class OcppVersions
{
    /// <summary>All versions, the one we like best first: the order in which a server picks from a station's offer.</summary>
    public static ReadOnlySpan<OcppVersion> ByPreference => [OcppVersion.V21, OcppVersion.V201, OcppVersion.V16];

    extension(OcppVersion version)
    {
        /// <summary>The WebSocket sub-protocol: <c>ocpp1.6</c>, <c>ocpp2.0.1</c>, <c>ocpp2.1</c>.</summary>
        public string SubProtocol => version switch
        {
            OcppVersion.V16 => "ocpp1.6",
            OcppVersion.V201 => "ocpp2.0.1",
            OcppVersion.V21 => "ocpp2.1",
            _ => throw new ArgumentOutOfRangeException(nameof(version)),
        };
    }

    /// <summary>Reads a sub-protocol name; the case does not matter, since stations exist that write <c>OCPP1.6</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? subProtocol, out OcppVersion version)
    {
        foreach (var candidate in ByPreference)
        {
            if (string.Equals(candidate.SubProtocol, subProtocol, StringComparison.OrdinalIgnoreCase))
            {
                version = candidate;
                return true;
            }
        }

        version = default;
        return false;
    }
}
