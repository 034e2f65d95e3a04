using System.Net;
using Busbar.Kernel;
using Busbar.Ocpp;

namespace Busbar.Gateway.Contracts;

/// <summary>What a station shows at the door. Nothing of it is true yet.</summary>
/// <param name="TenantSlug">The tenant in the path; null where the path names none.</param>
/// <param name="Identity">The station's name in the path, percent-decoded.</param>
/// <param name="BasicUser">The user of HTTP Basic authentication; null without credentials.</param>
/// <param name="BasicPassword">The password's bytes as they came.</param>
/// <param name="Version">The sub-protocol that would be spoken.</param>
/// <param name="Remote">The peer's address.</param>
/// <param name="IsTls">The connection is encrypted.</param>
public sealed record StationKnock(
    string? TenantSlug, string Identity, string? BasicUser, ReadOnlyMemory<byte> BasicPassword, OcppVersion Version, IPAddress Remote, bool IsTls);

/// <summary>The gatekeeper's answer.</summary>
public abstract record Admission
{
    private Admission()
    {
    }

    /// <summary>Come in, as this station.</summary>
    public sealed record Admitted(TenantId Tenant, Guid Station, string Identity, int SecurityProfile) : Admission;

    /// <summary>401: unknown station, wrong password, wrong profile, expired exception; from outside they look the same.</summary>
    /// <param name="Reason">For the log and the figures: one of a few constants, nothing that the peer sent.</param>
    public sealed record Refused(string Reason) : Admission;

    /// <summary>503: we cannot tell now.</summary>
    public sealed record Unavailable : Admission;
}

/// <summary>Decides who may connect, from memory wherever it can. Implemented by Busbar.Stations.</summary>
public interface IStationGatekeeper
{
    ValueTask<Admission> AdmitAsync(StationKnock knock, CancellationToken ct);
}
