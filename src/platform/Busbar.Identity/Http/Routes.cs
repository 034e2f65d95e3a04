using System.Reflection;
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

/// <summary>
/// It filters by place, so it opens to who holds the scope at some places only. Without this mark it is for who holds it in the whole tenant.
/// </summary>
/// <param name="Taker">What takes the <see cref="Reach"/> as a property, where it is not the handler's parameter.</param>
public sealed record FiltersByReach(Type? Taker);

/// <summary>A page that says itself what its operator lacks, with the console's frame around it; it draws nothing else then.</summary>
internal sealed record TellsRefusal;

/// <summary>Anyone may call, for this reason.</summary>
public sealed record OpenRoute(string Reason);

/// <summary>See <see cref="Routes.RunsOnce"/>.</summary>
internal sealed record RunsOnce;

/// <summary>See <see cref="Routes.RequiresIdempotencyKey"/>.</summary>
public sealed record NeedsIdempotencyKey;

/// <summary>
/// How a route says who may call it. Every route says it: one that does not stops the start-up, and is never served.
/// </summary>
public static class Routes
{
    public static TBuilder Needs<TBuilder>(this TBuilder route, string scope) where TBuilder : IEndpointConventionBuilder =>
        Scope.Known.Contains(scope) ? route.WithMetadata(new NeedsScope(scope)) : throw new ArgumentException($"'{scope}' is not a known scope.", nameof(scope));

    /// <summary>Opens it to who holds its scope at some places only: the handler takes a <see cref="Reach"/> and answers for nothing outside.</summary>
    /// <param name="taker">What takes the reach as a property, where the handler is no method of its own.</param>
    public static TBuilder WithinReach<TBuilder>(this TBuilder route, Type? taker = null) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new FiltersByReach(taker));

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

    /// <summary>Its operator is let as far as the page's frame, which names the scope that is missing (403).</summary>
    public static TBuilder TellsItsRefusal<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new TellsRefusal());

    public static TBuilder Open<TBuilder>(this TBuilder route, string reason) where TBuilder : IEndpointConventionBuilder =>
        route.WithMetadata(new OpenRoute(reason));

    /// <summary>
    /// Its effect has no natural key that would stop a second one: under an <c>Idempotency-Key</c> it is never run again, even if the first run's process died.
    /// </summary>
    public static TBuilder RunsOnce<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new RunsOnce());

    /// <summary>It moves money or publishes a price: without an <c>Idempotency-Key</c> it is refused (400).</summary>
    public static TBuilder RequiresIdempotencyKey<TBuilder>(this TBuilder route) where TBuilder : IEndpointConventionBuilder => route.WithMetadata(new NeedsIdempotencyKey());

    /// <summary>The group that every room maps its endpoints into: <c>/api/v1</c>, with <c>Idempotency-Key</c> honoured on whatever changes something.</summary>
    public static RouteGroupBuilder MapApi(this IEndpointRouteBuilder app) =>
        app.MapGroup("/api/v1").AddEndpointFilterFactory(Idempotency.Filter);

    /// <summary>Ends the mapping: call it last, after <c>UseRouting</c>.</summary>
    /// <exception cref="InvalidOperationException">Routes that say neither <see cref="Needs"/> nor <see cref="Open"/>, or <see cref="WithinReach"/> without taking a reach, by name.</exception>
    public static void VerifyAnnotated(this WebApplication app)
    {
        // From here on they are all known to the one source that routing reads: asked of their own ones, each handler would be built for this question, and again to be called.
        app.UseEndpoints(static _ => { });
        var routes = app.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>().ToArray();
        var silent = routes.Where(route => !IsAnnotated(route)).Select(NameOf).ToArray();
        if (silent.Length > 0) throw new InvalidOperationException($"These routes do not say who may call them (.Needs or .Open): {string.Join(", ", silent)}");
        var blind = routes.Where(route => !TakesItsReach(route)).Select(NameOf).ToArray();
        if (blind.Length > 0) throw new InvalidOperationException($"These routes open within a reach that nothing of them takes (a parameter of type {nameof(Reach)}), or have no scope: {string.Join(", ", blind)}");
    }

    private static string NameOf(RouteEndpoint route) =>
        $"{string.Join('|', route.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])} {route.RoutePattern.RawText}".Trim();

    private static bool TakesItsReach(RouteEndpoint route) =>
        route.Metadata.GetMetadata<FiltersByReach>() is not { } filter
        || (route.Metadata.GetMetadata<NeedsScope>() is { Scope: not null, OrLoopback: false }
            && (filter.Taker is { } taker
                ? taker.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).Any(property => property.PropertyType == typeof(Reach))
                : route.Metadata.GetMetadata<MethodInfo>()?.GetParameters().Any(parameter => parameter.ParameterType == typeof(Reach)) == true));

    private static bool IsAnnotated(Endpoint endpoint) =>
        endpoint.Metadata.GetMetadata<NeedsScope>() is not null || endpoint.Metadata.GetMetadata<OpenRoute>() is not null;
}
