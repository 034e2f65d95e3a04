using System.Security.Claims;
using Busbar.Identity.Http;
using Busbar.Kernel;

namespace Busbar.Identity;

/// <summary>
/// Who is behind an open page. A page outlives the request that it came with, so it asks again before whatever it shows or does: from memory, by the
/// session that its cookie names.
/// </summary>
public interface IOperators
{
    /// <param name="principal">As the session made it: the request's, or the connection's.</param>
    /// <param name="tenant">The one that the page is of; null: their own.</param>
    /// <returns>Null: the session has ended. What they may do in a tenant that they may not look into any more is nothing.</returns>
    OperatorAtWork? Find(ClaimsPrincipal principal, TenantId? tenant = null);
}

/// <summary>An operator with a session that is good now.</summary>
public sealed record OperatorAtWork(Caller Caller, string Email, Tenant Tenant)
{
    /// <summary>Null: nobody said.</summary>
    public string? Name { get; init; }

    /// <summary>The tenant that they belong to: <see cref="Tenant"/>, or one above it.</summary>
    public required Tenant Home { get; init; }

    /// <summary>The session that this is.</summary>
    public SignInId SignIn { get; init; }
}
