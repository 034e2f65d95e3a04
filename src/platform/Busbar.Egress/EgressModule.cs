using Busbar.Egress.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Busbar.Egress;

/// <summary>Everything that leaves.</summary>
public static class EgressModule
{
    /// <exception cref="InvalidOperationException">What is configured for all purposes, or for one, makes no sense.</exception>
    public static IServiceCollection AddEgress(this IServiceCollection services, IConfiguration configuration)
    {
        // A mistake stops the start, and not the first request.
        EgressOptions.Read(configuration);
        foreach (var purpose in configuration.GetSection(EgressOptions.Purposes).GetChildren()) EgressOptions.Read(configuration, purpose.Key);
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<EgressMetrics>();
        services.AddSingleton<IHostResolver, SystemResolver>();
        services.AddSingleton<IGuardedHttp, GuardedHttp>();
        return services;
    }
}
