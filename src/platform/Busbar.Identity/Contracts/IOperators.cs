using System.Security.Claims;
using Busbar.Identity.Http;

namespace Busbar.Identity;

/// <summary>
/// Who is behind an open page. A page outlives the request that it came with, so it asks again before whatever it shows or does: from memory, by the
/// session's security stamp.
/// </summary>
public interface IOperators
{
    /// <param name="principal">As the session made it: the request's, or the connection's.</param>
    /// <returns>Null: the session has ended.</returns>
    OperatorAtWork? Find(ClaimsPrincipal principal);
}

/// <summary>An operator with a session that is good now.</summary>
public sealed record OperatorAtWork(Caller Caller, string Email, Tenant Tenant);
