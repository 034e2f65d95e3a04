using Busbar.Kernel;
using NodaTime;

namespace Busbar.Identity;

/// <summary>Why something of a tenant is kept that should be gone.</summary>
public enum KeepingFault
{
    /// <summary>A rule of retention fails.</summary>
    RetentionFails,

    /// <summary>An erasure of somebody's data has not finished.</summary>
    ErasureOpen,
}

/// <summary>One such thing.</summary>
/// <param name="Thing">The rule's name; the erasure's id.</param>
/// <param name="Since">When the rule first failed; when the erasure began.</param>
public sealed record KeepingTrouble(KeepingFault Fault, string Thing, Instant Since);

/// <summary>What a tenant keeps that should be gone, for who watches.</summary>
public interface IKeepingTroubles
{
    /// <summary>All of this moment.</summary>
    Task<IReadOnlyList<KeepingTrouble>> OfAsync(TenantId tenant, CancellationToken ct);
}
