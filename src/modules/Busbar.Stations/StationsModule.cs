using Busbar.Gateway.Contracts;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Shell;
using Busbar.Stations.Api;
using Busbar.Stations.Cluster;
using Busbar.Stations.Commands;
using Busbar.Stations.Connections;
using Busbar.Stations.Console;
using Busbar.Stations.Contracts;
using Busbar.Stations.Dialects;
using Busbar.Stations.Dialects.Ocpp2;
using Busbar.Stations.Presence;
using Busbar.Stations.Reconciliation;
using Busbar.Stations.Screens;
using Busbar.Stations.Storage;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Configuration;
using Orleans.Hosting;

namespace Busbar.Stations;

/// <summary>Sites, stations, EVSEs and connectors, and what talks to them. Needs an <see cref="IChargingDesk"/> from a room to its right.</summary>
public static class StationsModule
{
    public static RoomSchema Schema => StationsSchema.Schema;

    /// <summary>Its part of the console.</summary>
    public static IReadOnlyList<ConsolePage> Pages { get; } =
    [
        new ConsolePage("/stations", typeof(StationsPage), Scope.StationsRead, "state", "q", "sort") { WithinReach = true, Entry = new NavigationEntry("station", () => StationTexts.Say("stations")) { Key = "s" }, Export = StationFile.Stations },
        new ConsolePage("/stations/new", typeof(NewStationPage), Scope.StationsWrite) { Title = () => StationTexts.Say("connect") },
        new ConsolePage("/stations/{stationId}", typeof(StationPage), Scope.StationsRead) { WithinReach = true },
        new ConsolePage("/stations/{stationId}/connect", typeof(ConnectPage), Scope.StationsRead) { WithinReach = true },
        new ConsolePage("/stations/{stationId}/edit", typeof(StationFormPage), Scope.StationsWrite) { WithinReach = true },
        new ConsolePage("/stations/{stationId}/history", typeof(HistoryPage), Scope.StationsRead, "show", "before") { WithinReach = true },
        new ConsolePage("/stations/{stationId}/messages", typeof(MessagesPage), Scope.StationsRead, "only", "before") { WithinReach = true },
        new ConsolePage("/stations/{stationId}/label", typeof(LabelPage), Scope.StationsRead) { WithinReach = true },
        new ConsolePage("/locations", typeof(LocationsPage), Scope.LocationsRead, "state", "q") { WithinReach = true, Entry = new NavigationEntry("place", () => StationTexts.Say("locations")), Export = LocationFile.Locations },
        new ConsolePage("/locations/new", typeof(LocationFormPage), Scope.LocationsWrite) { Title = () => StationTexts.Say("place-new") },
        new ConsolePage("/locations/{id}", typeof(LocationPage), Scope.LocationsRead) { WithinReach = true, Title = () => StationTexts.Say("location") },
        new ConsolePage("/locations/{id}/edit", typeof(LocationFormPage), Scope.LocationsWrite) { Title = () => StationTexts.Say("place-edit") },
        new ConsolePage("/t/{stationId}", typeof(TechnicianPage), Scope.StationsRead) { WithinReach = true },
    ];

    public static IServiceCollection AddStations(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StationsOptions>().Bind(configuration.GetSection(StationsOptions.Section)).Validate(stations => stations.Usable,
            $"{StationsOptions.Section}:HeartbeatSeconds must be 1 to 86400, CommandSeconds 1 to 3600, ConnectionDays 1 to 36500, and PublicUrl, where there is one, an address such as wss://charge.example.com.").ValidateOnStart();
        services.AddRoomDb(setup => new StationsDb(setup));
        services.AddSingleton<IPersonalData, StationsPersonalData>();
        services.AddSingleton<StationKeys>();
        services.AddSingleton<StationRegistry>();
        services.AddSingleton<LocationRegistry>();
        services.AddSingleton<IPlaces, Places>();
        services.AddSingleton<StationDirectory>();
        services.AddSingleton<IStationCatalog>(provider => provider.GetRequiredService<StationDirectory>());
        services.AddSingleton<IStationFacts, StationFactBook>();
        services.AddSingleton<IFactReader, FactReader>();
        services.AddSingleton<IWarmUp, BootRehearsal>();
        services.AddSingleton<IWarmUp, Rehearsal>();

        services.AddSingleton<IStationDoor>(provider => provider.GetRequiredService<StationDirectory>());
        services.AddHostedService<ClosedTenants>();
        services.AddSingleton<ITenantActivity, StationsOnline>();
        services.AddSingleton<SecurityEvents>();
        services.AddSingleton<ToleranceMetrics>();
        services.AddSingleton<ITagGuard, TagGuard>();
        services.AddSingleton<IStationGatekeeper, Gatekeeper>();
        services.AddSingleton<DoorBook>();
        services.AddSingleton<IStationRefusals>(provider => provider.GetRequiredService<DoorBook>());
        services.AddSingleton<PresenceBook>();
        services.AddSingleton<IStationPresence>(provider => provider.GetRequiredService<PresenceBook>());
        services.AddSingleton<IStationStates, StationStates>();
        services.AddSingleton<PresenceWriter>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<PresenceWriter>());
        services.AddSingleton<ConnectionBook>();
        services.AddSingleton<ConnectionKeeper>();
        services.AddSingleton<ConnectionWriter>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ConnectionWriter>());
        services.AddRetention(new RetainedRows("stations_connections", "ended_at"), provider => new("connections", provider.GetRequiredService<IOptions<StationsOptions>>().Value.ConnectionDays, 30, RetentionTimes.Longest,
            "When stations were connected, and how each connection ended.", "Availability is counted from it, and reported for up to a year afterwards."));
        services.AddRetention(CommandRow.Finished, _ => new("commands", 400, 30, RetentionTimes.OfBooksByDefault,
            "Commands to stations with what became of them, once they are over.", "To find out who had a station do what."));
        services.AddSingleton<IWireRedaction, WireRedaction>();
        services.AddSingleton<IStationLeases, CommitLoopLeases>();
        services.AddSingleton<StationActors>();
        services.AddSingleton<IStationInbox>(provider => provider.GetRequiredService<StationActors>());

        services.TryAddSingleton<ICurrentSessions, NoSessions>();
        services.TryAddSingleton<IOpenSessions, NoSessions>();
        services.TryAddSingleton<IChargingEvidence, NoSessions>();
        services.AddSingleton<DirectRouter>();
        services.AddSingleton<IStationRouter>(provider => provider.GetRequiredService<DirectRouter>());
        services.AddSingleton<CommandTruth>();
        services.AddSingleton<CommandDesk>();
        services.AddSingleton<StationSurvey>();
        services.AddSingleton<LocationSurvey>();
        services.AddSingleton<StationReading>();
        services.AddSingleton<StationOrders>();
        services.AddSingleton<ISearch, StationSearch>();
        services.AddSingleton<ISearch, LocationSearch>();
        services.AddSingleton<StationAddresses>();
        services.AddSingleton<ConnectReading>();
        services.AddSingleton<LocationChoice>();
        services.AddSingleton<MessageReading>();
        services.AddSingleton<StationHistory>();
        services.AddSingleton<IPanel<Home>, StationsHomePanel>();
        services.AddHostedService<CommandSweeper>();

        services.AddOptions<ScreenOptions>().Bind(configuration.GetSection(ScreenOptions.Section)).Validate(times => times.Usable,
            $"The times under {ScreenOptions.Section} must be positive (Settle, PriceEvery and CostEvery may be zero) and at most a day.").ValidateOnStart();
        services.AddSingleton<ITariffProjection, Ocpp21TariffProjection>();

        // Who tells prices is told facts by the actors: the one cannot be made before the other.
        services.AddSingleton<Func<StationActors>>(provider => provider.GetRequiredService<StationActors>);
        services.AddSingleton<ICostListener, CostPusher>();
        services.AddHostedService<PriceBoard>();

        services.AddOptions<ReconcileOptions>().Bind(configuration.GetSection(ReconcileOptions.Section)).Validate(times => times.Usable,
            $"The times under {ReconcileOptions.Section} must be positive (Settle and Grace may be zero) and at most {ReconcileOptions.Longest.Days} days.").ValidateOnStart();
        services.AddSingleton<ReconcileMetrics>();
        services.AddSingleton<GivingUp>();
        services.AddSingleton<IConclusions, Conclusions>();
        services.AddSingleton<Reconciler>();
        services.AddHostedService(provider => provider.GetRequiredService<Reconciler>());
        return services;
    }

    /// <summary>Where several processes serve one database: commands reach a station, and its presence is told, whichever process holds its socket.</summary>
    public static void AddStationRouting(this ISiloBuilder silo)
    {
        silo.AddGrainService<StationNode>();
        var services = silo.Services;
        // Every change of the ring, of which this service uses nothing.
        services.AddLogging(logging => logging.AddFilter(typeof(StationNode).FullName, LogLevel.Warning));
        services.AddSingleton<StationNodes>();
        services.AddSingleton<ClusterMetrics>();
        services.Replace(ServiceDescriptor.Singleton<IStationRouter, ClusterRouter>());
        services.Replace(ServiceDescriptor.Singleton<IStationPresence, ClusterPresence>());
        // The engine's own deadline is a last resort: a command's, which travels with it, comes first.
        services.AddOptions<SiloMessagingOptions>().Configure<IOptions<StationsOptions>>((messages, stations) =>
        {
            messages.ResponseTimeout = TimeSpan.FromSeconds(stations.Value.CommandSeconds) + 2 * ClusterRouter.Grace;
            // A station may take as long as the command allows; that is no sign of trouble.
            (messages.RequestProcessingWarningTime, messages.RequestQueueDelayWarningTime) = (messages.ResponseTimeout, messages.ResponseTimeout);
        });
    }

    public static void Map(RouteGroupBuilder api)
    {
        LocationEndpoints.Map(api);
        StationEndpoints.Map(api);
        CommandEndpoints.Map(api);
        MessageEndpoints.Map(api);
        ConnectionEndpoints.Map(api);
    }
}
