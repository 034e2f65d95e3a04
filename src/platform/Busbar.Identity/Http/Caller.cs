using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Audit;
using Microsoft.AspNetCore.Http;

namespace Busbar.Identity.Http;

/// <summary>
/// Who calls, and for which tenant. A handler takes it as a parameter; it is the only source of a tenant in a request.
/// </summary>
/// <param name="Actor">The client's or the operator's id (<c>cli…</c>, <c>opr…</c>): what is kept of who did a thing.</param>
public sealed record Caller(TenantId Tenant, string Actor, Rights Rights)
{
    private readonly TenantId? _home;

    /// <summary>The tenant that the caller belongs to: this call's, or one above it.</summary>
    public TenantId Home { get => _home ?? Tenant; init => _home = value; }

    /// <summary>Null where a program calls.</summary>
    public OperatorId? Operator { get; init; }

    /// <summary>The address of the call, where it is known.</summary>
    public string? Source { get; init; }

    /// <summary>As the audit names who calls: an operator by the console, a client by the API.</summary>
    public Author Author => new(Actor, Operator is null ? AuditWay.Api : AuditWay.Console, Source);

    /// <summary>The rows this call may see. What is changed in them the audit is told of.</summary>
    public TenantScope Rows => TenantScope.Of(Tenant).By(Author);

    /// <summary>In the whole tenant: who holds it at some places only is refused here, and asked for <see cref="Within"/> by what filters by place.</summary>
    public bool May(string scope) => Rights.Within(scope).IsWhole;

    /// <summary>A token's uid as this caller may see it.</summary>
    public string? Shown(string? uid) => uid is null || May(Scope.TokensReveal) ? uid : Masked.Uid(uid);

    /// <summary>Where the scope is held.</summary>
    public Reach Within(string scope) => Rights.Within(scope);

    /// <exception cref="InvalidOperationException">The route was declared open: nobody is known there.</exception>
    public static ValueTask<Caller?> BindAsync(HttpContext context) =>
        ValueTask.FromResult<Caller?>(context.Features.Get<Caller>() ?? throw new InvalidOperationException("A handler of an open route asks for its caller."));
}
