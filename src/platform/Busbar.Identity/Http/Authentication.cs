using System.Net;
using Busbar.Identity.Audit;
using Busbar.Identity.Clients;
using Busbar.Identity.Operators;
using Busbar.Kernel;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Identity.Http;

/// <summary>
/// Runs between routing and the handler, before a body is read: the route's annotation decides, the key or the session is looked up in memory,
/// and the caller becomes a feature of the request. A request with an <c>Authorization</c> header is a program's, whatever cookies it carries.
/// </summary>
internal sealed class Authentication(RequestDelegate next, IdentityDirectory directory, ClientDoor clients, RequestLimits limits, DoorAudit audit, TimeProvider clock)
{
    private const string Bearer = "Bearer ";
    private const string TenantHeader = "Busbar-Tenant";

    /// <summary>Whom the request proved to come from.</summary>
    private sealed record Known(string Actor, TenantId Tenant, Rights Rights, OperatorId? Operator = null, bool Unlimited = false, bool Owes = false);

    public Task InvokeAsync(HttpContext context)
    {
        // No endpoint, or one of routing's own (405, 415): nothing is served that needs a caller.
        if (context.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<OpenRoute>() is not null) return next(context);
        if (endpoint.Metadata.GetMetadata<NeedsScope>() is not { } needs) throw new InvalidOperationException($"The route {endpoint.RoutePattern.RawText} does not say who may call it.");
        return needs.OrLoopback && IsFromThisMachine(context) ? next(context) : AdmitAsync(context, endpoint, needs);
    }

    private async Task AdmitAsync(HttpContext context, RouteEndpoint endpoint, NeedsScope needs)
    {
        var isProgram = context.Request.Headers.Authorization.Count > 0;
        var known = isProgram ? ClientOf(context) : await OperatorOfAsync(context);
        if (known is null && !isProgram && endpoint.Metadata.GetMetadata<IsPage>() is not null)
        {
            await Door.To(Door.SignInFor(context.Request)).ExecuteAsync(context);
            return;
        }
        if (known is { Owes: true } && endpoint.Metadata.GetMetadata<IsPage>() is not null)
        {
            await Door.To(ProtectPages.Path).ExecuteAsync(context);
            return;
        }
        var refusal = known is null ? Unknown(context)
            : known.Owes ? Problems.SecondFactorRequired()
            : needs.OfOperators && known.Operator is null ? Problems.Forbidden("This is for operators with a session.")
            : Identify(context, known, needs.Scope, endpoint.Metadata);
        await (refusal is null ? next(context) : refusal.ExecuteAsync(context));
    }

    private ProblemHttpResult? Identify(HttpContext context, Known known, string? scope, EndpointMetadataCollection route)
    {
        if (!known.Unlimited && limits.Called(context, known.Actor) is { } tooMany) return tooMany;
        if (known.Operator is not null && Origins.NeedsOwn(context) && !Origins.AreOwn(context.Request)) return Problems.ForeignOrigin();
        var tenant = known.Tenant;
        if (context.Request.Headers.TryGetValue(TenantHeader, out var slug))
        {
            // A tenant that is not the caller's to choose looks like one that does not exist.
            if (directory.Find(slug.ToString()) is not { } chosen || !directory.IsAtOrBelow(chosen.Id, known.Tenant)) return Problems.NotFound("No such tenant.", "unknownTenant");
            tenant = chosen.Id;
        }
        else if (known.Operator is not null) tenant = ChosenTenant.Of(context, directory, known.Tenant, known.Rights, known.Operator);
        var caller = new Caller(tenant, known.Actor, directory.RightsIn(known.Tenant, known.Rights, known.Operator, tenant)) { Home = known.Tenant, Operator = known.Operator, Source = AddressOf(context) };
        context.Features.Set(caller);
        if (scope is null) return null;
        var reach = caller.Within(scope);
        var filters = route.GetMetadata<FiltersByReach>() is not null;
        context.Features.Set(reach);
        if (reach.IsWhole || (filters && !reach.IsNowhere) || route.GetMetadata<TellsRefusal>() is not null) return null;
        audit.RightRefused(caller, scope);
        // What cannot be read there is a matter of what it shares.
        if (directory.IsClosed(tenant) && !scope.EndsWith(":read", StringComparison.Ordinal)) return Problems.TenantClosed();
        return Problems.Lacks(scope, anywhere: filters);
    }

    private ProblemHttpResult Unknown(HttpContext context)
    {
        if (limits.Failed(context) is { } tooMany) return tooMany;
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Unauthenticated();
    }

    private Known? ClientOf(HttpContext context)
    {
        var header = context.Request.Headers.Authorization.ToString();
        return clients.Enter(context, header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null) is { Client: var client } entry
            ? new Known(client.Id.ToString(), client.Tenant, entry.Rights, Unlimited: client.Configured)
            : null;
    }

    private async ValueTask<Known?> OperatorOfAsync(HttpContext context)
    {
        if (await SessionCookie.PrincipalOfAsync(context) is not { } principal || SessionCookie.FindNow(principal, directory, clock) is not { Operator: var found } present) return null;
        // An open page lives longer than this request: it asks again who is behind it (IOperators).
        context.User = SessionCookie.From(principal, AddressOf(context));
        return new Known(found.Id.ToString(), found.Tenant, found.Rights, found.Id, Owes: directory.OwesSecondFactor(found, present.SignIn));
    }

    private static string AddressOf(HttpContext context) => ClientDoor.AddressOf(context.Connection.RemoteIpAddress);

    // A proxy on this machine makes every connection local; it says so, or it says for whom.
    private static bool IsFromThisMachine(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded") && !context.Request.Headers.ContainsKey("Via");
}
