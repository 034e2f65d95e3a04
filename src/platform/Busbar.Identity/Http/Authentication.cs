using System.Net;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Busbar.Identity.Http;

/// <summary>
/// Runs between routing and the handler, before a body is read: the route's annotation decides, the key is looked up in memory, and the caller
/// becomes a feature of the request.
/// </summary>
internal sealed class Authentication(RequestDelegate next, IdentityDirectory directory)
{
    private const string Bearer = "Bearer ";
    private const string TenantHeader = "Busbar-Tenant";

    public Task InvokeAsync(HttpContext context)
    {
        // No endpoint, or one of routing's own (405, 415): nothing is served that needs a caller.
        if (context.GetEndpoint() is not RouteEndpoint endpoint || endpoint.Metadata.GetMetadata<OpenRoute>() is not null) return next(context);
        if (endpoint.Metadata.GetMetadata<NeedsScope>() is not { } needs) throw new InvalidOperationException($"The route {endpoint.RoutePattern.RawText} does not say who may call it.");
        if (needs.OrLoopback && IsFromThisMachine(context)) return next(context);
        var refusal = Identify(context, needs.Scope);
        return refusal is null ? next(context) : refusal.ExecuteAsync(context);
    }

    private ProblemHttpResult? Identify(HttpContext context, string scope)
    {
        if (KeyOf(context.Request) is not { } key || directory.Authenticate(key) is not { } client)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            return Problems.Unauthenticated();
        }
        var tenant = client.Tenant;
        if (context.Request.Headers.TryGetValue(TenantHeader, out var slug))
        {
            // A tenant that is not the client's to choose looks like one that does not exist.
            if (directory.Find(slug.ToString()) is not { } chosen || !directory.IsAtOrBelow(chosen.Id, client.Tenant)) return Problems.NotFound("No such tenant.", "unknownTenant");
            tenant = chosen.Id;
        }
        var caller = new Caller(tenant, client.Id, client.Scopes);
        if (!caller.May(scope)) return Problems.Forbidden($"This needs the scope {scope}.");
        context.Features.Set(caller);
        return null;
    }

    // A proxy on this machine makes every connection local; it says so, or it says for whom.
    private static bool IsFromThisMachine(HttpContext context) =>
        context.Connection.RemoteIpAddress is { } address && IPAddress.IsLoopback(address)
        && !context.Request.Headers.ContainsKey("X-Forwarded-For") && !context.Request.Headers.ContainsKey("Forwarded") && !context.Request.Headers.ContainsKey("Via");

    private static string? KeyOf(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? header[Bearer.Length..].Trim() : null;
    }
}
