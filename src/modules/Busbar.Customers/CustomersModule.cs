using Busbar.Customers.Api;
using Busbar.Customers.Console;
using Busbar.Customers.Storage;
using Busbar.Identity;
using Busbar.Identity.Http;
using Busbar.Shell;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Customers;

/// <summary>Who may charge: tokens today; drivers, accounts and contracts later.</summary>
public static class CustomersModule
{
    public static RoomSchema Schema => CustomersSchema.Schema;

    /// <summary>Its part of the console.</summary>
    public static IReadOnlyList<ConsolePage> Pages { get; } =
    [
        new ConsolePage("/tokens", typeof(TokensPage), Scope.TokensRead, "state", "q") { Entry = new NavigationEntry("token", () => TokenTexts.Say("tokens")) { Key = "t" }, Export = TokenLists.File },
        new ConsolePage("/tokens/{id}", typeof(TokenPage), Scope.TokensRead),
    ];

    public static IServiceCollection AddCustomers(this IServiceCollection services)
    {
        services.AddRoomDb(setup => new CustomersDb(setup));
        services.AddSingleton<TokenBook>();
        services.AddSingleton<TokenDesk>();
        services.AddSingleton<IPersonalData, CustomersPersonalData>();
        services.AddSingleton<TokenLists>();
        services.AddSingleton<ISearch, TokenSearch>();
        services.AddSingleton<ITokenBook>(provider => provider.GetRequiredService<TokenBook>());
        return services;
    }

    public static void Map(RouteGroupBuilder api) => TokenEndpoints.Map(api);
}
