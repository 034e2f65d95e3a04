using Busbar.Identity.Api;
using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Busbar.Identity;

/// <summary>Tenants, API clients, and the rules of the API's edge.</summary>
public static class IdentityModule
{
    /// <summary>The tenant that exists from the first start.</summary>
    public const string DefaultSlug = "default";

    public static RoomSchema Schema => IdentitySchema.Schema;

    /// <summary>Starts after the schema is upgraded and before every room that looks at tenants.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IdentityOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => new IdSource(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(options);
        services.AddRoomDb(setup => new IdentityDb(setup));
        services.AddSingleton<InstallationKey>();
        services.AddSingleton(provider => new KeyedHash(provider.GetRequiredService<InstallationKey>()));
        services.AddSingleton(provider => new SealedBox(provider.GetRequiredService<InstallationKey>()));
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<IdentityDirectory>(provider));
        services.AddSingleton<ITenants>(provider => provider.GetRequiredService<IdentityDirectory>());
        services.AddSingleton(provider => new Idempotency(
            provider.GetRequiredService<RoomDbFactory<IdentityDb>>(), provider.GetRequiredService<SealedBox>(), provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<IdentityStartup>();
        services.ConfigureHttpJsonOptions(http => ApiJson.Apply(http.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        return services;
    }

    /// <summary>The API's edge: problems outermost, then who calls. Before any endpoint that a room maps.</summary>
    public static IApplicationBuilder UseIdentity(this IApplicationBuilder app)
    {
        app.UseMiddleware<ProblemWriter>();
        app.UseRouting();
        return app.UseMiddleware<Authentication>();
    }

    public static void Map(RouteGroupBuilder api)
    {
        TenantEndpoints.Map(api);
        ApiClientEndpoints.Map(api);
    }
}
