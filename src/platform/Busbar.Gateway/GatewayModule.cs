using Busbar.Kernel;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Busbar.Gateway;

/// <summary>The stations' listener. Needs an <c>IStationGatekeeper</c>, an <c>IStationInbox</c> and an <c>IStationRefusals</c> from a room to its right.</summary>
public static class GatewayModule
{
    public static IServiceCollection AddGateway(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<GatewayOptions>().Bind(configuration.GetSection(GatewayOptions.Section))
            .Validate(limits => limits.Positive, $"Every limit under {GatewayOptions.Section} must be at least 1.").ValidateOnStart();
        services.AddSingleton<GatewayMetrics>();
        services.AddSingleton<IWarmUp, SocketRehearsal>();
        services.AddSingleton<StationEndpoint>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<StationEndpoint>());
        return services;
    }

    /// <summary>Maps <c>/ocpp/{stationId}</c> and <c>/ocpp/{tenant}/{stationId}</c>. The caller says what the routes need.</summary>
    public static IEnumerable<IEndpointConventionBuilder> MapStations(this IEndpointRouteBuilder routes)
    {
        RequestDelegate accept = http => http.RequestServices.GetRequiredService<StationEndpoint>().AcceptAsync(http);
        return [routes.MapGet("/ocpp/{stationId}", accept), routes.MapGet("/ocpp/{tenant}/{stationId}", accept)];
    }
}
