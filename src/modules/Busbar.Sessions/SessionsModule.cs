using Busbar.Customers;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Kernel;
using Busbar.Pricing.Contracts;
using Busbar.Sessions.Api;
using Busbar.Sessions.Console;
using Busbar.Sessions.Contracts;
using Busbar.Sessions.Personal;
using Busbar.Sessions.Storage;
using Busbar.Shell;
using Busbar.Stations.Contracts;
using Busbar.Storage;
using Busbar.Storage.Retention;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Busbar.Sessions;

/// <summary>Sessions and CDRs: the desk that stations' facts are recorded at, and what it makes of them.</summary>
public static class SessionsModule
{
    public static RoomSchema Schema => SessionsSchema.Schema;

    /// <summary>Its part of the console.</summary>
    public static IReadOnlyList<ConsolePage> Pages { get; } =
    [
        new ConsolePage("/sessions", typeof(SessionsPage), Scope.SessionsRead, "state", "q", "when", "from", "to") { WithinReach = true, Entry = new NavigationEntry("session", () => SessionTexts.Say("sessions")) { Key = "e" }, Export = SessionFiles.Sessions },
        new ConsolePage("/sessions/{id}", typeof(SessionPage), Scope.SessionsRead) { WithinReach = true },
        new ConsolePage("/cdrs", typeof(CdrsPage), Scope.CdrsRead, "q", "when", "from", "to") { WithinReach = true, Entry = new NavigationEntry("document", () => SessionTexts.Say("cdrs")) { Key = "c" }, Export = SessionFiles.Cdrs },
        new ConsolePage("/cdrs/{id}", typeof(CdrPage), Scope.CdrsRead) { WithinReach = true },
    ];

    public static IServiceCollection AddSessions(this IServiceCollection services)
    {
        services.AddRoomDb(setup => new SessionsDb(setup));
        services.AddSingleton<Market>();
        services.AddSingleton<Booking>();
        services.AddSingleton<BookStore>();
        services.AddSingleton<StartsUnderWay>();
        services.AddSingleton<Judgement>();
        services.AddSingleton<ReviewDesk>();
        services.AddSingleton<SessionFacts>();
        services.AddSingleton<DeskServices>();
        services.AddRetention(SessionsSchema.Over, _ => SessionsSchema.OverKept);
        services.AddSingleton<IRetention, CdrRetention>();
        services.AddSingleton<Rebuild>();
        services.AddSingleton<LiveSessions>();
        services.AddSingleton<SessionReach>();
        services.AddSingleton<SessionLists>();
        services.AddSingleton<SessionReading>();
        services.AddSingleton<CdrReading>();
        services.AddSingleton<ISearch, SessionSearch>();
        services.AddSingleton<ISearch, CdrSearch>();
        services.AddSingleton<IStationStory, SessionStory>();
        services.AddSingleton<IPanel<Home>, SessionsHomePanel>();
        services.AddSingleton<IPanel<StationId>, StationSessionsPanel>();
        services.AddSingleton<IPanel<TokenCard>, TokenSessionsPanel>();
        services.AddSingleton<IWarmUp, Rehearsal>();
        services.AddSingleton<ICurrentSessions, CurrentSessions>();
        services.AddSingleton<ITenantActivity, SessionsRunning>();
        services.AddSingleton<IOpenSessions, OpenSessions>();
        services.AddSingleton<IChargingEvidence, ChargingEvidence>();
        services.AddSingleton<ISessionWatch, SessionWatch>();
        services.AddSingleton<IPersonalData, SessionsPersonalData>();
        services.AddSingleton<ISessionArchive, SessionArchive>();
        services.AddSingleton<CostTeller>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<CostTeller>());
        services.AddSingleton<ChargingDesk>();
        services.AddSingleton<IChargingDesk>(provider => provider.GetRequiredService<ChargingDesk>());
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<ChargingDesk>());
        return services;
    }

    public static void Map(RouteGroupBuilder api)
    {
        SessionEndpoints.Map(api);
        ReviewEndpoints.Map(api);
        CdrEndpoints.Map(api);
        OrphanEndpoints.Map(api);
    }

    /// <summary>Replays the whole journal and compares it with what is stored.</summary>
    public static Task<RebuildReport> VerifyAsync(IServiceProvider services, CancellationToken ct) => services.GetRequiredService<Rebuild>().VerifyAsync(ct);
}
