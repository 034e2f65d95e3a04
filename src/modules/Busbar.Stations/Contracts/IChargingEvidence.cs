using Busbar.Kernel;
using NodaTime;

namespace Busbar.Stations.Contracts;

/// <summary>A charge that has begun, whatever has become of it since.</summary>
/// <param name="TokenKey">The token that began it, folded (<see cref="PresentedToken.Folded"/>); null where none was shown.</param>
public sealed record BegunCharge(string TransactionId, int? Evse, string? TokenKey);

/// <summary>A charge's end, as its station told it.</summary>
/// <param name="Reason">OCPP's.</param>
public sealed record EndedCharge(Instant At, string Reason);

/// <summary>What stations have told that shows what became of a command whose answer nobody heard. Implemented by Busbar.Sessions.</summary>
public interface IChargingEvidence
{
    /// <summary>What began at the station from one moment until another, that one excluded.</summary>
    ValueTask<IReadOnlyList<BegunCharge>> BegunAsync(TenantId tenant, StationId station, Instant from, Instant until, CancellationToken ct);

    /// <summary>The end of the newest transaction of this id; null: none was told.</summary>
    ValueTask<EndedCharge?> EndAsync(TenantId tenant, StationId station, string transactionId, CancellationToken ct);
}
