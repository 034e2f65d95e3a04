using Busbar.Customers.Api;
using Busbar.Customers.Storage;
using Busbar.Storage;
using Busbar.Storage.Rooms;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Busbar.Customers;

/// <summary>Who may charge: tokens today; drivers, accounts and contracts later.</summary>
public static class CustomersModule
{
    public static RoomSchema Schema => CustomersSchema.Schema;

    public static IServiceCollection AddCustomers(this IServiceCollection services)
    {
        services.AddRoomDb(setup => new CustomersDb(setup));
        services.AddSingleton<TokenBook>();
        services.AddSingleton<ITokenBook>(provider => provider.GetRequiredService<TokenBook>());
        return services;
    }

    public static void Map(RouteGroupBuilder api) => TokenEndpoints.Map(api);
}
