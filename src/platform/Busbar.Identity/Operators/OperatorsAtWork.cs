using System.Security.Claims;

namespace Busbar.Identity.Operators;

/// <inheritdoc />
internal sealed class OperatorsAtWork(IdentityDirectory directory, TimeProvider clock) : IOperators
{
    public OperatorAtWork? Find(ClaimsPrincipal principal) =>
        SessionCookie.FindNow(principal, directory, clock) is { } known && directory.Find(known.Tenant) is { } tenant
            ? new OperatorAtWork(new(known.Tenant, known.Id.ToString(), known.Scopes) { Operator = known.Id }, known.Email, tenant)
            : null;
}
