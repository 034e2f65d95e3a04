using System.Collections.Frozen;
using Busbar.Kernel;
using Busbar.Storage;
using Microsoft.AspNetCore.Http;

namespace Busbar.Identity.Http;

/// <summary>
/// Who calls, and for which tenant. A handler takes it as a parameter; it is the only source of a tenant in a request.
/// </summary>
/// <param name="Actor">The client's or the operator's id (<c>cli…</c>, <c>opr…</c>): what is kept of who did a thing.</param>
public sealed record Caller(TenantId Tenant, string Actor, FrozenSet<string> Scopes)
{
    /// <summary>Null where a program calls.</summary>
    public OperatorId? Operator { get; init; }

    /// <summary>The rows this call may see.</summary>
    public TenantScope Rows => TenantScope.Of(Tenant);

    public bool May(string scope) => Scopes.Contains(Scope.All) || Scopes.Contains(scope);

    /// <exception cref="InvalidOperationException">The route was declared open: nobody is known there.</exception>
    public static ValueTask<Caller?> BindAsync(HttpContext context) =>
        ValueTask.FromResult<Caller?>(context.Features.Get<Caller>() ?? throw new InvalidOperationException("A handler of an open route asks for its caller."));
}
