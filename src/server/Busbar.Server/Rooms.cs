using Busbar.Customers;
using Busbar.Egress;
using Busbar.Gateway;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Operations;
using Busbar.Pricing;
using Busbar.Sessions;
using Busbar.Shell;
using Busbar.Stations;
using Busbar.Storage;

namespace Busbar.Server;

/// <summary>Which rooms the house has, from left to right; literally, never by scanning.</summary>
internal static class Rooms
{
    /// <summary>What a room starts, it starts in this order, after the schema is upgraded.</summary>
    public static void Add(IServiceCollection services, Database database, IdentityOptions identity, IConfiguration configuration)
    {
        services.AddStorage(database, configuration);
        services.AddEgress(configuration);
        services.AddIdentity(identity, configuration);
        services.AddGateway(configuration);
        services.AddNoPersonalData("gateway", "it holds sockets, and what comes through them goes on");
        services.AddShell([.. StationsModule.Pages, .. SessionsModule.Pages, .. CustomersModule.Pages, .. PricingModule.Pages, .. OperationsModule.Pages]);
        services.AddStations(configuration);
        services.AddCustomers();
        services.AddPricing();
        services.AddSessions();
        services.AddOperations(configuration);
    }

    public static void Map(WebApplication app)
    {
        var api = app.MapApi();
        IdentityModule.Map(api);
        StationsModule.Map(api);
        CustomersModule.Map(api);
        PricingModule.Map(api);
        SessionsModule.Map(api);
        OperationsModule.Map(api);
        IdentityModule.MapPages(app);
        app.MapConsole();
        foreach (var route in app.MapStations()) route.Open("a station authenticates itself in the upgrade");
    }
}
