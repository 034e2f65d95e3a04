using Busbar.Kernel;
using NodaTime;

namespace Busbar.Customers;

/// <summary>May this token charge at this instant? Answered from memory where it can be.</summary>
public interface ITokenBook
{
    /// <param name="tenant">Whose network the station is in.</param>
    /// <param name="uid">As the station sent it; compared without case.</param>
    /// <param name="at">When it was shown, which may be long ago for a station that was offline.</param>
    ValueTask<TokenVerdict> JudgeAsync(TenantId tenant, string uid, Instant at, CancellationToken ct);

    /// <summary>The token was there when it was last judged here, and has been of late: never asks the database.</summary>
    bool Remembers(TenantId tenant, string uid);
}

/// <summary><see cref="Unknown"/> comes first: what is not known is not let in.</summary>
public enum TokenStatus
{
    Unknown,
    Accepted,
    Blocked,
    Expired,
}

/// <param name="Status">At the instant asked for.</param>
/// <param name="Token">Null when unknown.</param>
/// <param name="Uid">As the operator wrote it; as asked when unknown.</param>
/// <param name="GroupId">Tokens of one group may end each other's sessions.</param>
/// <param name="ValidUntil">The first instant at which it is expired; null: no end.</param>
/// <param name="ConcurrentSessions">How many sessions it may have at once; null: no limit of its own.</param>
public sealed record TokenVerdict(TokenStatus Status, TokenId? Token, string Uid, string? GroupId, Instant? ValidUntil, int? ConcurrentSessions)
{
    /// <summary>The operator's name for whose token it is; null: nobody's that is known.</summary>
    public string? DriverId { get; init; }

    /// <summary>The contract that it stands for: an eMAID is one; null: none that is known.</summary>
    public string? Contract { get; init; }

    /// <summary>It was made for somebody who pays on the spot, without a contract.</summary>
    public bool IsAdHoc { get; init; }

    /// <summary>All that its driver is called by.</summary>
    public IReadOnlyList<string> DriverNames => DriverId is null ? [Uid] : [Uid, DriverId];
}
