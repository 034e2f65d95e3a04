using System.Security.Claims;
using Busbar.Kernel;

namespace Busbar.Identity.Operators;

/// <inheritdoc />
internal sealed class OperatorsAtWork(IdentityDirectory directory, TimeProvider clock) : IOperators
{
    public OperatorAtWork? Find(ClaimsPrincipal principal, TenantId? tenant = null)
    {
        if (SessionCookie.FindNow(principal, directory, clock) is not { Operator: var known, SignIn: var signIn } || directory.Find(known.Tenant) is not { } home || directory.OwesSecondFactor(known, signIn)) return null;
        if (directory.Find(tenant ?? home.Id) is not { } here || !directory.IsAtOrBelow(here.Id, home.Id)) return null;
        var caller = new Http.Caller(here.Id, known.Id.ToString(), directory.RightsIn(home.Id, known.Rights, known.Id, here.Id)) { Home = home.Id, Operator = known.Id, Source = SessionCookie.SourceOf(principal) };
        return new OperatorAtWork(caller, known.Email, here) { Name = known.Name, SignIn = signIn.Id, Home = home };
    }
}
