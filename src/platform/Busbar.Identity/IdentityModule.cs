using Busbar.Identity.Api;
using Busbar.Identity.Http;
using Busbar.Identity.Storage;
using Busbar.Identity.Operators;
using Busbar.Kernel;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Busbar.Identity;

/// <summary>Tenants, API clients, operators, and the rules of the API's edge.</summary>
public static class IdentityModule
{
    /// <summary>The tenant that exists from the first start.</summary>
    public const string DefaultSlug = "default";

    public static RoomSchema Schema => IdentitySchema.Schema;

    /// <summary>Starts after the schema is upgraded and before every room that looks at tenants.</summary>
    public static IServiceCollection AddIdentity(this IServiceCollection services, IdentityOptions options, IConfiguration configuration)
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
            provider.GetRequiredService<RoomDbFactory<IdentityDb>>(), provider.GetRequiredService<SealedBox>(), provider.GetRequiredService<KeyedHash>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddOptions<LimitsOptions>().Bind(configuration.GetSection(LimitsOptions.Section))
            .Validate(limits => limits.Positive, $"Every limit under {LimitsOptions.Section} must be at least 1.").ValidateOnStart();
        services.AddSingleton<RequestLimits>();
        services.AddSingleton<KeyRing>();
        services.AddHostedService<IdentityStartup>();
        services.AddOperators();
        services.ConfigureHttpJsonOptions(http => ApiJson.Apply(http.SerializerOptions));
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        return services;
    }

    /// <summary>The API's edge: problems outermost, then who calls. Before any endpoint that a room maps.</summary>
    public static IApplicationBuilder UseIdentity(this IApplicationBuilder app)
    {
        app.UseMiddleware<SecurityHeaders>();
        app.UseMiddleware<ProblemWriter>();
        app.UseRouting();
        return app.UseMiddleware<Authentication>();
    }

    /// <summary>After <see cref="IdentityStartup"/>: data protection reads its keys when it starts.</summary>
    private static void AddOperators(this IServiceCollection services)
    {
        services.Configure<PasswordHasherOptions>(hasher => hasher.IterationCount = Passwords.Iterations);
        services.AddSingleton<Passwords>();
        services.AddSingleton<SignInThrottle>();
        services.AddSingleton<OperatorDesk>();
        services.AddSingleton<IOperators, OperatorsAtWork>();
        services.AddSingleton<KnownDevice>();
        services.AddSingleton(provider => new DemoDoor(
            provider.GetRequiredService<RoomDbFactory<IdentityDb>>(), provider.GetRequiredService<IdentityDirectory>(), provider.GetRequiredService<Passwords>(),
            provider.GetRequiredService<IdSource>(), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IWebAddresses, EveryAddress>();
        services.AddSingleton<SetupLinks>();
        services.AddHostedService(provider => provider.GetRequiredService<SetupLinks>());
        services.AddDataProtection().SetApplicationName("busbar");
        services.AddOptions<KeyManagementOptions>().Configure<KeyRing, SealedBox>((keys, ring, box) => (keys.XmlRepository, keys.XmlEncryptor) = (ring, new KeySealer(box)));
        services.AddSessionCookie();
    }

    /// <summary>The pages where an operator comes in and goes out: static, and outside the API.</summary>
    public static void MapPages(IEndpointRouteBuilder app)
    {
        SetupPages.Map(app);
        SignInPages.Map(app);
    }

    /// <summary>The page of the <see cref="DemoDoor"/>, for a demo and nothing else.</summary>
    public static void MapDemo(IEndpointRouteBuilder app) => DemoPages.Map(app);

    public static void Map(RouteGroupBuilder api)
    {
        MeEndpoints.Map(api);
        TenantEndpoints.Map(api);
        ApiClientEndpoints.Map(api);
    }
}
