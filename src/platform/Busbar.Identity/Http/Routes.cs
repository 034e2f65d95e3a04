using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Identity.Http;

/// <summary>The caller must hold this scope; the tenant comes from the caller.</summary>
/// <param name="Scope">Null: every client and every operator may call.</param>
/// <param name="OrLoopback">A connection from this machine, not through a proxy, needs nothing.</param>
/// <param name="OfOperators">For people with a session; a program's key does not open it.</param>
public sealed record NeedsScope(string? Scope, bool OrLoopback = false, bool OfOperators = false);

/// <summary>A page: who has no session is led to the sign-in, and comes back from there.</summary>
internal sealed record IsPage;

/// <summary>Anyone may call, for this reason.</summary>
public sealed record OpenRoute(string Reason);

/// <summary>See <see cref="Routes.RunsOnce"/>.</summary>
internal sealed record RunsOnce;

/// <summary>
/// How a route says who may call it. Every route says it: one that does not stops the start-up, and is never served.
/// </summary>
public static class Routes
{
    public static TBuilder Needs<TBuilder>(this TBuilder route, string scope) where TBuilder : IEndpointConventionBuilder =>
        Scope.Known.Contains(scope) ? route.WithMetadata(new NeedsScope(scope)) : throw new ArgumentException($"'{scope}' is not a known scope.", nameof(scope));

    /// <summary>For what is the caller's own.</summary>
    public static TBuilder NeedsCaller<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new NeedsScope(null));

    /// <summary>For what a program beside the server reads, such as its metrics. The handler has no <see cref="Caller"/>.</summary>
    public static TBuilder NeedsOrLoopback<TBuilder>(this TBuilder route, string scope) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new NeedsScope(scope, OrLoopback: true));

    /// <summary>For what an operator's open page does: <paramref name="scope"/> null where each of its steps is judged by itself.</summary>
    public static TBuilder NeedsOperator<TBuilder>(this TBuilder route, string? scope = null) where TBuilder : IEndpointConventionBuilder =>
        scope is null || Scope.Known.Contains(scope)
            ? route.WithMetadata(new NeedsScope(scope, OfOperators: true))
            : throw new ArgumentException($"'{scope}' is not a known scope.", nameof(scope));

    /// <summary>A page for operators.</summary>
    public static TBuilder NeedsOperatorAtPage<TBuilder>(this TBuilder route, string? scope) where TBuilder : IEndpointConventionBuilder =>
        route.NeedsOperator(scope).WithMetadata(new IsPage());

    public static TBuilder Open<TBuilder>(this TBuilder route, string reason) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new OpenRoute(reason));

    /// <summary>
    /// Its effect has no natural key that would stop a second one: under an <c>Idempotency-Key</c> it is never run again, even if the first run's process died.
    /// </summary>
    public static TBuilder RunsOnce<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RunsOnce());

    /// <summary>The group that every room maps its endpoints into: <c>/api/v1</c>, with <c>Idempotency-Key</c> honoured on POST.</summary>
    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder app) =>
        app.MapGroup("/api/v1").AddEndpointFilterFactory(Idempotency.Filter);

    /// <summary>Ends the mapping: call it last, after <c>UseRouting</c>.</summary>
    /// <exception cref="InvalidOperationException">Routes that say neither <see cref="Needs"/> nor <see cref="Open"/>, by name.</exception>
    public static void VerifyAnnotated(this WebApplication app)
    {
        // From here on they are all known to the one source that routing reads: asked of their own ones, each handler would be built for this question, and again to be called.
        app.UseEndpoints(static _ => { });
        var silent = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().Where(route => !IsAnnotated(route))
            .Select(route => $"{string.Join('|', route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])} {route.RoutePattern.RawText}".Trim())
            .ToArray();
        if (silent.Length > 0) throw new InvalidOperationException($"These routes do not say who may call them (.Needs or .Open): {string.Join(", ", silent)}");
    }

    private static bool IsAnnotated(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<NeedsScope>() is not null || endpoint.Metadata.GetMetadata<OpenRoute>() is not null;
}
