using Busbar.Gateway.Contracts;
using Busbar.Stations.Api;
using Busbar.Stations.Commands;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Stations.Presence;
using Busbar.Stations.Reconciliation;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Busbar.Stations;

/// <summary>Sites, stations, EVSEs and connectors, and what talks to them. Needs an <see cref="IChargingDesk"/> from a room to its right.</summary>
public static class StationsModule
{
    public static RoomSchema Schema => StationsSchema.Schema;

    public static IServiceCollection AddStations(this IServiceCollection services, IConfiguration configuration)
    {
        services.Configure<StationsOptions>(configuration.GetSection(StationsOptions.Section));
        services.AddRoomDb(setup => new StationsDb(setup));
        services.AddSingleton<StationKeys>();
        services.AddSingleton<StationDirectory>();
        services.AddSingleton<IStationCatalog>(provider => provider.GetRequiredService<StationDirectory>());
        services.AddSingleton<IStationFacts, StationRatings>();
        services.AddSingleton<IFactReader, FactReader>();

        services.AddSingleton<IStationDoor>(provider => provider.GetRequiredService<StationDirectory>());
        services.AddSingleton<SecurityEvents>();
        services.AddSingleton<IStationGatekeeper, Gatekeeper>();
        services.AddSingleton<PresenceBook>();
        services.AddSingleton<IStationPresence>(provider => provider.GetRequiredService<PresenceBook>());
        services.AddSingleton<PresenceWriter>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<PresenceWriter>());
        services.AddSingleton<IWireRedaction, WireRedaction>();
        services.AddSingleton<IStationLeases, CommitLoopLeases>();
        services.AddSingleton<StationActors>();
        services.AddSingleton<IStationInbox>(provider => provider.GetRequiredService<StationActors>());

        services.TryAddSingleton<ICurrentSessions, NoSessions>();
        services.TryAddSingleton<IOpenSessions, NoSessions>();
        services.AddSingleton<IStationRouter, DirectRouter>();
        services.AddSingleton<CommandDesk>();
        services.AddHostedService<CommandSweeper>();

        services.Configure<ReconcileOptions>(configuration.GetSection(ReconcileOptions.Section));
        services.AddSingleton<ReconcileMetrics>();
        services.AddSingleton<GivingUp>();
        services.AddSingleton<Reconciler>();
        services.AddHostedService(provider => provider.GetRequiredService<Reconciler>());
        return services;
    }

    public static void Map(RouteGroupBuilder api)
    {
        LocationEndpoints.Map(api);
        StationEndpoints.Map(api);
        CommandEndpoints.Map(api);
        MessageEndpoints.Map(api);
    }
}
