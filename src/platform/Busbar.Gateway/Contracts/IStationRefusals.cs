using System.Net;

namespace Busbar.Gateway.Contracts;

/// <summary>Somebody came to the stations' door and was not let in. Nothing of what they showed is true.</summary>
/// <param name="TenantSlug">The tenant in the path; null where the path names none.</param>
/// <param name="Identity">The station's name in the path, percent-decoded.</param>
/// <param name="Reason">One of a few constants: of this record, or the gatekeeper's.</param>
/// <param name="Offered">The sub-protocols that were asked for.</param>
public sealed record StationRefusal(string? TenantSlug, string Identity, IPAddress Remote, bool IsTls, string Reason, IReadOnlyList<string> Offered)
{
    /// <summary>An ordinary request, such as a browser's.</summary>
    public const string NoUpgrade = "no upgrade";

    /// <summary>No version of OCPP in common.</summary>
    public const string NoProtocol = "no common sub-protocol";
}

/// <summary>Hears of refusals, so that an operator can be told why a station does not come in. Must not block; anyone can knock. Implemented by Busbar.Stations.</summary>
public interface IStationRefusals
{
    void Refused(StationRefusal refusal);
}
