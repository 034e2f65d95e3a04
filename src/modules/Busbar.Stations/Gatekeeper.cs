using System.Data.Common;
using Busbar.Gateway.Contracts;
using Busbar.Identity;
using Busbar.Kernel;
using Busbar.Stations.Presence;
using Busbar.Storage.Commits;
using Microsoft.Extensions.Logging;

namespace Busbar.Stations;

/// <summary>The stations' credentials, from memory wherever they can be.</summary>
internal interface IStationDoor
{
    /// <param name="slug">The tenant.</param>
    ValueTask<StationCredential?> FindAsync(string slug, string identity, CancellationToken ct);

    /// <summary>Compares in constant time; does the same work for a station that is not there.</summary>
    bool Accepts(StationCredential? credential, ReadOnlySpan<byte> password);
}

/// <summary>
/// Who may connect. From outside, an unknown station, a wrong password and a wrong profile are one and the same refusal, after the same work.
/// </summary>
internal sealed class Gatekeeper(IStationDoor door, PresenceBook presence, SecurityEvents events, TimeProvider clock, ILogger<Gatekeeper> log) : IStationGatekeeper
{
    public const string UnknownStation = "unknown station";
    public const string ProfileOver = "profile 0 is over";
    public const string NeedsTls = "profile 2 needs TLS";
    public const string OtherUser = "the user is not the station";
    public const string WrongPassword = "wrong password";

    public async ValueTask<Admission> AdmitAsync(StationKnock knock, CancellationToken ct)
    {
        StationCredential? credential;
        try
        {
            credential = await door.FindAsync(knock.TenantSlug ?? IdentityModule.DefaultSlug, knock.Identity, ct);
        }
        catch (Exception error) when (error is DbException or TimeoutException)
        {
            Log.DoorClosed(log, error, knock.Identity);
            return new Admission.Unavailable();
        }
        var isPassword = door.Accepts(credential, knock.BasicPassword.Span);
        var reason = credential is null ? UnknownStation : Judge(credential, knock, isPassword);
        if (reason is not null) return new Admission.Refused(reason);
        if (credential is { SecurityProfile: 0, InsecureUntil: { } until }) events.CameInsecurely(knock.Identity, knock.Remote, until);
        // It may have booted at another process, and need not do so again to be called.
        if (credential!.BootedAt is { } booted) presence.Entry(new StationKey(credential.Tenant, credential.Station.Value)).Restore(booted);
        return new Admission.Admitted(credential.Tenant, credential.Station.Value, knock.Identity, credential.SecurityProfile);
    }

    /// <summary>
    /// Null: come in. The profile is the least that is asked for: a station of profile 1 may come over TLS, as it does while it is raised to 2 (OCPP 2.0.1 A05.FR.04),
    /// and none is let in below its own (A00.FR.002, A05.FR.07).
    /// </summary>
    private string? Judge(StationCredential credential, StationKnock knock, bool isPassword) => credential.SecurityProfile switch
    {
        0 => credential.InsecureUntil is { } until && clock.GetInstant() < until ? null : ProfileOver,
        1 => Basic(knock, isPassword),
        2 => knock.IsTls ? Basic(knock, isPassword) : NeedsTls,
        _ => "the profile is not served",
    };

    // OCPP-J 1.6 6.2, 2.0.1 A00.FR.204: the user is the station's identity.
    private static string? Basic(StationKnock knock, bool isPassword) =>
        !string.Equals(knock.BasicUser, knock.Identity, StringComparison.Ordinal) ? OtherUser
        : !isPassword ? WrongPassword
        : null;
}
